"""What sends figures, killed at any moment: nothing is missing after it, and nothing differs."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from history.figures import HOUR_US
from history.measures import measures_of
from history.periods import Periods
from telemetry.samples import SampleBatch
from tests.history.influx.plants import START_US, Site, site, until
from tests.history.influx.scripted import target
from tests.history.influx.sending import sending

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[3]
KILLS = 6
HOURS = 8


def close_hours(here: Site) -> None:
    """Commit a reading a minute and close the hours one by one, each a version of its own."""
    periods = Periods(here.history, measures_of(here.plant))
    ids = list(here.series_ids.values())
    begin_us = START_US // HOUR_US * HOUR_US
    for hour in range(HOURS):
        times_us = begin_us + hour * HOUR_US + np.arange(60) * 60_000_000
        values = np.random.default_rng(hour).normal(size=60 * len(ids))
        end_us = begin_us + (hour + 1) * HOUR_US
        here.history.commit(
            SampleBatch.of(np.tile(ids, 60), np.repeat(times_us, len(ids)), values, 192), end_us
        )
        while periods.bring_up(end_us + 61_000_000):
            pass


async def test_killed_while_it_sends_it_sends_all_the_same(tmp_path: Path) -> None:
    async with target() as server, target() as untroubled:
        async with site(tmp_path) as here:
            await asyncio.to_thread(close_hours, here)
        for kill in range(KILLS):
            seen = len(server.requests)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.history.influx.sending", str(tmp_path), server.url, cwd=ROOT
            )
            await until(lambda seen=seen, kill=kill: len(server.requests) > seen + 4 * kill, 60)  # type: ignore[misc]
            process.kill()
            await process.wait()
        async with site(tmp_path) as here:
            async with sending(here, server.url):
                await until(lambda: len(server.points) == 12 * (HOURS * 61 + 2), 60)
        (tmp_path / "node.sqlite").unlink()
        async with site(tmp_path) as here, sending(here, untroubled.url) as figures:
            await until(lambda: figures.status.sent_rows and not figures.status.queued_rows, 60)

    assert server.points == untroubled.points
