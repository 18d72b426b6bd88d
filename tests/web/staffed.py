"""A plant whose people stand on a roster and whose yesterday was judged, for the pages that show both."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.types import ASGIApp

from alarms.uptime.results import HOUR_US
from operations.access import Role
from operations.accounts import Accounts
from telemetry.errors import StoreAway
from telemetry.people import Actor
from tests.alarms.judging.site import TAG, samples_of
from tests.alarms.registers import DAY_US, day_of
from tests.api.conftest import signed_in
from tests.api.node import NOW, Node
from tests.api.test_handovers import rostered
from tests.web.console import browser

__all__ = ["TAG", "rostered"]

YESTERDAY = (NOW - timedelta(days=1)).date()
HOSTILE = '<script>alert("王")</script>\u202eגבר'
LONG = "阿卜杜拉·" * 12


async def judge(node: Node, words: str = "result 09:00 90; check 01:00; no 15:00") -> None:
    """Have yesterday judged: one result above the limit, one missing, one standard check."""
    node.history.commit(samples_of(day_of(words), node.series_ids), DAY_US + 27 * HOUR_US)
    await judge_again(node)


async def judge_again(node: Node) -> None:
    """Have what changed since judged."""
    now_us = node.clock.now_us()
    while node.periods.bring_up(now_us):
        pass
    while await node.judging.task.look():
        pass


def actor(node: Node, role: Role) -> Actor:
    """Return the demo account of a role."""
    (found,) = [account for account in node.accounts.list() if account.role is role]
    return Actor(found.id, found.name)


async def person(node: Node, name: str) -> UUID:
    """Return somebody on the staff by name."""
    return next(one.person for one in await node.desk.staff.list() if one.name == name)


async def entry(node: Node, name: str, key: str) -> UUID:
    """Return somebody's standing entry for a turn."""
    day = date.fromisoformat(key.partition("/")[0])
    lines = (await node.desk.roster.days(day, day)).lines
    return next(line.on.assignment for line in lines if line.on.shift.key == key and line.on.name == name)


async def get(
    console: ASGIApp, accounts: Accounts, role: Role, path: str, language: str = "en"
) -> httpx.Response:
    """Return a page as somebody sees it."""
    async with browser(console, await signed_in(accounts, role), language) as client:
        return await client.get(path)


async def seen_by(console: ASGIApp, accounts: Accounts, role: Role, path: str, language: str = "en") -> str:
    """Return a page that somebody may see."""
    answer = await get(console, accounts, role, path, language)
    assert answer.status_code == 200, answer.text
    return answer.text


def people_away(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the people's store away, but for who is signed in already."""

    async def away(*_: Any, **__: Any) -> None:
        raise StoreAway("gone")

    monkeypatch.setattr(node.desk.calls, "call", away)
