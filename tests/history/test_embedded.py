"""What the embedded history does beyond the contract of a HistoryReader."""

import asyncio
import stat
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from history.database import Database
from history.embedded import EmbeddedHistory
from history.queries import Snapshot
from history.staging import ROWS
from telemetry.errors import StoreError
from telemetry.protocols import Aggregate
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of, rows_of
from tests.history.files import copied, log_of

PLANT = "fangcheng1"
TAGS = ["AE_DO1", "AE_DO2"]
A, B = 1, 2
S = 1_000_000
GOOD, UNCERTAIN, BAD = 192, 64, 24
FOREVER = (-(10**18), 10**18, 1_000_000)


def reopened(history: EmbeddedHistory, file: Path) -> EmbeddedHistory:
    history.close()
    return EmbeddedHistory.open(file)


def late_rows(file: Path) -> int:
    """Return how many samples the overlay of a closed file holds."""
    database = Database(file, 64)
    try:
        row = database.writer().execute("SELECT count(*) FROM overlay").fetchone()
    finally:
        database.close()
    assert row is not None
    return int(row[0])


def test_a_series_keeps_its_id_whatever_is_asked_for_later(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    first = history.series_ids(PLANT, ["A", "B", "C"])
    history = reopened(history, file)

    second = history.series_ids(PLANT, ["D", "C", "D", "A"])

    history.close()
    assert first == {"A": 1, "B": 2, "C": 3}
    assert second == {"D": 4, "C": 3, "A": 1}


async def test_plants_have_series_of_their_own_and_reads_are_of_the_one_last_chosen(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids("east", ["FLOW"])
    history.series_ids("west", ["FLOW"])
    history.commit(batch_of([(1, S, 1.0, GOOD), (2, S, 2.0, GOOD)]), S)

    west = await history.samples("FLOW", *FOREVER)
    history.series_ids("east", ["FLOW"])
    east = await history.samples("FLOW", *FOREVER)

    history.close()
    assert rows_of(west) == [(2, S, 2.0, GOOD)]
    assert rows_of(east) == [(1, S, 1.0, GOOD)]


def test_numbers_go_on_after_a_restart(history: EmbeddedHistory, file: Path) -> None:
    assert (history.last_number, history.last_committed_us) == (0, 0)
    numbers = [history.commit(batch_of([(A, n * S, 0.0, GOOD)]), 100 + n).number for n in (1, 2)]
    again = reopened(history, file)

    assert (again.last_number, again.last_committed_us) == (2, 102)
    assert [*numbers, again.commit(batch_of([(A, 9 * S, 0.0, GOOD)]), 200).number] == [1, 2, 3]
    again.close()


def test_a_commit_returns_what_was_kept_late_samples_last(history: EmbeddedHistory) -> None:
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD)]), 10 * S)

    batch = history.commit(batch_of([(A, 5 * S, 2.0, GOOD), (A, 11 * S, 3.0, GOOD)]), 11 * S)

    assert (batch.number, batch.committed_us) == (2, 11 * S)
    assert rows_of(batch.samples) == [(A, 11 * S, 3.0, GOOD), (A, 5 * S, 2.0, GOOD)]


async def test_a_batch_read_again_is_the_one_that_was_returned(history: EmbeddedHistory) -> None:
    contents: list[list[Row]] = [
        [(B, 10 * S, None, BAD), (A, 10 * S, 1.0, GOOD)],
        [(A, 5 * S, 2.0, GOOD), (A, 11 * S, 3.0, GOOD), (A, 10 * S, 7.0, GOOD), (B, 1, 0.5, UNCERTAIN)],
    ]
    returned = [history.commit(batch_of(rows), 0) for rows in contents]

    read = await history.batches_after(0, 10)

    assert [(of.number, rows_of(of.samples)) for of in read] == [
        (of.number, rows_of(of.samples)) for of in returned
    ]


@pytest.mark.parametrize("series", [0, -1, 3, 2**31 - 1])
async def test_a_series_without_an_id_is_refused_before_anything_is_written(
    history: EmbeddedHistory, series: int
) -> None:
    with pytest.raises(StoreError, match="a series of the batch has no id here"):
        history.commit(batch_of([(A, S, 1.0, GOOD), (series, S, 2.0, GOOD)]), S)

    assert history.last_number == 0
    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == []


