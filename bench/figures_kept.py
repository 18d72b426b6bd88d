"""Hour figures kept up at 5,000 points a second, the night's compaction, and a month of figures read."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bench.report import Figure, Section
from history.embedded import EmbeddedHistory
from history.figures import HOUR_US
from history.measures import Measure, MeasureKind
from history.periods import Periods
from telemetry.quality import Quality
from telemetry.samples import SampleBatch, SeriesArray

BEGIN_US: Final = 1_793_491_200_000_000
DAY_US: Final = 24 * HOUR_US
S_US: Final = 1_000_000
SECONDS_A_COMMIT: Final = 10


def measure(tiny: bool = False) -> Section:
    """Fill an hour of many points, close it; then a month of minutes, compacted and read."""
    points, seconds, days = (40, 60, 1) if tiny else (5000, 3600, 31)
    with tempfile.TemporaryDirectory() as folder:
        kept = _kept_up(Path(folder) / "fast" / "readings.duckdb", points, seconds)
        month = _month(Path(folder) / "month" / "readings.duckdb", 10 if tiny else 200, days)
    load = (
        f"{points:,} points every second for {seconds:,} s; {10 if tiny else 200} points every minute for"
        f" {days} days"
    )
    return Section("figures_kept", load, [*kept, *month])


def _kept_up(file: Path, points: int, seconds: int) -> list[Figure]:
    history, periods, ids = _opened(file, points)
    chance = np.random.default_rng(1)
    level = chance.normal(4.0, 1.0, points)
    appended_s = 0.0
    for start in range(0, seconds, SECONDS_A_COMMIT):
        ticks = np.arange(start, min(start + SECONDS_A_COMMIT, seconds))
        values = level + chance.normal(0, 0.02, (len(ticks), points))
        times_us = BEGIN_US + ticks * S_US
        samples = SampleBatch.of(
            np.tile(ids, len(ticks)),
            np.repeat(times_us, points),
            values.astype(np.float32).ravel(),
            Quality.GOOD,
        )
        at_us = int(times_us[-1])
        appended_s += _cpu(lambda batch=samples, at=at_us: history.commit(batch, at))  # type: ignore[misc]
    now_us = BEGIN_US + 2 * HOUR_US
    closed_s = _cpu(lambda: _bring_up(periods, now_us))
    late = SampleBatch.of(ids[:50], BEGIN_US + 500_000, 4.0, Quality.GOOD)
    history.commit(late, now_us)
    # Nothing comes any more, so the hour is over by the clock.
    again_s = _cpu(lambda: _bring_up(periods, now_us + 120_000_000))
    history.close()
    return [
        Figure("append: CPU for a million readings", "s", appended_s / (points * seconds) * 1e6),
        Figure("close the hour of all points: CPU", "s", closed_s),
        Figure("the same: share of a core, spread over the hour", "%", closed_s / seconds * 100),
        Figure("an hour of all points again after late readings of 50: CPU", "s", again_s),
    ]


def _month(file: Path, points: int, days: int) -> list[Figure]:
    history, periods, ids = _opened(file, points)
    chance = np.random.default_rng(2)
    compacted_s = 0.0
    for day in range(days):
        times_us = BEGIN_US + day * DAY_US + np.arange(1440) * 60 * S_US
        noise = chance.normal(0, 0.05, (points, 1440)).cumsum(axis=1)
        values = np.round(20.0 + noise, 2).astype(np.float32)
        for hour in range(24):
            part = slice(hour * 60, hour * 60 + 60)
            samples = SampleBatch.of(
                np.tile(ids, 60), np.repeat(times_us[part], points), values[:, part].T.ravel(), Quality.GOOD
            )
            history.commit(samples, int(times_us[part][-1]))
        night_us = BEGIN_US + (day + 1) * DAY_US
        compacted_s += _cpu(lambda at=night_us: history.compact(at, at))  # type: ignore[misc]
    end_us = BEGIN_US + days * DAY_US
    rows = points * days * 1440
    closed_s = _cpu(lambda: _bring_up(periods, end_us + HOUR_US))
    listed = _listed_bytes(history)
    read_s = _wall(lambda: asyncio.run(_read(periods, points, end_us)))
    raw_s = _wall(lambda: asyncio.run(_raw(history, end_us)))
    history.close()
    whole = listed + file.stat().st_size
    return [
        Figure("figures of a month from readings: CPU for a million readings", "s", closed_s / rows * 1e6),
        Figure("compaction, night after night: CPU for a million readings", "s", compacted_s / rows * 1e6),
        Figure("month files, a reading", "bytes", listed / rows),
        Figure("all on disk with figures, a reading", "bytes", whole / rows),
        Figure("a month of hour figures of all points, one after the other", "s", read_s),
        Figure("a day of one point's readings out of month files", "ms", raw_s * 1000),
    ]


def _opened(file: Path, points: int) -> tuple[EmbeddedHistory, Periods, SeriesArray]:
    history = EmbeddedHistory.open(file)
    tags = [f"P{index}" for index in range(points)]
    ids = history.series_ids("bench", tags)
    measures = {tag: Measure(MeasureKind.VALUE, hold_us=180 * S_US) for tag in tags}
    return history, Periods(history, measures), np.array(list(ids.values()), dtype=np.int32)


def _bring_up(periods: Periods, now_us: int) -> None:
    while periods.bring_up(now_us):
        pass


def _listed_bytes(history: EmbeddedHistory) -> int:
    return history.ask(lambda snapshot: sum(item.bytes for item in snapshot.segments.items))


async def _read(periods: Periods, points: int, end_us: int) -> None:
    for index in range(points):
        await periods.hours(f"P{index}", BEGIN_US, end_us, end_us)


async def _raw(history: EmbeddedHistory, end_us: int) -> None:
    await history.samples("P1", end_us - DAY_US, end_us, 100_000)


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _wall(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
