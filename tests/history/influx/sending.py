"""What sends a site's figures, and nothing else: for tests that kill it.

python -m tests.history.influx.sending FOLDER URL
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from history.changed_hours import ChangedHours
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.figure_feed import FigureFeed
from history.influx.figure_lines import FigureLineWriter
from history.influx.figures import FigureReplicator
from history.influx.settings import InfluxSettings
from history.measures import measures_of
from history.periods import Periods
from history.targets import DeadLetter, TargetState, TargetStatus
from telemetry.calendar import Calendar
from tests.history.influx.plants import TOKEN, Site, site


class Sent:
    """Readings that are always sent already."""

    status = TargetStatus("influxdb", TargetState.UP, 0, 0.0, 0, 0, 0, None)

    async def dead_letters(self, before: int | None, limit: int) -> list[DeadLetter]:
        return []


@asynccontextmanager
async def sending(here: Site, url: str) -> AsyncIterator[FigureReplicator]:
    """Send a site's figures meanwhile, in requests of 100 lines."""
    settings = InfluxSettings(url=url, org="works", bucket="outfall_figures", rows_per_request=100)
    measures = measures_of(here.plant)
    changed = ChangedHours(here.history, Periods(here.history, measures))
    figures = FigureReplicator(
        "influxdb-figures",
        settings,
        changed,
        FigureFeed(changed, here.plant, here.series_ids, Calendar(here.plant.timezone)),
        FigureLineWriter(here.plant, here.series_ids, measures),
        InfluxClient(settings, lambda: TOKEN),
        CursorRepository(here.engine, "influxdb-figures", settings.address),
        Sent(),
        here.clock,
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


async def main(folder: Path, url: str) -> None:
    async with site(folder) as here, sending(here, url):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
