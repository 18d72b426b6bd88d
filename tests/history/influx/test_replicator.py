"""Replication from a real store over real sockets to a server that answers as it is told."""

import asyncio
import logging
import math
from pathlib import Path

import pytest

from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository, Request
from history.influx.delivery import Delivery, SiftingTakesTooLong
from history.influx.lines import LineWriter
from history.influx.progress import Progress
from history.influx.settings import InfluxSettings
from history.targets import TargetState
from tests.history.influx.plants import START_US, TOKEN, batch, running, site, until
from tests.history.influx.scripted import CUT, HANG, Answer, target


async def test_what_was_there_before_and_what_comes_is_sent_once_and_whole(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(50):
            here.tick(second)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: len(server.points) == 50 * 12)
            here.read("P1", 50, math.nan, 24)
            here.tick(51)
            await until(lambda: replicator.status.sent_rows == 51 * 12 + 1)
            await until(lambda: replicator.status.state is TargetState.UP)

            assert server.points == await here.expected()
            assert (
                server.points["effluent,plant=fangcheng1,point=P1,unit=mg/L", START_US + 50_000_000]
                == "quality=24i"
            )
            assert sum(map(len, server.requests)) == 51 * 12 + 1
            status = replicator.status
            assert (status.lag_s, status.queued_rows, status.lost_rows, status.last_error) == (
                0.0,
                0,
                0,
                None,
            )


async def test_a_request_is_compressed_and_carries_the_token_and_where_to(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        async with running(here.replicator(server.url)):
            await until(lambda: server.points)

        head = server.heads[0]
        assert head.startswith("POST /api/v2/write?org=works&bucket=outfall&precision=us ")
        assert f"Token {TOKEN}" in head
        assert "Content-Encoding: gzip" in head


async def test_no_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        async with running(here.replicator(server.url)):
            await until(lambda: server.points)


@pytest.mark.parametrize(
    "answer", [Answer(503, "busy"), Answer(500, "oops"), Answer(429, "slow down"), CUT, HANG], ids=str
)
async def test_a_target_that_is_away_gets_everything_when_it_is_back(
    tmp_path: Path, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "history.influx")
    async with site(tmp_path) as here, target() as server:
        server.always = answer
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.state is TargetState.DOWN)
            for second in range(1, 30):
                here.tick(second)
            here.clock.move(30)
            await until(lambda: replicator.status.queued_rows == 30 * 12)
            assert replicator.status.lag_s == 30.0
            assert replicator.status.last_error
            server.always = None
            await until(lambda: len(server.points) == 30 * 12)
            await until(lambda: replicator.status.state is TargetState.UP)

            assert server.points == await here.expected()
            assert (replicator.status.queued_rows, replicator.status.lag_s) == (0, 0.0)
        said = [record.getMessage() for record in caplog.records if record.name.startswith("history.influx")]
        assert len(said) == 2
        assert said[0].startswith("influxdb lost: ")
        assert said[1].startswith("influxdb back after 30 s")


async def test_a_target_that_does_not_listen_for_a_while_gets_everything(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        await server.stop()
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.state is TargetState.DOWN)
            for second in range(1, 20):
                here.tick(second)
            await server.start()
            await until(lambda: len(server.points) == 20 * 12)


async def test_retry_after_is_waited_for(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        server.script = [Answer(429, "later", {"Retry-After": "3"})]
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.state is TargetState.DOWN)
            began = asyncio.get_running_loop().time()
            await until(lambda: server.points)

            assert asyncio.get_running_loop().time() - began > 2.5


@pytest.mark.parametrize(("status", "mend"), [(401, "token"), (403, "may not write"), (404, "bucket")])
async def test_what_somebody_has_to_mend_is_said_with_how_and_without_the_token(
    tmp_path: Path, status: int, mend: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with site(tmp_path) as here, target() as server:
        server.always = Answer(status, f"no, {TOKEN} will not do")
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.state is TargetState.MISCONFIGURED)

            error = replicator.status.last_error or ""
            assert mend in error
            assert "outfall influx setup" in error
            assert TOKEN not in error + caplog.text + repr(replicator.status)
            assert replicator.status.lost_rows == 0


