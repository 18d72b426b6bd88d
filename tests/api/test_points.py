"""The list of points."""

import math
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.points import PointShape
from collectors.figures import Quarantined, Raw, Trial
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S
from telemetry.quality import Quality
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node, tags_of


async def _all(client: httpx.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (
            await client.get(
                "/api/v1/points", params={**parameters, **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


async def test_a_point_says_what_holds_for_it_today(node: Node, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/points", params={"q": "EFF_AIT_NH3"})

    [item] = answer.json()["items"]
    point = node.folder.plant.point_by_tag["EFF_AIT_NH3"]
    assert item == {
        "tag": "EFF_AIT_NH3",
        "unit": point.unit,
        "name": {"zh": point.name.zh, "en": point.name.en},
        "kind": "AI",
        "engineering_unit": point.engineering_unit,
        "range": {"low": point.range_low, "high": point.range_high},
        "source": point.source,
        "connection": "PLC5",
        "address": "FC03 2 F32 CDAB",
        "channel": point.channel,
        "equipment": point.equipment,
        "bits": [],
        "limits": {"H": 3.2, "HH": 8.0},
        # 21 November: winter values hold, but while the water's temperature is not known GB 18918-2002's 5.
        "discharge": {"daily": 5.0, "single": 12.0, "internal": 3.2, "low": None},
        "regulatory": True,
        "expected_every_s": 300.0,
    } | {key: item[key] for key in ("limits", "discharge", "expected_every_s")}
    november: dict[str, float] = {}
    for limit in node.folder.limits:
        high = limit.high_on(limit.valid_from.replace(month=11, day=21))
        if limit.tag == "EFF_AIT_NH3" and high is not None:
            november[limit.basis.value] = min(float(high), november.get(limit.basis.value, math.inf))
    assert item["discharge"] == {**november, "low": None}
    assert item["limits"]["H"] == november["internal"]
    assert item["limits"]["HH"] == november["single"]


async def test_a_limit_below_is_said_too(client: httpx.AsyncClient) -> None:
    [item] = (await client.get("/api/v1/points", params={"q": "EFF_AIT_PH"})).json()["items"]

    assert item["discharge"] == {
        "daily": 9.0,
        "single": 9.0,
        "internal": 8.5,
        "low": {"daily": 6.0, "single": 6.0, "internal": 6.5},
    }


async def test_limits_change_with_the_plants_calendar(node: Node, client: httpx.AsyncClient) -> None:
    winter = (await client.get("/api/v1/points", params={"q": "EFF_AIT_NH3"})).json()["items"][0]
    node.clock.move(86400 * 180)
    summer = (await client.get("/api/v1/points", params={"q": "EFF_AIT_NH3"})).json()["items"][0]

    assert winter["discharge"]["daily"] > summer["discharge"]["daily"]
    assert winter["limits"]["HH"] > summer["limits"]["HH"]


@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
async def test_pages_give_every_point_once_in_the_order_of_the_plant(
    node: Node, client: httpx.AsyncClient, limit: int
) -> None:
    items = await _all(client, limit=limit)

    assert tags_of(items) == [point.tag for point in node.folder.plant.points]
    for item in items:
        PointShape.model_validate(item, strict=True)


async def test_a_unit_has_its_points_only(node: Node, client: httpx.AsyncClient) -> None:
    unit = node.folder.plant.units[3].id

    items = await _all(client, unit=unit, limit=2)

    assert tags_of(items) == [point.tag for point in node.folder.plant.points if point.unit == unit]


@pytest.mark.parametrize("words", ["溶解氧", "AEROBIC do", "ａｅｒｏｂｉｃ ＤＯ", "AE_DO"])
async def test_points_are_found_by_words_in_either_language(client: httpx.AsyncClient, words: str) -> None:
    items = await _all(client, q=words)

    assert "AE_DO1" in tags_of(items)
    assert all("DO" in item["tag"] for item in items)


async def test_a_status_word_names_its_bits(node: Node, client: httpx.AsyncClient) -> None:
    [item] = (await client.get("/api/v1/points", params={"q": "BL_B201A_ST"})).json()["items"]

    bits = node.folder.plant.point_by_tag["BL_B201A_ST"].bits
    assert item["bits"] == [{"name": bit.name, "position": bit.position} for bit in bits]
    assert bits


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"unit": "nowhere"}, 404, "unit_not_found"),
        ({"limit": "0"}, 422, "invalid_request"),
        ({"limit": "1001"}, 422, "invalid_request"),
        ({"limit": "1e3"}, 422, "invalid_request"),
        ({"limit": "9" * 5000}, 422, "invalid_request"),
        ({"q": "x" * 65}, 422, "invalid_request"),
        ({"cursor": "x"}, 422, "invalid_request"),
        ({"cursor": "é"}, 422, "invalid_request"),
        ({"cursor": "WyJwb2ludHMiLCJub3doZXJlIl0"}, 422, "invalid_request"),
        ({"cursor": "WyJyZWFkaW5ncyIsMV0"}, 422, "invalid_request"),
        ({"cursor": "bnVsbA"}, 422, "invalid_request"),
        ({"cursor": "W" * 300}, 422, "invalid_request"),
    ],
)
async def test_nonsense_is_refused_with_its_place(
    client: httpx.AsyncClient, parameters: dict[str, str], status: int, code: str
) -> None:
    answer = await client.get("/api/v1/points", params=parameters)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 422:
        assert [error["where"] for error in answer.json()["errors"]] == [f"query.{next(iter(parameters))}"]


async def test_points_are_found_by_connection_and_by_how_they_stand_now(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", -1, 2.1), ("AE_DO2", -3600, 1.9))
    node.read(("AE_DO3", -1, math.nan), quality=Quality.COMM_FAILURE)
    node.read(("AE_DO4", -1, 21.0), quality=Quality.RANGE_EXCEEDED)

    async def of(**asked: Any) -> list[str]:
        return tags_of(await _all(client, q="AE_DO", limit=1, **asked))

    assert await of(quality="good") == ["AE_DO1"]
    assert await of(quality="stale") == ["AE_DO2"]
    assert await of(quality=["bad", "uncertain"]) == ["AE_DO3", "AE_DO4"]
    assert await of(quality="waiting") == []
    plc = node.folder.plant.point_by_tag["AE_DO1"].source
    assert await of(connection=plc) == ["AE_DO1", "AE_DO2", "AE_DO3", "AE_DO4"]
    assert await of(connection="MQTT") == []
    unknown = await client.get("/api/v1/points", params={"connection": "PLC99"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "connection_not_found")


async def test_a_point_is_told_with_what_its_device_gave(node: Node, client: httpx.AsyncClient) -> None:
    node.read(("AE_DO1", -1, 2.1))
    now_us = node.clock.now_us()
    node.diagnosis.raws["AE_DO1"] = Raw(now_us - US_PER_S, "4006 6666")
    node.diagnosis.trials["AE_DO1"] = Trial("AE_DO1", now_us, 0.02, "4006 6666", 2.1, 192, None)
    refused = Quarantined("AE_DO1", "illegal data address", now_us - 60 * US_PER_S, now_us)
    node.connections[:] = [replace(node.connections[0], quarantined=(refused,))]

    told = (await client.get("/api/v1/points/AE_DO1")).json()

    [listed] = (await client.get("/api/v1/points", params={"q": "AE_DO1"})).json()["items"]
    assert told == listed | {
        "latest": (await client.get("/api/v1/readings/latest?tag=AE_DO1")).json()["items"][0],
        "raw": {"time": "2026-11-21T07:59:59+08:00", "text": "4006 6666"},
        "quarantined": {
            "tag": "AE_DO1",
            "reason": "illegal data address",
            "since": "2026-11-21T07:59:00+08:00",
            "next_try": "2026-11-21T08:00:00+08:00",
        },
        "test_read": True,
    }


async def test_who_only_sees_values_sees_no_addresses_and_nothing_of_devices(
    node: Node, accounts: Accounts
) -> None:
    node.diagnosis.raws["AE_DO1"] = Raw(node.clock.now_us(), "4006 6666")
    bearer = (await signed_in(accounts, Role.LABORATORY)).bearer
    async with client_for(node.app) as laboratory:
        [listed] = (await laboratory.get("/api/v1/points?q=AE_DO1", headers=bearer)).json()["items"]
        told = (await laboratory.get("/api/v1/points/AE_DO1", headers=bearer)).json()

    assert listed["address"] is None
    assert [told[key] for key in ("address", "raw", "quarantined", "test_read")] == [None, None, None, False]
    assert told["limits"] == listed["limits"]


async def test_a_point_is_read_on_demand_and_a_refusal_is_an_answer(
    node: Node, client: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    node.diagnosis.trials = {
        "AE_DO1": Trial("AE_DO1", now_us, 0.02, "4006 6666", 2.1, 192, None),
        "AE_DO2": Trial("AE_DO2", now_us, None, None, None, Quality.COMM_FAILURE, "no answer within 3 s"),
    }

    answers = [(await client.post(f"/api/v1/points/{tag}/test-read")) for tag in ("AE_DO1", "AE_DO2")]
    entered = await client.post("/api/v1/points/LAB_SV30_1/test-read")
    unknown = await client.post("/api/v1/points/AE_D01/test-read")

    assert [answer.json() for answer in answers] == [
        {
            "tag": "AE_DO1",
            "time": "2026-11-21T08:00:00+08:00",
            "latency_s": 0.02,
            "raw": "4006 6666",
            "value": 2.1,
            "quality": {"code": 192, "class": "good", "reason": "good"},
            "error": None,
        },
        {
            "tag": "AE_DO2",
            "time": "2026-11-21T08:00:00+08:00",
            "latency_s": None,
            "raw": None,
            "value": None,
            "quality": {"code": 24, "class": "bad", "reason": "comm_failure"},
            "error": "no answer within 3 s",
        },
    ]
    assert (entered.status_code, entered.json()["code"]) == (409, "not_read_on_demand")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "point_not_found")
