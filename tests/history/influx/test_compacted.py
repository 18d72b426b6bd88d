"""What was missed and has gone into month files meanwhile, or came in as one."""

from pathlib import Path

import numpy as np
import pytest

from history.targets import TargetState
from telemetry.clock import US_PER_S
from tests.history.influx.plants import START_US, batch, running, site, until
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


@pytest.mark.timeout(60)
async def test_a_batch_too_large_to_be_held_is_sent_in_slices_live_readings_first(
    tmp_path: Path,
) -> None:
    rows = 210_000
    async with site(tmp_path, points=3) as here, target() as server:
        seconds = (np.arange(rows) // 3).astype(float)
        large = batch((np.arange(rows) % 3 + 1).tolist(), seconds.tolist(), [1.5] * rows)
        here.history.commit(large, START_US)
        here.read("P0", 10, 9.5)
        settings = {"replay_share": 1.0, "replay_rows_per_s": 1_000_000}
        async with running(here.replicator(server.url, **settings)) as replicator:
            await until(lambda: server.points)
            here.tick(90_000)
            newest = START_US + 90_000 * US_PER_S
            await until(lambda: any(at == newest for _, at in list(server.points)), 20)
            assert len(server.points) < rows
            await until(lambda: replicator.status.state is TargetState.UP, 50)

        assert max(map(len, server.requests)) <= 5000
        assert server.points == await here.expected()
