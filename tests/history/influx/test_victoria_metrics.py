"""Replication to a real server, which is away, comes back, and sees the node killed."""

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from history.targets import TargetState
from tests.history.influx.plants import running, site, until
from tests.history.influx.victoria import victoria

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[3]
KILLS = 10


async def stored(folder: Path) -> dict[tuple[str, int], float]:
    """Return what the store of a folder holds, as the server is asked for it."""
    async with site(folder) as here:
        found: dict[tuple[str, int], float] = {}
        for tag in here.series_ids:
            samples = await here.history.samples(tag, 0, 1 << 62, 1_000_000)
            times_ms = (samples.times_us // 1000).tolist()
            found |= {(tag, at): float(q) for at, q in zip(times_ms, samples.quality.tolist(), strict=True)}
        return found


async def test_a_real_server_that_was_away_has_every_reading_and_its_value(tmp_path: Path) -> None:
    async with victoria(tmp_path) as server, site(tmp_path) as here:
        for second in range(200):
            here.tick(second)
        async with running(here.replicator(server.url, timeout="5s")) as replicator:
            await until(lambda: replicator.status.sent_rows == 200 * 12, 60)
            await server.stop()
            here.tick(200)
            await until(lambda: replicator.status.state is TargetState.DOWN, 60)
            for second in range(201, 400):
                here.tick(second)
            await server.start()
            await until(lambda: replicator.status.sent_rows == 400 * 12, 60)
            values = await server.readings("value")

        assert len(values) == 400 * 12
        assert {round(value, 6) for (tag, _), value in values.items() if tag == "P3"} == {
            round(1.0 + second / 1000, 6) for second in range(400)
        }


def run_and_kill(folder: Path, url: str, seconds: float) -> None:
    """Let a node read and replicate, and kill it so long after its first reading."""
    command = [sys.executable, "-m", "tests.history.influx.replicating", str(folder), url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        node.stdout.readline()
        time.sleep(seconds)
        node.kill()


async def test_after_ten_kills_of_the_node_the_server_has_what_the_store_has(tmp_path: Path) -> None:
    chance = random.Random(4)
    async with victoria(tmp_path) as server:
        for kill in range(KILLS):
            await asyncio.to_thread(run_and_kill, tmp_path, server.url, chance.uniform(0.2, 2.5))
            if kill == KILLS // 2:
                await server.stop()
                await asyncio.to_thread(run_and_kill, tmp_path, server.url, 0.5)
                await server.start()
        async with site(tmp_path) as here, running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.state is TargetState.UP, 60)
            await until(lambda: replicator.status.queued_rows == 0, 60)
        held = await server.readings()

        assert held == await stored(tmp_path)
        assert len(held) > 12 * KILLS


async def test_refused_readings_are_set_aside_and_the_others_arrive(tmp_path: Path) -> None:
    # VictoriaMetrics itself refuses no line: here a point has left the plant folder.
    async with victoria(tmp_path) as server, site(tmp_path) as here:
        gone = here.history.series_ids("fangcheng1", ["GONE"])["GONE"]
        here.series_ids["GONE"] = gone
        here.read("GONE", 0, 1.0)
        del here.series_ids["GONE"]
        here.tick(1)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.lost_rows == 1, 60)
            await until(lambda: replicator.status.queued_rows == 0, 60)

            held = await server.readings()
            assert len(held) == 12
            assert "GONE" not in {tag for tag, _ in held}
            assert [letter.tag for letter in await replicator.dead_letters(None, 10)] == [""]
