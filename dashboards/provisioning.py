"""Files from which a Grafana provisions itself: the data sources, and where the boards stand."""

import json
from collections.abc import Mapping
from typing import Any, Final

from dashboards.aeration import aeration
from dashboards.analysers import analysers
from dashboards.compliance import compliance
from dashboards.description import PlantView, Store
from dashboards.people import PASSWORD, PeopleStore
from dashboards.wall import wall

TOKEN: Final = "$__file{/run/outfall/influx-grafana.token}"
BOARDS_AT: Final = "/etc/grafana/provisioning/outfall"
SOURCE_NAME: Final = "Outfall InfluxDB"


def boards(view: PlantView, store: Store) -> list[dict[str, Any]]:
    """Return the plant's boards, the Wall first."""
    others = (aeration(view, store), compliance(view, store), analysers(view, store))
    return [wall(view, store), *(board for board in others if board is not None)]


def source(store: Store, token: str | None) -> dict[str, Any]:
    """Return the data source as Grafana's API takes it; without a token it keeps the one it has."""
    made: dict[str, Any] = {
        "name": SOURCE_NAME,
        "uid": store.source,
        "type": "influxdb",
        "access": "proxy",
        "url": store.url,
        "isDefault": False,
        "jsonData": {
            "version": "Flux",
            "organization": store.org,
            "defaultBucket": store.bucket,
            "httpMode": "POST",
        },
    }
    return made if token is None else {**made, "secureJsonData": {"token": token}}


def files(view: PlantView, store: Store, people: PeopleStore | None = None) -> Mapping[str, bytes]:
    """Return every file by its path below the provisioning folder; the same plant gives the same bytes."""
    sources = [source(store, TOKEN)] + ([people.source(PASSWORD)] if people is not None else [])
    made = {f"outfall/{board['uid']}.json": written(board) for board in boards(view, store)}
    made["datasources/outfall.yaml"] = _yaml(
        {"apiVersion": 1, "datasources": list(map(_provisioned, sources))}
    )
    provider = {
        "name": "outfall",
        "folder": view.name,
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": BOARDS_AT},
    }
    made["dashboards/outfall.yaml"] = _yaml({"apiVersion": 1, "providers": [provider]})
    # Grafana looks for these too, and complains of what it does not find.
    for name in ("alerting", "plugins"):
        made[f"{name}/outfall.yaml"] = _yaml({"apiVersion": 1})
    return made


def _provisioned(made: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: _literal(value) if key in ("name", "url", "user") else value for key, value in made.items()}
    kept["jsonData"] = {
        key: _literal(value) if isinstance(value, str) else value for key, value in made["jsonData"].items()
    }
    return {**kept, "orgId": 1, "editable": False}


def _literal(string: str) -> str:
    # Grafana expands $VARIABLE in provisioning files; $$ stands for the character itself.
    return string.replace("$", "$$")


def _yaml(content: dict[str, Any]) -> bytes:
    # JSON is YAML, and needs no second way of quoting.
    return written(content)


def written(content: object) -> bytes:
    """Return JSON as it is kept: the same content, the same bytes."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
