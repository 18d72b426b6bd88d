"""A node whose files may not grow beyond a limit, as on a full disk: it goes on when the limit is lifted.

    python -m tests.history.filling FILE LIMIT_BYTES LOG_MB

Prints one JSON object: what was acknowledged, what was reported, and how the writer stood meanwhile.
"""

import asyncio
import json
import resource
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from history.embedded import EmbeddedHistory
from history.writer import BatchWriter
from telemetry.clock import SystemClock
from telemetry.samples import CommittedBatch, SampleBatch
from tests.history.running import running

ROWS = 2000


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Node:
    """Appends batch after batch of noise, sample n at time n, and remembers what was acknowledged."""

    def __init__(self, writer: BatchWriter) -> None:
        self.writer = writer
        self.chance = np.random.default_rng(4)
        self.next = 0
        self.acknowledged: list[int] = []

    async def append(self) -> None:
        first, self.next = self.next, self.next + ROWS
        times = np.arange(first, self.next)
        await self.writer.append(SampleBatch.of(1, times, self.chance.random(ROWS), 192))
        self.acknowledged.append(first)


async def main(file: Path, size: int, log_mb: float) -> dict[str, Any]:
    history = EmbeddedHistory.open(file, log_mb=log_mb)
    history.series_ids("fangcheng1", ["AE_DO1"])
    reported: list[int] = []

    def report(batch: CommittedBatch) -> None:
        reported.append(batch.number)

    async with running(
        BatchWriter(history, SystemClock(), report, max_wait=timedelta(milliseconds=1))
    ) as writer:
        node = Node(writer)
        limit(size)
        refused = asyncio.create_task(node.append())
        while writer.failing is None:
            if refused.done():
                refused = asyncio.create_task(node.append())
            await asyncio.sleep(0.001)
        before = {
            "failing": writer.failing,
            "acknowledged": len(node.acknowledged),
            "queued": writer.queued_rows,
        }
        beside = asyncio.create_task(node.append())
        read = await history.samples("AE_DO1", 0, 10**9, 1_000_000)
        await asyncio.sleep(0.7)
        during = {"failing": writer.failing, "acknowledged": len(node.acknowledged), "readable": len(read)}
        limit(resource.RLIM_INFINITY)
        await asyncio.gather(refused, beside)
        await node.append()
    after = {"failing": writer.failing, "lost": writer.lost_rows}
    history.close()
    return {
        "before": before,
        "during": during,
        "after": after,
        "acknowledged": sorted(node.acknowledged),
        "reported": reported,
    }


if __name__ == "__main__":
    found = asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(found))  # noqa: T201
