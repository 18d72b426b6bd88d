"""Group commit beyond the contract of a Sink."""

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from history.embedded import EmbeddedHistory
from history.month_file import write_month_file
from history.writer import BatchWriter
from telemetry.clock import SystemClock
from telemetry.errors import StoreError
from telemetry.samples import CommittedBatch, SampleBatch
from tests.contracts.samples import batch_of, rows_of
from tests.history.running import running

A = 1
GOOD = 192
AT_ONCE, NEVER = timedelta(0), timedelta(hours=1)


class Moody(EmbeddedHistory):
    """A history that refuses while a `refusal` is set, or keeps a batch and says it did not."""

    refusal: str | None = None
    refusal_of_all: str | None = None
    lies = 0
    refusal_after_lies: str | None = None
    attempts = 0

    def commit(self, samples: SampleBatch, committed_us: int, *, urgent: bool = False) -> CommittedBatch:
        self.attempts += 1
        refusal = self.refusal_of_all or (None if urgent else self.refusal)
        if refusal:
            raise StoreError(refusal)
        batch = super().commit(samples, committed_us, urgent=urgent)
        if self.lies:
            self.lies -= 1
            self.refusal = self.refusal_after_lies
            raise StoreError("the sync failed")
        return batch


@pytest.fixture
def store(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    monkeypatch.setattr("history.writer._FIRST_RETRY_S", 0.001)
    monkeypatch.setattr("history.writer._LONGEST_RETRY_S", 0.01)
    opened = Moody.open(file)
    opened.series_ids("fangcheng1", ["AE_DO1"])
    yield opened
    opened.close()


class Reports:
    """What a writer reported, and whether it did so on the loop."""

    def __init__(self) -> None:
        self.batches: list[CommittedBatch] = []
        self.threads: set[int] = set()

    def __call__(self, batch: CommittedBatch) -> None:
        self.batches.append(batch)
        self.threads.add(threading.get_ident())

    @property
    def numbers(self) -> list[int]:
        return [batch.number for batch in self.batches]

    @property
    def times(self) -> list[int]:
        return [time_us for batch in self.batches for time_us in batch.samples.times_us.tolist()]


def samples(first: int, count: int = 1) -> SampleBatch:
    return batch_of((A, time_us, float(time_us), GOOD) for time_us in range(first, first + count))


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - what changes is the writer's own state
        await asyncio.sleep(0.001)


@asynccontextmanager
async def writing(
    store: EmbeddedHistory, max_wait: timedelta = AT_ONCE, max_rows: int = 200_000
) -> AsyncIterator[tuple[BatchWriter, Reports]]:
    reports = Reports()
    async with running(
        BatchWriter(store, SystemClock(), reports, max_wait=max_wait, max_rows=max_rows)
    ) as writer:
        yield writer, reports


async def test_what_is_appended_while_the_first_waits_goes_in_one_batch(store: Moody) -> None:
    async with writing(store, timedelta(milliseconds=50)) as (writer, reports):
        numbers = await asyncio.gather(*(writer.append(samples(n)) for n in range(10)))

    assert numbers == [1] * 10
    assert reports.times == list(range(10))


async def test_enough_rows_do_not_wait_for_more(store: Moody) -> None:
    async with writing(store, NEVER) as (writer, reports):
        await writer.append(samples(0, 5000))

    assert reports.numbers == [1]


async def test_batches_are_reported_on_the_loop_in_order_once_and_before_append_returns(store: Moody) -> None:
    async with writing(store) as (writer, reports):
        for n in range(20):
            number = await writer.append(samples(n))
            assert reports.numbers[-1] == number

    assert reports.numbers == list(range(1, 21))
    assert reports.threads == {threading.get_ident()}
    assert (writer.queued_rows, writer.lost_rows, writer.committed_rows) == (0, 0, 20)
    assert writer.last_commit_seconds > 0


async def test_what_the_store_holds_already_is_acknowledged_and_not_reported_again(store: Moody) -> None:
    async with writing(store) as (writer, reports):
        numbers = [await writer.append(samples(0, 3)) for _ in range(2)]

    assert (numbers, reports.numbers, writer.committed_rows) == ([1, 1], [1], 3)


async def test_nothing_is_acknowledged_while_the_store_refuses_and_all_is_kept_after(
    store: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "history.writer")
    store.refusal = "not written: No space left on device"
    async with writing(store) as (writer, reports):
        appends = [asyncio.create_task(writer.append(samples(n))) for n in range(3)]
        await until(lambda: store.attempts >= 5)
        assert (writer.failing, writer.committed_rows) == (store.refusal, 0)
        assert not any(append.done() for append in appends)

        store.refusal = None
        numbers = await asyncio.gather(*appends)

    assert reports.times == [0, 1, 2]
    assert set(numbers) <= set(reports.numbers)
    assert (writer.failing, writer.committed_rows) == (None, 3)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "ERROR",
            "not written: No space left on device; retrying, nothing is acknowledged meanwhile",
        ),
        ("INFO", "the history takes readings again; 3 waited"),
    ]


