"""A node in small, for tests that kill it or fill its disk: it appends numbered samples for good.

    python -m tests.history.appending FILE FIRST

Sample n of each series has time and value n * STEP_US, and each append holds some of them in a row.
Closed days are compacted all the while. For every append that was acknowledged one line says
`kept SERIES FIRST END NUMBER`, for every batch reported `batch NUMBER`.
"""

import asyncio
import sys
from pathlib import Path

import numpy as np

from history.embedded import EmbeddedHistory
from history.writer import BatchWriter
from telemetry.clock import SystemClock
from telemetry.samples import CommittedBatch, SampleBatch
from tests.history.running import running

TAGS = ("PLC1.A", "PLC1.B", "MQTT.C")
# So small that every other second has checkpoints: kills are to hit them too.
LOG_MB = 0.03
# So long that days and months end while it runs.
STEP_US = 600 * 1_000_000


def samples(series: int, first: int, end: int) -> SampleBatch:
    times_us = np.arange(first, end) * STEP_US
    return SampleBatch.of(series, times_us, times_us, 192)


async def compact_for_good(history: EmbeddedHistory) -> None:
    while True:
        end_us = history.latest().latest_us
        made = await asyncio.to_thread(history.compact, end_us, end_us)
        print("compacted", len(made), flush=True)  # noqa: T201
        await asyncio.sleep(0.02)


async def append_for_good(writer: BatchWriter, series: int, first: int) -> None:
    count = 0
    while True:
        count = count % 40 + series
        number = await writer.append(samples(series, first, first + count))
        print("kept", series, first, first + count, number, flush=True)  # noqa: T201
        first += count


def report(batch: CommittedBatch) -> None:
    print("batch", batch.number, flush=True)  # noqa: T201


async def main(file: Path, first: int) -> None:
    history = EmbeddedHistory.open(file, log_mb=LOG_MB)
    ids = history.series_ids("fangcheng1", TAGS)
    async with (
        running(BatchWriter(history, SystemClock(), report)) as writer,
        asyncio.TaskGroup() as appends,
    ):
        appends.create_task(compact_for_good(history))
        for series in ids.values():
            appends.create_task(append_for_good(writer, series, first))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
