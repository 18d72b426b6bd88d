"""A full disk, a real one: its alarm is raised and kept, and nothing that was kept is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.plants import address_of, demo_copied
from tests.system.product import Product, eventually, running, user_added

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

DISK_MB = 220
ALARMS = "{disk_low_mb: 160, disk_very_low_mb: 130, disk_deadband_mb: 5}"
WATCHED = ("BL_B201A_ST", "AE_DO1", "LS1_LIT", "NODE.disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError as error:
        pytest.skip(f"mount: {error}")
    if mounted.returncode:
        pytest.skip(f"mounting a disk takes root's rights: {mounted.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", path], timeout=10, check=True)


def left(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def fill(disk: Path) -> Path:
    """Take all the room that is left, at once."""
    filling = disk / "filling"
    with filling.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, left(disk))
    return filling


def active(node: Product, key: str) -> Any:
    return next((alarm for alarm in node.get("/api/v1/alarms")["items"] if alarm["key"] == key), None)


def journalled(node: Product, key: str) -> list[str]:
    items = node.get("/api/v1/alarms/journal", limit=1000)["items"]
    return [step["event"] for step in reversed(items) if step["key"] == key]


def stored(node: Product) -> dict[str, list[Any]]:
    span = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "limit": 20000}
    return {tag: node.get("/api/v1/readings", point=tag, **span)["items"] for tag in WATCHED}


def begins_with(now: dict[str, list[Any]], before: dict[str, list[Any]]) -> bool:
    return all(now[tag][: len(before[tag])] == before[tag] for tag in WATCHED)


def test_a_full_disk_raises_its_alarm_while_it_is_full_and_loses_nothing(disk: Path, tmp_path: Path) -> None:
    folder = demo_copied(tmp_path / "plant", ALARMS)
    data, log = disk / "data", tmp_path / "log"
    user_added(folder, data, "王磊", "engineer", "long enough 1")
    with running(["simulate", folder, "--data", tmp_path / "devices"], tmp_path / "devices.log", "") as plant:
        assert plant.process.stdout is not None
        assert plant.process.stdout.readline()  # the devices listen
        with running(["run", folder, "--data", data], log, address_of(folder)) as node:
            node.sign_in("王磊", "long enough 1")
            eventually(lambda: node.latest("BL_B201A_ST")["value"], "readings come")
            eventually(lambda: node.latest("NODE.disk")["value"], "the node says how much is left")
            assert active(node, "NODE.disk.LL") is None
            assert node.get("/api/v1/points", q="NODE.disk")["items"][0]["limits"] == {
                "LL": 130.0,
                "L": 160.0,
            }
            assert data.joinpath("reserve").stat().st_size == 16 << 20

            filling = fill(disk)
            raised = eventually(lambda: active(node, "NODE.disk.LL"), "the alarm is raised")
            before = stored(node)

            assert left(disk) < 17 << 20
            assert not data.joinpath("reserve").exists()
            assert (raised["priority"], raised["tag"]) == ("high", "NODE.disk")
            assert journalled(node, "NODE.disk.LL") == ["raise"]
            assert node.latest("NODE.disk")["value"] < 130
            assert "not written" in node.http.get("/health/ready").text

            filling.unlink()
            eventually(
                lambda: True if active(node, "NODE.disk.LL")["state"] == "returned" else None, "it clears", 60
            )
            eventually(lambda: True if data.joinpath("reserve").exists() else None, "the reserve is back")
            count = len(before["BL_B201A_ST"])

            def gone_on() -> dict[str, list[Any]] | None:
                found = stored(node)
                return found if len(found["BL_B201A_ST"]) > count else None

            after = eventually(gone_on, "readings go on")
            assert begins_with(after, before)
            assert node.http.get("/health/ready").status_code == 200
            node.kill()
        with running(["run", folder, "--data", data], log, address_of(folder)) as node:
            node.sign_in("王磊", "long enough 1")

            assert begins_with(stored(node), after)
            assert journalled(node, "NODE.disk.LL") == ["raise", "clear"]
    said = log.read_text()
    assert said.count("nothing is acknowledged meanwhile") == 1
    assert said.count("the history takes readings again") == 1
    assert said.count("kept for a full data disk are given up") == 1
    assert said.count("are kept again for when it is full") == 1
