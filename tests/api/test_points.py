"""The list of points."""

import math
from typing import Any

import httpx
import pytest

from api.points import PointShape
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
