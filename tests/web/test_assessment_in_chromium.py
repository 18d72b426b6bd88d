"""The assessment in a browser: what the manager settles, what the department enters, what a finding names."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from operations.access import Role
from operations.accounts import Accounts
from operations.logbook.records import LogKind, NewEntry
from telemetry.clock import to_us
from telemetry.people import Actor
from tests.api.node import Node
from tests.operations.plant_life import PlantLife, at
from tests.web.chromium import Served, needs_chromium, seat
from tests.web.test_in_chromium import browser, console_served

__all__ = ["browser", "console_served"]

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]


async def test_an_open_item_is_settled_where_it_stands(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    person = life.person("101", "王磊")
    entry = life.turn(person, "2026-11-03")
    life.signed(person, entry, "2026-11-03T08:00", None)

    async with seat(browser, console_served, accounts, Role.MANAGER, size="phone") as shown:
        page = shown.page
        await page.goto("/assessment?month=2026-11")
        await shown.live()
        await page.get_by_role("button", name="Settle").click()
        dialog = page.locator("[data-settle-dialog]")
        await expect(dialog).to_contain_text("王磊")
        await expect(dialog.get_by_label("went")).to_be_checked()
        await expect(page.locator("#settle-time")).to_have_value("2026-11-03T16:00")
        await dialog.get_by_role("button", name="Settle").click()
        await expect(page.locator("#settle-wrong")).to_have_text("Say why: it stays on record.")
        await page.fill("#settle-time", "2026-11-03T15:45")
        await page.fill("#settle-reason", "忘记签退")
        await dialog.get_by_role("button", name="Settle").click()
        await expect(page.locator(".slips")).to_contain_text("left early by 15 min")
        assert shown.complaints == []

    (settled, _) = await node.desk.attendance.list(person=person)
    assert datetime.fromtimestamp(settled.at_us / 1e6, UTC).isoformat() == "2026-11-03T07:45:00+00:00"
    assert (settled.settles, settled.reason, settled.by) == ("sign_out", "忘记签退", "manager")


async def test_a_wage_is_entered_on_the_persons_sheet(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    person = PlantLife(node.desk.ledger).person("101", "王磊")

    async with seat(browser, console_served, accounts, Role.DEPARTMENT) as shown:
        page = shown.page
        await page.goto(f"/assessment?month=2026-11&person={person}")
        await shown.live()
        await page.get_by_text("Enter the wage").click()
        await page.get_by_role("button", name="Enter", exact=True).click()
        await expect(page.locator("#wage-wrong")).to_have_text("Say the month's wage or the day's.")
        await page.fill("#wage-month", "4350")
        await page.get_by_role("button", name="Enter", exact=True).click()
        await page.get_by_text("Enter the wage").click()
        await expect(page.locator("[data-wage]")).to_contain_text("a day’s wage of 200 yuan")
        assert shown.complaints == []


async def test_a_finding_names_what_the_log_says_of_the_time(
    node: Node, console_served: Served, browser: Browser, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    person = life.person("101", "王磊")
    life.worked(person, "2026-11-05")
    entry_id, at_us = uuid4(), to_us(at("2026-11-05T10:00"))
    (account,) = [one for one in node.accounts.list() if one.role is Role.OPERATOR]
    new = NewEntry(entry_id, LogKind.ROUTINE, "计量渠有青苔", at_us=at_us)
    await node.logbook.write(new, Actor(account.id, account.name))

    async with seat(browser, console_served, accounts, Role.MANAGER, size="phone") as shown:
        page = shown.page
        await page.goto("/assessment?month=2026-11")
        await shown.live()
        await page.get_by_text("Enter a finding").click()
        await page.fill("#finding-time", "2026-11-05T10:30")
        await page.locator("[data-candidates]").get_by_text("王磊").click()
        await page.locator("[data-around]").get_by_text("计量渠有青苔").click()
        await page.fill("#finding-what", "计量渠未清洗")
        await page.get_by_role("button", name="Propose").click()
        await page.locator(".slip summary").click()
        await page.locator(".evidence a").click()
        await expect(page).to_have_url(f"{console_served.address}/log/{entry_id}")
        assert shown.complaints == []
