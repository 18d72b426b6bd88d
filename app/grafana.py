"""`outfall dashboards`: a plant's Grafana dashboards to files, or to a Grafana."""

import argparse
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

from telemetry.errors import StoreError

if TYPE_CHECKING:
    from config.folder import PlantFolder
    from dashboards.description import PlantView, Store


def build(options: argparse.Namespace) -> int:
    """Write boards and provisioning files; those that are the same already are left alone."""
    from dashboards.provisioning import files

    view, store = _described(options)
    for name, content in files(view, store).items():
        file = options.out / name
        try:
            if file.is_file() and file.read_bytes() == content:
                outcome = "unchanged"
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                outcome = "updated" if file.exists() else "created"
                file.write_bytes(content)
        except OSError as error:
            raise StoreError(f"{file}: cannot be written: {error.strerror}; name another --out") from error
        sys.stdout.write(f"{file}: {outcome}\n")
    return 0


def push(options: argparse.Namespace) -> int:
    """Bring the boards, and the data source where its token is given, into a Grafana; say what changed."""
    from config.secrets import token_in
    from dashboards.names import uid
    from dashboards.provisioning import boards, source
    from dashboards.push import Grafana

    view, store = _described(options)
    token = token_in(options.token_file, "--token-file", options.plant)
    influx = options.influx_token_file
    if influx is not None:
        influx = token_in(influx, "--influx-token-file", options.plant)
    grafana = Grafana(options.url, token)
    data_source = None if influx is None else source(store, influx)
    folder = options.folder_name or view.name
    for done in grafana.push(folder, uid(view.plant, "folder"), data_source, boards(view, store)):
        sys.stdout.write(f"{done.what}: {done.outcome}\n")
        sys.stdout.flush()
    return 0


def _described(options: argparse.Namespace) -> "tuple[PlantView, Store]":
    from app.plant_view import view_of
    from config.read import read_folder
    from dashboards.description import Store

    folder = read_folder(options.plant)
    influx = folder.influx
    store = Store(
        bucket=options.bucket or (influx.bucket if influx else "outfall"),
        org=options.org or (influx.org if influx else "outfall"),
        url=options.influx_url or (influx.url if influx else options.otherwise),
    )
    return view_of(folder, options.day or _today(folder), options.language), store


def _today(folder: "PlantFolder") -> date:
    from telemetry.clock import US_PER_S, SystemClock

    now_s = SystemClock().now_us() // US_PER_S
    return datetime.fromtimestamp(now_s, folder.plant.timezone).date()
