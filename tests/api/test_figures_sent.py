"""Figures in InfluxDB are those of `/api/v1/figures`, of every kind of point and period."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from bench.influxd import BUCKET, ORG
from history.changed_hours import ChangedHours
from history.influx.cursor import CursorRepository, Request
from history.influx.figures import FigureReplicator
from history.influx.progress import Progress
from history.influx.settings import InfluxSettings
from history.targets import TargetState
from storage.engine import open_engine, sqlite_url
from telemetry.clock import to_us
from tests.api.figure_servers import FIGURES, Fields, Holding, Real, Scripted, made_for_figures
from tests.api.node import Node
from tests.history.influx.influxd import influxd
from tests.history.influx.plants import until
from tests.history.influx.scripted import CUT, Answer, Target, target
from tests.history.influx.sending import ALL_SENT, Sent, Source, sending_figures

VALUE, RESULT, TOTAL, WORD, LAB = "AE_DO1", "EFF_AIT_COD", "INF_FQ101", "BL_B201A_ST", "LAB_SV30_1"
TAGS = (VALUE, RESULT, TOTAL, WORD, LAB, "EFF_FIT401")
PERIODS = ("minute", "hour", "day", "month")
NAMES = {"minimum": "min", "maximum": "max", "run_hours": "run_h"}
HOUR_S = 3600
FIRST_S = -30 * HOUR_S


def standing(state: TargetState = TargetState.UP) -> Sent:
    return Sent(replace(ALL_SENT, state=state))


@asynccontextmanager
async def sending(
    node: Node, folder: Path, server: Holding, readings: Sent | None = None, bucket: str = FIGURES
) -> AsyncIterator[FigureReplicator]:
    """Run what sends a node's figures to a server."""
    settings = InfluxSettings(url=server.url, org=ORG, bucket=bucket)
    engine = open_engine(sqlite_url(folder / "node.sqlite"))
    source = Source(node.history, node.periods, node.folder.plant, node.series_ids, engine, node.clock)
    try:
        async with sending_figures(source, settings, server.token, readings) as figures:
            yield figures
    finally:
        engine.dispose()


async def close_hours(node: Node) -> None:
    """Close the hours up to the node's time, which is a full one."""
    while await asyncio.to_thread(node.periods.bring_up, node.clock.now_us() + 60_000_000):
        pass


async def sent(node: Node, figures: FigureReplicator) -> None:
    """Wait until the figures of all that is closed were taken."""
    newest = await ChangedHours(node.history, node.periods).newest()
    await until(lambda: figures._progress == Progress(newest) and figures.status.queued_rows == 0, 60)


