"""`outfall dashboards`: a plant's Grafana dashboards to files, or to a Grafana."""

import argparse
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

from telemetry.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from config.folder import PlantFolder
    from dashboards.description import PlantView, Store
    from dashboards.people import PeopleStore


def build(options: argparse.Namespace) -> int:
    """Write boards and provisioning files; those that are the same already are left alone."""
    from dashboards.provisioning import files

    view, store, people = _described(options)
    for name, content in files(view, store, people).items():
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
    """Bring the boards, and each data source whose secret is given, into a Grafana; say what changed."""
    from config.secrets import secret_in, token_in
    from dashboards.names import uid
    from dashboards.provisioning import boards, source
    from dashboards.push import Grafana

    view, store, people = _described(options)
    token = token_in(options.token_file, "--token-file", options.plant)
    sources = []
    if options.influx_token_file is not None:
        influx = token_in(options.influx_token_file, "--influx-token-file", options.plant)
        sources.append(source(store, influx))
    if options.postgres_password_file is not None:
        if people is None:
            raise ConfigError("--postgres-password-file needs --postgres-url: say whose password it is")
        password = secret_in(
            options.postgres_password_file, "password", "--postgres-password-file", options.plant
        )
        sources.append(people.source(password))
    grafana = Grafana(options.url, token)
    folder = options.folder_name or view.name
    for done in grafana.push(folder, uid(view.plant, "folder"), sources, boards(view, store)):
        sys.stdout.write(f"{done.what}: {done.outcome}\n")
        sys.stdout.flush()
    return 0


def _described(options: argparse.Namespace) -> "tuple[PlantView, Store, PeopleStore | None]":
    from app.plant_view import view_of
    from config.read import read_folder
    from dashboards.description import Store
    from dashboards.people import UID, PeopleStore

    folder = read_folder(options.plant)
    influx = folder.influx
    people = None if options.postgres_url is None else PeopleStore.at(options.postgres_url)
    store = Store(
        bucket=options.bucket or (influx.bucket if influx else "outfall"),
        org=options.org or (influx.org if influx else "outfall"),
        url=options.influx_url or (influx.url if influx else options.otherwise),
        people=None if people is None else UID,
    )
    return view_of(folder, options.day or _today(folder), options.language), store, people


def _today(folder: "PlantFolder") -> date:
    from telemetry.clock import US_PER_S, SystemClock

    now_s = SystemClock().now_us() // US_PER_S
    return datetime.fromtimestamp(now_s, folder.plant.timezone).date()
