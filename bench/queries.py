"""The embedded store beside SQLite with one row a reading: append, look, average, size."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Protocol

import numpy as np

from bench.report import Figure, Section
from bench.rounds import in_child
from bench.sqlite_rows import SqliteRows
from history.embedded import EmbeddedHistory
from telemetry.protocols import Aggregate
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

EVERY_US: Final = 10_000_000
HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
BEGIN_US: Final = 1_793_462_400_000_000
READS: Final = 7


class Store(Protocol):
    """What is measured of either."""

    def append(self, samples: SampleBatch) -> None:
        """Keep a batch durably."""
        ...

    async def raw(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many readings there are in a time, having them all at hand."""
        ...

    async def hourly(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many hours have a mean, having them all at hand."""
        ...

    def reopen(self) -> int:
        """Close and open again; return how many series have a newest reading, having them all at hand."""
        ...

    def close(self) -> None:
        """Settle and close."""
        ...


class Embedded:
    """Ours."""

    def __init__(self, folder: Path, points: int) -> None:
        self._file = folder / "readings.duckdb"
        self._tags = [f"P{index}" for index in range(points)]
        self._open()

    def _open(self) -> None:
        self._history = EmbeddedHistory.open(self._file)
        self.ids = list(self._history.series_ids("bench", self._tags).values())

    def append(self, samples: SampleBatch) -> None:
        """Keep a batch durably."""
        self._history.commit(samples, samples.latest_us)

    async def raw(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many readings there are in a time, having them all at hand."""
        return len(await self._history.samples(self._tags[series], from_us, to_us, 1_000_000))

    async def hourly(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many hours have a mean, having them all at hand."""
        windows = await self._history.windows(self._tags[series], from_us, to_us, HOUR_US, Aggregate.MEAN)
        return len(windows.times_us)

    def reopen(self) -> int:
        """Close and open again; return how many series have a newest reading, having them all at hand."""
        self._history.close()
        self._open()
        return len(self._history.latest())

    def close(self) -> None:
        """Settle and close."""
        self._history.close()


@dataclass(frozen=True, slots=True)
class Size:
    """How much is stored: some points for days, then many points for some ticks, a commit each."""

    points: int
    days: int
    ticks_a_commit: int
    many_points: int
    commits: int


FULL = Size(points=20, days=31, ticks_a_commit=300, many_points=1000, commits=200)
TINY = Size(points=3, days=1, ticks_a_commit=2000, many_points=5, commits=3)

FIGURES: Final[tuple[tuple[str, str], ...]] = (
    ("append a tick of {many:,} points a commit: CPU for a million readings", "s"),
    ("the same: written to disk, a reading", "bytes"),
    ("append {large:,} readings a commit: CPU for a million", "s"),
    ("24 h of a point, raw: CPU", "ms"),
    ("{days} days of a point, hourly means: CPU", "ms"),
    ("open, and the newest reading of every point: CPU", "ms"),
    ("size on disk, a reading", "bytes"),
)


def measure(tiny: bool = False) -> Section:
    """Return both stores' figures for the same readings."""
    size = TINY if tiny else FULL
    ours, theirs = in_child(measure_embedded, size), in_child(measure_sqlite, size)
    words = {"large": size.points * size.ticks_a_commit, "many": size.many_points, "days": size.days}
    figures = [
        Figure(what.format(**words), unit, mine, other, "SQLite, key (series, time)")
        for (what, unit), mine, other in zip(FIGURES, ours, theirs, strict=True)
    ]
    rows = size.points * size.days * DAY_US // EVERY_US
    load = f"{rows:,} readings: {size.points} points every 10 s for {size.days} days; every commit synced"
    return Section("queries", load, figures)


def measure_embedded(size: Size) -> list[float]:
    """Return the figures of ours."""
    with tempfile.TemporaryDirectory() as folder:
        store = Embedded(Path(folder), size.points + size.many_points)
        return asyncio.run(_measure(store, store.ids, Path(folder), size))


def measure_sqlite(size: Size) -> list[float]:
    """Return the figures of SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteRows(Path(folder) / "rows.sqlite")
        return asyncio.run(_measure(store, list(range(size.points + size.many_points)), Path(folder), size))


async def _measure(store: Store, ids: list[int], folder: Path, size: Size) -> list[float]:
    few, many = ids[: size.points], ids[size.points :]
    ticks = size.days * DAY_US // EVERY_US
    end_us = BEGIN_US + ticks * EVERY_US
    large = _append(store, _batches(few, 0, ticks, size.ticks_a_commit))
    written = _written_bytes()
    small = _append(store, _batches(many, ticks, ticks + size.commits, 1))
    written = _written_bytes() - written
    raw = await _read(lambda: store.raw(1, end_us - DAY_US, end_us), DAY_US // EVERY_US)
    hourly = await _read(lambda: store.hourly(1, BEGIN_US, end_us), size.days * 24)

    async def reopened() -> int:
        return store.reopen()

    newest = await _read(reopened, len(ids))
    store.close()
    appended = len(many) * size.commits
    rows = len(few) * ticks + appended
    return [small, written / appended, large, raw, hourly, newest, _size(folder) / rows]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _batches(ids: list[int], first: int, end: int, ticks: int) -> Iterator[SampleBatch]:
    chance = np.random.default_rng(first)
    for tick in range(first, end, ticks):
        count = min(ticks, end - tick)
        times = BEGIN_US + np.repeat(np.arange(tick, tick + count), len(ids)) * EVERY_US
        noise = chance.normal(0, 0.2, count * len(ids))
        values = np.round(50 + 10 * np.sin(times / DAY_US * 6.28) + noise, 2)
        yield SampleBatch.of(np.tile(ids, count), times, values, Quality.GOOD)


def _append(store: Store, batches: Iterator[SampleBatch]) -> float:
    used, rows = 0.0, 0
    for batch in batches:
        begun = time.process_time()
        store.append(batch)
        used += time.process_time() - begun
        rows += len(batch)
    return used / rows * 1e6


async def _read(read: Callable[[], Awaitable[int]], expected: int) -> float:
    used = []
    for _ in range(READS):
        begun = time.process_time()
        found = await read()
        used.append((time.process_time() - begun) * 1e3)
        if found != expected:
            raise RuntimeError(f"{found} readings where {expected} were stored")
    return median(used)


def _written_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
