"""A store and an outage list that keep what they are told, and ways to wait for it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from telemetry.errors import StoreError
from telemetry.samples import SampleBatch


class RecordingSink:
    """Keeps batches; `refusals` of the next appends are refused, and `open` shut keeps appenders waiting."""

    def __init__(self) -> None:
        self.batches: list[SampleBatch] = []
        self.refusals = 0
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0

    async def append(self, samples: SampleBatch) -> int:
        self.waiting += 1
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        if self.refusals > 0:
            self.refusals -= 1
            raise StoreError("the disk is full")
        self.batches.append(samples)
        return len(self.batches)

    @property
    def rows(self) -> SampleBatch:
        return SampleBatch.concat(self.batches)

    def values(self, series: int) -> list[float]:
        return [float(value) for value in self.rows.values[self.rows.series == series]]

    def qualities(self, series: int) -> list[int]:
        return [int(quality) for quality in self.rows.quality[self.rows.series == series]]

    def times_us(self, series: int) -> list[int]:
        return [int(at) for at in self.rows.times_us[self.rows.series == series]]

    def last(self, series_ids: Mapping[str, int]) -> dict[str, tuple[float | None, int]]:
        """Return value (None for NaN) and quality of the newest row of each tag."""
        rows = self.rows
        found: dict[str, tuple[float | None, int]] = {}
        for tag, series in series_ids.items():
            where = np.flatnonzero(rows.series == series)
            if len(where):
                value = float(rows.values[where[-1]])
                found[tag] = (None if np.isnan(value) else value, int(rows.quality[where[-1]]))
        return found


@dataclass
class RecordingOutages:
    """What was lost and what came back, in order; causes and counts beside."""

    events: list[tuple[str, str]] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)

    def lost(self, channel: str, at_us: int, cause: str) -> None:
        self.events.append(("lost", channel))
        self.causes.append(cause)

    def back(self, channel: str, at_us: int, missed: int) -> None:
        self.events.append(("back", channel))
        self.missed.append(missed)


async def until(met: Callable[[], object]) -> None:
    """Return once it is met; the test's own time limit ends the waiting."""
    while not met():  # noqa: ASYNC110
        await asyncio.sleep(0.005)
