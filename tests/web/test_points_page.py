"""The points page: what is measured where, raw and in its unit, and whether it can be believed."""

import math
import re
from dataclasses import replace

import httpx
import pytest
from starlette.types import ASGIApp

from collectors.figures import Quarantined, Raw, Trial
from history.marks import MarkKind
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError, TooMany
from telemetry.people import Actor
from telemetry.quality import Quality
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.api.test_connections import keep
from tests.web.console import browser, text_of


def shown_tags(html: str) -> list[str]:
    return re.findall(r'<a href="/points/([^"/?]+)" id="to-', html)


def refuse(node: Node, tag: str, reason: str = "illegal data address") -> None:
    now_us = node.clock.now_us()
    refused = Quarantined(tag, reason, now_us - 60 * US_PER_S, now_us + 90 * US_PER_S)
    node.connections[:] = [replace(node.connections[0], quarantined=(refused,))]


async def test_a_point_is_listed_with_all_that_says_whether_it_can_be_believed(
    node: Node, operator: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", -3, 2.13))
    node.diagnosis.raws["AE_DO1"] = Raw(node.clock.now_us(), "4008 51EC")
    refuse(node, "AE_DO1")

    page = (await operator.get("/points", params={"q": "AE_DO1"})).text

    point = node.folder.plant.point_by_tag["AE_DO1"]
    said = text_of(page)
    assert "1 point" in said
    assert f"AE_DO1 {point.source} FC03" in said
    assert "4008 51EC 2.1 mg/L good refused: illegal data address 3 s" in said
    assert "L 1.0 H 4.0" in said
    assert 'data-spark="AE_DO1"' in page


async def test_all_that_have_no_valid_value_are_found_at_once_without_what_nobody_entered(
    node: Node, operator: httpx.AsyncClient
) -> None:
    measured = [p.tag for p in node.folder.plant.points if p.connection and not p.is_own]
    own = [p.tag for p in node.folder.plant.points if p.is_own]
    node.read(*((tag, -1, 1.0) for tag in (*measured, *own)))
    node.read(("AE_DO1", 0, math.nan), quality=Quality.COMM_FAILURE)
    node.read(("AE_DO2", 0, 21.0), quality=Quality.RANGE_EXCEEDED)

    found = {
        quality: shown_tags((await operator.get("/points", params={"quality": quality})).text)
        for quality in ("bad", "uncertain")
    }
    node.read(("AE_DO1", 0, 2.0))
    well = text_of((await operator.get("/points/list?quality=bad")).text)

    assert found == {"bad": ["AE_DO1"], "uncertain": ["AE_DO2"]}
    assert "Every measured point has a valid value" in well


async def test_points_are_found_by_words_unit_and_connection_page_by_page(
    node: Node, operator: httpx.AsyncClient
) -> None:
    plant = node.folder.plant
    over = [point.tag for point in plant.points if point.connection == "PLC2"]

    by_word = shown_tags((await operator.get("/points", params={"q": "溶解氧 ae_do"})).text)
    of_unit = shown_tags((await operator.get("/points", params={"unit": "effluent"})).text)
    of_both = (await operator.get("/points", params={"connection": "PLC2", "q": "nothing such"})).text
    pages, address = [], "/points?connection=PLC2"
    while address:
        page = (await operator.get(address)).text
        pages.append(shown_tags(page))
        following = re.search(r'<p class="more"><a class="secondary" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""

    assert by_word == ["AE_DO1", "AE_DO2", "AE_DO3", "AE_DO4"]
    assert {plant.point_by_tag[tag].unit for tag in of_unit} == {"effluent"}
    assert "No point fits" in text_of(of_both)
    assert [tag for page in pages for tag in page] == over


async def test_one_point_is_shown_with_its_limits_marks_and_outages(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    node.read(*(("AE_DO1", -s, 2.1) for s in range(3600, -1, -60)))
    principal = await node.accounts.authenticate("engineer", "demo", "192.0.2.99")
    actor = Actor(principal.account_id, principal.name)
    await node.entries.mark(
        "AE_DO1", now_us - 1800 * US_PER_S, now_us - 900 * US_PER_S, MarkKind.MAINTENANCE, "换膜", actor
    )
    channel = node.folder.plant.point_by_tag["AE_DO1"].channel
    keep(node, str(channel), 7200, 90)
    refuse(node, "AE_DO1")

    said = text_of((await operator.get("/points/AE_DO1")).text)

    assert "The device refuses it: illegal data address since 07:59 · next try 08:01:30" in said
    assert "compare offset, type and function code with its manual" in said
    assert "marked · under maintenance 07:30 – 07:45 engineer · 08:00 · 换膜" in said
    assert f"Outages of {channel} in 7 days 06:00:00 1 min 30 s no answer within 3 s" in said
    assert "Test read" not in said


async def test_a_status_word_is_told_bit_by_bit(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("BL_B201A_ST", 0, 0b0101))

    said = text_of((await operator.get("/points/BL_B201A_ST/now")).text)

    bits = node.folder.plant.point_by_tag["BL_B201A_ST"].bits
    assert said.count("●") == 2
    assert said.count("○") == len(bits) - 2
    assert "Due every 0.5 s" in said
    assert "Range" not in said


async def test_a_test_read_says_what_came_or_what_to_do(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_us = node.clock.now_us()
    silence = "no answer within 3 s"
    node.diagnosis.trials = {
        "AE_DO1": Trial("AE_DO1", now_us, 0.0234, "4006 6666", 2.1, 192, None),
        "AE_DO2": Trial("AE_DO2", now_us, None, None, None, Quality.COMM_FAILURE, silence),
    }

    async def read(tag: str, **parameters: str) -> str:
        return text_of((await operator.post(f"/points/{tag}/test-read", params=parameters)).text)

    said = [await read(tag) for tag in ("AE_DO1", "AE_DO2", "LAB_SV30_1")]
    chinese = await read("AE_DO2", lang="zh_CN")

    async def busy(tag: str) -> Trial:
        raise TooMany("test_reads_busy", "too many", 2)

    monkeypatch.setattr(node.diagnosis, "try_point", busy)
    too_many = await read("AE_DO1", lang="en")

    assert said[0] == "Value 2.1 mg/L Raw 4006 6666 Quality good Answer time 23 ms 08:00:00"
    assert said[1].startswith("no answer within 3 s 08:00:00 Check power, cable and network of the device")
    assert said[2] == "No device can be asked for this point."
    assert chinese.startswith("3 s 内无应答 08:00:00 先查设备电源")
    assert too_many == "Too many points are being read at this moment: try again."
    assert "Test read" in text_of((await operator.get("/points/AE_DO1")).text)


async def test_what_cannot_be_read_of_a_point_leaves_the_rest(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> list[object]:
        raise StoreError("readings.duckdb: not read")

    def fails_too(*_: object) -> list[object]:
        raise StoreError("node.sqlite: not read")

    node.read(("AE_DO1", -3, 2.1))
    monkeypatch.setattr(node.entries, "listed", fails)
    monkeypatch.setattr(node.outages, "page", fails_too)

    answer = await operator.get("/points/AE_DO1")

    assert answer.status_code == 200
    assert "2.1 mg/L good" in text_of(answer.text)
    assert "Marks could not be read." in answer.text
    assert "Outages could not be read." in answer.text


async def test_a_point_that_is_not_there_is_said_to_be_so(operator: httpx.AsyncClient) -> None:
    answers = [await operator.get("/points/NO_SUCH"), await operator.get("/points/NO_SUCH/now")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_those_who_only_see_values_do_not_see_where_they_come_from(
    console: ASGIApp, accounts: Accounts
) -> None:
    async with browser(console, await signed_in(accounts, Role.CONTRACTOR)) as contractor:
        answers = [await contractor.get(path) for path in ("/points", "/points/list", "/points/AE_DO1")]
        answers.append(await contractor.post("/points/AE_DO1/test-read"))
        wall = await contractor.get("/wall")

    assert [answer.status_code for answer in answers] == [403] * 4
    assert 'href="/points"' not in wall.text
