"""`outfall influx setup`: organisation, buckets, tokens and task of a plant in InfluxDB."""

import sys
from pathlib import Path

from app.data import default_data
from config.read import read_folder
from config.secrets import is_inside, token_in
from history.influx.settings import TOKEN_VARIABLE
from history.influx.setup import TokenFiles, set_up
from telemetry.errors import ConfigError


def set_up_influx(path: Path, admin_token_file: Path, tokens_dir: Path | None) -> int:
    """Set up the InfluxDB of a plant folder, and say what was made and what was there."""
    folder = read_folder(path)
    settings = folder.influx
    if settings is None:
        raise ConfigError(f"{path / 'plant.yaml'}: names no InfluxDB: add influx with its url and org")
    admin = token_in(admin_token_file, "--admin-token-file", folder.path)
    where = tokens_dir or default_data(folder.plant.id) / "tokens"
    if is_inside(where, folder.path):
        raise ConfigError(f"{where}: stands in the plant folder: name another with --tokens-dir")
    node = Path(settings.token_file) if settings.token_file else where / "influx-node.token"
    if is_inside(node, folder.path):
        raise ConfigError(f"{node}: stands in the plant folder: mend token_file")
    set_up(settings, admin, TokenFiles(node.absolute(), (where / "influx-grafana.token").absolute()), _say)
    if settings.token_file is None:
        variable = settings.token_env or TOKEN_VARIABLE
        _say(
            f"the node looks for its token in {variable}; or write token_file: {node.absolute()} below influx"
        )
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
