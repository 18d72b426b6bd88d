"""Figures of minutes, hours, days and months, and the list of what changed."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.node import Node

HOUR_S = 3600
# The node's clock stands at 08:00 in Shanghai.
SEVEN, MIDNIGHT = -HOUR_S, -8 * HOUR_S


async def _items(client: httpx.AsyncClient, **parameters: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/figures", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _bring_up(node: Node) -> None:
    while await asyncio.to_thread(node.periods.bring_up, node.clock.now_us()):
        pass


async def test_hours_days_and_months_start_with_the_plants_calendar(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", MIDNIGHT - 10, 1.0), ("AE_DO1", MIDNIGHT, 2.0), ("AE_DO1", SEVEN, 4.0))

    hours = await _items(client, point="AE_DO1", period="hour", **{"from": "2026-11-20T20:00:00+08:00"})
    days = await _items(client, point="AE_DO1", period="day", **{"from": "2026-11-20T20:00:00+08:00"})
    months = await _items(client, point="AE_DO1", period="month")

    assert [(item["time"], item["last"], item["count"]) for item in hours] == [
        ("2026-11-20T23:00:00+08:00", 1.0, 1),
        ("2026-11-21T00:00:00+08:00", 2.0, 1),
        ("2026-11-21T07:00:00+08:00", 4.0, 1),
    ]
    assert [(item["time"], item["count"], item["maximum"]) for item in days] == [
        ("2026-11-20T00:00:00+08:00", 1, 1.0),
        ("2026-11-21T00:00:00+08:00", 2, 4.0),
    ]
    assert [(item["time"], item["count"]) for item in months] == [("2026-11-01T00:00:00+08:00", 3)]


async def test_minutes_are_of_the_samples_in_them(node: Node, client: httpx.AsyncClient) -> None:
    node.read(("AE_DO1", -120, 1.0), ("AE_DO1", -90, 3.0), ("AE_DO1", -30, 5.0))

    items = await _items(client, point="AE_DO1", period="minute")

    assert [(item["time"][11:16], item["minimum"], item["maximum"]) for item in items] == [
        ("07:58", 1.0, 3.0),
        ("07:59", 5.0, 5.0),
    ]


async def test_a_totaliser_has_a_total_and_no_mean(node: Node, client: httpx.AsyncClient) -> None:
    node.read(("INF_FQ101", MIDNIGHT, 4294967290.0), ("INF_FQ101", SEVEN, 14.0))

    (day,) = await _items(client, point="INF_FQ101", period="day", **{"from": "2026-11-21T00:00:00+08:00"})

    assert (day["total"], day["resets"], day["mean"], day["run_hours"]) == (20.0, 0, None, None)


async def test_a_concentrations_day_is_weighted_with_the_flow_of_its_unit(
    node: Node, client: httpx.AsyncClient
) -> None:
    for hour, flow, cod in ((0, 100.0, 20.0), (1, 300.0, 40.0)):
        for minute in range(0, 60):
            at = MIDNIGHT + hour * HOUR_S + minute * 60
            node.read(
                ("EFF_FIT401", at, flow), ("EFF_AIT_COD", at, cod), ("EFF_ANA_COD_TS", at, float(hour + 1))
            )

    (day,) = await _items(client, point="EFF_AIT_COD", period="day", **{"from": "2026-11-21T00:00:00+08:00"})

    assert (day["count"], day["mean"]) == (2, 30.0)
    assert day["flow_weighted"] == pytest.approx((100 * 20 + 300 * 40) / 400, rel=1e-3)


async def test_what_a_late_sample_changed_is_listed(node: Node, client: httpx.AsyncClient) -> None:
    node.read(("LS1_LIT", -2 * HOUR_S, 2.0), ("LS1_LIT", -10, 2.0))
    await _bring_up(node)
    node.read(("LS1_LIT", -2 * HOUR_S + 60, 5.0))
    await _bring_up(node)

    answer = (await client.get("/api/v1/figures/changes")).json()

    (change,) = answer["items"]
    assert (change["tag"], change["time"]) == ("LS1_LIT", "2026-11-21T06:00:00+08:00")
    assert (change["before"]["maximum"], change["after"]["maximum"]) == (2.0, 5.0)
    assert (change["before"]["count"], change["after"]["count"]) == (1, 2)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"point": "AE_DO1", "period": "minute", "from": "2026-01-01T00:00:00Z"}, 422, "too_many_periods"),
        ({"point": "AE_DO1", "from": "2026-11-22T00:00:00Z", "to": "2026-11-21T00:00:00Z"}, 422, "invalid"),
        ({"point": "NOBODY"}, 404, "point_not_found"),
        ({"point": "AE_DO1", "period": "week"}, 422, "invalid"),
    ],
)
async def test_what_makes_no_sense_is_told(
    client: httpx.AsyncClient, asked: dict[str, str], status: int, code: str
) -> None:
    answer = await client.get("/api/v1/figures", params=asked)

    assert answer.status_code == status
    assert code in answer.json()["code"]


async def test_a_reading_is_entered_corrected_and_listed_with_who_did_it(
    node: Node, client: httpx.AsyncClient
) -> None:
    taken = {"tag": "LAB_SV30_1", "time": "2026-11-21T07:30:00+08:00"}

    entered = await client.post("/api/v1/entries", json={**taken, "value": 28})
    twice = await client.post("/api/v1/entries", json={**taken, "value": 29})
    corrected = await client.post(
        "/api/v1/entries/corrections", json={**taken, "value": 82, "reason": "笔误"}
    )
    listed = (await client.get("/api/v1/entries", params={"tag": "LAB_SV30_1", "limit": 1})).json()
    rest = (await client.get("/api/v1/entries", params={"cursor": listed["next"]})).json()

    assert (entered.status_code, twice.status_code, corrected.status_code) == (201, 409, 201)
    assert listed["items"] == [corrected.json()]
    assert rest == {"items": [entered.json()], "next": None}
    assert (corrected.json()["former"], corrected.json()["by"]) == (28.0, "operator")


async def test_a_measured_value_may_only_be_marked_and_that_by_some(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.read(("EFF_AIT_COD", -600, 20.0))
    changed = {"tag": "EFF_AIT_COD", "time": "2026-11-21T07:50:00+08:00", "value": 1, "reason": "x"}
    marked = {"tag": "EFF_AIT_COD", "from": "2026-11-21T07:00:00+08:00", "to": "2026-11-21T08:00:00+08:00"}

    change = await client.post("/api/v1/entries/corrections", json=changed)
    mark = await client.post("/api/v1/marks", json={**marked, "kind": "fault", "reason": "x"})

    assert (change.status_code, change.json()["code"]) == (422, "measured_value")
    assert mark.status_code == 403
