"""The page behind a push's link as a phone's browser opens it: signed in or not, its button works."""

import pytest
from playwright.async_api import Browser, expect

from alarms.states import AlarmState
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import signed_in
from tests.web.chromium import Served, needs_chromium, window
from tests.web.test_in_chromium import browser, console_served
from tests.web.test_link_page import Linked, linked

__all__ = ["browser", "console_served", "linked"]

pytestmark = [pytest.mark.system, pytest.mark.timeout(120), needs_chromium]


@pytest.mark.parametrize("is_signed_in", [False, True])
async def test_one_tap_acknowledges(
    linked: Linked, console_served: Served, browser: Browser, accounts: Accounts, is_signed_in: bool
) -> None:
    session = (await signed_in(accounts, Role.OPERATOR)).cookie["Cookie"] if is_signed_in else None
    cookie = session.removeprefix("outfall_session=") if session else None
    async with window(browser, console_served.address, cookie, size="phone") as shown:
        await shown.page.goto(linked.path)
        await shown.page.locator("form button").click()
        await expect(shown.page.locator("form")).to_have_count(0)

        assert await shown.page.locator("footer").inner_text()
        assert shown.complaints == []

    assert linked.now is not None
    assert linked.now.state is AlarmState.ACKNOWLEDGED
    assert linked.now.acknowledged_by == "王磊"
