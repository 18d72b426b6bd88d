"""A node in small, for tests that kill it or fill its disk: it appends numbered samples for good.

    python -m tests.history.appending FILE FIRST

Sample n of each series has time n and value n, and each append holds some of them in a row. For every
append that was acknowledged one line says `kept SERIES FIRST END NUMBER`, for every batch reported
`batch NUMBER`.
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


def samples(series: int, first: int, end: int) -> SampleBatch:
    n = np.arange(first, end)
    return SampleBatch.of(series, n, n, 192)


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
        for series in ids.values():
            appends.create_task(append_for_good(writer, series, first))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