async def test_a_proxy_that_answers_400_loses_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        server.always = Answer(400, raw="<html>The plain HTTP request was sent to HTTPS port</html>")
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.state is TargetState.MISCONFIGURED)

            assert "mend url" in (replicator.status.last_error or "")
            assert replicator.status.lost_rows == 0
            assert await replicator.dead_letters(None, 10) == []


@pytest.mark.parametrize("says_dropped", [True, False])
async def test_refused_lines_are_set_aside_with_the_reason_and_the_rest_goes_on(
    tmp_path: Path, says_dropped: bool
) -> None:
    async with site(tmp_path) as here, target() as server:
        server.says_dropped = says_dropped
        server.refuses = lambda line: "field type conflict" if "point=P4," in line else None
        for second in range(40):
            here.tick(second)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: len(server.points) == 40 * 11)
            await until(lambda: replicator.status.state is TargetState.UP)
            await until(lambda: replicator.status.lost_rows == 40)
            here.tick(40)
            await until(lambda: replicator.status.lost_rows == 41)

            letters = await replicator.dead_letters(None, 100)
            assert [(letter.tag, letter.time_us) for letter in letters[:2]] == [
                ("P4", START_US + 40_000_000),
                ("P4", START_US + 39_000_000),
            ]
            assert "field type conflict" in letters[0].reason
            assert (
                letters[0].line
                == "effluent,plant=fangcheng1,point=P4,unit=mg/L value=1.04,quality=192i 1780000040000000"
            )
            assert len(letters) == 41
            expected = {key: fields for key, fields in (await here.expected()).items() if "P4," not in key[0]}
            assert server.points == expected
            assert replicator.status.sent_rows == 41 * 11