async def test_a_batch_kept_by_an_attempt_that_failed_is_kept_and_reported_once(store: Moody) -> None:
    store.lies = 2
    async with writing(store) as (writer, reports):
        numbers = [await writer.append(samples(0, 3)), await writer.append(samples(3))]

    assert numbers == [1, 2]
    assert [(batch.number, rows_of(batch.samples)) for batch in reports.batches] == [
        (1, rows_of(samples(0, 3))),
        (2, rows_of(samples(3))),
    ]
    assert [batch.number for batch in store.committed_after(0)] == [1, 2]


async def test_appenders_wait_outside_while_there_is_no_room(store: Moody) -> None:
    store.refusal = "full"
    async with writing(store, max_rows=10) as (writer, reports):
        appends = [asyncio.create_task(writer.append(samples(10 * n, 4))) for n in range(6)]
        await until(lambda: store.attempts > 2)
        assert writer.queued_rows == 8

        store.refusal = None
        numbers = await asyncio.gather(*appends)

    assert numbers == sorted(numbers)
    assert max(len(batch.samples) for batch in reports.batches) <= 10
    assert reports.times == [10 * n + k for n in range(6) for k in range(4)]


async def test_a_small_append_does_not_overtake_a_large_one_that_waits_for_room(store: Moody) -> None:
    store.refusal = "full"
    async with writing(store, max_rows=10) as (writer, reports):
        appends = [
            asyncio.create_task(writer.append(samples(first, count)))
            for first, count in [(0, 8), (100, 9), (200, 1)]
        ]
        await until(lambda: store.attempts > 2)
        assert writer.queued_rows == 8
        store.refusal = None
        await asyncio.gather(*appends)

    assert reports.times == [*range(8), *range(100, 109), 200]


async def test_an_append_larger_than_the_room_goes_alone(store: Moody) -> None:
    async with writing(store, max_rows=10) as (writer, reports):
        await asyncio.gather(
            *(writer.append(samples(first, count)) for first, count in [(0, 3), (10, 25), (50, 3)])
        )

    assert [len(batch.samples) for batch in reports.batches] == [3, 25, 3]


async def test_what_waits_is_kept_though_who_appended_it_gave_up(store: Moody) -> None:
    async with writing(store, NEVER) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(7)))
        await until(lambda: writer.queued_rows == 1)

        append.cancel()
        with pytest.raises(asyncio.CancelledError):
            await append

    assert reports.times == [7]


async def test_who_gives_up_outside_leaves_no_trace_and_lets_the_next_in(store: Moody) -> None:
    store.refusal = "full"
    async with writing(store, max_rows=10) as (writer, reports):
        inside = asyncio.create_task(writer.append(samples(0, 6)))
        await until(lambda: store.attempts > 0)
        large = asyncio.create_task(writer.append(samples(100, 9)))
        small = asyncio.create_task(writer.append(samples(200, 2)))
        await asyncio.sleep(0)
        assert writer.queued_rows == 6

        large.cancel()
        await until(lambda: writer.queued_rows == 8)
        store.refusal = None
        await asyncio.gather(inside, small)

    assert reports.times == [*range(6), 200, 201]
    assert large.cancelled()


