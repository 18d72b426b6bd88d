"""Connections and points in a browser: sound at both sizes, fresh by themselves, usable by keyboard."""

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from starlette.types import ASGIApp

from collectors.figures import ChannelFigures, Quarantined, Raw, Trial
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from tests.api.node import Node, connection
from tests.api.test_connections import keep
from tests.web.chromium import Served, chromium, cookie_of, needs_chromium, served, window

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]

PAGES = ("/connections", "/connections/PLC2", "/connections/MQTT", "/points", "/points?quality=bad")
POINTS = ("/points/AE_DO1", "/points/BL_B201A_ST", "/points/LAB_SV30_1")


@pytest.fixture
async def console_served(console: ASGIApp) -> AsyncIterator[Served]:
    async with served(console) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def cookie(accounts: Accounts) -> str:
    return await cookie_of(accounts, Role.ENGINEER)


def connect(node: Node) -> None:
    """A lost device that refuses points, and a broker with a silent station."""
    now_us = node.clock.now_us()
    refused = [
        Quarantined(f"AE_DO{n}", "illegal data address", now_us - 60 * US_PER_S, now_us + 240 * US_PER_S)
        for n in range(1, 5)
    ]
    error = "no connection to 192.168.10.12:502 within 3 s"
    lost = replace(
        connection(now_us - 5000 * US_PER_S),
        name="PLC2",
        state=LinkState.DOWN,
        last_error=error,
        quarantined=tuple(refused),
        attributes={"serial_number": "A1-2207"},
    )
    silent = ChannelFigures("MQTT.LS2", LinkState.DOWN, now_us, "nothing usable on fc/LS2 for 3 min")
    broker = replace(
        connection(now_us), name="MQTT", kind="mqtt", latency_s=None, channels=(silent,), silent_topics=1
    )
    node.connections[:] = [connection(now_us), lost, broker]


def fail_outages(node: Node) -> None:
    for ago_s in (300_000, 90_000, 7200):
        keep(node, "PLC2", ago_s, 600, 1200)
    keep(node, "PLC2", 60, None)


def fill(node: Node) -> None:
    for tag, value in {"AE_DO1": 2.1, "AE_DO2": 1.9, "EFF_AIT_NH3": 5.4, "BL_B201A_ST": 0b1101}.items():
        node.read(*((tag, -s, value * (1 + 0.03 * math.sin(s / 300))) for s in range(3600, -1, -60)))
        node.diagnosis.raws[tag] = Raw(node.clock.now_us(), "4006 6666")
    node.read(("AE_DO3", 0, math.nan), quality=Quality.COMM_FAILURE)
    node.diagnosis.trials["AE_DO1"] = Trial("AE_DO1", node.clock.now_us(), 0.02, "4006 6666", 2.1, 192, None)


async def _fails(*_: Any, **__: Any) -> None:
    raise StoreError("readings.duckdb: not read")


def _fails_at_once(*_: Any, **__: Any) -> None:
    raise StoreError("node.sqlite: not read")


@pytest.mark.parametrize("size", ["wall", "phone"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_both_pages_are_sound_with_data_without_and_when_the_stores_fail(
    node: Node,
    console_served: Served,
    browser: Browser,
    cookie: str,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    size: str,
) -> None:
    connect(node)
    faults: list[str] = []
    for state in ("empty", "data", "failing"):
        if state == "data":
            fail_outages(node)
            fill(node)
        if state == "failing":
            monkeypatch.setattr(type(node.history), "windows", _fails)
            monkeypatch.setattr(type(node.entries), "listed", _fails)
            monkeypatch.setattr(type(node.outages), "page", _fails_at_once)
        async with window(browser, console_served.address, cookie, size=size, language=language) as shown:
            for address in (*PAGES, *POINTS):
                await shown.page.goto(address)
                await shown.live()
                await shown.page.wait_for_load_state("load")
                await shown.page.wait_for_timeout(200)
                for theme in ("light", "dark"):
                    await shown.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                    wrong = await shown.audit(phone=size == "phone", wall=False)
                    faults += [f"{state} {address} {theme}: {fault}" for fault in wrong]
            faults += [
                f"{state}: {said}"
                for said in shown.complaints
                if not (state == "failing" and said.startswith("Failed to load resource"))
            ]

    assert faults == []


async def test_values_qualities_and_ages_follow_and_trends_in_sight_are_drawn(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    asked: list[str] = []
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        page.on("request", lambda request: asked.append(request.url))
        await page.goto("/points")
        await shown.live()
        row = page.locator("tr", has=page.locator("#to-AE_DO1"))
        await row.scroll_into_view_if_needed()
        await expect(row.locator(".v")).to_have_text("2.1")
        await expect(row.locator("svg path.line")).to_have_count(1)

        node.read(("AE_DO1", 0, math.nan), quality=Quality.SENSOR_FAILURE)
        await expect(row.locator("[data-quality]")).to_have_text("sensor failure")
        await expect(row.locator(".v")).to_have_text("––")
        spark = await row.locator("[data-spark]").element_handle()
        assert spark is not None
        await page.wait_for_event("requestfinished", lambda request: "/points/list" in request.url)
        await expect(row.locator("svg path.line")).to_have_count(1)

        # Fresh from the node, the list keeps the trend it has drawn.
        assert await spark.evaluate("(box) => box.isConnected")
        charted = sum(point.kind.value in ("AI", "TOT") for point in node.folder.plant.points[:100])
        assert 0 < len([url for url in asked if "/api/v1/readings?" in url]) < charted
        assert shown.complaints == []


async def test_a_bad_sensor_is_found_and_read_with_the_keyboard_alone(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/points")
        await page.get_by_label("Point", exact=True).focus()
        await page.keyboard.type("AE_DO1")
        await page.keyboard.press("Enter")
        await expect(page.locator(".points tbody tr")).to_have_count(1)
        await page.locator("#to-AE_DO1").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_contain_text("AE_DO1")
        await page.get_by_role("button", name="Read it now").focus()
        await page.keyboard.press("Enter")

        await expect(page.locator("#trial")).to_contain_text("4006 6666")
        await expect(page.locator("#trial")).to_have_attribute("role", "status")
        assert shown.complaints == []


async def test_a_connection_is_opened_and_its_refused_point_leads_on(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    connect(node)
    fail_outages(node)
    async with window(browser, console_served.address, cookie, size="phone") as shown:
        page = shown.page
        await page.goto("/connections")
        await page.locator("#to-PLC2").tap()
        await expect(page.locator("#connection-now")).to_contain_text("寄存器地址不存在")
        await expect(page.locator(".outage-strip .outage")).to_have_count(6)
        await page.locator("#refused-AE_DO1").tap()
        await expect(page.locator("#point-now")).to_contain_text("设备拒绝读取")
        assert shown.complaints == []