def fill(node: Node) -> None:
    """Commit 30 h of readings a minute, with gaps, bad ones and a totaliser's reset."""
    chance = np.random.default_rng(7)
    seconds = range(FIRST_S, 0, 60)
    for tag in TAGS:
        rows: dict[int, list[tuple[str, float, float]]] = {192: [], 84: [], 24: []}
        for minute, second in enumerate(seconds):
            number = {
                TOTAL: 4294960000.0 + minute * 3.5 if minute < 1500 else minute * 3.0,
                WORD: float(minute // 45 % 2),
            }.get(tag, float(chance.normal(20, 5)))
            if tag != LAB or minute % 240 == 0:
                quality = int(chance.choice([192, 192, 192, 192, 84, 24]))
                rows[quality if not 300 < minute < 370 else 24].append((tag, float(second), number))
        for quality, of_quality in rows.items():
            if of_quality:
                node.read(*of_quality, quality=quality)
    node.read(*(("EFF_ANA_COD_TS", float(second), float(second // HOUR_S)) for second in seconds))


async def shown(client: httpx.AsyncClient, period: str, tag: str) -> dict[int, Fields]:
    """Return what the API says, in the words of the bucket."""
    asked = {"point": tag, "period": period, "from": "2026-11-20T02:00:00+08:00"}
    answer = await client.get("/api/v1/figures", params=asked)
    assert answer.status_code == 200, answer.text
    return {
        to_us(datetime.fromisoformat(item.pop("time"))): {
            NAMES.get(name, name): float(value) for name, value in item.items() if value is not None
        }
        for item in answer.json()["items"]
    }


async def compare(client: httpx.AsyncClient, server: Holding) -> None:
    for tag in TAGS:
        for period in PERIODS:
            expected = await shown(client, period, tag)
            held = await asyncio.to_thread(server.held, period, tag)
            for fields in held.values():
                fields.pop("readings", None)
            assert (tag, period, held) == (tag, period, expected)
            assert expected


async def replayed(node: Node, client: httpx.AsyncClient, folder: Path, server: Holding) -> None:
    """Send figures, change a closed hour of each kind, and compare both times."""
    await asyncio.to_thread(fill, node)
    await close_hours(node)
    async with sending(node, folder, server) as figures:
        await sent(node, figures)
        await compare(client, server)

        for tag in TAGS:
            node.read((tag, -20.0 * HOUR_S + 17, 17.0), (tag, -20.0 * HOUR_S + 60, 18.0))
        await close_hours(node)
        await sent(node, figures)
        await compare(client, server)
        assert (figures.status.state, figures.status.lost_rows) == (TargetState.UP, 0)


async def test_figures_sent_are_those_the_api_shows_also_after_late_samples(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with target() as server:
        await replayed(node, client, tmp_path, Scripted(server))


@pytest.mark.influxd
async def test_a_real_influxdb_holds_the_figures_the_api_shows_also_after_late_samples(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    with influxd(tmp_path / "influxd") as server:
        await replayed(node, client, tmp_path, Real(server, made_for_figures(server)))


def two_hours(node: Node, *tags: str) -> None:
    for tag in tags:
        node.read(*((tag, second, 5.0) for second in range(-2 * HOUR_S, 0, 60)))


def lose(node: Node, *spans: tuple[str, int, int]) -> None:
    """Say of some time of points that all read then was bad."""
    for tag, first_s, end_s in spans:
        seconds = range(first_s, end_s, 4 * HOUR_S if tag == LAB else 60)
        node.read(*((tag, float(second), math.nan) for second in seconds), quality=24)


async def made_bad(node: Node, client: httpx.AsyncClient, folder: Path, server: Holding) -> None:
    """Send figures, take away what some were of, and compare what is left; then give it back."""
    lost, whole = (-20 * HOUR_S, -19 * HOUR_S), (FIRST_S, 0)
    await asyncio.to_thread(fill, node)
    await close_hours(node)
    async with sending(node, folder, server) as figures:
        await sent(node, figures)
        spans = ((VALUE, *lost), (TOTAL, *lost), (LAB, *whole), (WORD, *lost), ("EFF_FIT401", *whole))
        await asyncio.to_thread(lose, node, *spans)
        await close_hours(node)
        await sent(node, figures)

        await compare(client, server)
        (gone,) = [fields for fields in server.held("hour", VALUE).values() if not fields["count"]]
        assert sorted(gone) == ["count", "good", "readings"]
        assert not any("flow_weighted" in day for day in server.held("day", "EFF_AIT_COD").values())

        node.read(*((VALUE, -20.0 * HOUR_S + second, 17.0) for second in range(0, 3600, 60)))
        await close_hours(node)
        await sent(node, figures)
        await compare(client, server)


async def test_a_figure_that_is_no_more_goes_also_there(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with target() as server:
        await made_bad(node, client, tmp_path, Scripted(server))


@pytest.mark.influxd
@pytest.mark.timeout(120)
async def test_a_figure_that_is_no_more_goes_also_from_a_real_influxdb_with_the_nodes_own_token(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    with influxd(tmp_path / "influxd") as server:
        await made_bad(node, client, tmp_path, Real(server, made_for_figures(server)))


async def test_hours_sent_for_the_first_time_cost_no_delete_and_those_killed_on_the_way_do(
    node: Node, tmp_path: Path
) -> None:
    two_hours(node, VALUE)
    lose(node, (VALUE, -2 * HOUR_S, 0))
    await close_hours(node)
    async with target() as server:
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)
            assert server.deletes == []
            server.script = [None, None, Answer(503, "busy")]
            node.clock.move(HOUR_S)
            lose(node, (VALUE, -HOUR_S, 0))
            await close_hours(node)
            await until(lambda: figures.status.state is TargetState.DOWN)
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)

        # Of the day and the month the first time, and of all that the second time.
        assert {each["predicate"].split(" ")[0] for each in server.deletes} == {
            f'_measurement="{period}"' for period in PERIODS
        }
        assert len([each for each in server.deletes if '"minute"' in each["predicate"]]) == 1


async def test_a_bucket_that_was_restored_gets_again_what_is_asked_for(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, node)
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        await sent(node, figures)
        restored = dict(server.points)
        node.clock.move(2 * HOUR_S)
        for tag in TAGS:
            node.read(*((tag, float(second), 17.0) for second in range(-2 * HOUR_S, 0, 60)))
            node.read((tag, -22.0 * HOUR_S + 17, 17.0))
        await close_hours(node)
        await sent(node, figures)
        before = figures.status.sent_rows
        server.points = restored
        series = f"hour,area=aerobic,plant=fangcheng1,point={VALUE},unit=mg/L"
        hour_us = node.clock.now_us() - 2 * HOUR_S * 1_000_000
        engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
        address = InfluxSettings(url=server.url, org=ORG, bucket=FIGURES).address
        CursorRepository(engine, "influxdb-figures", address).ask(Request(hour_us, hour_us))
        engine.dispose()
        await until(lambda: figures.status.sent_rows > before, 60)
        await sent(node, figures)

        await compare(client, Scripted(server))
        assert (series, hour_us) in server.points


async def test_what_knows_no_deletes_gets_its_figures_all_the_same(
    node: Node, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        server.knows_deletes, server.version = False, None
        await sent(node, figures)
        lose(node, (VALUE, -HOUR_S, 0))
        await close_hours(node)
        await sent(node, figures)

        assert (figures.status.state, figures.status.lost_rows) == (TargetState.UP, 0)
        newest = max(Scripted(server).held("hour", VALUE).items())[1]
        assert newest["count"] == 0
    assert [record.message for record in caplog.records if "deletes none" in record.message] != []


async def test_a_page_of_a_proxy_instead_of_a_delete_leaves_no_figure_behind(
    node: Node, tmp_path: Path
) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    async with target() as server:
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)
            server.answers_deletes = Answer(404, raw="<html>no such page</html>")
            lose(node, (VALUE, -HOUR_S, 0))
            await close_hours(node)
            await until(lambda: figures.status.state is TargetState.MISCONFIGURED)
        server.answers_deletes = None
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)

        newest = max(Scripted(server).held("hour", VALUE).items())[1]
        assert sorted(newest) == ["count", "good", "readings"]


async def test_what_came_to_know_deletes_has_no_figure_any_more_that_is_none(
    node: Node, tmp_path: Path
) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    readings = standing()
    async with target() as server, sending(node, tmp_path, Scripted(server), readings) as figures:
        server.knows_deletes, server.version = False, None
        await sent(node, figures)
        lose(node, (VALUE, -HOUR_S, 0))
        await close_hours(node)
        await sent(node, figures)
        assert "mean" in max(Scripted(server).held("hour", VALUE).items())[1]

        server.knows_deletes = True
        readings.status = standing(TargetState.DOWN).status
        await asyncio.sleep(0.2)
        readings.status = standing().status
        await until(lambda: "mean" not in max(Scripted(server).held("hour", VALUE).items())[1])
        await sent(node, figures)
        assert (figures.status.state, figures.status.lost_rows) == (TargetState.UP, 0)


async def test_one_predicate_that_is_refused_is_set_aside_and_the_others_go(
    node: Node, tmp_path: Path
) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        await sent(node, figures)
        server.script = [Answer(400, "unable to parse the predicate")]
        lose(node, (VALUE, -HOUR_S, 0))
        await close_hours(node)
        await sent(node, figures)

        (letter,) = await figures.dead_letters(None, 9)
        assert (letter.tag, letter.reason, figures.status.lost_rows) == (
            VALUE,
            "unable to parse the predicate",
            1,
        )
        assert server.deletes != []


async def test_the_fields_are_those_the_kind_of_a_point_has(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE, TOTAL, WORD, "PLC1.link", LAB)
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        await sent(node, figures)

    of_tag = {
        tag: sorted(next(iter(Scripted(server).held("day", tag).values())))
        for tag in (VALUE, TOTAL, WORD, LAB)
    }
    assert of_tag == {
        VALUE: ["count", "first", "good", "last", "max", "mean", "min"],
        TOTAL: ["count", "first", "good", "last", "resets", "total"],
        WORD: ["count", "good", "run_h", "starts"],
        LAB: ["count", "first", "last", "max", "mean", "min"],
    }
    series = f"hour,area=aerobic,plant=fangcheng1,point={VALUE},unit=mg/L"
    assert server.points[series, node.clock.now_us() - HOUR_S * 1_000_000] == (
        "mean=5.0,min=5.0,max=5.0,first=5.0,last=5.0,count=60i,good=1.0,readings=60i"
    )


async def test_a_changed_flow_changes_the_flow_weighted_day_of_its_concentrations(
    node: Node, tmp_path: Path
) -> None:
    tag, flow = "EFF_AIT_COD", "EFF_FIT401"
    for second in range(-2 * HOUR_S, 0, 600):
        cod, hour = (20.0, -2.0) if second < -HOUR_S else (40.0, -1.0)
        node.read((tag, second, cod), (flow, second, 100.0), ("EFF_ANA_COD_TS", second, hour))
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        await sent(node, figures)
        (before,) = Scripted(server).held("day", tag).values()
        node.read(*((flow, second, 300.0) for second in range(-HOUR_S, 0, 600)))
        await close_hours(node)
        await sent(node, figures)
        (after,) = Scripted(server).held("day", tag).values()

    assert (before["flow_weighted"], after["flow_weighted"]) == (30.0, 35.0)


async def test_figures_take_turns_with_readings_that_catch_up(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    async with (
        target() as server,
        sending(node, tmp_path, Scripted(server), standing(TargetState.BEHIND)) as figures,
    ):
        await sent(node, figures)

    assert (figures.status.state, figures.status.sent_rows) == (TargetState.UP, 2 + 1 + 1 + 120)


async def test_figures_wait_while_readings_do_not_get_through(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    readings = standing(TargetState.DOWN)
    async with target() as server, sending(node, tmp_path, Scripted(server), readings) as figures:
        await until(lambda: figures.status.queued_rows == 2)
        assert server.requests == []
        node.clock.move(30)
        assert figures.status.lag_s == 30.0
        assert figures.status.state is TargetState.DOWN

        readings.status = standing().status
        await sent(node, figures)
        assert (figures.status.lag_s, figures.status.sent_rows) == (0.0, 2 + 1 + 1 + 120)


async def test_what_was_cut_off_is_sent_again_and_a_restart_sends_nothing_twice(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, node)
    await close_hours(node)
    async with target() as server:
        server.script = [None, CUT, None, Answer(503, "busy"), None]
        async with sending(node, tmp_path, Scripted(server)):
            await until(lambda: len(server.requests) >= 3)
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)
        await compare(client, Scripted(server))
        taken = len(server.requests)

        async with sending(node, tmp_path, Scripted(server)) as figures:
            await until(lambda: figures._progress.live > 0)
            await asyncio.sleep(0.2)
        assert len(server.requests) == taken

        async with sending(node, tmp_path, Scripted(server), bucket=BUCKET) as figures:
            await sent(node, figures)
        assert len(server.requests) > taken


async def test_a_refused_figure_is_set_aside_and_the_others_go_on(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE, WORD)
    await close_hours(node)
    async with target() as server:
        server.refuses = lambda line: "field type conflict" if line.startswith("day,area=blowers") else None
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await sent(node, figures)
            (letter,) = await figures.dead_letters(None, 10)

            assert (letter.tag, "field type conflict" in letter.reason) == (WORD, True)
            assert letter.line.startswith("day,area=blowers,plant=fangcheng1,point=BL_B201A_ST")
            assert figures.status.lost_rows == 1
        assert len(Scripted(server).held("minute", WORD)) == 120


async def test_an_older_history_than_was_sent_is_sent_whole(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    async with target() as server, sending(node, tmp_path, Scripted(server)) as figures:
        await sent(node, figures)
        server.points.clear()
        figures._progress = Progress(900)
        await until(lambda: len(server.points) == 124)


async def test_a_misconfigured_bucket_says_what_to_mend(node: Node, tmp_path: Path) -> None:
    two_hours(node, VALUE)
    await close_hours(node)
    server: Target
    async with target() as server:
        server.always = Answer(404, "bucket not found")
        async with sending(node, tmp_path, Scripted(server)) as figures:
            await until(lambda: figures.status.state is TargetState.MISCONFIGURED)
            assert "outfall influx setup" in (figures.status.last_error or "")
