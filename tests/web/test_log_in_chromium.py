"""The log on a phone: written in two taps, with photos, and nothing lost when the line or the store is."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from operations.logbook.records import Asked, LogEntry
from telemetry.errors import StoreAway
from tests.api.node import Node
from tests.operations.logbook.images import photo
from tests.web.chromium import Served, needs_chromium, window
from tests.web.test_in_chromium import browser, console_served, cookie

__all__ = ["browser", "console_served", "cookie"]

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]


async def written(node: Node) -> list[LogEntry]:
    return await node.logbook.page(Asked(), 50)


async def test_two_taps_write_an_entry_and_photos_follow_it(
    node: Node, console_served: Served, browser: Browser, cookie: str, tmp_path: Path
) -> None:
    (tmp_path / "pump.jpg").write_bytes(photo((3000, 1500)))
    (tmp_path / "no.jpg").write_bytes(b"<svg/>")
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/log")
        await shown.live()
        await page.get_by_role("button", name="Switched over").click()
        await page.select_option("#log-place", "equipment:BL_B201B")
        photos = page.locator("[data-log] [data-photo-input]").last
        await photos.set_input_files([tmp_path / "pump.jpg", tmp_path / "no.jpg"])
        await expect(page.locator("#log-photo-wrong")).to_contain_text("This is no photo")
        await expect(page.locator("[data-log] canvas")).to_have_count(1)
        await page.locator("[data-submit]").dblclick()

        rows = page.locator("[data-log-entry]")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("Switched to the standby machine")
        await expect(rows.locator("img")).to_have_count(1)
        await expect(page.locator("[data-log] [data-said]")).to_have_text("Written; it stands in the log.")
        await expect(page.locator("#log-text")).to_have_value("")

    [entry] = await written(node)
    assert (entry.kind, entry.equipment, len(entry.photos)) == ("operation", ("BL_B201B",), 1)
    assert (entry.photos[0].width, entry.photos[0].height) == (2000, 1000)
    assert shown.complaints == []


async def test_what_could_not_be_written_stays_and_is_written_once_by_trying_again(
    node: Node, console_served: Served, browser: Browser, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreAway("gone")

    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/log")
        await shown.live()
        await page.fill("#log-text", "沉降性变差")
        await page.get_by_text("SV30 and sludge").click()
        await page.fill('[data-tag="LAB_SV30_1"]', "28。5")
        with monkeypatch.context() as broken:
            broken.setattr("operations.logbook.writing.LogbookWriter.entry", away)
            await page.locator("[data-submit]").click()
            await expect(page.locator("#log-text-wrong")).to_contain_text("The values are stored")
        await page.reload()
        await shown.live()
        await expect(page.locator("#log-text")).to_have_value("沉降性变差")
        await expect(page.locator('[data-tag="LAB_SV30_1"]')).to_have_value("28。5")
        await page.locator("[data-submit]").click()
        await expect(page.locator("[data-log-entry]")).to_contain_text("SV30, tank 1 28.5 %")

    [entry] = await written(node)
    assert [one.value for one in entry.entered] == [28.5]
    assert len(await node.entries.listed(None, None, 9)) == 1


async def test_an_entry_is_amended_and_added_to(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/log")
        await shown.live()
        await page.fill("#log-text", "停2#泵")
        await page.locator("[data-submit]").click()
        await page.locator("[data-amend-entry]").click()
        await page.fill("#amend-text", "停3#泵")
        await page.locator("[data-amend] .primary").click()
        await expect(page.locator("#amend-reason-wrong")).to_have_text("Say why: it stays on record.")
        await page.fill("#amend-reason", "写错泵号")
        await page.locator("[data-amend] .primary").click()
        rows = page.locator("[data-log-entry]")
        await expect(rows.locator("s")).to_have_text("停2#泵")
        await page.locator("[data-add-to]").click()
        await page.fill("#add-text", "已恢复")
        await page.locator("[data-add] .primary").click()
        await expect(rows.locator(".log-added")).to_contain_text("已恢复")
        await expect(page.locator("dialog[open]")).to_have_count(0)

    assert shown.complaints == []