async def test_the_end_commits_what_waits(store: Moody) -> None:
    async with writing(store, NEVER) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(0, 3)))
        await until(lambda: writer.queued_rows == 3)

    assert (await append, reports.times) == (1, [0, 1, 2])
    with pytest.raises(StoreError, match="the node is stopping"):
        await writer.append(samples(9))


async def test_the_end_gives_up_what_the_store_refuses_and_counts_it(
    store: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    store.refusal = "full"
    async with writing(store, max_rows=4) as (writer, reports):
        appends = [asyncio.create_task(writer.append(samples(10 * n, 3))) for n in range(2)]
        await until(lambda: store.attempts > 2)

    ends = await asyncio.gather(*appends, return_exceptions=True)

    assert [str(end) for end in ends if isinstance(end, StoreError)] == ["not written: full"] * 2
    assert (reports.numbers, writer.lost_rows, writer.queued_rows) == ([], 6, 0)
    assert "6 readings were given up: full" in caplog.text


async def test_who_gave_up_before_the_end_is_not_complained_of(
    store: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    store.refusal = "full"
    async with writing(store) as (writer, _):
        append = asyncio.create_task(writer.append(samples(0, 3)))
        await until(lambda: store.attempts > 1)
        append.cancel()
    gc.collect()

    assert "never retrieved" not in caplog.text


async def test_a_fault_of_who_is_told_ends_the_writer_but_what_was_kept_is_acknowledged(store: Moody) -> None:
    def fail(batch: CommittedBatch) -> None:
        raise RuntimeError(f"batch {batch.number}")

    writer = BatchWriter(store, SystemClock(), fail, max_wait=AT_ONCE)
    run = asyncio.create_task(writer.run())

    number = await writer.append(samples(0))

    with pytest.raises(RuntimeError, match="batch 1"):
        await run
    assert number == store.last_number == 1
    with pytest.raises(StoreError, match="stopping"):
        await writer.append(samples(1))


async def test_appended_before_the_writer_runs_is_kept_when_it_does(store: Moody) -> None:
    writer = BatchWriter(store, SystemClock(), Reports(), max_wait=AT_ONCE)
    append = asyncio.create_task(writer.append(samples(0)))
    await asyncio.sleep(0.01)

    async with running(writer):
        assert await append == 1


async def test_a_batch_carries_the_time_of_its_commit(store: Moody) -> None:
    clock = SystemClock()
    before = clock.now_us()
    async with writing(store) as (writer, reports):
        await writer.append(samples(0))

    assert before <= reports.batches[0].committed_us <= clock.now_us()
    assert store.last_committed_us == reports.batches[0].committed_us


async def test_a_month_file_is_taken_in_between_commits_and_told_as_a_batch_without_samples(
    store: Moody, tmp_path: Path
) -> None:
    day_us = 86_400_000_000
    given = tmp_path / "given.parquet"
    write_month_file(batch_of([(A, n, 1.0, GOOD) for n in range(5)]), given)
    reported: list[tuple[int, int]] = []

    def report(batch: CommittedBatch) -> None:
        reported.append((batch.number, len(batch.samples)))

    async with running(BatchWriter(store, SystemClock(), report, max_wait=AT_ONCE)) as writer:
        await writer.append(batch_of([(A, day_us + 1, 1.0, GOOD)]))
        number = await writer.adopt(given, "process", 0, day_us, "simulated")
        await writer.append(batch_of([(A, day_us + 2, 1.0, GOOD)]))

    assert number == 2
    assert reported == [(1, 1), (2, 0), (3, 1)]


async def test_a_month_file_waits_until_it_is_known_what_the_commit_before_kept(
    store: Moody, tmp_path: Path
) -> None:
    store.lies, store.refusal_after_lies = 1, "full"
    async with writing(store) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(0)))
        await until(lambda: writer.failing is not None)
        with pytest.raises(StoreError, match="refused the commit before"):
            await writer.adopt(tmp_path / "none", "process", 0, 1, "simulated")
        store.refusal = None
        await append

    assert reports.times == [0]


