"""How days stand with their limits and analysers with 95 %, as the API tells it."""

from datetime import timedelta

import httpx
import pytest

from alarms.uptime.results import HOUR_US
from operations.access import Role
from tests.alarms.judging.site import TAG, samples_of
from tests.alarms.registers import DAY_US, day_of
from tests.api.conftest import client_for, signed_in
from tests.api.node import NOW, Node

YESTERDAY = (NOW - timedelta(days=1)).date().isoformat()


@pytest.fixture
async def judged(node: Node) -> Node:
    """A node that judged yesterday: one result above the limit, one missing, one check."""
    day = day_of("result 09:00 90; check 01:00; no 15:00")
    node.history.commit(samples_of(day, node.series_ids), DAY_US + 27 * HOUR_US)
    now_us = node.clock.now_us()
    while node.periods.bring_up(now_us):
        pass
    while await node.judging.task.look():
        pass
    return node


async def ask(node: Node, path: str) -> httpx.Response:
    here = await signed_in(node.accounts, Role.OPERATOR)
    return await client_for(node.app).get(path, headers=here.bearer)


async def test_a_day_is_told_with_its_limits_and_what_exceeds_them(judged: Node) -> None:
    answer = await ask(judged, f"/api/v1/compliance/days?from={YESTERDAY}&to={YESTERDAY}&tag={TAG}")

    (day,) = answer.json()["items"]
    assert (day["verdict"], day["valid"], day["due"], day["excused"]) == ("exceeds", 22, 23, 1)
    assert day["mean"] == pytest.approx((21 * 20 + 90) / 22)
    assert day["rounded"] == "23"
    assert day["exceedances"] == [
        {
            "basis": "single",
            "end": "high",
            "limit": 75.0,
            "limit_written": "75",
            "source": "DB32/4440-2022 C",
            "value": 90.0,
            "rounded": "90",
            "hour": f"{YESTERDAY}T08:00:00+08:00",
            "sampled": f"{YESTERDAY}T09:00:00+08:00",
            "read": f"{YESTERDAY}T09:40:00+08:00",
        }
    ]
    assert day["forecast"] is None


async def test_a_day_is_opened_into_hours_and_who_was_there(judged: Node) -> None:
    answer = await ask(judged, f"/api/v1/compliance/days/{YESTERDAY}/{TAG}")

    told = answer.json()
    assert len(told["hours"]) == 24
    assert [hour["cause"] for hour in told["hours"] if hour["cause"]] == ["standard_check", "no_result"]
    assert told["hours"][8]["results"] == [
        {
            "sampled": f"{YESTERDAY}T09:00:00+08:00",
            "read": f"{YESTERDAY}T09:40:00+08:00",
            "value": 90.0,
            "cause": None,
            "mark": None,
            "suspect": False,
        }
    ]
    assert told["hours"][8]["within"] is False
    # Nobody published a roster.
    assert told["turns"] == []


async def test_a_month_and_its_analysers_are_told(judged: Node) -> None:
    month = (await ask(judged, "/api/v1/compliance/months")).json()
    uptime = (await ask(judged, "/api/v1/analysers/uptime?month=2026-11")).json()
    hours = (await ask(judged, f"/api/v1/analysers/{TAG}/hours")).json()

    item = next(each for each in month["items"] if each["tag"] == TAG)
    assert (month["month"], item["exceeded"], item["complied"]) == ("2026-11", 1, 0)
    assert (uptime["target"], uptime["lowest"]) == (0.95, TAG)
    cod = next(each for each in uptime["items"] if each["tag"] == TAG)
    assert cod["lost_by_cause"]["no_result"] == 1
    assert hours["analyser"] == cod
    assert sum(hour["excused"] for hour in hours["items"]) == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/compliance/days?tag=EFF_AIT_CODD", 404, "point_not_found"),
        ("/api/v1/compliance/days?tag=AE_DO1", 404, "point_not_found"),
        ("/api/v1/compliance/days?from=2026-11-02&to=2026-11-01", 422, "invalid_request"),
        ("/api/v1/compliance/days?from=2024-01-01&to=2026-11-01", 422, "invalid_request"),
        ("/api/v1/compliance/days/2026-01-01/EFF_AIT_COD", 404, "not_found"),
        ("/api/v1/compliance/months?month=2026-13", 422, "invalid_request"),
        ("/api/v1/analysers/uptime?month=2026-1", 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_is_refused(judged: Node, path: str, status: int, code: str) -> None:
    answer = await ask(judged, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
