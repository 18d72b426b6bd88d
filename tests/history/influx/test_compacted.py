"""What was missed and has gone into month files meanwhile, or came in as one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from history.targets import TargetState
from telemetry.clock import US_PER_S
from tests.history.influx.plants import START_US, Site, batch, running, site, until
from tests.history.influx.scripted import target


async def test_readings_of_compacted_days_are_sent_as_they_stand(tmp_path: Path) -> None:
    async with site(tmp_path) as here, target() as server:
        for second in range(40):
            here.tick(second * 3600)
        here.read("P1", 3600, 9.5)
        here.history.compact(START_US + 30 * 3600 * US_PER_S, START_US + 40 * 3600 * US_PER_S)
        here.read("P2", 7200, 8.5)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: len(server.points) == 40 * 12)
            await until(lambda: replicator.status.state is TargetState.UP)

        assert server.points == await here.expected()


@pytest.mark.timeout(240)
async def test_a_batch_too_large_to_be_held_is_sent_in_slices_live_readings_first(
    tmp_path: Path,
) -> None:
    rows = 210_000
    async with site(tmp_path, points=3) as here, target() as server:
        seconds = (np.arange(rows) // 3).astype(float)
        large = batch((np.arange(rows) % 3 + 1).tolist(), seconds.tolist(), [1.5] * rows)
        here.history.commit(large, START_US)
        here.read("P0", 10, 9.5)
        settings: dict[str, Any] = {"replay_share": 1.0, "replay_rows_per_s": 1_000_000}
        async with running(here.replicator(server.url, **settings)) as replicator:
            await until(lambda: server.points)
            here.tick(90_000)
            newest = START_US + 90_000 * US_PER_S
            await until(lambda: any(at == newest for _, at in list(server.points)), 60)
            assert len(server.points) < rows
            await until(lambda: replicator.status.state is TargetState.UP, 60)

        assert max(map(len, server.requests)) <= 5000
        assert server.points == await here.expected()


def large_batch(here: Site, tag: str, from_s: int, rows: int) -> None:
    """Commit so many readings of one point, a second each, at once."""
    seconds = [float(from_s + n) for n in range(rows)]
    here.history.commit(batch([here.series_ids[tag]] * rows, seconds, [2.5] * rows), START_US)


async def test_of_a_batch_too_large_to_be_held_nothing_else_is_sent_and_each_reading_once(
    tmp_path: Path,
) -> None:
    settings: dict[str, Any] = {"replay_share": 1.0, "replay_rows_per_s": 1_000_000}
    async with site(tmp_path, points=3) as here, target() as server:
        here.tick(1)
        async with running(here.replicator(server.url)) as replicator:
            await until(lambda: replicator.status.sent_rows == 3)
        server.requests.clear()
        server.refuses = lambda line: "no" if line.endswith("0000000") and "value=7.5" in line else None
        large_batch(here, "P1", 0, 201_000)
        here.read("P1", 10, 7.5)
        async with running(here.replicator(server.url, **settings)) as replicator:
            await until(lambda: replicator.status.state is TargetState.UP, 60)
            # What a later batch outranks goes with that one, and is refused once.
            assert (replicator.status.sent_rows, replicator.status.lost_rows) == (200_999, 1)

        assert {line.split(" ")[0] for lines in server.requests for line in lines} == {
            "effluent,plant=fangcheng1,point=P1,unit=mg/L"
        }


@pytest.mark.timeout(240)
async def test_stopped_within_a_large_batch_it_goes_on_where_it_was(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"replay_share": 1.0, "replay_rows_per_s": 1_000_000}
    async with site(tmp_path, points=3) as here, target() as server:
        large_batch(here, "P1", 0, 201_000)
        server.refuses = lambda line: "no" if line.endswith("500000000") else None
        async with running(here.replicator(server.url, **settings)) as replicator:
            await until(lambda: len(server.points) > 30_000, 60)
        taken, refused = len(server.points), replicator.status.lost_rows
        server.requests.clear()
        async with running(here.replicator(server.url, **settings)) as replicator:
            await until(lambda: replicator.status.state is TargetState.UP, 60)
            assert replicator.status.sent_rows < 201_000 - taken + 5000
            assert replicator.status.lost_rows == 201_000 - len(server.points)
            assert replicator.status.lost_rows >= refused > 0

        expected = await here.expected()
        assert server.points == {
            key: fields for key, fields in expected.items() if not str(key[1]).endswith("500000000")
        }
