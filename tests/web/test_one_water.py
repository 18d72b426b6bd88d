"""Every screen holds a value against the limit that the day's mean water temperature makes of it."""

import re
from typing import Any

import httpx
import numpy as np
import pytest

from telemetry.clock import to_us
from telemetry.errors import StoreError
from telemetry.samples import SampleBatch
from tests.api.node import NOW, Node
from tests.web.staffed import judge_again

TAG, WATER = "EFF_AIT_NH3", "EFF_TIT401"
MINUTE_US = 60_000_000
NOW_US = to_us(NOW)
MIDNIGHT_US = to_us(NOW.replace(hour=0))


async def warm(node: Node, celsius: float, now: float) -> None:
    """Have the water at a temperature since midnight, and at another one in these minutes."""
    times = np.arange(MIDNIGHT_US - 120 * MINUTE_US, NOW_US, MINUTE_US, dtype=np.int64)
    values = np.full(len(times), celsius)
    values[-2:] = now
    for tag, told in ((WATER, values), (TAG, np.full(len(times), 1.0))):
        samples = SampleBatch.of(node.series_ids[tag], times, told, np.full(len(times), 192))
        node.history.commit(samples, NOW_US)
        node.live.update(samples, NOW_US)
    await judge_again(node)


def on_wall(page: str) -> float:
    """Return the limit of today's mean on the wall."""
    tile = re.search(rf'data-tile="{TAG}"[^>]*?data-daily-high="([^"]+)"', page)
    assert tile is not None
    return float(tile[1])


async def daily(client: httpx.AsyncClient) -> dict[str, float]:
    """Return the limit of today's mean as each screen has it."""
    [point] = (await client.get("/api/v1/points", params={"q": TAG})).json()["items"]
    asked: dict[str, str | int] = {"p": TAG, "from": NOW_US // 1000 - 3_600_000, "to": NOW_US // 1000}
    steps = (await client.get("/trends/limits", params=asked)).json()[TAG]
    judged = (await client.get(f"/api/v1/compliance/days/{NOW:%Y-%m-%d}/{TAG}")).json()["day"]
    [trend] = [value for kind, value, *_ in steps if kind == "daily"]
    [governs] = [one for one in judged["limits"] if one["basis"] == "daily" and one["high_governs"]]
    return {
        "points": point["discharge"]["daily"],
        "trends": trend,
        "compliance": governs["high"],
        "wall": on_wall((await client.get("/wall")).text),
    }


@pytest.mark.parametrize(("mean", "now", "limit"), [(11.9, 12.4, 6.0), (12.4, 11.9, 5.0)])
async def test_the_days_mean_so_far_decides_on_every_screen_and_never_this_minutes(
    node: Node, operator: httpx.AsyncClient, mean: float, now: float, limit: float
) -> None:
    # DB32/4440-2022 C holds 6 in November, GB 18918-2002 1A 5(8) by the water.
    await warm(node, mean, now)

    found = await daily(operator)

    assert found == {"points": limit, "trends": limit, "compliance": limit, "wall": limit}


async def test_where_nothing_can_be_asked_the_stricter_limits_hold(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StoreError("node.sqlite: not read")

    await warm(node, 9.0, 9.0)
    monkeypatch.setattr(type(node.judging.judgements), "days", fails)

    [point] = (await operator.get("/api/v1/points", params={"q": TAG})).json()["items"]
    asked: dict[str, str | int] = {"p": TAG, "from": NOW_US // 1000 - 3_600_000, "to": NOW_US // 1000}
    steps = (await operator.get("/trends/limits", params=asked)).json()[TAG]
    wall = await operator.get("/wall")

    assert point["discharge"]["daily"] == 5.0
    assert [value for kind, value, *_ in steps if kind == "daily"] == [5.0]
    assert on_wall(wall.text) == 5.0
