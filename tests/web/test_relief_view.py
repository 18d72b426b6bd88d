"""Who was not relieved, on the wall: who holds over, since when, who should come."""

import re
from dataclasses import replace

from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.attendance.events import Device
from operations.notices import Notices
from tests.api.node import Node
from tests.operations.crews import at
from tests.web.console import console_of, services_of, text_of
from tests.web.staffed import actor, rostered, seen_by
from web.language import Language
from web.relief_view import relief_line


def watched(node: Node) -> tuple[Notices, ASGIApp]:
    """Return what looks for an overdue relief, and a console that shows what it found."""
    zone = node.folder.plant.timezone
    notices = Notices(node.folder.plant.id, node.handovers, node.desk.leave, node.pushes, node.clock, zone)
    return notices, console_of(node, replace(services_of(node), overdue=lambda: notices.overdue))


async def wall(console: ASGIApp, accounts: Accounts, language: str = "en", path: str = "/wall") -> str:
    page = await seen_by(console, accounts, Role.DEPARTMENT, path, language)
    found = re.search(r'<p class="relief".*?</p>', page, re.DOTALL)
    return "" if found is None else text_of(found[0])


async def test_the_wall_says_who_holds_over_and_who_should_come(node: Node, accounts: Accounts) -> None:
    await rostered(node)
    notices, console = watched(node)
    signing = node.desk.attendance
    node.clock.at_us = at("2026-11-21T00:00")
    await signing.sign_in(Device.PHONE, actor(node, Role.OPERATOR))
    node.clock.at_us = at("2026-11-21T08:29")
    await notices.look()
    before = await wall(console, accounts)
    node.clock.at_us = at("2026-11-21T08:30")
    await notices.look()
    overdue = [await wall(console, accounts, tag, "/wall/shift") for tag in ("en", "zh-CN")]
    await signing.sign_in(Device.PHONE, actor(node, Role.ENGINEER))
    await notices.look()
    came = await wall(console, accounts)
    node.clock.at_us = at("2026-11-21T16:00")
    await notices.look()

    assert before == ""
    assert overdue == [
        "No relief Night 0–8 held over since 08:00: 王磊 to relieve: 张伟, 刘洋",
        "接班未到 夜班 0–8 08:00 起仍在岗：王磊 应接班：张伟、刘洋",
    ]
    assert came == "Handover not signed Night 0–8 held over since 08:00: 王磊 to relieve: 张伟, 刘洋"


async def test_nobody_on_the_roster_to_relieve_is_said_while_somebody_is_still_there(node: Node) -> None:
    await rostered(node)
    node.clock.at_us = at("2026-11-21T00:00")
    await node.desk.attendance.sign_in(Device.PHONE, actor(node, Role.OPERATOR))
    node.clock.at_us = at("2026-11-21T08:30")
    found = await node.handovers.standing()
    assert found is not None
    alone = replace(found, incoming=None)
    calendar, language = node.folder.calendar, Language("en")

    line = relief_line(alone, calendar, language)
    gone = replace(alone, outgoing=replace(alone.outgoing, members=()))

    assert line is not None
    assert (line.still, line.due, line.came) == ("王磊", "", False)
    assert relief_line(gone, calendar, language) is None
    assert relief_line(None, calendar, language) is None
