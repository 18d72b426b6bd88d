"""The counts of the hourly task, held against the node's own as the reference page says."""

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest

from bench.influxd import ORG, TOKEN
from history.figures import HOUR_US
from history.influx.answers import TargetMisconfigured
from history.influx.client import InfluxClient
from history.influx.settings import InfluxSettings
from history.influx.setup import TokenFiles, received_flux, set_up
from history.measures import measures_of
from history.periods import Periods
from history.targets import TargetState
from telemetry.clock import SystemClock
from telemetry.samples import SampleBatch
from tests.history.influx.influxd import Server, influxd
from tests.history.influx.plants import Site, running, site, until
from tests.history.influx.sending import Source, sending_figures

pytestmark = [pytest.mark.influxd, pytest.mark.timeout(90)]

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "influxdb.md"


def missing(server: Server) -> list[tuple[str, str, str]]:
    """Return what the page's query finds: point, readings of the node, count of InfluxDB."""
    (flux,) = (
        each for each in re.findall(r"```flux\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "received" in each
    )
    answer = server.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux")
    rows = [line.split(",") for line in answer.splitlines() if line]
    head = next(iter(rows), [])
    found = [dict(zip(head, row, strict=True)) for row in rows if row != head]
    return sorted((row["point"], row["readings"], row["count"]) for row in found)


def count(server: Server, settings: InfluxSettings) -> None:
    """Run the hourly task now."""
    flux = received_flux(settings).partition("\n")[2]
    server.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux")


def fill(here: Site, hour_us: int) -> None:
    """Commit an hour of every point, a reading a minute, some of them bad, some there twice; and close it."""
    ids = list(here.series_ids.values())
    times_us = hour_us + np.arange(60) * 60_000_000
    quality = np.where(np.arange(60) % 7 == 0, 24, 192)
    for series in ids:
        here.history.commit(SampleBatch.of(series, times_us, 2.0, quality), hour_us + HOUR_US)
    here.history.commit(SampleBatch.of(ids[0], times_us[:5], 3.0, 192), hour_us + HOUR_US)
    periods = Periods(here.history, measures_of(here.plant))
    while periods.bring_up(hour_us + HOUR_US + 61_000_000):
        pass


async def test_a_reading_that_is_missing_there_shows_against_the_nodes_own_count(tmp_path: Path) -> None:
    with influxd(tmp_path / "influxd") as server:
        settings = InfluxSettings(url=server.url, org=ORG)
        files = TokenFiles(tmp_path / "node.token", tmp_path / "grafana.token")
        set_up(settings, "fangcheng1", TOKEN, files, print)
        token = files.node.read_text().strip()
        hour_us = SystemClock().now_us() // HOUR_US * HOUR_US - 3 * HOUR_US
        async with site(tmp_path) as here:
            await asyncio.to_thread(fill, here, hour_us)
            periods = Periods(here.history, measures_of(here.plant))
            source = Source(here.history, periods, here.plant, here.series_ids, here.engine, here.clock)
            beside = settings.model_copy(update={"bucket": settings.figures_bucket})
            async with (
                running(here.replicator(server.url, org=ORG, token=token)) as readings,
                sending_figures(source, beside, token) as figures,
            ):
                await until(lambda: readings.status.state is TargetState.UP, 60)
                await until(lambda: figures.status.sent_rows == 12 * 63, 60)

        await asyncio.to_thread(count, server, settings)
        whole = await asyncio.to_thread(missing, server)
        await asyncio.to_thread(count, server, settings)
        again = await asyncio.to_thread(missing, server)
        at = np.datetime64(hour_us + 120_000_000, "us")
        body = f'{{"start": "{at}Z", "stop": "{at}Z", "predicate": "point=\\"P3\\""}}'
        server.ask("POST", f"/api/v2/delete?org={ORG}&bucket=outfall", body)
        await asyncio.to_thread(count, server, settings)

        assert (whole, again) == ([], [])
        assert await asyncio.to_thread(missing, server) == [("P3", "60", "59")]


def test_a_former_token_of_the_plant_does_not_work_any_more(tmp_path: Path) -> None:
    with influxd(tmp_path / "influxd") as server:
        settings = InfluxSettings(url=server.url, org=ORG)
        files = TokenFiles(tmp_path / "node.token", tmp_path / "grafana.token")
        said: list[str] = []
        set_up(settings, "fangcheng1", TOKEN, files, said.append)
        former = files.node.read_text().strip()
        files.node.unlink()
        set_up(settings, "fangcheng1", TOKEN, files, said.append)
        set_up(settings, "fangcheng1", TOKEN, files, said.append)

        works = [
            InfluxClient(settings, lambda token=token: token)
            for token in (files.node.read_text().strip(), former)
        ]
        works[0].write(b"aerobic,point=P0 value=1 1")
        with pytest.raises(TargetMisconfigured, match="does not know the token"):
            works[1].write(b"aerobic,point=P0 value=1 1")
        for client in works:
            client.close()
        assert [line.rpartition("; ")[2] for line in said if "revoked" in line] == ["1 former revoked"]
        assert sum("token outfall node fangcheng1: was there" in line for line in said) == 1
