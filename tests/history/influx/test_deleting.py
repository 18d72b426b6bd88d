"""What stands in InfluxDB is what stands in the store, also where a reading lost its value."""

import asyncio
import math
from pathlib import Path

import pytest

from bench.influxd import ORG
from bench.influxd import TOKEN as ADMIN
from history.influx.answer import samples_in
from history.targets import TargetState
from tests.history.influx.influxd import Server, influxd
from tests.history.influx.plants import START_US, Site, batch, running, site, until
from tests.history.influx.scripted import Answer, Target, target
from tests.history.influx.victoria import victoria

PAGE = Answer(404, raw="<html>no such page</html>")
P1 = "effluent,plant=fangcheng1,point=P1,unit=mg/L"


def lose(here: Site, *seconds: float, tag: str = "P1") -> None:
    """Say of some readings of a point that they had no value."""
    series = [here.series_ids[tag]] * len(seconds)
    here.history.commit(batch(series, list(seconds), [math.nan] * len(seconds), 24), START_US)


async def all_sent(here: Site, server: Target) -> None:
    expected = await here.expected()
    await until(lambda: server.points == expected)


async def test_a_reading_that_lost_its_value_has_none_there_either(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(30):
            here.tick(second)
        async with running(here.replicator(server.url)):
            await all_sent(here, server)
            lose(here, 3, 4, 5, 9)
            await all_sent(here, server)

        assert server.points[P1, START_US + 4_000_000] == "quality=24i"
        # Those next to each other go at once, and nothing that stands between.
        assert [(each["start"][17:19], each["stop"][17:19]) for each in server.deletes] == [
            ("43", "45"),
            ("49", "49"),
        ]
        assert {each["predicate"] for each in server.deletes} == {'plant="fangcheng1" AND point="P1"'}


async def test_a_lost_line_costs_no_deletes_neither_live_nor_replayed(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        for second in range(1, 20):
            here.tick(second, math.nan, 24)
        async with running(here.replicator(server.url)) as replicator:
            await all_sent(here, server)
            for second in range(20, 40):
                here.tick(second, math.nan, 24)
            await all_sent(here, server)
            await until(lambda: replicator.status.sent_rows == 40 * 12)

        assert server.deletes == []


async def test_a_delete_that_a_proxy_answers_keeps_the_reading_back_and_is_tried_again(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        here.tick(1)
        async with running(here.replicator(server.url)) as replicator:
            await all_sent(here, server)
            server.answers_deletes = PAGE
            lose(here, 0)
            await until(lambda: replicator.status.state is TargetState.MISCONFIGURED)
            assert "mend url" in (replicator.status.last_error or "")
            await until(lambda: replicator.status.queued_rows == 1)
        server.answers_deletes = None
        async with running(here.replicator(server.url)) as replicator:
            await all_sent(here, server)
            assert replicator.status.lost_rows == 0


async def test_a_delete_that_is_refused_is_set_aside_and_the_next_one_is_made(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(3):
            here.tick(second)
        async with running(here.replicator(server.url)) as replicator:
            await all_sent(here, server)
            server.answers_deletes = Answer(400, "unable to parse the predicate")
            lose(here, 0)
            await until(lambda: replicator.status.lost_rows == 1)
            server.answers_deletes = None
            lose(here, 1)
            await until(lambda: server.points.get((P1, START_US + 1_000_000)) == "quality=24i")

            (letter,) = await replicator.dead_letters(None, 9)
            assert (letter.tag, letter.time_us, letter.reason) == (
                "P1",
                START_US,
                "unable to parse the predicate",
            )
            assert server.points[P1, START_US] == "quality=24i,value=1.0"


@pytest.mark.parametrize("answer", [PAGE, Answer(405, raw="no such method")], ids=["page", "405"])
async def test_what_deletes_were_left_out_of_is_sent_again_once_it_knows_them(
    tmp_path: Path, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(3):
            here.tick(second)
        async with running(here.replicator(server.url)) as replicator:
            await all_sent(here, server)
            server.answers_deletes, server.version = answer, None
            lose(here, 0)
            await until(lambda: server.points.get((P1, START_US)) == "quality=24i,value=1.0")
            here.tick(3)
            await until(lambda: (P1, START_US + 3_000_000) in server.points)
            server.answers_deletes, server.version = None, "v2.9.1"
            await server.stop()
            here.tick(4)
            await until(lambda: replicator.status.state is TargetState.DOWN)
            await server.start()
            await all_sent(here, server)

            assert server.points[P1, START_US] == "quality=24i"
            assert replicator.status.lost_rows == 0
    said = [record.message for record in caplog.records]
    assert len([each for each in said if "it deletes none" in each]) == 1


@pytest.mark.system
async def test_a_server_that_knows_no_deletes_takes_readings_without_a_value(tmp_path: Path) -> None:
    async with victoria(tmp_path) as server, site(tmp_path) as here:
        here.tick(0)
        here.tick(1)
        async with running(here.replicator(server.url, timeout="5s")) as replicator:
            await until(lambda: replicator.status.sent_rows == 24, 60)
            lose(here, 0)
            here.tick(2)
            await until(lambda: replicator.status.sent_rows == 37, 60)
            assert (replicator.status.state, replicator.status.lost_rows) == (TargetState.UP, 0)
        assert (await server.readings())["P1", START_US // 1000] == 24.0


def held(server: Server, tag: str) -> list[tuple[int, float, int]]:
    """Return what it holds of a point, as the reader sees it."""
    flux = (
        'from(bucket: "outfall") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)'
        f' |> filter(fn: (r) => r.point == "{tag}") |> keep(columns: ["_field", "_time", "_value"])'
        ' |> group(columns: ["_field"]) |> sort(columns: ["_time"])'
    )
    samples = samples_in(server.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux"), 1)
    return list(
        zip(samples.times_us.tolist(), samples.values.tolist(), samples.quality.tolist(), strict=True)
    )


@pytest.mark.influxd
@pytest.mark.timeout(120)
async def test_a_real_influxdb_holds_no_value_that_the_store_has_no_more(tmp_path: Path) -> None:
    with influxd(tmp_path / "influxd") as server:
        async with site(tmp_path) as here:
            for second in range(10):
                here.tick(second)
            close = [20.123456, 20.123457, 20.123458]
            here.history.commit(batch([here.series_ids["P1"]] * 3, close, [4.0, 5.0, 6.0]), START_US)
            async with running(here.replicator(server.url, org=ORG, token=ADMIN)) as replicator:
                await until(lambda: replicator.status.sent_rows == 123, 60)
                lose(here, 2, 3, 7, close[1])
                await until(lambda: replicator.status.sent_rows == 127, 60)
            stored = await here.history.samples("P1", 0, 1 << 62, 99)
            expected = [
                (at, repr(value), quality)
                for at, value, quality in zip(
                    stored.times_us.tolist(), stored.values.tolist(), stored.quality.tolist(), strict=True
                )
            ]

        found = await asyncio.to_thread(held, server, "P1")
        assert [(at, repr(value), quality) for at, value, quality in found] == expected
        assert [value for _, value, _ in expected].count("nan") == 4
        assert {value for _, value, _ in await asyncio.to_thread(held, server, "P2")} == {
            1.0 + second / 1000 for second in range(10)
        }
