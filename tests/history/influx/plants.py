"""A plant, a store and a replicator of it, as the tests of replication want them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine

from history.embedded import EmbeddedHistory
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.delivery import Delivery
from history.influx.lines import LineWriter
from history.influx.replicator import Replicator
from history.influx.settings import InfluxSettings
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import US_PER_S
from telemetry.plant import Name, Plant, Point, PointKind, Unit, UnitStage
from telemetry.samples import SampleBatch
from tests.clock import MovedClock

START_US = 1_780_000_000 * US_PER_S
TOKEN = "sesame-token"
UNITS = ("aerobic", "effluent", "blowers")


def point(tag: str, unit: str = "aerobic", measure: str = "mg/L") -> Point:
    return Point(tag, unit, Name(tag, tag), PointKind.ANALOG, measure, 0.0, 10.0, "PLC1")


def plant(points: int = 12) -> Plant:
    """A plant of three units and P0, P1, … in turn."""
    return Plant(
        id="fangcheng1",
        name=Name("厂", "plant"),
        timezone=ZoneInfo("Asia/Shanghai"),
        design_flow_m3_d=20000.0,
        outlet=Name("口", "outlet"),
        units=tuple(Unit(name, Name(name, name), UnitStage.WATER) for name in UNITS),
        equipment=(),
        points=tuple(point(f"P{n}", UNITS[n % len(UNITS)]) for n in range(points)),
    )


@dataclass
class Site:
    """A store with its plant, and what replicates it."""

    plant: Plant
    history: EmbeddedHistory
    series_ids: dict[str, int]
    engine: Engine
    clock: MovedClock

    def replicator(self, url: str, token: str = TOKEN, **settings: Any) -> Replicator:
        chosen = InfluxSettings.model_validate(
            {"url": url, "org": "works", "live_every": "100ms", "timeout": "1s"} | settings
        )
        return Replicator(
            "influxdb",
            chosen,
            self.history,
            Delivery(
                LineWriter(self.plant, self.series_ids),
                InfluxClient(chosen, lambda: token),
                chosen.rows_per_request,
            ),
            self.cursor(chosen),
            self.clock,
            lambda: 0.0,
        )

    def cursor(self, settings: InfluxSettings) -> CursorRepository:
        return CursorRepository(self.engine, "influxdb", settings.address)

    def tick(self, second: int, value: float = 1.0, quality: int = 192) -> None:
        """Commit a reading of every point at a second from the start."""
        ids = list(self.series_ids.values())
        at_us = START_US + second * US_PER_S
        self.history.commit(SampleBatch.of(ids, at_us, value + second / 1000, quality), at_us)

    def read(self, tag: str, second: int, value: float, quality: int = 192) -> None:
        """Commit one reading."""
        at_us = START_US + second * US_PER_S
        self.history.commit(SampleBatch.of(self.series_ids[tag], at_us, value, quality), at_us)

    async def expected(self) -> dict[tuple[str, int], str]:
        """Return what a target holds that has everything the store has."""
        lines = LineWriter(self.plant, self.series_ids)
        found: dict[tuple[str, int], str] = {}
        for tag in self.series_ids:
            samples = await self.history.samples(tag, 0, 1 << 62, 1_000_000)
            for line in lines.lines(samples).lines:
                series, fields, time = line.rsplit(" ", 2)
                found[series, int(time)] = fields
        return found

    async def rows(self) -> int:
        return len(await self.expected())


@asynccontextmanager
async def site(folder: Path, points: int = 12) -> AsyncIterator[Site]:
    """Yield a site whose stores are new, or those the folder holds."""
    made = plant(points)
    engine = open_engine(sqlite_url(folder / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    history = EmbeddedHistory.open(folder / "readings.duckdb")
    try:
        series_ids = history.series_ids(made.id, [each.tag for each in made.points])
        yield Site(made, history, series_ids, engine, MovedClock(START_US))
    finally:
        history.close()
        engine.dispose()


@asynccontextmanager
async def running(replicator: Replicator) -> AsyncIterator[Replicator]:
    task = asyncio.create_task(replicator.run(), name="replicator")
    try:
        yield replicator
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(seen: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return the first thing that is there; fails when nothing comes."""
    for _ in range(round(seconds / 0.01)):
        if found := seen():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def batch(series: list[int], seconds: list[float], values: list[float], quality: int = 192) -> SampleBatch:
    times_us = START_US + (np.asarray(seconds) * US_PER_S).astype(np.int64)
    return SampleBatch.of(series, times_us, values, quality)
