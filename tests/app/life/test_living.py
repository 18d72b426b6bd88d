"""The demo's people on a real store: two days of theirs, whole, also when they are cut off in the middle."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select

from app.build import Parts, opened_stores, wire
from app.data import DataFolder
from app.life.living import Life
from app.life.seeding import seed_accounts
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.entries import EntryKind
from history.marks import MarkKind
from operations.attendance.tables import attendance_event
from operations.handover.rules import Role
from operations.handover.tables import handover_signature
from simulator.laboratory import ENTRIES
from storage.unit_of_work import reading
from telemetry.clock import to_us
from telemetry.plant import PointKind
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.clock import MovedClock
from tests.history.running import running

pytestmark = pytest.mark.timeout(120)

FOLDER = read_folder(DEMO_FOLDER)
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
BEGUN = to_us(datetime.fromisoformat("2026-11-20T21:30:00+08:00"))
TAG, VALUE = "AE_DO1", 2.25
BY_SHIFT = {"LAB_SV30_1", "LAB_SV30_2", "LAB_PAC_STOCK", "LAB_CAKE_OUT"}
READ_US = BEGUN - 30 * HOUR_US


@asynccontextmanager
async def node(path: Path) -> AsyncIterator[tuple[Parts, DataFolder]]:
    """Yield a node that has begun just now, with a reading of every point each ten minutes before.

    What people enter was read once, on the afternoon of the day before.
    """
    data = DataFolder(path)
    data.create()
    with opened_stores(data, FOLDER) as stores:
        await stores.people.open()
        seed_accounts(stores.accounts, "demo")
        parts = wire(FOLDER, stores, MovedClock(BEGUN))
        if not stores.history.last_number:
            times = np.arange(BEGUN - 2 * DAY_US, BEGUN, 10 * MINUTE_US)
            for tag, series in parts.series_ids.items():
                by_hand = FOLDER.plant.point_by_tag[tag].kind is PointKind.MANUAL
                at_us = [READ_US] if by_hand else times
                stores.history.commit(SampleBatch.of(series, at_us, VALUE, 192), BEGUN)
        async with running(parts.writer):
            yield parts, data


def through(data: DataFolder) -> int:
    """Return through when was lived."""
    try:
        return int(json.loads((data.path / "life.json").read_text())["through_us"])
    except (OSError, ValueError):
        return 0


async def lived(parts: Parts, data: DataFolder, until_us: int) -> None:
    """Live two days up to a time, and be cut off then."""
    living = Life(parts, data, days=2, patience_s=0.0)
    assert living.filling
    life = asyncio.create_task(living.run())
    while through(data) < until_us:
        await asyncio.sleep(0.05)
        if life.done():
            await life
    if until_us >= BEGUN:
        assert not living.filling
    life.cancel()
    with suppress(asyncio.CancelledError):
        await life


def signatures(parts: Parts) -> Counter[tuple[UUID, str]]:
    with reading(parts.stores.people.engine) as connection:
        columns = attendance_event.c
        return Counter(tuple(row) for row in connection.execute(select(columns.entry, columns.action)))


@pytest.fixture(scope="module")
def once_lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of two days that were lived, to be copied."""
    path = tmp_path_factory.mktemp("lived") / "data"

    async def live() -> None:
        async with node(path) as (parts, data):
            await lived(parts, data, BEGUN)

    asyncio.run(live())
    return path


@pytest.fixture
def after_two_days(once_lived: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once_lived, tmp_path / "data"))


async def test_two_days_are_lived_by_who_stands_on_the_roster(after_two_days: Path) -> None:
    async with node(after_two_days) as (parts, _):
        log = await parts.logbook.listed(BEGUN - 2 * DAY_US, BEGUN)
        handovers = await parts.handovers.listed(None, 20)
        now = await parts.desk.duty.on_shift(BEGUN)
        parts.desk.ledger.verify()

    assert 18 <= len(log) <= 36
    assert all(entry.recorded_us >= entry.at_us >= entry.recorded_us - MINUTE_US for entry in log)
    assert {reading.value for entry in log for reading in entry.readings if reading.tag == TAG} == {VALUE}
    assert len(handovers) == 5
    assert all(held.complete for held in handovers)
    assert all(held.signed[Role.OUTGOING].person != held.signed[Role.INCOMING].person for held in handovers)
    assert [on.number for on in now] == ["0101", "0102", "0103"]
    assert all(on.signed_in_us is not None and on.signed_in_us < on.shift.start_us for on in now)


