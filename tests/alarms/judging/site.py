"""A plant's history that is judged: the demo's, with one analyser's registers as a test has them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from alarms.judging.assessor import Assessor
from alarms.judging.judge import Judge
from alarms.judging.judgements import Judgements
from alarms.judging.store import JudgementStore
from alarms.uptime.items import JudgedItem, items_of
from alarms.uptime.results import HOUR_US
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.judged_readings import JudgedReadings
from history.kept_readings import KeptReadings
from history.measures import measures_of
from history.periods import Periods
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import from_us
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.alarms.registers import DAY_US, MINUTE_US, ZONE, Day
from tests.clock import MovedClock

TAG = "EFF_AIT_COD"
TAGS = (TAG, "EFF_ANA_COD_TS", "EFF_ANA_COD_N", "EFF_ANA_COD_ST", "EFF_FIT401")
NOON_US = 12 * HOUR_US
TODAY = from_us(DAY_US).astimezone(ZONE).date()


@dataclass
class JudgedSite:
    """The parts of judging on a real history and a real store."""

    folder: PlantFolder
    history: EmbeddedHistory
    periods: Periods
    reader: JudgedReadings
    store: JudgementStore
    items: tuple[JudgedItem, ...]
    judge: Judge
    judgements: Judgements
    clock: MovedClock
    ids: dict[str, int]

    def commit(self, day: Day, from_us: int = 0, to_us: int = 1 << 60) -> None:
        """Keep what the registers of a day showed in [from, to)."""
        samples = samples_of(day, self.ids, from_us, to_us)
        # What a device says of times ahead of the node's is not believed.
        self.history.commit(samples, max(samples.latest_us, self.clock.now_us()))

    async def at(self, now_us: int) -> int:
        """Have it be a time, figures kept up and all of it judged; return how many steps that took."""
        self.clock.at_us = now_us
        while self.periods.bring_up(now_us):
            pass
        steps = 0
        while await self.judge.step():
            steps += 1
        return steps


def samples_of(day: Day, ids: Mapping[str, int], from_us: int = 0, to_us: int = 1 << 60) -> SampleBatch:
    """Return what the registers of a day showed in [from, to), as samples of the demo's COD analyser."""
    read = day.readings()
    values = read.values
    rows = (values.times_us >= from_us) & (values.times_us < to_us)
    times = values.times_us[rows]
    parts = [SampleBatch.of(ids[TAG], times, values.values[rows], values.quality[rows])]
    for tag, held in zip(TAGS[1:4], (read.sample_times, read.counter, read.status), strict=True):
        place = np.searchsorted(held.start_us, times, side="right") - 1
        parts.append(SampleBatch.of(ids[tag], times, held.values[place], held.quality[place]))
    flow = np.array([day.flow.get(at // HOUR_US * HOUR_US, np.nan) for at in times.tolist()])
    good = np.where(np.isnan(flow), Quality.SENSOR_FAILURE, Quality.GOOD)
    parts.append(SampleBatch.of(ids["EFF_FIT401"], times, flow, good))
    return SampleBatch.concat(parts)


@contextmanager
def judged_site(folder_path: Path, folder: PlantFolder | None = None) -> Iterator[JudgedSite]:
    """Yield a site that keeps its data in a folder; the same folder again is the same site."""
    plant_folder = folder or _one_analyser(read_folder(DEMO_FOLDER))
    history = EmbeddedHistory.open(folder_path / "readings.duckdb")
    engine = open_engine(sqlite_url(folder_path / "node.sqlite"))
    try:
        yield _site(plant_folder, history, engine)
    finally:
        history.close()
        engine.dispose()


def _one_analyser(folder: PlantFolder) -> PlantFolder:
    """Return a folder that has no other points: figures of a few are brought up in no time."""
    points = tuple(point for point in folder.plant.points if point.tag in TAGS)
    limits = tuple(limit for limit in folder.limits if limit.tag == TAG)
    return replace(folder, plant=replace(folder.plant, points=points), limits=limits)


def _site(folder: PlantFolder, history: EmbeddedHistory, engine: Engine) -> JudgedSite:
    migrate(engine, StoreKind.NODE)
    clock = MovedClock(DAY_US)
    ids = history.series_ids(folder.plant.id, [point.tag for point in folder.plant.points])
    periods = Periods(history, measures_of(folder.plant))
    reader = JudgedReadings(history, periods)
    store = JudgementStore(engine, folder.plant.id)
    items = items_of(folder.plant, [limit.tag for limit in folder.limits])
    assessor = Assessor(reader, folder.limits, folder.calendar)
    judge = Judge(items, folder.limits, reader, store, assessor, clock)
    target = {date(2026, 11, 1): Fraction(97, 100)}.__getitem__
    kept = Assessor(KeptReadings(history, periods), folder.limits, folder.calendar)
    judgements = Judgements(items, folder.limits, judge, store, kept, folder.calendar, clock, target)
    return JudgedSite(folder, history, periods, reader, store, items, judge, judgements, clock, dict(ids))


__all__ = ["DAY_US", "HOUR_US", "MINUTE_US", "NOON_US", "TAG", "TODAY", "JudgedSite", "judged_site"]
