"""Judgements reach InfluxDB as they are, also after what was judged changed, and after a stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from pathlib import Path

import pytest

from alarms.judging.figures import JudgedRows
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.figures import FigureReplicator
from history.influx.row_figures import RowFigures
from history.influx.settings import InfluxSettings
from history.marks import MarkKind
from storage.engine import open_engine, sqlite_url
from tests.alarms.judging.site import DAY_US, HOUR_US, MINUTE_US, TAG, JudgedSite, judged_site
from tests.alarms.registers import day_of
from tests.alarms.stores import WANG
from tests.history.influx.plants import until
from tests.history.influx.scripted import Answer, Target, target
from tests.history.influx.sending import Sent
from tests.history.noting import entries_at

LATER_US = DAY_US + 26 * HOUR_US
NINE_US = DAY_US + 8 * HOUR_US
OF_HOUR = f"analyser_hour,equipment=EFF_ANA_COD,plant=fangcheng1,point={TAG}"
OF_DAY = f"compliance_day,equipment=EFF_ANA_COD,plant=fangcheng1,point={TAG}"
OF_SINGLE = f"compliance_single,equipment=EFF_ANA_COD,plant=fangcheng1,point={TAG}"


@asynccontextmanager
async def sending(site: JudgedSite, folder: Path, server: Target) -> AsyncIterator[FigureReplicator]:
    settings = InfluxSettings(url=server.url, org="works", bucket="outfall_figures", rows_per_request=100)
    engine = open_engine(sqlite_url(folder / "node.sqlite"))
    judgements = FigureReplicator(
        "influxdb-judgements",
        settings,
        RowFigures(JudgedRows(site.store, site.folder.limits, site.folder.calendar), site.folder.plant),
        InfluxClient(settings, lambda: "sesame"),
        CursorRepository(engine, "influxdb-judgements", settings.address),
        Sent(),
        site.clock,
        look_every_s=0.05,
        chance=lambda: 0.0,
    )
    task = asyncio.create_task(judgements.run())
    try:
        yield judgements
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        engine.dispose()


@pytest.fixture
async def server() -> AsyncIterator[Target]:
    async with target() as running:
        yield running


async def test_days_hours_and_results_stand_there_as_they_were_judged(tmp_path: Path, server: Target) -> None:
    with judged_site(tmp_path) as site:
        site.commit(day_of("result 09:00 90; check 01:00; no 15:00"))
        await site.at(LATER_US)
        async with sending(site, tmp_path, server):
            await until(lambda: (OF_DAY, DAY_US) in server.points)

    load_kg = float(Fraction(21 * 20 + 90, 22) * 24 * 800 / 1000)
    assert server.points[OF_DAY, DAY_US] == (
        f"mean={(21 * 20 + 90) / 22},limit=50.0,valid=22i,due=23i,verdict=1i,load_kg={load_kg}"
    )
    assert server.points[OF_HOUR, NINE_US] == "value=90.0,due=1i,valid=1i"
    assert server.points[OF_SINGLE, NINE_US] == "value=90.0,limit=75.0,exceeds=1i"
    assert server.points[OF_HOUR, DAY_US] == 'due=0i,valid=0i,cause="standard_check"'
    assert (OF_SINGLE, DAY_US) not in server.points
    assert server.points[OF_HOUR, DAY_US + 14 * HOUR_US] == 'due=1i,valid=0i,cause="no_result"'


async def test_a_marked_hour_loses_there_what_it_has_no_more(tmp_path: Path, server: Target) -> None:
    with judged_site(tmp_path) as site:
        site.commit(day_of("result 09:00 90"))
        await site.at(LATER_US)
        async with sending(site, tmp_path, server):
            await until(lambda: (OF_SINGLE, NINE_US) in server.points)
        entries = entries_at(site.history, LATER_US)
        from_us = NINE_US + HOUR_US + 35 * MINUTE_US
        await entries.mark(TAG, from_us, from_us + HOUR_US, MarkKind.FAULT, "试剂用尽", WANG)
        await site.at(LATER_US + MINUTE_US)

        # It stops after the server took some of it, and goes on later.
        server.always = Answer(503, "busy")
        async with sending(site, tmp_path, server):
            await asyncio.sleep(0.2)
        server.always = None
        async with sending(site, tmp_path, server):
            await until(lambda: (OF_SINGLE, NINE_US) not in server.points)
            await until(lambda: "fault" in server.points.get((OF_HOUR, NINE_US), ""))
            await until(lambda: "verdict=0i" in server.points[OF_DAY, DAY_US])

    assert server.points[OF_HOUR, NINE_US] == 'due=1i,valid=0i,cause="fault"'