def test_an_empty_batch_is_no_batch(history: EmbeddedHistory) -> None:
    history.commit(batch_of([(A, S, 1.0, GOOD)]), 5)

    batch = history.commit(SampleBatch.empty(), 6)

    assert (batch.number, batch.committed_us, len(batch.samples)) == (1, 5, 0)
    assert history.last_number == 1


def test_what_comes_again_unchanged_is_dropped_and_counted(history: EmbeddedHistory, file: Path) -> None:
    rows: list[Row] = [(A, 1 * S, 1.0, GOOD), (A, 2 * S, None, BAD), (B, 2 * S, 3.0, GOOD)]
    history.commit(batch_of(rows), 0)

    alone = history.commit(batch_of(rows), 0)
    beside = history.commit(batch_of([*rows, (B, 3 * S, 4.0, GOOD)]), 0)

    assert (alone.number, len(alone.samples)) == (1, 0)
    assert (beside.number, rows_of(beside.samples)) == (2, [(B, 3 * S, 4.0, GOOD)])
    assert history.repeated == 6
    history.close()
    assert late_rows(file) == 0


async def test_a_changed_value_or_quality_is_no_repetition(history: EmbeddedHistory) -> None:
    history.commit(batch_of([(A, n * S, 1.0, GOOD) for n in (1, 2, 3)]), 0)

    history.commit(batch_of([(A, 1 * S, 1.5, GOOD), (A, 2 * S, 1.0, UNCERTAIN), (A, 3 * S, None, GOOD)]), 0)
    history.commit(batch_of([(A, 1 * S, 1.0, GOOD)]), 0)

    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == [
        (A, 1 * S, 1.0, GOOD),
        (A, 2 * S, 1.0, UNCERTAIN),
        (A, 3 * S, None, GOOD),
    ]
    assert history.repeated == 0


async def test_of_repetitions_within_a_batch_the_last_is_kept(history: EmbeddedHistory) -> None:
    history.commit(batch_of([(A, S, 1.0, GOOD), (A, S, 2.0, GOOD), (A, S, 3.0, BAD)]), 0)

    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == [(A, S, 3.0, BAD)]
    assert history.repeated == 2


async def test_a_sample_the_node_stamped_after_its_clock_was_set_back_replaces_none(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS, stamped_by_node=["AE_DO1"])
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD), (A, 20 * S, 2.0, GOOD), (B, 10 * S, 1.0, GOOD)]), 0)

    batch = history.commit(
        batch_of([(A, 10 * S, 8.0, GOOD), (A, 15 * S, 9.0, GOOD), (B, 10 * S, 8.0, GOOD)]), 0
    )

    expected: list[Row] = [(A, 10 * S, 1.0, GOOD), (A, 15 * S, 9.0, UNCERTAIN), (A, 20 * S, 2.0, GOOD)]
    assert rows_of(batch.samples) == [
        (A, 10 * S, 8.0, UNCERTAIN),
        (A, 15 * S, 9.0, UNCERTAIN),
        (B, 10 * S, 8.0, GOOD),
    ]
    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == expected
    assert rows_of(await history.samples("AE_DO2", *FOREVER)) == [(B, 10 * S, 8.0, GOOD)]
    again = reopened(history, file)
    assert rows_of(await again.samples("AE_DO1", *FOREVER)) == expected
    assert rows_of(again.latest()) == [(A, 20 * S, 2.0, GOOD), (B, 10 * S, 8.0, GOOD)]
    again.close()


async def test_what_the_node_stamped_and_gives_again_is_a_repetition(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS, stamped_by_node=TAGS)
    rows: list[Row] = [(A, 10 * S, 1.0, GOOD), (A, 20 * S, 2.0, GOOD)]
    history.commit(batch_of(rows), 0)

    assert len(history.commit(batch_of(rows), 0).samples) == 0
    history.close()


def test_the_newest_of_each_series_is_there_after_a_close_and_after_a_kill(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD), (B, 10 * S, 2.0, GOOD)]), 0)
    history.commit(batch_of([(A, 10 * S, 1.5, UNCERTAIN), (B, 9 * S, 9.0, GOOD)]), 0)
    killed = copied(file, tmp_path / "killed")
    expected = [(A, 10 * S, 1.5, UNCERTAIN), (B, 10 * S, 2.0, GOOD)]
    assert rows_of(history.latest()) == expected

    closed = reopened(history, file)
    assert rows_of(closed.latest()) == expected
    closed.commit(batch_of([(B, 11 * S, None, BAD)]), 0)
    killed_later = copied(file, tmp_path / "killed-later")
    closed.close()

    assert newest_in(killed) == expected
    assert newest_in(killed_later) == [(A, 10 * S, 1.5, UNCERTAIN), (B, 11 * S, None, BAD)]


