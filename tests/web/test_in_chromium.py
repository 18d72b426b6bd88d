"""The pages as people see them: in a browser, in both languages, large and small, by day and by night."""

import json
import math
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect
from starlette.types import ASGIApp

from alarms.states import AlarmState
from history.marks import MarkKind
from history.targets import DeadLetter, TargetState
from operations.access import Role
from operations.accounts import Accounts
from operations.logbook.feed import LogbookFeed
from operations.logbook.records import LogKind, NewEntry
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError
from telemetry.people import Actor
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from tests.api.conftest import signed_in
from tests.api.node import Node, connection, influx
from tests.operations.logbook.images import photo
from tests.web.chromium import Served, chromium, cookie_of, needs_chromium, served, window
from tests.web.console import tripped
from web import formats
from web.language import Language

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]

WITH_TRENDS = "/trends?p=AE_DO1,EFF_AIT_NH3,INF_FIT101&range=1h"


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
    return await cookie_of(accounts, Role.OPERATOR)


def fill(node: Node) -> None:
    """An hour of readings, some of them bad, and a plant that is not quite well."""
    for tag, value in {
        "AE_DO1": 2.1, "AE_DO2": 1.9, "INF_FIT101": 812.0, "PS_LIT101": 3.1, "PW_KW": 236.0,
        "EFF_AIT_COD": 18.4, "EFF_AIT_NH3": 5.4, "EFF_AIT_TN": 9.62, "EFF_AIT_TP": 0.21,
        "EFF_AIT_SS": 5.6, "EFF_AIT_PH": 7.12, "BL_B201A_ST": 0b1101, "BL_B201C_ST": 0b0101,
        "EFF_ANA_COD_ST": 0b1, "EFF_ANA_TP_ST": 0b10_0000,
    }.items():  # fmt: skip
        node.read(*((tag, -s, value * (1 + 0.03 * math.sin(s / 300))) for s in range(3600, -1, -60)))
    node.read(*(("AE_DO1", -s, math.nan) for s in range(1830, 1200, -60)), quality=Quality.COMM_FAILURE)
    node.read(("EFF_AIT_TP", 0, math.nan), quality=Quality.OUT_OF_SERVICE)


def connect(node: Node) -> None:
    """A lost device, and an InfluxDB that is behind and refused something."""
    now_us = node.clock.now_us()
    error = "[Errno 113] connect to 192.168.10.12:502: no route to host"
    lost = replace(connection(now_us - 5000 * US_PER_S), name="PLC2", state=LinkState.DOWN, last_error=error)
    broker = replace(lost, name="MQTT", kind="mqtt", latency_s=None, state=LinkState.UP, last_error=None)
    node.connections.extend([lost, broker])
    reason = 'partial write: field type conflict: input field "value" on measurement "aerobic" is type float'
    line = "aerobic,plant=fangcheng1,point=AE_DO1,unit=mg/L value=2.1,quality=192i 1780000000000000"
    node.targets["influxdb"] = influx(
        state=TargetState.BEHIND, lag_s=5400.0, queued_rows=123_456, lost_rows=60_000, last_error=reason
    )
    node.targets["influxdb"].letters = [DeadLetter(9, "AE_DO1", now_us, line, reason, now_us)] * 5


async def enter(node: Node) -> None:
    """A reading that was corrected, one that was voided, and a marked span."""
    actor, now_us = await _operator(node), node.clock.now_us()
    for tag, value in (("LAB_SV30_1", 28.5), ("LAB_MLSS_1", 3250.0)):
        await node.entries.enter(tag, now_us - 90_000 * US_PER_S, value, actor)
    await node.entries.correct("LAB_SV30_1", now_us - 90_000 * US_PER_S, 27.0, "笔误，量筒读错一格", actor)
    await node.entries.correct("LAB_MLSS_1", now_us - 90_000 * US_PER_S, None, "wrong tank", actor)
    span = (now_us - 3600 * US_PER_S, now_us - 1800 * US_PER_S)
    await node.entries.mark("EFF_AIT_COD", *span, MarkKind.CALIBRATION, "标液校准", actor)


