"""A backup while the node runs and writes, restored elsewhere: the same to the last bit, and it goes on."""

import asyncio
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from app.build import Stores, opened_stores
from app.data import DataFolder
from app.manifest import read_manifest
from config.demo import DEMO_FOLDER
from config.read import read_folder
from telemetry.samples import SampleBatch
from tests.system.product import OUTFALL, Product, eventually, ran, running

PLANT = read_folder(DEMO_FOLDER)
PLANT_TAGS = [point.tag for point in PLANT.plant.points]
MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
DAYS = 4
FOREVER = (-(10**18), 10**18, 1_000_000)

Bits = tuple[bytes, ...]


def bits(samples: SampleBatch) -> Bits:
    columns = (samples.series, samples.times_us, samples.values, samples.quality)
    return tuple(column.tobytes() for column in columns)


def fill(data: DataFolder) -> None:
    """Days of the past: closed ones in month files, corrections in the files and above them."""
    chance = np.random.default_rng(7)
    now_us = time.time_ns() // 1000
    today_us = now_us // DAY_US * DAY_US
    data.create()
    with opened_stores(data, PLANT) as stores:
        history = stores.history
        ids = list(history.series_ids(PLANT.plant.id, PLANT_TAGS).values())[:40]
        for day in range(DAYS, 0, -1):
            from_us = today_us - day * DAY_US
            times = np.tile(from_us + np.arange(1440) * MINUTE_US, len(ids))
            values = np.where(chance.random(len(times)) < 0.01, np.nan, chance.normal(size=len(times)))
            quality = chance.choice([192, 192, 192, 64, 24], len(times))
            history.commit(SampleBatch.of(np.repeat(ids, 1440), times, values, quality), from_us + DAY_US)
        for days_compacted in (2, 3):
            late_us = today_us - DAYS * DAY_US + np.arange(500) * (MINUTE_US // 2)
            history.commit(SampleBatch.of(ids[3], late_us, chance.normal(size=500), 192), today_us)
            history.compact(today_us - (DAYS - days_compacted) * DAY_US, today_us)
        # Too new for the node to compact them when it starts.
        open_us = now_us - 90 * MINUTE_US + np.arange(30) * MINUTE_US
        history.commit(SampleBatch.of(ids[4], open_us, chance.normal(size=30), 192), now_us)
        history.commit(SampleBatch.of(ids[4], open_us[5:15], -0.0, 192), now_us)


def backed_up(to: Path, data: Path) -> Path:
    return Path(ran(["backup", "--to", to, "--data", data]).split(": ")[0])


def trip(node: Product, data: Path) -> str:
    """Have a blower trip and be acknowledged; return the alarm's id."""
    ran(["fault", "blower_trip", "BL_B201A", "--data", data])

    def raised() -> str | None:
        alarms = node.get("/api/v1/alarms")["items"]
        return next((str(alarm["id"]) for alarm in alarms if alarm["key"] == "BL_B201A_ST.fault"), None)

    alarm = eventually(raised, "the trip is raised")
    path = f"/api/v1/alarms/{alarm}/acknowledge"
    assert node.http.post(path, json={"comment": "值班长已知"}).status_code == 200
    return alarm


def leave_partial(to: Path, data: Path) -> "subprocess.Popen[str]":
    """Start a backup and return when it is at work."""
    known = set(to.iterdir())
    asking = subprocess.Popen(
        [OUTFALL, "backup", "--to", to, "--data", data],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: set(to.iterdir()) - known or None, "a backup begins", every=0.0005)
    return asking


def partials(to: Path) -> list[Path]:
    return list(to.glob("*.partial"))


async def assert_same_history(ours: Stores, theirs: Stores, through: int) -> None:
    """Compare what holds of every series, and every batch, with what stood at the time of the backup."""
    for stores in (ours, theirs):
        stores.history.series_ids(PLANT.plant.id, PLANT_TAGS)
    newest = ours.history.latest()
    last_us = dict(zip(newest.series.tolist(), newest.times_us.tolist(), strict=True))
    compared = 0
    for tag, series in ours.history.series_ids(PLANT.plant.id, PLANT_TAGS).items():
        end_us = last_us.get(series, -1) + 1
        here = await ours.history.samples(tag, -(10**18), end_us, 1_000_000)
        there = await theirs.history.samples(tag, -(10**18), end_us, 1_000_000)
        assert bits(here) == bits(there), tag
        compared += len(here)
    assert compared > 200_000
    assert batches(ours, through) == batches(theirs, through)


def batches(stores: Stores, through: int) -> list[tuple[int, int, Bits]]:
    found, after = [], 0
    while after < through:
        committed = stores.history.committed_after(after)
        for batch in committed:
            order = np.lexsort((batch.samples.times_us, batch.samples.series))
            found.append((batch.number, batch.committed_us, bits(batch.samples.select(order))))
        after = committed[-1].number
    return [batch for batch in found if batch[0] <= through]


def assert_same_people_and_alarms(ours: Stores, theirs: Stores) -> None:
    records = ours.journal.page(before=None, limit=1000)
    their_records = theirs.journal.page(before=records[0].seq + 1, limit=1000)
    assert [repr(record) for record in records] == [repr(record) for record in their_records]
    assert ours.journal.verify().records == records[0].seq
    assert {record.actor for record in records} == {None, "engineer"}
    assert list(ours.accounts.list()) == list(theirs.accounts.list())
    progress = ours.journal.progress()
    assert progress is not None
    assert progress.evaluated_through <= ours.history.last_number


@pytest.mark.system
@pytest.mark.timeout(120)
def test_a_backup_of_a_running_node_restored_elsewhere_is_the_same_and_goes_on(tmp_path: Path) -> None:
    data, elsewhere, to, log = (tmp_path / name for name in ("data", "elsewhere", "backups", "log"))
    to.mkdir()
    fill(DataFolder(data))
    demo: list[str | Path] = ["demo", "--port", "0", "--speed", "20", "--data"]

    with running([*demo, data], log) as node:
        node.sign_in("engineer")
        alarm = trip(node, data)
        backup = backed_up(to, data)
        through = read_manifest(backup).last_batch
        looked = ran(["verify", "--data", data])
        time.sleep(1)
    ran(["restore", backup, "--data", elsewhere])

    with (
        opened_stores(DataFolder(elsewhere), PLANT) as ours,
        opened_stores(DataFolder(data), PLANT) as theirs,
    ):
        assert ours.history.last_number == through < theirs.history.last_number
        asyncio.run(assert_same_history(ours, theirs, through))
        assert_same_people_and_alarms(ours, theirs)
        steps = ours.journal.page(before=None, limit=1000)
        standing = ours.journal.last_states()
    rows = read_manifest(backup).rows["history"]
    assert min(rows[table] for table in ("readings", "overlay", "superseded", "segments")) > 0
    assert looked.count("as written") == 6
    assert alarm in {str(step.occurrence) for step in steps}
    assert "BL_B201A_ST.fault" in standing

    with running([*demo, elsewhere], log) as node:
        node.sign_in("operator")
        journal = node.get("/api/v1/alarms/journal", limit=1000)["items"]
        assert [str(step.id) for step in steps] == [item["id"] for item in journal[-len(steps) :]]
        eventually(lambda: node.latest("BL_B201A_ST")["value"], "readings go on")
        assert ran(["verify", "--data", elsewhere]).count("as written") == 6
    with opened_stores(DataFolder(elsewhere), PLANT) as ours:
        assert ours.history.last_number > through


@pytest.mark.system
@pytest.mark.timeout(120)
def test_a_backup_that_is_killed_leaves_a_part_which_the_next_one_removes(tmp_path: Path) -> None:
    data, to, log = tmp_path / "data", tmp_path / "backups", tmp_path / "log"
    to.mkdir()
    fill(DataFolder(data))
    demo: list[str | Path] = ["demo", "--port", "0", "--speed", "20", "--data", data]

    with running(demo, log) as node:
        node.sign_in("operator")
        asking = leave_partial(to, data)
        node.kill()
        _, said = asking.communicate(timeout=20)
    left = partials(to)
    with running(demo, log) as node:
        node.sign_in("operator")
        asking = leave_partial(to, data)
        asking.kill()
        asking.communicate(timeout=20)
        eventually(lambda: not partials(to) or None, "the node gives up what nobody waits for")
        backup = backed_up(to, data)
        looked = ran(["verify", "--backup", backup])

    assert len(left) == 1
    assert asking.returncode == -9
    assert "the node does not answer" in said
    assert "as they were written" in looked
    assert partials(to) == []
    assert not (data / "backup.partial").exists()