async def test_what_is_urgent_is_kept_while_the_rest_is_refused(store: Moody) -> None:
    store.refusal = "full"
    async with writing(store) as (writer, reports):
        appends = [asyncio.create_task(writer.append(samples(10 * n))) for n in range(2)]
        await until(lambda: store.attempts > 2)
        urgent = [await writer.append_urgent(samples(100 + n)) for n in range(3)]
        failing, waiting = writer.failing, [append.done() for append in appends]

        store.refusal = None
        numbers = await asyncio.gather(*appends)

    assert (urgent, failing, waiting) == ([1, 2, 3], "full", [False, False])
    assert reports.times == [100, 101, 102, 0, 10]
    assert reports.numbers == list(range(1, numbers[-1] + 1))
    assert (writer.queued_rows, writer.committed_rows, writer.lost_rows) == (0, 5, 0)


async def test_what_is_urgent_does_not_wait_for_the_next_attempt(
    store: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("history.writer._FIRST_RETRY_S", 3600)
    monkeypatch.setattr("history.writer._LONGEST_RETRY_S", 3600)
    store.refusal = "full"
    async with writing(store) as (writer, _):
        append = asyncio.create_task(writer.append(samples(0)))
        await until(lambda: writer.failing is not None)

        assert await writer.append_urgent(samples(100)) == 1
        assert store.attempts == 2
    with pytest.raises(StoreError, match="not written: full"):
        await append


async def test_what_is_urgent_is_tried_once_and_its_refusal_told(store: Moody) -> None:
    store.refusal_of_all = "no space at all"
    async with writing(store) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(0)))
        await until(lambda: store.attempts > 2)

        with pytest.raises(StoreError, match="no space at all"):
            await writer.append_urgent(samples(100))

        store.refusal_of_all = None
        assert await append == 1

    assert (reports.times, writer.lost_rows) == ([0], 0)


async def test_without_trouble_what_is_urgent_is_a_batch_of_its_own_at_once(store: Moody) -> None:
    async with writing(store, NEVER) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(0)))
        await until(lambda: writer.queued_rows == 1)

        assert await writer.append_urgent(samples(100)) == 1

    assert (await append, reports.times) == (2, [100, 0])


async def test_too_much_that_is_urgent_is_refused(store: Moody) -> None:
    writer = BatchWriter(store, SystemClock(), Reports(), max_wait=AT_ONCE)
    appends = [asyncio.create_task(writer.append_urgent(samples(n))) for n in range(16)]
    await asyncio.sleep(0)

    with pytest.raises(StoreError, match="16 urgent batches wait already"):
        await writer.append_urgent(samples(100))

    async with running(writer):
        assert await asyncio.gather(*appends) == list(range(1, 17))


async def test_a_batch_kept_by_an_attempt_that_failed_is_reported_before_what_is_urgent(store: Moody) -> None:
    store.lies, store.refusal_after_lies = 1, "full"
    async with writing(store) as (writer, reports):
        append = asyncio.create_task(writer.append(samples(0)))
        await until(lambda: writer.failing is not None)
        urgent = await writer.append_urgent(samples(100))
        store.refusal = None
        number = await append

    assert (urgent, number) == (2, 2)
    assert (reports.numbers, reports.times) == ([1, 2], [0, 100])


async def test_the_end_commits_what_is_urgent(store: Moody) -> None:
    writer = BatchWriter(store, SystemClock(), Reports(), max_wait=AT_ONCE)
    async with running(writer):
        append = asyncio.create_task(writer.append_urgent(samples(0)))
        await asyncio.sleep(0)

    assert await append == 1
    with pytest.raises(StoreError, match="stopping"):
        await writer.append_urgent(samples(1))
