import csv
import io
import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from history.bounds import MAX_WINDOWS
from telemetry.clock import to_us
from telemetry.quality import Quality
from tests.api.node import NOW, Node
from tests.web.console import text_of
from web.pages import trends

NOW_MS = to_us(NOW) // 1000
HOUR = {"from": NOW_MS - 3_600_000, "to": NOW_MS}


async def test_the_page_offers_every_point_that_has_a_trend(operator: httpx.AsyncClient) -> None:
    html = (await operator.get("/trends")).text

    data = re.search(r'id="points">(.*?)</script>', html)
    assert data is not None
    points = json.loads(data[1])
    assert points["AE_DO1"] == {
        "name": "Aerobic DO 1",
        "measure": "mg/L",
        "decimals": 1,
        "holds": 180.0,
        "counter": False,
    }
    assert "BL_B201A_ST" not in points
    assert {tag for tag in points if f'value="{tag}"' not in html} == set()


async def test_limits_are_those_of_the_period_and_not_of_today(operator: httpx.AsyncClient) -> None:
    winter_ms = to_us(datetime(2026, 11, 1, tzinfo=ZoneInfo("Asia/Shanghai"))) // 1000
    period = {"from": winter_ms - 86_400_000, "to": winter_ms + 86_400_000}

    answer = await operator.get("/trends/limits", params={"p": "EFF_AIT_NH3", **period})

    assert answer.headers["content-type"] == "application/json"
    limits = answer.json()["EFF_AIT_NH3"]
    assert [one for one in limits if one[0] == "H"] == [
        ["H", 3.2, None, winter_ms],
        ["H", 4.8, winter_ms, None],
    ]
    assert [one for one in limits if one[0] == "daily"] == [
        ["daily", 4.0, None, winter_ms],
        # Of 6 by the date and 5 (8) by the water's temperature, which is not known of these days.
        ["daily", 5.0, winter_ms, None],
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"p": "NONE", **HOUR},
        {"p": "AE_DO1", "from": NOW_MS, "to": NOW_MS},
        {"p": "AE_DO1", "from": 0, "to": NOW_MS},
    ],
)
async def test_limits_of_no_point_or_no_sound_period_are_refused(
    operator: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await operator.get("/trends/limits", params=query)).status_code == 422


async def test_an_empty_page_says_what_to_do(operator: httpx.AsyncClient) -> None:
    assert "Choose points to see their trend" in text_of((await operator.get("/trends")).text)


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel needs the mark"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_download_is_what_excel_opens(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("AE_DO1", -120, 2.0), ("AE_DO1", -90, 2.2), ("AE_DO1", -60, 2.4), ("INF_FIT101", -60, 812.4))

    answer = await operator.get("/trends.csv", params={"p": "AE_DO1,INF_FIT101", "every": 60, **HOUR})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="fangcheng1_20261121-0700_20261121-0800.csv"'
    )
    assert rows(answer) == [
        ["Time", "aerobic DO 1 (mg/L)", "influent flow (m³/h)"],
        ["", "AE_DO1", "INF_FIT101"],
        ["2026-11-21 07:58:00", "2.10", ""],
        ["2026-11-21 07:59:00", "2.40", "812.4"],
    ]


async def test_the_download_speaks_the_pages_language(node: Node, operator: httpx.AsyncClient) -> None:
    answer = await operator.get(
        "/trends.csv", params={"p": "AE_DO1", **HOUR}, headers={"Accept-Language": "zh-CN"}
    )

    assert rows(answer)[0] == ["时间", "1#好氧池溶解氧 (mg/L)"]


async def test_what_was_bad_is_left_empty(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("AE_DO1", -60, 9.9), quality=Quality.SENSOR_FAILURE)

    answer = await operator.get("/trends.csv", params={"p": "AE_DO1", **HOUR})

    assert rows(answer)[2:] == [["2026-11-21 07:59:00", ""]]


@pytest.mark.parametrize(
    "query",
    [
        {"p": "NONE", **HOUR},
        {
            "p": ",".join(f"AE_DO{n}" for n in range(1, 5)) + ",AE_MLSS1,AE_MLSS2,AE_NH31,AE_NH32,PW_KW",
            **HOUR,
        },
        {"p": "AE_DO1", "from": NOW_MS, "to": NOW_MS - 1},
        {"p": "AE_DO1", "from": 0, "to": NOW_MS, "every": 1},
        {"p": "AE_DO1", "from": (1 << 48) - 1, "to": 1 << 48, "every": 86400},
        {"p": "AE_DO1"},
        {"p": "AE_DO1", "from": "x", "to": "y"},
    ],
)
async def test_a_download_that_makes_no_sense_is_refused(
    operator: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await operator.get("/trends.csv", params=query)

    assert answer.status_code == 422
    assert "That did not work" in text_of(answer.text)


async def test_a_download_too_long_for_the_store_is_refused_in_the_pages_language(
    node: Node, operator: httpx.AsyncClient
) -> None:
    longest = (MAX_WINDOWS - 1) * 60_000
    asked = {"p": "AE_DO1", "every": "60", "to": str(NOW_MS)}

    taken = await operator.get("/trends.csv", params={**asked, "from": str(NOW_MS - longest)})
    refused = await operator.get(
        "/trends.csv",
        params={**asked, "from": str(NOW_MS - longest - 1)},
        headers={"Accept-Language": "zh-CN"},
    )

    assert (taken.status_code, refused.status_code) == (200, 422)
    assert "下载最多 20000 行" in text_of(refused.text)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("出水COD", "出水COD"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
    ],
)
def test_no_name_is_taken_for_a_formula(name: str, written: str) -> None:
    assert trends.cell(name) == written


async def test_days_of_the_download_start_at_the_plants_midnight(
    node: Node, operator: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", -9 * 3600, 1.0), ("AE_DO1", -3600, 2.0))
    times = {"from": NOW_MS - 30 * 3_600_000, "to": NOW_MS}

    answer = await operator.get("/trends.csv", params={"p": "AE_DO1", "every": 86400, **times})

    assert [row[0] for row in rows(answer)[2:]] == ["2026-11-20 00:00:00", "2026-11-21 00:00:00"]