def newest_in(file: Path) -> list[Row]:
    history = EmbeddedHistory.open(file)
    found = rows_of(history.latest())
    history.close()
    return found


async def test_batches_larger_than_the_staging_are_kept_whole(history: EmbeddedHistory) -> None:
    count = 2 * ROWS + 17
    times = np.arange(count) * 1000
    history.commit(SampleBatch.of(A, times, np.arange(count), GOOD), count * 1000)

    late = history.commit(SampleBatch.of(A, times, np.arange(count) % 2, GOOD), count * 1000)

    found = await history.samples("AE_DO1", *FOREVER)
    assert len(late.samples) + history.repeated == count
    assert np.array_equal(found.times_us, times)
    # Repetitions are looked for within an hour only; here all of it is.
    assert history.repeated == 2
    assert np.array_equal(found.values, np.arange(count) % 2)


async def test_many_rows_come_in_fewer_batches_than_asked_for(history: EmbeddedHistory) -> None:
    for n in range(3):
        history.commit(SampleBatch.of(A, np.arange(300_000) + n * 300_000, 0.5, GOOD), n)

    first = await history.batches_after(0, 10)
    second = await history.batches_after(first[-1].number, 10)

    assert [(of.number, len(of.samples)) for of in first] == [(1, 300_000)]
    assert [(of.number, len(of.samples)) for of in second] == [(2, 300_000)]


async def test_a_long_log_is_moved_into_the_file(file: Path) -> None:
    history = EmbeddedHistory.open(file, log_mb=0.01)
    history.series_ids(PLANT, TAGS)
    log = log_of(file)
    lengths = []
    for n in range(200):
        history.commit(batch_of([(A, n * S, float(n), GOOD)]), n * S)
        lengths.append(log.stat().st_size if log.exists() else 0)

    assert max(lengths) < 12_000
    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == [
        (A, n * S, float(n), GOOD) for n in range(200)
    ]
    history.close()


def test_a_disk_nearly_full_is_left_to_the_rest_of_the_node(file: Path) -> None:
    history = EmbeddedHistory.open(file, spare_mb=1 << 40)
    history.series_ids(PLANT, TAGS)

    with pytest.raises(StoreError, match=r"MB are left on this disk, of which .* free space on it"):
        history.commit(batch_of([(A, S, 1.0, GOOD)]), 0)

    assert history.last_number == 0
    history.close()


async def test_what_is_urgent_is_kept_on_a_disk_nearly_full(file: Path) -> None:
    history = EmbeddedHistory.open(file, spare_mb=1 << 40, log_mb=0.0001)
    history.series_ids(PLANT, TAGS)

    numbers = [
        history.commit(batch_of([(A, n * S, 1.0, GOOD)]), n * S, urgent=True).number for n in range(1, 4)
    ]

    assert numbers == [1, 2, 3]
    assert len(await history.samples("AE_DO1", *FOREVER)) == 3
    history.close()


async def test_a_sample_from_the_future_makes_none_after_it_late(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS)
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD)]), 10 * S)

    ahead = history.commit(batch_of([(A, 3600 * S, 9.0, GOOD), (B, 3600 * S, None, BAD)]), 11 * S)
    held = rows_of(history.latest())
    history = reopened(history, file)
    history.series_ids(PLANT, TAGS)
    after = [history.commit(batch_of([(A, at * S, 2.0, GOOD)]), at * S) for at in (12, 3600)]

    assert rows_of(ahead.samples) == [(A, 3600 * S, 9.0, UNCERTAIN), (B, 3600 * S, None, BAD)]
    assert held == [(A, 10 * S, 1.0, GOOD)]
    assert [rows_of(batch.samples) for batch in after] == [
        [(A, 12 * S, 2.0, GOOD)],
        [(A, 3600 * S, 2.0, GOOD)],
    ]
    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == [
        (A, 10 * S, 1.0, GOOD),
        (A, 12 * S, 2.0, GOOD),
        (A, 3600 * S, 2.0, GOOD),
    ]
    assert rows_of(await history.samples("AE_DO2", *FOREVER)) == [(B, 3600 * S, None, BAD)]
    history.close()