async def test_a_measurement_that_is_refused_whole_costs_two_requests_a_round(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        server.refuses = lambda line: "field type conflict" if line.startswith("effluent") else None
        async with running(here.replicator(server.url)) as replicator:
            here.tick(0)
            await until(lambda: replicator.status.lost_rows == 4)
            before = len(server.requests)
            here.tick(1)
            await until(lambda: replicator.status.lost_rows == 8)

            # What stands before and behind the refused measurement, and itself.
            assert len(server.requests) - before == 3
            server.refuses = lambda line: None
            here.tick(2)
            await until(lambda: len(server.points) == 2 * 8 + 12)
            before = len(server.requests)
            here.tick(3)
            await until(lambda: len(server.points) == 2 * 8 + 24)
            assert len(server.requests) - before == 1


async def test_a_request_that_is_too_large_is_sent_in_parts(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        server.script = [Answer(413, raw="<html>too large</html>")]
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: len(server.points) == 12)

            assert [len(lines) for lines in server.requests] == [12, 6, 6]
            assert replicator.status.lost_rows == 0


async def test_nobody_waits_for_long_while_refused_lines_are_looked_for(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        server.refuses = lambda line: "no" if "point=P4," in line else None
        settings = InfluxSettings(url=server.url, org="works")
        client = InfluxClient(settings, lambda: TOKEN)
        delivery = Delivery(LineWriter(here.plant, here.series_ids), client, 5000)
        samples = batch(list(range(1, 13)), [0.0] * 12, [1.0] * 12)
        try:
            with pytest.raises(SiftingTakesTooLong):
                await asyncio.to_thread(delivery.deliver, samples, lambda: False)
            asked = len(server.requests)
            delivered = await asyncio.to_thread(delivery.deliver, samples, lambda: True)
        finally:
            client.close()

        assert asked == 1
        assert (delivered.sent, delivered.lost, delivered.letters[0].tag) == (11, 1, "P4")


async def test_a_batch_larger_than_a_request_is_sent_in_several(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.history.commit(
            batch(list(range(1, 13)) * 30, [n // 12 for n in range(360)], [1.0] * 360), START_US
        )
        async with running(here.replicator(server.url, rows_per_request=100)):
            await until(lambda: len(server.points) == 360)

        assert [len(lines) for lines in server.requests] == [100, 100, 100, 60]


async def test_a_replay_never_undoes_a_correction(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        here.tick(1)
        here.read("P0", 0, 7.5)
        async with running(here.replicator(server.url)):
            await until(lambda: len(server.points) == 24)
            here.read("P1", 0, 8.5)
            key = "effluent,plant=fangcheng1,point=P1,unit=mg/L"
            await until(lambda: server.points.get((key, START_US), "").startswith("value=8.5"))

            assert server.points == await here.expected()
        server.points.clear()
        server.requests.clear()
        async with running(here.replicator(server.url, bucket="another")) as replicator:
            # Of the two that were corrected only what holds is sent.
            await until(lambda: replicator.status.sent_rows == 24)
            await until(lambda: replicator.status.state is TargetState.UP)
            assert sum(map(len, server.requests)) == 24
            assert server.points == await here.expected()


async def test_a_target_that_was_restored_gets_again_what_is_asked_for_and_no_more(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(40):
            here.tick(second)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 40 * 12)
            kept = {key: fields for key, fields in server.points.items() if key[1] < START_US + 30_000_000}
            server.points = dict(kept)
            server.requests.clear()
            cursor = here.cursor(InfluxSettings(url=server.url, org="works"))
            cursor.ask(Request(START_US + 30_000_000, START_US))
            await until(lambda: replicator.status.sent_rows == 50 * 12)
            await until(lambda: replicator.status.state is TargetState.UP)

            assert server.points == await here.expected()
            assert sum(map(len, server.requests)) == 10 * 12
            assert cursor.request() is None

        server.points.clear()
        cursor.ask(Request(0, START_US))
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 40 * 12)
            assert server.points == await here.expected()


async def test_a_restart_sends_only_what_was_not_taken(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 12)
        here.tick(1)
        server.requests.clear()
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 12)

        assert sum(map(len, server.requests)) == 12
        assert server.points == await here.expected()


async def test_another_bucket_gets_everything(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        here.tick(0)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 12)
        async with running(here.replicator(server.url, bucket="another")) as replicator:
            await until(lambda: replicator.status.sent_rows == 12)

        assert "bucket=another" in server.heads[-1]


async def test_a_store_that_was_replaced_by_an_older_one_is_sent_whole(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        settings = InfluxSettings(url=server.url, org="works")
        cursor = CursorRepository(here.engine, "influxdb", settings.address)
        cursor.save(Progress(900), [], 0, START_US)
        here.tick(0)
        async with running(here.replicator(server.url)):
            await until(lambda: len(server.points) == 12)


async def test_readings_of_points_that_left_the_folder_are_counted(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        stranger = here.history.series_ids("fangcheng1", ["GONE"])["GONE"]
        here.series_ids["GONE"] = stranger
        here.read("GONE", 0, 4.0)
        here.read("GONE", 1, 5.0)
        del here.series_ids["GONE"]
        here.tick(2)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 12)
            await until(lambda: replicator.status.lost_rows == 2)

            letters = await replicator.dead_letters(None, 10)
            assert {letter.reason for letter in letters} == {"its point has left the plant folder"}


async def test_live_readings_go_first_while_what_was_missed_follows(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(300):
            here.tick(second)
        async with running(
            here.replicator(server.url, replay_rows_per_s=1200, rows_per_request=100)
        ) as replicator:
            await until(lambda: server.points)
            here.tick(1000)
            newest = START_US + 1000 * 1_000_000
            await until(lambda: any(time == newest for _, time in server.points))

            assert len(server.points) < 300 * 12
            assert replicator.status.state is TargetState.BEHIND
            assert replicator.status.queued_rows > 0
            await until(lambda: len(server.points) == 301 * 12)
