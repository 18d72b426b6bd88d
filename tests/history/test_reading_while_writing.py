import asyncio
from datetime import timedelta

import numpy as np
import pytest

from history.embedded import EmbeddedHistory
from history.writer import BatchWriter
from telemetry.clock import SystemClock
from telemetry.errors import StoreError
from telemetry.protocols import Aggregate
from telemetry.samples import SampleBatch
from tests.history.running import running

A = 1
ROWS = 500_000
S = 1_000_000


def half_a_million(history: EmbeddedHistory) -> None:
    for first in range(0, ROWS, 100_000):
        n = np.arange(first, first + 100_000)
        history.commit(SampleBatch.of(A, n * S, n % 100 / 4, 192), 0)


async def test_the_loop_goes_on_while_half_a_million_rows_are_read(history: EmbeddedHistory) -> None:
    half_a_million(history)
    read = asyncio.create_task(history.samples("AE_DO1", 0, ROWS * S, ROWS))

    ticks = 0
    while not read.done():
        await asyncio.sleep(0)
        ticks += 1

    found = await read
    # A read on the loop would be over within the first of them.
    assert ticks > 10
    assert np.array_equal(found.times_us, np.arange(ROWS) * S)
    assert np.array_equal(found.values, np.arange(ROWS) % 100 / 4)


async def test_readers_see_whole_batches_while_others_are_written(history: EmbeddedHistory) -> None:
    """Each batch has one sample of both series, so that whoever sees one must see the other."""
    written = 150

    async def write(writer: BatchWriter) -> int:
        for n in range(written):
            await writer.append(SampleBatch.of([1, 2], n * S, n, 192))
        return written

    async def read() -> int:
        reads = 0
        while history.last_number < written:
            # The second read begins after the first has ended, so it sees at least as much.
            first = await history.samples("AE_DO1", 0, 10**12, 1000)
            second = await history.samples("AE_DO2", 0, 10**12, 1000)
            windows = await history.windows("AE_DO1", 0, written * S, written * S, Aggregate.COUNT)
            batches = await history.batches_after(0, 1000)
            assert first.times_us.tolist() == [n * S for n in range(len(first))]
            assert len(first) <= len(second)
            assert windows.values.sum() >= len(first)
            assert [len(batch.samples) for batch in batches] == [2] * len(batches)
            assert len(batches) >= len(second)
            reads += 1
        return reads

    async with running(BatchWriter(history, SystemClock(), lambda _: None, max_wait=timedelta(0))) as writer:
        counts = await asyncio.gather(write(writer), *(read() for _ in range(3)))

    assert min(counts) > 1


async def test_windows_are_the_same_to_the_last_bit_before_and_after_a_checkpoint(
    history: EmbeddedHistory,
) -> None:
    chance = np.random.default_rng(3)
    for n in range(4):
        times = np.arange(n * 50_000, (n + 1) * 50_000) * S
        history.commit(SampleBatch.of(A, times, chance.normal(7, 3, 50_000), 192), n)

    async def figures() -> list[bytes]:
        found = await asyncio.gather(
            *(history.windows("AE_DO1", 0, 10**12, 7 * 3600 * S, Aggregate.MEAN) for _ in range(8))
        )
        return [windows.values.tobytes() for windows in found]

    in_the_log = await figures()
    history._settle()
    in_the_file = await figures()

    assert len(set(in_the_log + in_the_file)) == 1


async def test_a_fatal_error_is_got_over_by_opening_the_file_again(history: EmbeddedHistory) -> None:
    """As after a failed checkpoint: readers that are at it end, later ones wait until it is open again."""
    half_a_million(history)
    history.series_ids("fangcheng1", ["AE_DO1"], stamped_by_node=["AE_DO1"])
    reading = [
        asyncio.create_task(history.windows("AE_DO1", 0, ROWS * S, 60 * S, Aggregate.MEAN)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    history._database.broken = True
    later = asyncio.create_task(history.samples("AE_DO1", 0, 10 * S, 100))
    await asyncio.sleep(0)

    batch = await asyncio.to_thread(history.commit, SampleBatch.of(A, ROWS * S, 1.0, 192), 9)

    assert batch.number == 6
    assert len(await later) == 10
    for end in await asyncio.gather(*reading, return_exceptions=True):
        assert isinstance(end, StoreError) or len(getattr(end, "times_us", ())) == 8334
    own = history.commit(SampleBatch.of(A, 5, 1.0, 192), 10)
    assert own.samples.quality.tolist() == [64]


async def test_a_read_ends_when_the_history_is_closed(history: EmbeddedHistory) -> None:
    half_a_million(history)
    reading = [
        asyncio.create_task(history.windows("AE_DO1", 0, ROWS * S, 60 * S, Aggregate.MEAN)) for _ in range(6)
    ]
    await asyncio.sleep(0.01)

    await asyncio.to_thread(history.close)

    ends = await asyncio.gather(*reading, return_exceptions=True)
    assert all(isinstance(end, StoreError) or len(getattr(end, "times_us", ())) == 8334 for end in ends)
    with pytest.raises(StoreError):
        await history.samples("AE_DO1", 0, 1, 1)
