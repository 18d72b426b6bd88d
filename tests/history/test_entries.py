"""What people enter, correct and mark stands beside what was there, never instead of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.entries import Entries, EntryKind, MarkKind
from history.writer import BatchWriter
from telemetry.clock import US_PER_S
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor
from telemetry.plant import Plant
from telemetry.samples import CommittedBatch, SampleBatch
from tests.clock import MovedClock
from tests.contracts.samples import batch_of, rows_of
from tests.history.running import running

WANG = Actor(UUID(int=1), "王磊")
SV30, COD = "LAB_SV30_1", "EFF_AIT_COD"
GOOD, UNCERTAIN, OUT_OF_SERVICE, FAULT = 192, 64, 28, 12
MINUTE_US = 60 * US_PER_S
FOREVER = (-(10**18), 10**18, 1000)


@dataclass
class Desk:
    history: EmbeddedHistory
    writer: BatchWriter
    clock: MovedClock
    entries: Entries
    told: list[CommittedBatch]
    ids: dict[str, int]

    def measured(self, *rows: tuple[int, float, int]) -> int:
        now_us = self.clock.now_us()
        samples = batch_of(
            (self.ids[COD], now_us + at * MINUTE_US, value, quality) for at, value, quality in rows
        )
        return self.history.commit(samples, now_us).number

    async def values(self, tag: str) -> list[tuple[int, float | None, int]]:
        rows = rows_of(await self.history.samples(tag, *FOREVER))
        return [((at - self.clock.at_us) // MINUTE_US, value, quality) for _, at, value, quality in rows]

    def at(self, minute: int) -> int:
        return self.clock.at_us + minute * MINUTE_US


@pytest.fixture(scope="module")
def plant() -> Plant:
    return read_folder(DEMO_FOLDER).plant


@pytest.fixture
async def desk(history: EmbeddedHistory, plant: Plant) -> AsyncIterator[Desk]:
    ids = history.series_ids(plant.id, [point.tag for point in plant.points], stamped_by_node=[COD])
    clock, told = MovedClock(), list[CommittedBatch]()
    async with running(BatchWriter(history, clock, told.append)) as writer:
        yield Desk(history, writer, clock, Entries(history, writer, plant, clock), told, ids)


async def test_an_entry_is_a_sample_with_who_made_it(desk: Desk) -> None:
    entry = await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)

    assert await desk.values(SV30) == [(-5, 28.5, GOOD)]
    assert [batch.number for batch in desk.told] == [entry.batch]
    assert await desk.entries.listed(SV30, None, 10) == [entry]
    assert (entry.kind, entry.actor, entry.made_us) == (EntryKind.ENTRY, WANG, desk.clock.at_us)


async def test_a_correction_takes_its_place_and_the_former_value_stays_on_record(desk: Desk) -> None:
    first = await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)
    second = await desk.entries.correct(SV30, desk.at(-5), 82.5, " 笔误 ", WANG)
    desk.history.compact(desk.at(10 * 24 * 60), 0)

    assert await desk.values(SV30) == [(-5, 82.5, GOOD)]
    assert (second.former, second.reason) == (28.5, "笔误")
    assert await desk.entries.listed(None, None, 10) == [second, first]
    assert await desk.entries.listed(None, second.batch, 10) == [first]
    assert rows_of((await desk.history.batches_after(0, 1))[0].samples)[0][2] == 28.5


async def test_a_mark_keeps_the_values_and_takes_their_quality_and_its_withdrawal_gives_it_back(
    desk: Desk,
) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, UNCERTAIN), (-10, 22.0, GOOD), (-5, 23.0, FAULT))

    mark = await desk.entries.mark(COD, desk.at(-25), desk.at(0), MarkKind.MAINTENANCE, "换泵管", WANG)
    marked = await desk.values(COD)
    desk.history.compact(desk.at(10 * 24 * 60), 0)
    taken_back = await desk.entries.withdraw(mark.id, "填错时间", WANG)

    assert marked == [
        (-30, 20.0, GOOD), (-20, 21.0, OUT_OF_SERVICE), (-10, 22.0, OUT_OF_SERVICE), (-5, 23.0, FAULT)
    ]  # fmt: skip
    assert await desk.values(COD) == [
        (-30, 20.0, GOOD), (-20, 21.0, UNCERTAIN), (-10, 22.0, GOOD), (-5, 23.0, FAULT)
    ]  # fmt: skip
    assert (mark.samples, taken_back.samples, taken_back.of) == (2, 2, mark.id)
    with pytest.raises(Conflict, match="taken back already"):
        await desk.entries.withdraw(mark.id, "noch einmal", WANG)


async def test_a_mark_says_nothing_of_what_the_device_sent_again_since(desk: Desk) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, GOOD))
    mark = await desk.entries.mark(COD, desk.at(-40), desk.at(0), MarkKind.FAULT, "故障", WANG)
    again = SampleBatch.of(desk.ids[COD], [desk.at(-20)], [25.0], GOOD)
    desk.history.commit(again, desk.clock.at_us, note=lambda connection, number: None)

    await desk.entries.withdraw(mark.id, "误标", WANG)

    assert await desk.values(COD) == [(-30, 20.0, GOOD), (-20, 25.0, GOOD)]


async def test_a_measured_value_is_never_changed(desk: Desk) -> None:
    desk.measured((-30, 20.0, GOOD))

    for attempt in (
        desk.entries.correct(COD, desk.at(-30), 5.0, "schöner", WANG),
        desk.entries.enter(COD, desk.at(-10), 5.0, WANG),
    ):
        with pytest.raises(Invalid, match="never changed, only marked"):
            await attempt
    assert await desk.values(COD) == [(-30, 20.0, GOOD)]


async def test_what_cannot_be_is_refused_with_why(desk: Desk) -> None:
    await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)
    enter, correct, mark = desk.entries.enter, desk.entries.correct, desk.entries.mark
    span = (desk.at(-30), desk.at(0))

    for attempt, error, code in (
        (enter(SV30, desk.at(-5), 30.0, WANG), Conflict, "reading_exists"),
        (enter(SV30, desk.at(5), 30.0, WANG), Invalid, "time_ahead"),
        (enter(SV30, desk.at(-4), 285.0, WANG), Invalid, "value_out_of_range"),
        (correct(SV30, desk.at(-5), 30.0, " ", WANG), Invalid, "reason_missing"),
        (correct(SV30, desk.at(-5), 28.5, "?", WANG), Conflict, "same_value"),
        (correct(SV30, desk.at(-6), 28.5, "?", WANG), NotFound, "reading_not_found"),
        (mark(SV30, *span, MarkKind.INVALID, "?", WANG), Invalid, "not_measured"),
        (mark(COD, *span, MarkKind.INVALID, "?", WANG), Conflict, "nothing_to_mark"),
        (mark(COD, desk.at(0), desk.at(-30), MarkKind.INVALID, "?", WANG), Invalid, "span_out_of_range"),
        (mark(COD, *span, MarkKind.INVALID, "", WANG), Invalid, "reason_missing"),
        (desk.entries.withdraw(UUID(int=9), "?", WANG), NotFound, "mark_not_found"),
    ):
        with pytest.raises(error) as refused:
            await attempt
        assert refused.value.code == code


async def test_of_two_who_enter_the_same_at_once_one_is_told(desk: Desk) -> None:
    made = await asyncio.gather(
        *(desk.entries.enter(SV30, desk.at(-5), value, WANG) for value in (28.0, 29.0)),
        return_exceptions=True,
    )

    assert [type(one).__name__ for one in made] == ["Entry", "Conflict"]
    assert await desk.values(SV30) == [(-5, 28.0, GOOD)]
