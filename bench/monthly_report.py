"""The month's report: from stored hour figures to PDF, XLSX, HTML and JSON, and what it costs the loop."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from app.data import DataFolder
from app.loop_lag import LoopLag
from bench.report import Figure, Section
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.entries import Entries
from history.figures import HOUR_US
from history.measures import measures_of
from history.periods import Periods
from reports.alarm_names import alarm_names
from reports.archive import Archive
from reports.collect import Sources, collected
from reports.inputs import as_json
from reports.month import month_of
from reports.service import Reports
from telemetry.clock import VirtualClock
from telemetry.samples import SampleBatch

MONTH: Final = "2026-10"


class _NoSink:
    async def append_noted(self, note: object) -> int:
        raise NotImplementedError


def measure(tiny: bool = False) -> Section:
    """Store a month of the demo's points, two readings an hour, and make its report."""
    with tempfile.TemporaryDirectory() as place:
        return asyncio.run(_measured(Path(place), 2 if tiny else 31))


async def _measured(place: Path, days: int) -> Section:
    folder = read_folder(DEMO_FOLDER)
    month = month_of(MONTH, folder.calendar)
    history = EmbeddedHistory.open(place / "readings.duckdb")
    plant = replace(folder.plant, points=tuple(p for p in folder.plant.points if not p.is_own))
    ids = np.array(list(history.series_ids(plant.id, [p.tag for p in plant.points]).values()), dtype=np.int32)
    periods = Periods(history, measures_of(plant))
    for day in range(days):
        _fill(history, ids, month.starts_us[day])
    now_us = month.to_us + HOUR_US
    await asyncio.to_thread(lambda: [None for _ in iter(lambda: periods.bring_up(now_us), False)])
    clock = VirtualClock.starting_at(now_us)
    sources = Sources(
        plant=plant,
        node=folder.node,
        settings=folder.report,
        calendar=folder.calendar,
        figures=periods,
        entries=Entries(history, _NoSink(), plant, clock),
        origins=history,
        limits=folder.limits,
        alarm_names=alarm_names(plant, folder.rules),
    )
    begun = time.monotonic()
    inputs = await collected(sources, MONTH, now_us)
    collected_s = time.monotonic() - begun
    lag = LoopLag()
    watching = asyncio.create_task(lag.run(), name="lag")
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    reports = Reports(sources, Archive(DataFolder(place).reports), clock, lambda: history.oldest_us)
    about = await reports.make(MONTH)
    made_s = time.monotonic() - begun
    watching.cancel()
    history.close()
    figures = [
        Figure("the month collected from hour figures", "s", collected_s),
        Figure("the report made and kept: 6 files, two languages", "s", made_s),
        Figure("meanwhile: worst lag of the event loop", "ms", lag.worst_s * 1e3),
        Figure("its inputs", "KB", len(as_json(inputs)) / 1e3),
        Figure("its files", "KB", sum(file.bytes for file in about.files.values()) / 1e3),
    ]
    load = f"the demo's {len(plant.points)} points, {days} days of hour figures"
    return Section("monthly_report", load, figures)


def _fill(history: EmbeddedHistory, ids: "np.ndarray[tuple[int], np.dtype[np.int32]]", from_us: int) -> None:
    """Store a day of every point: two readings an hour are enough for an hour's figures."""
    times = from_us + np.arange(48) * (HOUR_US // 2)
    chance = np.random.default_rng(from_us % 1000)
    values = np.round(chance.uniform(1.0, 40.0, (len(ids), 48)).cumsum(axis=1), 2)
    samples = SampleBatch.of(np.repeat(ids, 48), np.tile(times, len(ids)), values.ravel(), 192)
    history.commit(samples, int(times[-1]))
