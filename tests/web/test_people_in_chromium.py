"""The pages of people and of judgements in a browser: sound at every size, used by hand and by keys."""

from datetime import date

import pytest
from playwright.async_api import Browser, expect

from operations.access import Role
from operations.accounts import Accounts
from telemetry.plant import Name
from tests.api.node import Node
from tests.operations.crews import at
from tests.web.chromium import Served, needs_chromium, seat, window
from tests.web.staffed import TAG, YESTERDAY, actor, judge, person, rostered
from tests.web.test_in_chromium import browser, console_served, cookie

__all__ = ["browser", "console_served", "cookie"]

pytestmark = [pytest.mark.system, pytest.mark.timeout(180), needs_chromium]


@pytest.mark.parametrize("size", ["wall", "phone"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_every_page_is_sound_with_data_and_without(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts, language: str, size: str
) -> None:
    faults: list[str] = []
    pages = ["/compliance", "/analysers", "/roster", "/staff", "/my-shift"]
    for state in ("empty", "data"):
        if state == "data":
            await rostered(node)
            await judge(node)
            pages[0] = f"/compliance?day={YESTERDAY}&tag={TAG}"
        async with seat(
            browser, console_served, accounts, Role.MANAGER, size=size, language=language
        ) as shown:
            for address in (*pages, "/wall"):
                await shown.page.goto(address)
                await shown.page.wait_for_load_state("load")
                for theme in ("light", "dark"):
                    await shown.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                    wrong = await shown.audit(phone=size == "phone", wall=address == "/wall")
                    faults += [f"{state} {address} {theme}: {fault}" for fault in wrong]
            faults += shown.complaints

    assert faults == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_the_bar_fits_an_office_screen(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts, language: str
) -> None:
    await rostered(node)
    async with seat(browser, console_served, accounts, Role.DEPARTMENT, language=language) as shown:
        for width in (1366, 1024):
            await shown.page.set_viewport_size({"width": width, "height": 768})
            await shown.page.goto("/roster")
            assert await shown.audit(phone=False, wall=False) == []


async def test_one_tap_signs_in_and_one_signs_out(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    await rostered(node)
    node.clock.at_us = at("2026-11-20T23:50")
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/my-shift")
        button = page.get_by_role("button", name="Sign in")
        box = await button.bounding_box()
        await button.tap()
        await expect(page.get_by_role("button", name="Sign out of the turn")).to_be_visible()
        await expect(page.locator(".shift-now")).to_contain_text("signed in 23:50")

        assert box is not None
        assert (box["height"] >= 44, box["y"] > 844 / 2) == (True, True)
        assert shown.complaints == []

    wang = await person(node, "王磊")
    [event] = await node.desk.attendance.of_person(wang, 0, 1 << 60)
    assert (event.action.value, event.at_us) == ("sign_in", at("2026-11-20T23:50"))


async def test_two_taps_ask_for_a_swap_and_what_is_refused_is_said(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    await rostered(node)
    async with window(browser, console_served.address, cookie, size="phone", language="en") as shown:
        page = shown.page
        await page.goto("/roster")
        mine = page.locator('button[data-mine="yes"][data-said*="11-25"]').first
        await mine.scroll_into_view_if_needed()
        await mine.tap()
        await expect(mine).to_have_attribute("aria-pressed", "true")
        theirs = page.locator('button[data-name="陈晨"]').nth(3)
        said = await theirs.get_attribute("data-said")
        await theirs.scroll_into_view_if_needed()
        await theirs.tap()
        dialog = page.locator("[data-swap-dialog]")
        await expect(dialog).to_be_visible()
        await expect(dialog.locator('[data-shows="taken"]')).to_have_text(f"⇄ {said}")
        await page.fill("#swap-reason", "家里有事")
        await dialog.get_by_role("button", name="Ask for it").tap()
        await expect(page.locator(".request.is-asked")).to_contain_text("家里有事")

    [asked] = await node.desk.leave.list()
    assert (asked.name, asked.substitute_name, asked.state.value) == ("王磊", "陈晨", "asked")


async def test_the_manager_publishes_the_next_month_and_is_told_what_stands_already(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    async with seat(browser, console_served, accounts, Role.MANAGER) as shown:
        page = shown.page
        await page.goto("/roster?month=2026-12")
        await expect(page.locator("main")).to_contain_text("Nothing is published for this month")
        await page.get_by_role("button", name="Publish").click()
        await expect(page.locator(".roster-table .crew-row")).to_have_count(4)
        await page.get_by_role("button", name="Publish").click()
        form = page.locator('form[data-api="/api/v1/roster/publications"]')
        await expect(form.get_by_role("alert")).to_have_text("The roster is exactly so already.")
        await page.emulate_media(media="print")
        turns = page.locator(".roster-table button.turn")
        await expect(turns.first).to_be_visible()
        await expect(form).to_be_hidden()


async def test_somebody_is_added_changed_and_leaves(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    async with seat(browser, console_served, accounts, Role.MANAGER) as shown:
        page = shown.page
        await page.goto("/staff")
        await page.fill("#add-number", "0601")
        await page.fill("#add-name", "吴军")
        await page.fill("#add-qualifications", "electrician，process")
        await page.get_by_role("button", name="Create").first.click()
        row = page.locator(".staff-table tbody tr")
        await expect(row).to_contain_text("吴军 electrician, process")
        await row.get_by_role("button", name="Change").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#change-name")).to_have_value("吴军")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await row.get_by_role("button", name="Change").click()
        await page.fill("#change-name", "吴君")
        await page.get_by_role("button", name="Save").click()
        await expect(row).to_contain_text("吴君")
        await row.get_by_role("button", name="Change").click()
        await page.get_by_role("button", name="They leave").click()
        await expect(page.get_by_role("link", name="Show 1 who left")).to_be_visible()
        assert shown.complaints == []


async def test_a_pattern_by_weeks_begins_on_the_next_monday_and_on_no_other_day(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await node.desk.staff.set_crew("A", Name("甲班", "Crew A"), actor(node, Role.MANAGER))
    await node.desk.staff.set_crew("B", Name("乙班", "Crew B"), actor(node, Role.MANAGER))
    async with seat(browser, console_served, accounts, Role.MANAGER) as shown:
        page = shown.page
        await page.goto("/staff")
        anchor = page.locator("#pattern-anchor")
        await expect(anchor).to_have_value("2026-11-21")
        await page.select_option("#pattern-kind", "days")
        await expect(anchor).to_have_value("2026-11-23")
        await anchor.fill("2026-11-22")
        sunday = await anchor.evaluate("field => field.validity.stepMismatch")
        await page.select_option("#pattern-kind", "2x24")
        await anchor.fill("2026-11-22")
        taken = await anchor.evaluate("field => field.validity.valid")
        await page.select_option("#pattern-kind", "days")
        async with page.expect_response("**/api/v1/patterns"):
            await page.get_by_role("button", name="Make").click()
        assert (sunday, taken, shown.complaints) == (True, True, [])
    [kept] = await node.desk.roster.patterns()
    assert kept.pattern.anchor == date(2026, 11, 23)


async def test_what_stands_behind_more_is_reached_by_keys(
    node: Node, console_served: Served, browser: Browser, cookie: str
) -> None:
    assert actor(node, Role.OPERATOR).name == "operator"
    async with window(browser, console_served.address, cookie, language="en") as shown:
        page = shown.page
        await page.goto("/trends")
        more = page.get_by_role("button", name="More")
        await more.focus()
        await page.keyboard.press("Enter")
        menu = page.locator("#more-menu")
        await expect(menu).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(menu).to_be_hidden()
        await expect(more).to_be_focused()
        await page.keyboard.press("Enter")
        await menu.get_by_role("link", name="Roster").click()
        await page.wait_for_url("**/roster")
