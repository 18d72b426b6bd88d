"""`outfall influx setup` and `resend`: what a plant needs in InfluxDB, and to send it again."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from app.control import is_listening
from app.data import DataFolder, default_data
from app.replicating import FIGURES, INFLUXDB, JUDGEMENTS
from config.read import read_folder
from config.secrets import is_inside, token_in
from history.influx.cursor import CursorRepository, Request
from history.influx.settings import TOKEN_VARIABLE
from history.influx.setup import TokenFiles, set_up
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import SystemClock, to_us
from telemetry.errors import ConfigError, StoreError


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
    files = TokenFiles(node.absolute(), (where / "influx-grafana.token").absolute())
    set_up(settings, folder.plant.id, admin, files, _say)
    if settings.token_file is None:
        variable = settings.token_env or TOKEN_VARIABLE
        _say(
            f"the node looks for its token in {variable}; or write token_file: {node.absolute()} below influx"
        )
    return 0


def resend(path: Path, data_path: Path | None, target: str | None, since: datetime | None) -> int:
    """Have a node send again what it has; it takes it up within seconds, or at its next start."""
    folder = read_folder(path)
    settings = folder.influx
    if settings is None:
        raise ConfigError(f"{path / 'plant.yaml'}: names no InfluxDB: there is nothing to send to")
    data = DataFolder(data_path or default_data(folder.plant.id))
    if not data.node.exists():
        raise StoreError(f"{data.path}: holds no node's data; name its folder with --data")
    from_us = 0
    if since is not None:
        from_us = to_us(since if since.tzinfo else since.replace(tzinfo=folder.plant.timezone))
    _ask(data, settings.address, [target] if target else [INFLUXDB, FIGURES, JUDGEMENTS], from_us)
    what = "everything" if since is None else f"what came or changed since {since.isoformat(sep=' ')}"
    when = "the running node begins within seconds" if is_listening(data.control) else "at the next start"
    _say(f"{target or f'{INFLUXDB}, {FIGURES} and {JUDGEMENTS}'}: {what} is sent again: {when}")
    return 0


def _ask(data: DataFolder, address: str, targets: Sequence[str], from_us: int) -> None:
    request = Request(from_us, SystemClock().now_us())
    engine = open_engine(sqlite_url(data.node))
    try:
        migrate(engine, StoreKind.NODE)
        for name in targets:
            CursorRepository(engine, name, address).ask(request)
    finally:
        engine.dispose()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
