"""What people enter, correct and mark stands beside what was there, never instead of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.entries import Entries, EntryKind
from history.marks import MarkKind
from history.queries import Snapshot
from history.writer import BatchWriter
from telemetry.clock import US_PER_S
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor
from telemetry.plant import Plant
from telemetry.quality import Quality
from telemetry.samples import CommittedBatch, SampleBatch
from tests.clock import MovedClock
from tests.contracts.samples import batch_of, rows_of
from tests.history.running import running

WANG = Actor(UUID(int=1), "王磊")
SV30, COD, LEVEL = "LAB_SV30_1", "EFF_AIT_COD", "LS1_LIT"
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

    def measured(self, *rows: tuple[int, float | None, int], tag: str = COD) -> CommittedBatch:
        now_us = self.clock.now_us()
        samples = batch_of(
            (self.ids[tag], now_us + at * MINUTE_US, value, quality) for at, value, quality in rows
        )
        return self.history.commit(samples, now_us)

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


async def test_a_reading_that_came_with_a_history_is_ascribed_once_and_stays_as_it_is(desk: Desk) -> None:
    desk.measured((-5, 28.5, GOOD), (-3, 29.0, FAULT), tag=SV30)
    desk.clock.move(60)

    entry = await desk.entries.ascribe(SV30, desk.at(-6), WANG)
    codes = []
    for minute in (-6, -4, -2):
        with pytest.raises((Conflict, NotFound)) as refused:
            await desk.entries.ascribe(SV30, desk.at(minute), WANG)
        codes.append(refused.value.code)
    corrected = await desk.entries.correct(SV30, desk.at(-6), 27.0, "复读", WANG)

    assert (entry.kind, entry.value, entry.made_us) == (EntryKind.ENTRY, 28.5, desk.clock.at_us)
    assert codes == ["reading_exists", "reading_not_found", "reading_not_found"]
    assert await desk.entries.listed(SV30, None, 10) == [corrected, entry]
    assert await desk.values(SV30) == [(-6, 27.0, GOOD), (-4, 29.0, FAULT)]
    with pytest.raises(Invalid) as measured:
        await desk.entries.ascribe(COD, desk.at(-6), WANG)
    assert measured.value.code == "measured_value"


async def test_a_correction_takes_its_place_and_the_former_value_stays_on_record(desk: Desk) -> None:
    first = await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)
    second = await desk.entries.correct(SV30, desk.at(-5), 82.5, " 笔误 ", WANG)
    desk.history.compact(desk.at(10 * 24 * 60), 0)

    assert await desk.values(SV30) == [(-5, 82.5, GOOD)]
    assert (second.former, second.reason) == (28.5, "笔误")
    assert await desk.entries.listed(None, None, 10) == [second, first]
    assert await desk.entries.listed(None, second.batch, 10) == [first]
    assert rows_of((await desk.history.batches_after(0, 1))[0].samples)[0][2] == 28.5


async def test_a_reading_entered_by_mistake_is_taken_back_and_stays_on_record(desk: Desk) -> None:
    await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)
    taken_back = await desk.entries.correct(SV30, desk.at(-5), None, "时间录错", WANG)
    after = await desk.values(SV30)
    with pytest.raises(Conflict) as again:
        await desk.entries.correct(SV30, desk.at(-5), None, "时间录错", WANG)
    with pytest.raises(Conflict, match="was taken back at this time"):
        await desk.entries.enter(SV30, desk.at(-5), 28.5, WANG)
    restored = await desk.entries.correct(SV30, desk.at(-5), 28.5, "时间没错", WANG)

    assert (taken_back.value, taken_back.former, after) == (None, 28.5, [(-5, 28.5, Quality.BAD)])
    assert again.value.code == "same_value"
    assert (restored.former, await desk.values(SV30)) == (None, [(-5, 28.5, GOOD)])


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


async def test_a_mark_holds_against_what_the_device_sends_again_and_gives_it_back(desk: Desk) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, GOOD), tag=LEVEL)
    mark = await desk.entries.mark(LEVEL, desk.at(-40), desk.at(1), MarkKind.FAULT, "故障", WANG)

    told = desk.measured(
        (-20, 25.0, UNCERTAIN), (-15, 26.0, GOOD), (0, 27.0, GOOD), (1, 28.0, GOOD), tag=LEVEL
    )
    marked = await desk.values(LEVEL)
    replayed = await desk.history.batches_after(told.number - 1, 1)
    standing = await desk.history.standing(0, told.number, 100)
    taken_back = await desk.entries.withdraw(mark.id, "误标", WANG)

    assert mark.to_us == desk.at(0)  # what comes from now on is measured, not marked
    assert marked == [
        (-30, 20.0, FAULT), (-20, 25.0, FAULT), (-15, 26.0, FAULT), (0, 27.0, GOOD), (1, 28.0, GOOD)
    ]  # fmt: skip
    assert sorted(rows_of(replayed[0].samples)) == sorted(rows_of(told.samples))
    assert [quality for *_, quality in rows_of(standing.samples)] == [FAULT, FAULT, FAULT, GOOD, GOOD]
    assert rows_of(desk.history.latest())[-1][2:] == (28.0, GOOD)
    assert taken_back.samples == 3
    assert await desk.values(LEVEL) == [
        (-30, 20.0, GOOD), (-20, 25.0, UNCERTAIN), (-15, 26.0, GOOD), (0, 27.0, GOOD), (1, 28.0, GOOD)
    ]  # fmt: skip


async def test_what_the_device_says_is_bad_stays_bad_when_the_mark_is_taken_back(desk: Desk) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, GOOD), tag=LEVEL)
    mark = await desk.entries.mark(LEVEL, desk.at(-40), desk.at(0), MarkKind.FAULT, "故障", WANG)
    desk.measured((-20, 21.0, FAULT), tag=LEVEL)

    taken_back = await desk.entries.withdraw(mark.id, "误标", WANG)

    assert taken_back.samples == 1
    assert await desk.values(LEVEL) == [(-30, 20.0, GOOD), (-20, 21.0, FAULT)]


async def test_of_marks_that_overlap_the_first_made_counts_and_the_other_when_it_is_taken_back(
    desk: Desk,
) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, GOOD), (-10, 22.0, GOOD))
    first = await desk.entries.mark(COD, desk.at(-40), desk.at(-15), MarkKind.FAULT, "故障", WANG)
    second = await desk.entries.mark(COD, desk.at(-25), desk.at(0), MarkKind.MAINTENANCE, "维护", WANG)
    both = await desk.values(COD)

    one = await desk.entries.withdraw(first.id, "误标", WANG)
    one_left = await desk.values(COD)
    other = await desk.entries.withdraw(second.id, "误标", WANG)

    assert both == [(-30, 20.0, FAULT), (-20, 21.0, FAULT), (-10, 22.0, OUT_OF_SERVICE)]
    assert one_left == [(-30, 20.0, GOOD), (-20, 21.0, OUT_OF_SERVICE), (-10, 22.0, OUT_OF_SERVICE)]
    assert await desk.values(COD) == [(-30, 20.0, GOOD), (-20, 21.0, GOOD), (-10, 22.0, GOOD)]
    assert [entry.samples for entry in (first, second, one, other)] == [2, 1, 2, 2]


async def test_what_comes_while_a_mark_waits_to_be_written_is_marked_as_it_came(desk: Desk) -> None:
    desk.measured((-30, 20.0, GOOD), (-20, 21.0, GOOD), tag=LEVEL)
    again = batch_of([(desk.ids[LEVEL], desk.at(-20), 25.0, GOOD)])

    appended = asyncio.create_task(desk.writer.append(again))
    await asyncio.sleep(0)
    mark = await desk.entries.mark(LEVEL, desk.at(-40), desk.at(0), MarkKind.FAULT, "故障", WANG)
    await appended
    marked = await desk.values(LEVEL)
    await desk.entries.withdraw(mark.id, "误标", WANG)

    assert marked == [(-30, 20.0, FAULT), (-20, 25.0, FAULT)]
    assert await desk.values(LEVEL) == [(-30, 20.0, GOOD), (-20, 25.0, GOOD)]


async def test_a_mark_over_a_month_s_end_holds_and_is_taken_back_from_month_files_after_a_restart(
    desk: Desk, file: Path, plant: Plant
) -> None:
    days = [-20 * 1440 + day * 1440 for day in range(12)]
    desk.measured(*((at, float(n), GOOD) for n, at in enumerate(days)), tag=LEVEL)
    desk.history.compact(desk.at(0), 0)
    mark = await desk.entries.mark(LEVEL, desk.at(days[2]), desk.at(days[10]), MarkKind.FAULT, "故障", WANG)
    desk.history.compact(desk.at(0), 0)
    desk.history.close()

    again = EmbeddedHistory.open(file)
    ids = again.series_ids(plant.id, [point.tag for point in plant.points])
    desk.history = again
    desk.measured((days[3], 33.0, UNCERTAIN), (days[9] + 1, 99.0, GOOD), tag=LEVEL)
    again.compact(desk.at(0), 0)
    marked = await desk.values(LEVEL)
    async with running(BatchWriter(again, desk.clock, desk.told.append)) as writer:
        await Entries(again, writer, plant, desk.clock).withdraw(mark.id, "误标", WANG)
    taken_back = await desk.values(LEVEL)
    again.compact(desk.at(0), 0)

    assert ids == desk.ids
    assert [quality for _, _, quality in marked] == [GOOD] * 2 + [FAULT] * 9 + [GOOD] * 2
    assert taken_back == await desk.values(LEVEL)
    assert taken_back == sorted(
        [
            *((at, float(n), GOOD) for n, at in enumerate(days) if n != 3),
            (days[3], 33.0, UNCERTAIN),
            (days[9] + 1, 99.0, GOOD),
        ]
    )
    again.close()


async def test_a_mark_of_another_plant_is_not_found(desk: Desk, plant: Plant) -> None:
    desk.measured((-30, 20.0, GOOD))
    mark = await desk.entries.mark(COD, desk.at(-40), desk.at(0), MarkKind.FAULT, "故障", WANG)
    desk.history.series_ids("another", [LEVEL])
    elsewhere = Entries(desk.history, desk.writer, replace(plant, id="another"), desk.clock)

    with pytest.raises(NotFound) as refused:
        await elsewhere.withdraw(mark.id, "?", WANG)

    assert refused.value.code == "mark_not_found"


async def test_a_note_that_fails_leaves_no_trace_and_the_writer_goes_on(desk: Desk) -> None:
    def note(snapshot: Snapshot, number: int) -> SampleBatch:
        snapshot.cursor.execute("INSERT INTO origins VALUES (?, 'x', 0, 1)", [number])
        raise KeyError(number)

    with pytest.raises(KeyError):
        await desk.writer.append_noted(note)

    assert desk.history.ask(lambda seen: columns(seen.cursor, "FROM origins", []))["batch"].tolist() == []
    assert await desk.writer.append(batch_of([(desk.ids[COD], desk.at(0), 1.0, GOOD)])) == 1


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
        (enter(SV30, desk.at(-20 * 365 * 1440), 30.0, WANG), Invalid, "time_too_old"),
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
