"""Killed at any moment: what was committed is there, nothing is journalled twice, states stand."""

import random
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.system.plants import address_of, demo_copied
from tests.system.product import Product, eventually, ran, running, user_added

KILLS = 20
WATCHED = ("BL_B201A_ST", "INF_FIT101", "AE_DO1", "PW_KW", "LS1_LIT")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return demo_copied(tmp_path / "plant")


def stored(node: Product) -> dict[str, list[Any]]:
    """Every reading of the watched points the API gives now."""
    found = {}
    for tag in WATCHED:
        parameters = {"point": tag, "from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        found[tag] = node.get("/api/v1/readings", **parameters, limit=20000)["items"]
    return found


def journal(node: Product) -> list[Any]:
    return list(reversed(node.get("/api/v1/alarms/journal", limit=1000)["items"]))


def open_trip(node: Product) -> Any:
    alarms = node.get("/api/v1/alarms")["items"]
    return next((alarm for alarm in alarms if alarm["key"] == "BL_B201A_ST.fault"), None)


def grown(node: Product, count: int) -> bool | None:
    return True if len(stored(node)["BL_B201A_ST"]) > count else None


@pytest.mark.system
@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_and_double_nothing(folder: Path, tmp_path: Path) -> None:
    chance = random.Random(20)
    devices, data, log = tmp_path / "devices", tmp_path / "data", tmp_path / "log"
    node_command: list[str | Path] = ["run", folder, "--data", data]
    user_added(folder, data, "王磊", "engineer", "long enough 1")
    before: dict[str, list[Any]] = {tag: [] for tag in WATCHED}
    steps: list[Any] = []
    trip: Any = None
    with running(["simulate", folder, "--data", devices], log, address="") as simulated:
        assert simulated.process.stdout is not None
        assert simulated.process.stdout.readline()  # the devices listen
        for kill in range(KILLS):
            with running(node_command, log, address=address_of(folder)) as node:
                node.sign_in("王磊", "long enough 1")
                after, walked, standing = stored(node), journal(node), open_trip(node)

                for tag in WATCHED:
                    assert after[tag][: len(before[tag])] == before[tag], f"{tag} after kill {kill}"
                assert walked[: len(steps)] == steps
                assert len({step["id"] for step in walked}) == len(walked)
                if trip is not None:
                    assert standing == trip
                if kill == 1:
                    ran(["fault", "blower_trip", "BL_B201A", "--data", devices])
                    raised = eventually(lambda: open_trip(node), "the trip is raised")
                    if raised["state"] == "unacknowledged":
                        comment = {"comment": "值班长已知"}
                        path = f"/api/v1/alarms/{raised['id']}/acknowledge"
                        assert node.http.post(path, json=comment).status_code == 200
                    trip = open_trip(node)
                eventually(partial(grown, node, len(before["BL_B201A_ST"])), "readings go on")
                before, steps = stored(node), journal(node)
                time.sleep(chance.uniform(0.0, 0.3))  # killed at any point of the cycle
                node.kill()
    assert len(before["BL_B201A_ST"]) > KILLS