async def log(node: Node) -> None:
    """An entry with a photo, amended and added to, late; one of an alarm; one with values."""
    actor, now_us = await _operator(node), node.clock.now_us()
    new = NewEntry(
        uuid4(), LogKind.EQUIPMENT, "2#鼓风机异响", now_us - 7200 * US_PER_S, equipment=("BL_B201B",)
    )
    entry = await node.logbook.write(new, actor)
    await node.logbook.add_photo(entry.id, photo(), actor)
    await node.logbook.amend(entry.id, "2#鼓风机轴承异响", "补全", actor)
    await node.logbook.follow_up(entry.id, uuid4(), "已切换至3#", actor)
    values = (("LAB_SV30_2", 31.0),)
    await node.logbook.write(NewEntry(uuid4(), LogKind.SAMPLING, "", now_us, values=values), actor)
    await LogbookFeed(node.alarms, node.logbook, node.clock).follow()


@pytest.mark.parametrize("size", ["wall", "phone"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_every_page_is_sound_with_data_without_and_when_the_store_fails(
    node: Node,
    console_served: Served,
    browser: Browser,
    cookie: str,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    size: str,
) -> None:
    faults: list[str] = []
    for state in ("empty", "data", "failing"):
        if state == "data":
            fill(node)
            connect(node)
            await enter(node)
            alarm_id = await tripped(node)
            await log(node)
        if state == "failing":
            monkeypatch.setattr(type(node.history), "windows", _fails)
            monkeypatch.setattr(type(node.entries), "listed", _fails)
        pages = ["/wall", WITH_TRENDS, "/trends", "/alarms", "/alarms/journal", "/connections", "/entries"]
        pages += ["/log"]
        pages += [f"/alarms/{alarm_id}"] if state != "empty" else []
        async with window(browser, console_served.address, cookie, size=size, language=language) as shown:
            for address in pages:
                await shown.page.goto(address)
                if (state, address) != ("failing", "/entries"):
                    await shown.live()
                await shown.page.wait_for_load_state("load")
                await shown.page.wait_for_timeout(300)
                for theme in ("light", "dark"):
                    await shown.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                    wrong = await shown.audit(phone=size == "phone", wall=address == "/wall")
                    faults += [f"{state} {address} {theme}: {fault}" for fault in wrong]
            # A browser itself reports answers that say the store cannot be read.
            faults += [
                f"{state}: {said}"
                for said in shown.complaints
                if not (state == "failing" and said.startswith("Failed to load resource"))
            ]

    assert faults == []


async def _fails(*_: Any, **__: Any) -> None:
    raise StoreError("readings.duckdb: not read")


@pytest.mark.parametrize("size", ["wall", "phone"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_the_sign_in_page_is_sound_and_lets_people_in(
    console_served: Served, browser: Browser, language: str, size: str
) -> None:
    async with window(browser, console_served.address, None, size=size, language=language) as shown:
        page = shown.page
        await page.goto("/alarms")
        faults = await shown.audit(phone=size == "phone", wall=False)
        await page.fill("#name", "operator")
        await page.fill("#password", "wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.emulate_media(color_scheme="dark")
        faults += await shown.audit(phone=size == "phone", wall=False)
        await page.fill("#password", "demo")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/alarms")

        assert faults == []
        assert [said for said in shown.complaints if "403" not in said] == []


async def test_the_wall_follows_the_plant_without_being_touched(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/wall")
        await shown.live()

        node.read(("EFF_AIT_COD", 0, 80.2), ("EFF_AIT_NH3", 0, 1.2), ("EFF_AIT_TP", 0, 0.2))
        cod = page.locator('[data-tile="EFF_AIT_COD"]')
        await expect(cod.locator(".v")).to_have_text("80.2")
        await expect(cod.locator("[data-mark]")).to_have_text("exceeded")
        await expect(page.locator("[data-worst]")).to_have_text("above single-sample limit")

        await tripped(node)
        await expect(page.locator("#alarm-band")).to_contain_text("Blower 2 fault")
        await expect(page.locator('[data-machine="BL_B201B"]')).to_have_class("machine is-fault")
        await expect(page.locator('[data-machine="BL_B201B"]')).to_have_attribute("data-alarm", "high")
        await expect(page.locator("[data-unacknowledged]").first).to_have_text(str(len(node.alarms.active())))

        actor = await _operator(node)
        for alarm in node.alarms.active():
            if alarm.state is AlarmState.UNACKNOWLEDGED:
                await node.alarms.acknowledge(alarm.id, actor, "seen")
        await expect(page.locator("#alarm-band")).to_be_hidden()
        assert shown.complaints == []


async def test_a_browser_that_keeps_the_wall_silent_is_told_of_and_made_to_sound(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, language="en") as shown:
        await shown.page.goto("/wall")
        button = shown.page.locator("[data-sound]")
        await expect(button).to_have_text("Tap here for sound")

        await button.click()
        await expect(button).to_have_text("")
        await expect(button).to_have_attribute("title", "Turn sound off")
        await button.click()
        await expect(button).to_have_text("Sound is off")


async def test_what_changes_is_said_to_who_listens(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, language="en") as shown:
        await shown.page.goto("/wall")
        await shown.live()

        await tripped(node)

        said = shown.page.locator('[aria-live="polite"][data-announce]')
        await expect(said).to_have_text("1 alarm, 1 unacknowledged: Blower 2 fault")
        await expect(shown.page).to_have_title("(1) Wall · Fangcheng Plant 1")


async def _operator(node: Node) -> Actor:
    principal = await node.accounts.authenticate("operator", "demo", "192.0.2.99")
    return Actor(principal.account_id, principal.name)


async def test_a_lost_line_is_said_across_the_picture_and_the_wall_recovers_by_itself(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie) as shown:
        page = shown.page
        await page.goto("/wall")
        await shown.live()

        await console_served.stop()
        lost = page.locator("[data-lost]")
        await expect(lost).to_have_text(re.compile(r"^数据连接中断 \d+ 秒$"), timeout=15_000)
        struck = await page.locator('[data-tile="EFF_AIT_COD"] .v').evaluate(
            "(value) => getComputedStyle(value).textDecorationLine"
        )

        node.read(("EFF_AIT_COD", 0, 21.7))
        await console_served.start()
        await expect(lost).to_be_hidden(timeout=30_000)
        await expect(page.locator('[data-tile="EFF_AIT_COD"] .v')).to_have_text("21.7")

        assert struck == "line-through"
        assert [said for said in shown.complaints if "net::" not in said] == []


async def test_a_sign_in_that_ended_is_said_with_the_way_back(
    node: Node, accounts: Accounts, console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/wall")
        await shown.live()

        accounts.close_session(cookie)

        notice = page.locator("[data-notice]")
        await expect(notice).to_contain_text("The sign-in has expired", timeout=20_000)
        await expect(notice.locator("a")).to_have_attribute("href", "/sign-in?next=%2Fwall")


async def test_an_alarm_is_answered_with_the_keyboard_alone(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/alarms")
        await expect(page.locator(".list-pane")).to_contain_text("alarm")
        await tripped(node)
        row = page.locator("a.row", has_text="Blower 2")
        await expect(row).to_be_visible()

        await row.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#alarm-detail h2")).to_contain_text("Blower 2")
        await page.keyboard.press("a")
        await expect(page.locator(".acknowledge-button")).to_be_focused()
        await page.keyboard.press("Enter")

        await expect(page.locator(".answered")).to_contain_text("Seen, dealing with it")
        await expect(row.locator("small").first).to_contain_text("acknowledged · operator")
        assert "/alarms/" in page.url
        assert shown.complaints == []


async def test_a_phone_answers_an_alarm_with_one_tap_at_the_bottom(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    alarm_id = await tripped(node)
    async with window(browser, console_served.address, cookie, size="phone") as shown:
        page = shown.page
        await page.goto("/alarms")
        await page.locator("a.row").tap()
        button = page.locator(".acknowledge-button")
        await expect(button).to_be_visible()
        # The list may just be drawn anew: then it is nowhere for a moment.
        while (box := await button.bounding_box()) is None:
            await page.wait_for_timeout(50)

        await button.tap()
        await expect(page.locator(".answered")).to_contain_text("已知晓，正在处理")

        assert (box["height"] >= 56, box["y"] > 844 / 2, box["width"] > 330) == (True, True, True)
        alarm = next(alarm for alarm in node.alarms.active() if alarm.id == alarm_id)
        assert (alarm.acknowledged_by, alarm.comment) == ("operator", "已知晓，正在处理")


async def test_points_are_found_charted_and_stand_in_the_address(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/trends")
        await page.fill("[data-search]", "溶解氧 1#")
        await page.get_by_label("Aerobic DO 1").check()
        await expect(page.locator(".pane")).to_have_count(1)
        await page.fill("[data-search]", "INF_FIT101")
        await page.get_by_label("Influent flow").check()
        await expect(page.locator(".pane")).to_have_count(2)
        await page.click('[data-range="1h"]')
        await expect(page.locator('[data-chip="INF_FIT101"] .v')).to_have_text("812")
        await page.click("[data-compare]")
        await expect(page.locator("[data-compare]")).to_have_attribute("aria-pressed", "true")

        assert page.url.endswith("/trends?p=AE_DO1,INF_FIT101&range=1h&week=1")
        assert await page.evaluate(HATCHED)
        async with page.expect_download() as download:
            await page.click("[data-csv]")
        text = (await (await download.value).path()).read_text("utf-8-sig")
        assert text.startswith("Time,aerobic DO 1 (mg/L),influent flow (m³/h)")
        assert shown.complaints == []


# Whether the first chart holds anything of the violet that bad data is hatched in.
HATCHED = """() => {
  const canvas = document.querySelector(".pane canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, a] = data.slice(i, i + 4);
    if (a > 100 && b > 120 && r < b - 30 && g < r - 25) return true;
  }
  return false;
}"""


async def test_a_history_that_cannot_be_read_is_said_and_offered_again(
    node: Node, console_served: Served, browser: Browser, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(node)
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        with monkeypatch.context() as broken:
            broken.setattr(type(node.history), "windows", _fails)
            await page.goto(WITH_TRENDS)
            await expect(page.locator("[data-problem]")).to_contain_text("The history could not be read.")

        await page.locator("[data-problem] button").click()

        await expect(page.locator(".pane")).to_have_count(2)
        await expect(page.locator("[data-problem]")).to_be_hidden()


async def test_the_wall_is_twice_as_large_at_4k(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    fill(node)
    sizes = []
    async with window(browser, console_served.address, cookie) as shown:
        for width, height in ((1920, 1080), (3840, 2160)):
            await shown.page.set_viewport_size({"width": width, "height": height})
            await shown.page.goto("/wall")
            measured = {
                kind: await shown.page.locator(selector).first.evaluate(
                    "(e) => parseFloat(getComputedStyle(e).fontSize)"
                )
                for kind, selector in (
                    ("value", ".tile .v"),
                    ("label", ".tile .label"),
                    ("metric", ".metric .label"),
                )
            }
            sizes.append(measured)

    assert sizes[0]["value"] >= 44
    assert min(sizes[0].values()) >= 20
    assert sizes[1] == {kind: size * 2 for kind, size in sizes[0].items()}


async def test_the_theme_is_changed_without_a_reload_and_kept(
    console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, color_scheme="light") as shown:
        page = shown.page
        await page.goto("/alarms")
        await page.click("[data-theme-toggle]")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.reload()

        assert await page.locator("html").get_attribute("data-theme") == "dark"


WALL_TEXTS = {"value": ".tile .v", "label": ".tile .label", "metric": ".metric .label"}

NUMBERS = [(18.44, 1), (-245.2, 0), (-0.04, 1), (0.005, 2), (1e6, 0), (812.5, 0), (0.125, 2), (-3.5, 0)]
SECONDS = [0, 12, 59, 60, 185, 3600, 7620, 86400, 273_600]


async def test_scripts_write_numbers_and_durations_as_the_server_does(
    console_served: Served, browser: Browser, cookie: str, zh: Language
) -> None:
    async with window(browser, console_served.address, cookie) as shown:
        await shown.page.goto("/alarms")
        written = await shown.page.evaluate(
            """async ([numbers, seconds]) => {
              const script = document.querySelector('script[src*="/js/alarms.js"]').src;
              const format = await import(script.replace("alarms.js", "format.js"));
              return {
                numbers: numbers.map(([value, decimals]) => format.number(value, decimals)),
                durations: seconds.map((s) => format.duration(s * 1000)),
                rough: seconds.map((s) => format.rough(s * 1000)),
              };
            }""",
            [NUMBERS, SECONDS],
        )

    spans = [timedelta(seconds=s) for s in SECONDS]
    assert written == {
        "numbers": [formats.number(value, places) for value, places in NUMBERS],
        "durations": [formats.duration(span, zh) for span in spans],
        "rough": [formats.rough(span, zh) for span in spans],
    }, json.dumps(written, ensure_ascii=False)


async def test_the_connections_page_and_the_wall_follow_a_target_by_themselves(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    node.targets["influxdb"] = influx()
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/wall")
        await shown.live()
        line = page.locator('[data-target="influxdb"]')
        await expect(line).to_have_text("InfluxDB normal")
        node.targets["influxdb"].status = influx(state=TargetState.DOWN, queued_rows=1234).status
        await expect(line).to_have_text("InfluxDB lost")
        await expect(line).to_have_class("is-wrong")

        await page.goto("/connections")
        await expect(page.locator('[data-state="down"]')).to_contain_text("lost")
        node.targets["influxdb"].status = influx(state=TargetState.BEHIND, queued_rows=1234).status
        await expect(page.locator('[data-state="behind"]')).to_contain_text("catching up", timeout=10_000)

        assert shown.complaints == []


async def test_a_reading_is_entered_once_seen_in_the_list_and_corrected(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/entries")
        await shown.live()
        await page.select_option("#enter-tag", "LAB_SV30_2")
        await page.fill("#enter-value", "２８。5")
        await page.locator("[data-enter] .primary").dblclick()

        rows = page.locator("[data-entry]")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("28.5 % read at 08:00")
        await expect(page.locator("[data-enter] [data-said]")).to_have_text(
            "Entered: SV30, tank 2 28.5 %, 08:00"
        )
        await expect(page.locator("#enter-value")).to_have_value("")

        await page.locator("[data-correct-entry]").click()
        await page.fill("#correct-value", "27,5")
        await page.keyboard.press("Enter")
        await expect(page.locator("#correct-reason-wrong")).to_have_text("Say why: it stays on record.")
        await page.fill("#correct-reason", "misread")
        await page.keyboard.press("Enter")
        await expect(rows.first).to_contain_text("28.5 → 27.5 % read at 08:00 operator misread")
        await expect(page.locator("dialog[open]")).to_have_count(0)

        await page.locator("[data-correct-entry]").click()
        await page.fill("#correct-reason", "wrong tank")
        await page.click("[data-void]")
        await expect(rows.first).to_contain_text("voided")
        await expect(rows).to_have_count(3)

    assert shown.complaints == []


@pytest.mark.parametrize(
    ("typed", "time", "said"),
    [
        ("280.5", None, "超出该测点量程，请核对。"),
        ("28.", None, "这不是数字，请按 28.5 的样子填写。"),
        ("3,200", None, "逗号是千位还是小数点？请写 3200 或 3.2。"),
        ("28.5", "2026-11-21T09:30", "时间在将来，请填写实际读数时间。"),
        ("28.5", "2024-11-21T09:30", "时间早于 400 天前，请核对年份。"),
        ("28.5", "2026-11-21T07:00", "这个时间已有读数：请在列表中更正，或改时间。"),
    ],
)
async def test_a_refused_value_keeps_what_was_typed(
    node: Node,
    console_served: Served,
    browser: Browser,
    cookie: str,
    typed: str,
    time: str | None,
    said: str,
) -> None:
    before_us = node.clock.now_us() - 3600 * US_PER_S
    await node.entries.enter("LAB_SV30_1", before_us, 30.0, await _operator(node))
    async with window(browser, console_served.address, cookie, size="phone") as shown:
        page = shown.page
        await page.goto("/entries")
        await page.fill("#enter-value", typed)
        if time is not None:
            await page.fill("#enter-time", time)
        await page.keyboard.press("Enter")

        await expect(page.locator("[data-enter] [data-wrong]:visible")).to_have_text(said)
        await expect(page.locator("#enter-value")).to_have_value(typed)
        await expect(page.locator("#enter-time")).to_have_value(time or "2026-11-21T08:00")
        await expect(page.locator("[data-entry]")).to_have_count(1)


async def test_what_could_not_be_stored_or_sent_is_entered_by_trying_again(
    node: Node, console_served: Served, browser: Browser, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/entries")
        await shown.live()
        await page.fill("#enter-value", "28.5")
        wrong = page.locator("#enter-value-wrong")
        with monkeypatch.context() as broken:
            broken.setattr(type(node.entries), "enter", _fails)
            await page.click("[data-enter] .primary")
            await expect(wrong).to_contain_text("It could not be stored")
        await shown.context.set_offline(True)
        await page.click("[data-enter] .primary")
        await expect(wrong).to_contain_text("No answer from the node")
        await expect(page.locator("#enter-value")).to_have_value("28.5")
        await shown.context.set_offline(False)
        await page.click("[data-enter] .primary")

        await expect(page.locator("[data-entry]")).to_contain_text("28.5 %")


async def test_an_engineer_marks_a_span_and_takes_it_back(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    fill(node)
    engineer = await signed_in(accounts, Role.ENGINEER)
    cookie = engineer.cookie["Cookie"].removeprefix("outfall_session=")
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/entries")
        await page.click(".mark-form summary")
        await page.select_option("#mark-tag", "EFF_AIT_COD")
        await page.fill("#mark-from", "2026-11-21T07:10")
        await page.fill("#mark-to", "2026-11-21T07:20")
        await page.click("[data-mark] label:has([value=fault])")
        await page.fill("#mark-reason", "leaking")
        await page.click("[data-mark] .primary")
        rows = page.locator("[data-entry]")
        await expect(rows).to_contain_text("fault 07:10 – 07:20 10 values engineer leaking")

        await page.click("[data-withdraw-mark]")
        await page.fill("#withdraw-reason", "wrong hour")
        await page.keyboard.press("Enter")
        await expect(rows.first).to_contain_text("mark taken back")
        await expect(page.locator("[data-withdraw-mark]")).to_have_count(0)

    assert shown.complaints == []


NUMBERS_TYPED = [
    "28.5", "28,5", "28。5", "２８．５", "２８，５", " 28.5 ", "−3", "3200", "0,125", ".5", "1,200", "1.234",
    "", "28.5.1", "二十八", "1e3",
]  # fmt: skip


async def test_numbers_are_understood_as_input_methods_write_them(
    console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie) as shown:
        await shown.page.goto("/entries")
        understood = await shown.page.evaluate(
            """async (texts) => {
              const script = document.querySelector('script[src*="/js/entries.js"]').src;
              const { enteredNumber } = await import(script.replace("entries.js", "entered_number.js"));
              return texts.map((text) => enteredNumber(text).value ?? enteredNumber(text).wrong);
            }""",
            NUMBERS_TYPED,
        )

    no = "not_a_number"
    assert understood == [
        28.5, 28.5, 28.5, 28.5, 28.5, 28.5, -3, 3200, 0.125, 0.5, "which_number", 1.234, no, no, no, no,
    ]  # fmt: skip