async def test_a_history_that_holds_only_the_future_reads_it_after_a_restart(file: Path) -> None:
    history = EmbeddedHistory.open(file, ahead=timedelta(seconds=5))
    history.series_ids(PLANT, TAGS)
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD)]), 4 * S)
    history = reopened(history, file)

    assert rows_of(await history.samples("AE_DO1", *FOREVER)) == [(A, 10 * S, 1.0, UNCERTAIN)]
    assert rows_of(history.latest()) == []
    history.close()


def test_the_folder_is_made_for_this_account_alone(file: Path) -> None:
    EmbeddedHistory.open(file).close()

    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_who_gives_up_reading_leaves_nothing_running(history: EmbeddedHistory) -> None:
    for n in range(4):
        history.commit(SampleBatch.of(A, np.arange(200_000) * 1000 + n * 200_000_000, 0.5, GOOD), 10**9)
    reads = [
        asyncio.create_task(history.windows("AE_DO1", 0, 10**12, 10**9, Aggregate.MEAN)) for _ in range(8)
    ]
    await asyncio.sleep(0)

    for read in reads:
        read.cancel()
    ends = await asyncio.gather(*reads, return_exceptions=True)

    assert [type(end) for end in ends] == [asyncio.CancelledError] * 8
    assert len(await history.samples("AE_DO1", 0, 1000, 5)) == 1


async def test_who_gives_up_ends_a_read_of_many_queries_too(history: EmbeddedHistory) -> None:
    begun, ended = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def endless(snapshot: Snapshot) -> None:
        loop.call_soon_threadsafe(begun.set)
        try:
            while True:
                snapshot.cursor.execute("SELECT sum(range) FROM range(1000000)").fetchall()
                # Between two queries nothing can be interrupted.
                time.sleep(0.01)
        finally:
            ended.set()

    reading = asyncio.create_task(history.answer(endless))
    await begun.wait()

    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    assert await asyncio.to_thread(ended.wait, 8)


async def test_a_closed_history_is_read_no_more(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS)
    history.close()

    with pytest.raises(StoreError, match="the history is closed"):
        await history.samples("AE_DO1", 0, 1, 1)
    with pytest.raises(StoreError, match="the history is closed"):
        history.commit(batch_of([(A, S, 1.0, GOOD)]), 0)


async def test_reads_beyond_what_may_wait_are_refused(
    history: EmbeddedHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("history.snapshots._MOST_READS", 3)

    ends = await asyncio.gather(
        *(history.samples("AE_DO1", 0, 1, 1) for _ in range(5)), return_exceptions=True
    )

    refused = [end for end in ends if isinstance(end, StoreError)]
    assert len(refused) == 2
    assert "3 reads wait already" in str(refused[0])


async def test_what_is_true_replaces_the_future_that_went_into_a_month_file(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS)
    history.commit(batch_of([(A, 7200 * S, 9.0, GOOD), (B, 0, 1.0, GOOD)]), 0)
    history.compact(2 * 86_400 * S, 0)
    history = reopened(history, file)
    history.series_ids(PLANT, TAGS)

    history.commit(batch_of([(A, 7200 * S, 2.0, GOOD)]), 3 * 86_400 * S)
    before = rows_of(await history.samples("AE_DO1", *FOREVER))
    history.compact(2 * 86_400 * S, 0)

    assert before == rows_of(await history.samples("AE_DO1", *FOREVER)) == [(A, 7200 * S, 2.0, GOOD)]
    assert rows_of(history.latest()) == [(A, 7200 * S, 2.0, GOOD), (B, 0, 1.0, GOOD)]
    history.close()


def test_a_batch_touches_the_closed_hours_of_its_series_alone(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    history.series_ids(PLANT, TAGS)
    history.commit(batch_of([(A, 10 * S, 1.0, GOOD), (B, 10 * S, 1.0, GOOD)]), 10 * S)
    open_still = history.closed([A, B])
    history.mark_until(3600 * S)
    history.commit(batch_of([(A, 3700 * S, 1.0, GOOD), (B, 3700 * S, 1.0, GOOD)]), 3700 * S)
    in_order = history.closed([A, B])

    history.commit(batch_of([(B, 20 * S, 2.0, GOOD)]), 3701 * S)
    late = history.closed([A, B])
    history = reopened(history, file)
    # Nothing tells what touched them before: all of it may have.
    after_a_start = history.closed([A, B])[1]

    history.close()
    assert (open_still, in_order, late) == ((0, (0, 0)), (3600 * S, (0, 0)), (3600 * S, (0, 3)))
    assert after_a_start == (3, 3)
