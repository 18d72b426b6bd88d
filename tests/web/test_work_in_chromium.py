"""People's work by hand, in a browser: each page's own deed, from the tap to what stands in the record."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from alarms.notify.duty_copy import Copied, DutyStep, DutyTurn
from operations.access import Role
from operations.accounts import Accounts
from operations.attendance.events import Device
from operations.leave.rules import RequestKind
from operations.leave.service import NewRequest
from operations.staff.people import Contact
from operations.staff.records import NewStaff
from telemetry.duty import Recipient
from tests.alarms.notify.hooks import hook
from tests.api.node import Node
from tests.operations.crews import at
from tests.operations.plant_life import PlantLife
from tests.web.chromium import Served, needs_chromium, seat
from tests.web.staffed import TAG, YESTERDAY, actor, entry, judge, person, rostered
from tests.web.test_in_chromium import browser, console_served

__all__ = ["browser", "console_served"]

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]


async def test_a_sign_out_is_taken_back_where_it_was_tapped(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    node.clock.at_us = at("2026-11-20T23:50")
    await node.desk.attendance.sign_in(Device.PHONE, actor(node, Role.OPERATOR))
    node.clock.at_us = at("2026-11-21T03:00")
    async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
        page = shown.page
        await page.goto("/my-shift")
        await page.get_by_role("button", name="Sign out of the turn").tap()
        await expect(page.locator(".sign-bar")).to_contain_text("signed out 03:00")
        assert await shown.audit(phone=True, wall=False) == []
        await page.get_by_role("button", name="Take the sign-out back").tap()
        await expect(page.get_by_role("button", name="Sign out of the turn")).to_be_visible()
        await page.get_by_role("button", name="Sign out of the turn").tap()
        await expect(page.locator(".sign-bar")).to_contain_text("signed out 03:00")
        node.clock.at_us = at("2026-11-21T07:58")
        await page.get_by_role("button", name="Sign out again").tap()
        await expect(page.locator(".sign-bar")).to_contain_text("signed out 07:58")
        assert shown.complaints == []

    events = await node.desk.attendance.of_person(await person(node, "王磊"), 0, 1 << 60)
    assert [one.action.value for one in events] == ["sign_in", "sign_out", "sign_in", "sign_out", "sign_out"]
    assert {one.device for one in events[1:]} == {"phone"}


async def test_leave_is_asked_for_by_tapping_turns_endorsed_approved_and_taken_back(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
        page = shown.page
        await page.goto("/roster")
        for day in ("11-23", "11-24"):
            turn = page.locator(f'button[data-mine="yes"][data-said*="{day}"]')
            await turn.scroll_into_view_if_needed()
            await turn.tap()
        await expect(page.locator('[data-shows="chosen"]')).to_contain_text("王磊 11-23 Day control – 11-24")
        assert await shown.audit(phone=True, wall=False) == []
        await page.fill("#bar-reason", "回老家")
        await page.get_by_role("button", name="Ask for leave").tap()
        await expect(page.locator(".request.is-asked")).to_contain_text("回老家")
        assert shown.complaints == []
    steps = (
        (Role.MANAGER, "Endorse", "endorsed"),
        (Role.DEPARTMENT, "Approve", "approved"),
        (Role.DEPARTMENT, "Take the approval back", "withdrawn"),
    )
    for role, button, state in steps:
        async with seat(browser, console_served, accounts, role) as shown:
            page = shown.page
            await page.goto("/roster?requests=true")
            await page.get_by_role("button", name=button, exact=True).click()
            await expect(page.locator(f".request.is-{state}")).to_contain_text("回老家")
            await expect(page.locator(".off")).to_have_count(2 if state == "approved" else 0)
            assert shown.complaints == []

    [asked] = await node.desk.leave.list()
    assert (asked.from_us, asked.to_us) == (at("2026-11-23T08:00"), at("2026-11-24T16:00"))
    assert [one.step.value for one in asked.decisions] == ["endorse", "approve", "withdraw"]


async def test_a_colleague_agrees_on_the_first_page(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    given = await entry(node, "王磊", "2026-11-23/day")
    asked = NewRequest(RequestKind.COVER, "家里有事", entry=given, substitute=await person(node, "张伟"))
    await node.desk.leave.ask(asked, actor(node, Role.OPERATOR))
    async with seat(browser, console_served, accounts, Role.ENGINEER, size="phone") as shown:
        page = shown.page
        await page.goto("/my-shift")
        asking = page.locator(".is-asking")
        await asking.get_by_role("button", name="Refuse").tap()
        await expect(asking.get_by_role("alert")).to_have_text("Say why: it stays on record.")
        await asking.get_by_role("button", name="Agree").tap()
        await expect(asking).to_have_count(0)

    [found] = await node.desk.leave.list()
    assert [one.step.value for one in found.decisions] == ["agree"]


async def test_both_turns_sign_the_handover(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
        page = shown.page
        await page.goto("/handover")
        await page.locator("form[data-start] button[type=submit]").tap()
        await expect(page.locator("#start-wrong")).to_contain_text("tap once more")
        await page.locator("form[data-start] button[type=submit]").tap()
        await page.get_by_role("button", name="I hand over: sign").tap()
        await expect(page.locator("#wrong-outgoing")).to_contain_text("tap once more")
        await page.get_by_role("button", name="I hand over: sign").tap()
        await expect(page.locator("#sign-outgoing .signed-by")).to_contain_text("王磊")
        assert shown.complaints == []
    async with seat(browser, console_served, accounts, Role.ENGINEER) as shown:
        page = shown.page
        await page.goto("/my-shift")
        await page.get_by_text("waits for your signature").click()
        await page.get_by_role("button", name="I take over: sign").click()
        await expect(page.locator("#sign-incoming .signed-by")).to_contain_text("张伟")
        assert shown.complaints == []


async def test_a_proposal_is_confirmed_where_it_stands_and_then_told(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    me = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    life.worked(me, "2026-11-03", came="08:12")
    async with seat(browser, console_served, accounts, Role.DEPARTMENT) as shown:
        page = shown.page
        await page.goto("/assessment?month=2026-11")
        await page.get_by_role("button", name="Confirm").click()
        await page.get_by_role("button", name="Person was told").click()
        await expect(page.locator(".slip-state")).to_have_text("told, counts")
        await page.get_by_role("button", name="Declare void").click()
        dialog = page.locator("[data-step-dialog]")
        await dialog.get_by_role("button", name="Declare void").click()
        await expect(page.locator("#step-wrong")).to_have_text("Say why: it stays on record.")
        assert [one for one in shown.complaints if "422" not in one] == []
    async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
        page = shown.page
        await page.goto("/my-shift")
        await page.locator(".told-step summary").tap()
        await page.get_by_placeholder("Reason").fill("闸门坏了")
        await page.locator(".told-step").get_by_role("button", name="Ask for review").tap()
        await expect(page.locator(".told-state")).to_have_text("in review, counts meanwhile")
        assert shown.complaints == []


async def test_a_day_of_compliance_and_a_month_of_analysers_are_opened(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await judge(node)
    async with seat(browser, console_served, accounts, Role.ENGINEER) as shown:
        page = shown.page
        await page.goto("/compliance")
        await page.locator(f'.day-cell a[href*="day={YESTERDAY}"][href*="tag={TAG}"]').click()
        await expect(page.locator("#day")).to_be_visible()
        await page.goto("/analysers")
        await page.locator(".month-steps a").first.click()
        await page.wait_for_url("**/analysers?month=*")
        await expect(page.locator("h1")).to_be_visible()
        assert shown.complaints == []


async def test_a_report_is_made_and_stands_in_the_list(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    async with seat(browser, console_served, accounts, Role.ENGINEER) as shown:
        page = shown.page
        await page.goto("/reports")
        await page.get_by_role("button", name="Make the report").click()
        await expect(page.locator("[data-said]")).to_have_text("The report is in the list.", timeout=60_000)
        await expect(page.locator(".report-month")).to_have_count(1)
        assert shown.complaints == []


async def test_a_push_is_tried_from_my_shift_and_what_came_of_it_is_said(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    wang, now_us = await person(node, "王磊"), node.clock.now_us()
    with hook() as phone:
        contacts = (Contact("json", phone.target),)
        await node.desk.staff.change(wang, NewStaff(contacts=contacts), actor(node, Role.MANAGER))
        who = Recipient(wang, actor(node, Role.OPERATOR).account_id, "王磊", "zh_CN", (phone.target,))
        turn = DutyTurn(wang, DutyStep.FIRST, now_us, now_us + 1)
        node.duty_copy.replace([turn], [who], Copied(now_us, now_us))
        sending = asyncio.create_task(node.pushes.run())
        async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
            await shown.page.goto("/my-shift")
            button = shown.page.get_by_role("button", name="Push a test")
            await button.tap()
            await expect(shown.page.locator(".push-test")).to_contain_text("Delivered: look at the phone.")
            assert await shown.audit(phone=True, wall=False) == []
            await button.tap()
            await expect(shown.page.locator(".push-test")).to_contain_text("wait a minute")
            # The second one is refused, which the browser says too.
            assert [said for said in shown.complaints if "429" not in said] == []
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    assert [heard.title for heard in phone.heard] == ["测试推送"]


async def test_who_cannot_be_reached_is_told_so(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    await rostered(node)
    async with seat(browser, console_served, accounts, Role.OPERATOR, size="phone") as shown:
        await shown.page.goto("/my-shift")
        await expect(shown.page.get_by_text("No address is entered for you")).to_be_visible()
        assert await shown.page.locator("[data-push-test]").count() == 0
