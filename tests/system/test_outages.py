"""An outage is one event, whatever becomes of the node meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from tests.system.plants import address_of, demo_copied
from tests.system.product import Product, eventually, running, user_added


def outages(node: Product) -> list[Any]:
    return list(node.get("/api/v1/outages", channel="PLC1")["items"])


def lasting(node: Product) -> Any:
    return next((each for each in outages(node) if each["ended"] is None), None)


def over(node: Product, id_: str) -> Any:
    return next((each for each in outages(node) if each["id"] == id_ and each["ended"] is not None), None)


def up(node: Product) -> bool | None:
    return node.get("/api/v1/connections/PLC1")["state"] == "up" or None


@pytest.mark.system
@pytest.mark.timeout(300)
def test_an_outage_open_when_the_node_is_killed_goes_on_as_one_until_the_device_answers(
    tmp_path: Path,
) -> None:
    folder = demo_copied(tmp_path / "plant")
    devices, data, log = tmp_path / "devices", tmp_path / "data", tmp_path / "log"
    simulate: list[str | Path] = ["simulate", folder, "--data", devices]
    node_command: list[str | Path] = ["run", folder, "--data", data]
    user_added(folder, data, "王磊", "engineer", "long enough 1")
    address = address_of(folder)

    with running(node_command, log, address=address) as node:
        with running(simulate, log, address=""):
            node.sign_in("王磊", "long enough 1")
            eventually(lambda: up(node), "the device answers", 60)
        begun = eventually(lambda: lasting(node), "the loss is an event", 60)
        node.kill()
    with running(node_command, log, address=address) as node:
        node.sign_in("王磊", "long enough 1")
        goes_on = lasting(node)
        with running(simulate, log, address=""):
            ended = eventually(lambda: over(node, begun["id"]), "it is over", 90)
        again = eventually(lambda: lasting(node), "the next loss is another event", 60)

    assert goes_on == begun
    assert {**ended, "ended": None, "duration_s": None} == begun
    assert ended["duration_s"] > 0
    assert again["id"] != begun["id"]