async def test_what_the_history_has_of_peoples_readings_was_entered_by_them_and_put_right(
    after_two_days: Path,
) -> None:
    async with node(after_two_days) as (parts, _):
        listed = await parts.entries.listed(None, None, 100)
        cod = await parts.stores.history.samples("LAB_EFF_COD", READ_US, READ_US + 1, 2)
        [mark] = [one for one in listed if one.kind is EntryKind.MARK]
        marked = await parts.stores.history.samples(mark.tag, mark.from_us, mark.to_us, 100)

    entered = {one.tag: one for one in listed if one.kind is EntryKind.ENTRY}
    by_hand = {entry.tag: entry for entry in ENTRIES}
    done = {tag for tag, entry in by_hand.items() if entry.done_h < 29}
    [corrected] = [one for one in listed if one.kind is EntryKind.CORRECTION]
    assert done <= set(entered)
    assert set(entered) & set(by_hand) == done
    assert {one.value for one in entered.values()} == {VALUE}
    assert {tag for tag, one in entered.items() if one.actor.name != "laboratory"} >= BY_SHIFT
    assert all(one.made_us > READ_US == one.from_us for one in entered.values())
    assert (corrected.tag, corrected.former, corrected.value) == ("LAB_EFF_COD", VALUE, 2.4)
    assert cod.values.tolist() == [2.4]
    assert (mark.tag, mark.mark, mark.actor.name) == ("EFF_AIT_COD", MarkKind.MAINTENANCE, "contractor")
    assert set(marked.quality.tolist()) == {Quality.OUT_OF_SERVICE}


async def test_a_minute_in_which_nothing_is_due_passes_quietly(after_two_days: Path) -> None:
    async with node(after_two_days) as (parts, data):
        before = await parts.logbook.listed(BEGUN - 2 * DAY_US, BEGUN + DAY_US)
        parts.clock.move(60)  # type: ignore[attr-defined]
        await lived(parts, data, BEGUN + MINUTE_US)

        assert await parts.logbook.listed(BEGUN - 2 * DAY_US, BEGUN + DAY_US) == before


async def test_a_demo_that_was_cut_off_goes_on_and_does_nothing_twice(tmp_path: Path) -> None:
    async with node(tmp_path / "data") as (parts, data):
        await lived(parts, data, BEGUN - DAY_US - 3 * HOUR_US)
        before = await parts.logbook.listed(BEGUN - 2 * DAY_US, BEGUN)
    async with node(tmp_path / "data") as (parts, data):
        # As if the last deed had not been noted: it is done again.
        note = data.path / "life.json"
        told = json.loads(note.read_text())
        note.write_text(json.dumps(told | {"through_us": told["through_us"] - 9 * HOUR_US}))
        await lived(parts, data, BEGUN)

        log = await parts.logbook.listed(BEGUN - 2 * DAY_US, BEGUN)
        handovers = await parts.handovers.listed(None, 20)
        signed = signatures(parts)
        with reading(parts.stores.people.engine) as connection:
            columns = handover_signature.c
            roles = Counter(tuple(row) for row in connection.execute(select(columns.handover, columns.role)))
        parts.desk.ledger.verify()

    assert {entry.id for entry in before} <= {entry.id for entry in log}
    assert len(handovers) == len({held.turn for held in handovers}) == 5
    assert set(roles.values()) == {1}
    assert set(signed.values()) == {1}


async def test_from_the_beginning_on_nobody_acts_in_the_visitors_name(after_two_days: Path) -> None:
    async with node(after_two_days) as (parts, data):
        visitor = next(one for one in await parts.desk.staff.list() if one.number == "0101")
        clock = parts.clock
        assert isinstance(clock, MovedClock)
        clock.at_us = BEGUN + 4 * HOUR_US
        await lived(parts, data, BEGUN + 4 * HOUR_US)

        [first, *_] = await parts.handovers.listed(None, 1)
        log = await parts.logbook.listed(BEGUN, BEGUN + 4 * HOUR_US)
        own = await parts.desk.roster.of_person(visitor.person, BEGUN - HOUR_US, BEGUN)

    # The turn on which the visitor stands is handed over by the crew's other people.
    assert first.turn == "2026-11-20/evening"
    assert first.person not in (None, visitor.person)
    assert first.complete
    assert all(entry.person != visitor.person for entry in log)
    assert [line.on.signed_out_us for line in own] == [None]
