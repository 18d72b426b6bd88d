"""Latest readings, samples and windows, and everything that is not a sensible question."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.latest import LatestShape
from api.readings import SampleColumns, SampleShape, WindowColumns, WindowShape
from history.month_file import write_month_file
from telemetry.clock import from_us, to_us
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.api.node import NOW, Node, tags_of

GOOD = {"code": 192, "class": "good", "reason": "good"}
TAG = "AE_DO1"


async def _get(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    answer = await client.get("/api/v1/readings", params={"point": TAG, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _all(client: httpx.AsyncClient, **parameters: Any) -> tuple[list[dict[str, Any]], int]:
    items: list[dict[str, Any]] = []
    pages, cursor = 0, None
    while pages == 0 or cursor is not None:
        page = await _get(client, **parameters, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        pages, cursor = pages + 1, page["next"]
    return items, pages


def _local(seconds: float) -> str:
    return from_us(to_us(NOW) + round(seconds * 1e6)).astimezone(NOW.tzinfo).isoformat()


async def test_before_the_first_reading_every_point_waits(node: Node, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/readings/latest")

    items = answer.json()["items"]
    assert tags_of(items) == [point.tag for point in node.folder.plant.points]
    assert items[0] == {
        "tag": items[0]["tag"],
        "value": None,
        "time": None,
        "quality": {"code": 32, "class": "bad", "reason": "waiting"},
        "stale": False,
    }


async def test_the_latest_reading_has_its_time_quality_and_age(node: Node, client: httpx.AsyncClient) -> None:
    node.read(("AE_DO1", -1, 2.25))
    node.read(("AE_DO2", -600, 1.5))
    node.read(("AE_DO3", 0, float("nan")), quality=Quality.COMM_FAILURE)

    answer = await client.get("/api/v1/readings/latest?tag=AE_DO3&tag=AE_DO1&tag=AE_DO2&tag=AE_DO1")

    assert answer.json() == {
        "items": [
            {
                "tag": "AE_DO3",
                "value": None,
                "time": "2026-11-21T08:00:00+08:00",
                "quality": {"code": 24, "class": "bad", "reason": "comm_failure"},
                "stale": False,
            },
            {"tag": "AE_DO1", "value": 2.25, "time": _local(-1), "quality": GOOD, "stale": False},
            {"tag": "AE_DO2", "value": 1.5, "time": _local(-600), "quality": GOOD, "stale": True},
        ],
        "next": None,
    }
    for item in answer.json()["items"]:
        LatestShape.model_validate(item)


async def test_the_latest_of_a_unit(node: Node, client: httpx.AsyncClient) -> None:
    unit = node.folder.plant.point_by_tag[TAG].unit

    answer = await client.get("/api/v1/readings/latest", params={"unit": unit})

    assert tags_of(answer.json()["items"]) == [p.tag for p in node.folder.plant.points if p.unit == unit]


async def test_samples_come_as_they_were_stored(node: Node, client: httpx.AsyncClient) -> None:
    node.read((TAG, -30.5, 2.0), (TAG, -20, float("nan")))
    node.read((TAG, -10, 9.0), quality=Quality.RANGE_EXCEEDED)

    items = await _get(client)
    columns = await _get(client, shape="columns")

    assert items == {
        "items": [
            {"time": _local(-30.5), "value": 2.0, "quality": GOOD},
            {"time": _local(-20), "value": None, "quality": GOOD},
            {
                "time": _local(-10),
                "value": 9.0,
                "quality": {"code": 84, "class": "uncertain", "reason": "range_exceeded"},
            },
        ],
        "next": None,
    }
    now_ms = to_us(NOW) // 1000
    assert columns == {
        "times": [now_ms - 30500, now_ms - 20000, now_ms - 10000],
        "values": [2.0, None, 9.0],
        "quality": [192, 192, 84],
        "next": None,
    }
    for item in items["items"]:
        SampleShape.model_validate(item)
    SampleColumns.model_validate(columns)


async def test_windows_are_figures_of_what_is_not_bad(node: Node, client: httpx.AsyncClient) -> None:
    node.read((TAG, -120, 1.0), (TAG, -90, 3.0), (TAG, -60, 5.0))
    node.read((TAG, -50, 100.0), quality=Quality.SENSOR_FAILURE)

    mean = await _get(client, every="1min")
    highest = await _get(client, every="60s", aggregate="max", shape="columns")

    assert mean == {
        "items": [
            {"time": _local(-120), "value": 2.0, "good": 1.0},
            {"time": _local(-60), "value": 5.0, "good": 1 / 6},
        ],
        "next": None,
    }
    now_ms = to_us(NOW) // 1000
    assert highest == {
        "times": [now_ms - 120_000, now_ms - 60_000],
        "values": [3.0, 5.0],
        "good": [1.0, 1 / 6],
        "next": None,
    }
    for item in mean["items"]:
        WindowShape.model_validate(item)
    WindowColumns.model_validate(highest)


@pytest.mark.parametrize("limit", [1, 100])
async def test_days_start_at_the_plants_midnight(node: Node, client: httpx.AsyncClient, limit: int) -> None:
    hour = 3600.0
    node.read((TAG, -33 * hour, 1.0), (TAG, -32 * hour, 2.0), (TAG, -9 * hour, 3.0), (TAG, -8 * hour, 4.0))

    parameters = {"from": _local(-80 * hour), "every": "1d", "aggregate": "max", "limit": limit}
    items, _ = await _all(client, **parameters)

    assert [(item["time"], item["value"]) for item in items] == [
        ("2026-11-19T00:00:00+08:00", 1.0),
        ("2026-11-20T00:00:00+08:00", 3.0),
        ("2026-11-21T00:00:00+08:00", 4.0),
    ]


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_samples_join_without_a_seam(
    node: Node, client: httpx.AsyncClient, limit: int
) -> None:
    node.read(*((TAG, -n * 10, float(n)) for n in range(20, 0, -1)))
    whole = await _get(client)

    items, pages = await _all(client, limit=limit)

    assert items == whole["items"]
    assert len(items) == 20
    assert pages == -(-20 // limit)


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_windows_join_without_a_seam(
    node: Node, client: httpx.AsyncClient, limit: int
) -> None:
    node.read(*((TAG, -n * 25 - 3, float(n)) for n in range(40, 0, -1)))
    parameters = {"from": _local(-1111), "to": _local(-7), "every": "60s"}
    whole = await _get(client, **parameters)

    items, _ = await _all(client, limit=limit, **parameters)

    assert items == whole["items"]
    assert len(items) == 17


async def test_years_without_a_sample_are_one_step(node: Node, client: httpx.AsyncClient) -> None:
    node.read((TAG, -86400 * 700, 1.0), (TAG, -86400 * 2, 2.0))

    items, pages = await _all(
        client, **{"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "every": "1min"}
    )

    assert [item["value"] for item in items] == [1.0, 2.0]
    assert pages <= 4


async def test_no_page_looks_at_more_than_a_year_or_so(node: Node, client: httpx.AsyncClient) -> None:
    node.read((TAG, -86400 * 700, 1.0), (TAG, -86400 * 2, 2.0))

    page = await _get(
        client, **{"from": _local(-86400 * 701), "every": "31d", "aggregate": "count", "limit": 20000}
    )

    assert [item["value"] for item in page["items"]] == [1.0]
    assert page["next"] is not None


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T07:59:00+08:00",
        "2026-11-21T07:59:00 08:00",
        "2026-11-20T23:59:00Z",
        "2026-11-20 23:59:00.000000z",
        "2026-11-20t18:59:00-05:00",
    ],
)
async def test_a_time_may_be_written_in_every_way_of_the_standard(
    node: Node, client: httpx.AsyncClient, written: str
) -> None:
    node.read((TAG, -90, 1.0), (TAG, -60, 2.0))

    page = await _get(client, **{"from": written})

    assert [item["value"] for item in page["items"]] == [2.0]


@pytest.mark.parametrize(
    ("parameters", "where", "what"),
    [
        ({"from": "2026-11-21T08:00:00"}, "query.from", "no UTC offset; write 2026-11-21T08:00:00+08:00"),
        ({"from": "yesterday"}, "query.from", "not a time"),
        ({"from": "1780000000"}, "query.from", "not a time"),
        ({"from": "2026-02-30T00:00:00Z"}, "query.from", "no such time"),
        ({"from": "2026-11-21T08:00:60Z"}, "query.from", "no such time"),
        ({"from": "2026-11-21T08:00:00+99:00"}, "query.from", "no such time"),
        ({"from": "1066-10-14T08:00:00Z"}, "query.from", "the year"),
        ({"to": "9999-12-31T23:59:59-12:00"}, "query.to", "the year"),
        ({"to": "２０２６-11-21T08:00:00Z"}, "query.to", "not a time"),
        ({"from": "2026-11-21T08:00:00+08:00"}, "query.from", "before now"),
        (
            {"from": "2026-11-21T07:00:00+08:00", "to": "2026-11-21T06:00:00+08:00"},
            "query.from",
            "before `to`",
        ),
        ({"every": "60"}, "query.every", "not a duration; write 60s"),
        ({"every": "0s"}, "query.every", "1s to 31d"),
        ({"every": "500ms"}, "query.every", "1s to 31d"),
        ({"every": "32d"}, "query.every", "1s to 31d"),
        ({"every": "9999999999999999999d"}, "query.every", "not a duration"),
        ({"every": "1e5s"}, "query.every", "not a duration"),
        ({"every": "infs"}, "query.every", "not a duration"),
        ({"every": "-60s"}, "query.every", "not a duration"),
        ({"every": "60s", "aggregate": "median"}, "query.aggregate", "mean"),
        ({"aggregate": "max"}, "query.aggregate", "means nothing without `every`"),
        ({"shape": "table"}, "query.shape", "items"),
        ({"limit": "20001"}, "query.limit", "20000"),
        ({"limit": "-1"}, "query.limit", "1"),
        ({"point": ""}, "query.point", "1 character"),
        ({"point": "x" * 65}, "query.point", "64"),
        ({"cursor": "WyJyZWFkaW5ncyIsMV0"}, "query.cursor", "outside `from` and `to`"),
        ({"cursor": "WyJyZWFkaW5ncyIsdHJ1ZV0"}, "query.cursor", "not a cursor"),
        ({"cursor": "WyJyZWFkaW5ncyIsMWU0MDBd"}, "query.cursor", "not a cursor"),
        ({"until": "2026-11-21T08:00:00Z"}, "query.until", "unknown"),
    ],
)
async def test_a_question_without_sense_is_refused_with_a_hint(
    client: httpx.AsyncClient, parameters: dict[str, str], where: str, what: str
) -> None:
    answer = await client.get("/api/v1/readings", params={"point": TAG} | parameters)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    [error] = answer.json()["errors"]
    assert error["where"] == where
    assert what in error["what"]


@pytest.mark.parametrize(
    ("path", "tag", "hint"),
    [
        ("/api/v1/readings?point={}", "AE_D01", "AE_DO1"),
        ("/api/v1/readings?point={}", "ae_do1", "AE_DO1"),
        ("/api/v1/readings/latest?tag={}", "AE_DO11", "AE_DO1"),
        ("/api/v1/readings/latest?tag=AE_DO1&tag={}", "zzz", "/api/v1/points"),
        ("/api/v1/alarms/journal?tag={}", "AE_DO11", "AE_DO1"),
    ],
)
async def test_an_unknown_point_is_not_found_and_a_near_one_named(
    client: httpx.AsyncClient, path: str, tag: str, hint: str
) -> None:
    answer = await client.get(path.format(tag))

    assert (answer.status_code, answer.json()["code"]) == (404, "point_not_found")
    assert hint in answer.json()["detail"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
times = st.one_of(
    texts,
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+ -][0-9]{2}:[0-9]{2})",
        fullmatch=True,
    ),
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "point": st.one_of(texts, st.just(TAG)),
        "from": times,
        "to": times,
        "every": st.one_of(texts, st.from_regex(r"[0-9]{1,9}(ms|s|min|h|d)", fullmatch=True)),
        "aggregate": st.one_of(texts, st.sampled_from(["mean", "min", "max", "first", "last", "count"])),
        "shape": st.one_of(texts, st.sampled_from(["items", "columns"])),
        "cursor": st.one_of(texts, st.from_regex(r"[A-Za-z0-9_-]{1,80}", fullmatch=True)),
        "limit": st.one_of(texts, st.integers().map(str)),
        "tag": texts,
    },
)


@pytest.mark.timeout(120)
@given(st.lists(questions, min_size=5, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_question_is_a_fault_of_the_node(
    client: httpx.AsyncClient, asked: list[dict[str, str]]
) -> None:
    for parameters in asked:
        for path in ("readings", "readings/latest", "points", "alarms", "alarms/journal"):
            answer = await client.get(f"/api/v1/{path}", params=parameters)

            assert answer.status_code in (200, 404, 422), (path, parameters, answer.text)
            json.loads(answer.content)


async def test_what_was_not_measured_is_named_beside_the_readings(
    node: Node, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    day_us = 86_400_000_000
    until_us = to_us(NOW) - 3600 * 1_000_000
    day = until_us // day_us * day_us
    times_us = np.arange(day, until_us, 60_000_000)
    write_month_file(SampleBatch.of(1, times_us, 2.0, 192), tmp_path / "day")
    node.history.adopt(tmp_path / "day", "process", day, day + day_us, "simulated", 1)
    node.read((TAG, -1, 2.25))

    raw = await _get(client, **{"from": _local(-7200), "to": _local(0)})
    columns = await _get(
        client, **{"from": _local(-7200), "to": _local(0), "every": "60s", "shape": "columns"}
    )
    measured = await _get(client, **{"from": _local(-600), "to": _local(0)})

    end = from_us(int(times_us[-1]) + 1).astimezone(NOW.tzinfo).isoformat()
    assert raw["origins"] == [{"from": _local(-7200), "to": end, "origin": "simulated"}]
    assert columns["origins"] == raw["origins"]
    assert "origins" not in measured
