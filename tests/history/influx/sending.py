"""What sends a site's figures, and nothing else: for tests that kill it.

python -m tests.history.influx.sending FOLDER URL
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from history.changed_hours import ChangedHours
from history.embedded import EmbeddedHistory
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.figure_feed import FigureFeed
from history.influx.figure_lines import FigureLineWriter
from history.influx.figures import FigureReplicator
from history.influx.period_figures import PeriodFigures
from history.influx.settings import InfluxSettings
from history.measures import measures_of
from history.periods import Periods
from history.targets import DeadLetter, Target, TargetState, TargetStatus
from telemetry.calendar import Calendar
from telemetry.clock import Clock
from telemetry.plant import Plant
from tests.history.influx.plants import TOKEN, Site, site

ALL_SENT: Final = TargetStatus("influxdb", TargetState.UP, 0, 0.0, 0, 0, 0, None)


@dataclass
class Sent:
    """Readings that are always sent already, unless a test says otherwise."""

    status: TargetStatus = ALL_SENT

    async def dead_letters(self, before: int | None, limit: int) -> list[DeadLetter]:
        return []


@dataclass(frozen=True)
class Source:
    """What has figures to send, and the store that keeps how far they are."""

    history: EmbeddedHistory
    periods: Periods
    plant: Plant
    series_ids: Mapping[str, int]
    engine: Engine
    clock: Clock


@asynccontextmanager
async def sending_figures(
    source: Source, settings: InfluxSettings, token: str, readings: Target | None = None
) -> AsyncIterator[FigureReplicator]:
    """Run what sends figures meanwhile."""
    changed = ChangedHours(source.history, source.periods)
    figures = FigureReplicator(
        "influxdb-figures",
        settings,
        PeriodFigures(
            changed,
            FigureFeed(changed, source.plant, source.series_ids, Calendar(source.plant.timezone)),
            FigureLineWriter(source.plant, source.series_ids, measures_of(source.plant)),
        ),
        InfluxClient(settings, lambda: token),
        CursorRepository(source.engine, "influxdb-figures", settings.address),
        readings or Sent(),
        source.clock,
        look_every_s=0.05,
        chance=lambda: 0.0,
    )
    task = asyncio.create_task(figures.run(), name="figures")
    try:
        yield figures
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def sending(here: Site, url: str) -> AsyncIterator[FigureReplicator]:
    """Send a site's figures meanwhile, in requests of 100 lines."""
    settings = InfluxSettings(url=url, org="works", bucket="outfall_figures", rows_per_request=100)
    periods = Periods(here.history, measures_of(here.plant))
    source = Source(here.history, periods, here.plant, here.series_ids, here.engine, here.clock)
    async with sending_figures(source, settings, TOKEN) as figures:
        yield figures


async def main(folder: Path, url: str) -> None:
    async with site(folder) as here, sending(here, url):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
