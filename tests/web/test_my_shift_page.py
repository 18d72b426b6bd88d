"""My shift: the turn at hand in each of its phases, what waits, and what comes."""

import re

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.attendance.events import Device
from telemetry.clock import to_us
from tests.api.conftest import signed_in
from tests.api.node import NOW, Node
from tests.operations.crews import at
from tests.web.console import browser, text_of, tripped
from tests.web.staffed import actor, get, on_turn_since, people_away, person, put, rostered, seen_by
from web.navigation import TABS

NOW_US = to_us(NOW)


def form_of(page: str) -> str | None:
    return ", ".join(re.findall(r'<form data-api="/api/v1/attendance/([\w-]+)"', page)) or None


async def seen(console: ASGIApp, accounts: Accounts, language: str = "en") -> str:
    return await seen_by(console, accounts, Role.OPERATOR, "/my-shift", language)


async def test_an_account_of_nobody_is_told_so(operator: httpx.AsyncClient) -> None:
    said = text_of((await operator.get("/my-shift")).text)

    assert "This account belongs to nobody on the staff" in said


@pytest.mark.parametrize(
    ("now", "says", "signs"),
    [
        # 王磊 has the nights of the 20th and the 21st, off before.
        ("20T20:00", "tomorrow Night 0–8 begins in 4 h", None),
        ("20T22:59:59", "begins in 1 h 00 min", None),
        ("20T23:00", "begins in 1 h 00 min", "sign-in"),
        ("21T00:09:59", "today Night 0–8 ", "sign-in"),
        ("21T00:10", "not signed in", "sign-in"),
        ("21T07:59:59", "not signed in", "sign-in"),
    ],
)
async def test_an_unsigned_turn_opens_an_hour_before_and_says_when_it_is_late(
    node: Node, console: ASGIApp, accounts: Accounts, now: str, says: str, signs: str | None
) -> None:
    await rostered(node)
    put(node, now)

    page = await seen(console, accounts)

    assert says in text_of(page)
    assert form_of(page) == signs


async def test_a_signed_turn_is_signed_out_and_is_still_at_hand_after_its_end(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await on_turn_since(node, "20T23:50")
    put(node, "21T07:30")
    running = await seen(console, accounts)
    put(node, "21T08:20")
    over = await seen(console, accounts)
    await node.desk.attendance.sign_out(Device.PHONE, actor(node, Role.OPERATOR))
    done = await seen(console, accounts)

    assert "ends in 30 min 00 s · signed in yesterday 23:50" in text_of(running)
    assert "ended 20 min 00 s ago, not signed out" in text_of(over)
    assert [form_of(page) for page in (running, over, done)] == ["sign-out", "sign-out", None]
    assert "begins in" in text_of(done)
    assert 'class="due is-waiting" href="/handover"' in running


async def test_who_forgot_to_sign_out_signs_in_for_the_next_turn_all_the_same(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await on_turn_since(node, "20T23:50")
    wang, posts = await person(node, "王磊"), (await node.desk.staff.places()).posts
    patrol = next(post.post for post in posts.values() if post.code == "patrol")
    covered = await node.desk.roster.cover(
        "2026-11-21/evening", wang, patrol, "缺人", actor(node, Role.MANAGER)
    )
    put(node, "21T14:59")
    over = await seen(console, accounts)
    put(node, "21T15:00")
    both = await seen(console, accounts)
    async with browser(console, await signed_in(accounts, Role.OPERATOR)) as client:
        body = {"device": "console", "entry": str(covered)}
        taken = await client.post("/api/v1/attendance/sign-in", json=body)
    after = await seen(console, accounts)

    assert [form_of(page) for page in (over, both, after)] == ["sign-out", "sign-out, sign-in", "sign-out"]
    bar = text_of(both.partition('class="sign-bar"')[2])
    assert "Sign out of the turn today Night 0–8" in bar
    assert "Sign in for the turn today Evening 16–24" in bar
    assert f'name="entry" value="{covered}"' in both
    assert (taken.status_code, taken.json()["turn"]) == (201, "2026-11-21/evening")


async def test_who_signs_out_before_the_end_takes_it_back_or_signs_out_again(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    put(node, "20T23:50")
    signing, own = node.desk.attendance, actor(node, Role.OPERATOR)
    turn = (await signing.sign_in(Device.PHONE, own)).entry
    put(node, "21T03:00")
    await signing.sign_out(Device.PHONE, own)
    left = await seen(console, accounts)
    await signing.sign_in(Device.PHONE, own, turn)
    back = await seen(console, accounts)

    assert "signed out 03:00 · By mistake? Take it back." in text_of(left)
    assert [form_of(page) for page in (left, back)] == ["sign-in, sign-out", "sign-out"]
    assert "signed out" not in text_of(back)


async def test_what_waits_stands_there_with_where_it_leads(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    alarm = await tripped(node)

    page = await seen(console, accounts)

    assert f'href="/alarms/{alarm}"' in page
    assert "Blower 2 fault" in text_of(page)
    assert re.findall(r'class="due[^"]*" href="(/[a-z]+)"', page)[-3:] == ["/handover", "/log", "/entries"]
    assert "now on shift: Night 王磊, 李静" in text_of(page)


async def test_the_roster_away_is_said(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rostered(node)
    people_away(node, monkeypatch)

    assert (await operator.get("/my-shift")).status_code == 503


async def test_it_speaks_chinese(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)
    put(node, "21T00:10")

    said = text_of(await seen(console, accounts, "zh-CN"))

    for words in ("今天 夜班 0–8", "未签到", "现在要做什么", "没有报警", "写台账", "接下来的班"):
        assert words in said, words


async def test_a_month_without_a_turn_leads_to_the_roster(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    node.clock.at_us = at("2026-12-24T08:00")

    page = await seen(console, accounts)

    assert "No turn in the days ahead" in text_of(page)
    assert 'href="/roster">Look at the roster' in page


# the bar -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
async def test_the_bar_leads_where_a_role_may_go_and_nowhere_else(
    console: ASGIApp, accounts: Accounts, role: Role
) -> None:
    page = await seen_by(console, accounts, role, "/alarms")

    bar = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert bar is not None
    led = dict.fromkeys(re.findall(r'href="([^"]+)"', bar[0]))
    for path in led:
        assert (await get(console, accounts, role, path)).status_code in (200, 303), path
    away = {tab.path for tab in TABS} - set(led)
    assert (
        away
        == {
            "operator": {"/staff"},
            "engineer": {"/staff"},
            "laboratory": {"/staff", "/connections", "/points"},
            "maintenance": {"/staff"},
            "contractor": {"/my-shift", "/assessment", "/staff", "/connections", "/points"},
            "manager": set(),
            "department": {"/my-shift"},
            "admin": {"/my-shift", "/assessment", "/staff"},
        }[role.value]
    )


async def test_a_page_behind_more_marks_more(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/roster")).text
    wall = (await operator.get("/trends")).text

    assert 'popovertarget="more-menu" aria-current="true"' in page
    assert 'popovertarget="more-menu" aria-current' not in wall


# the wall's line ---------------------------------------------------------------------------------


async def test_the_wall_says_who_is_on_and_who_has_not_signed(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    put(node, "20T23:50")
    await node.desk.attendance.sign_in(Device.CONSOLE, actor(node, Role.OPERATOR))
    put(node, "21T00:10")

    page = await seen_by(console, accounts, Role.DEPARTMENT, "/wall", "zh-CN")

    line = re.search(r'<p class="shift dim".*?</p>', page, re.DOTALL)
    assert line is not None
    assert text_of(line[0]) == "夜班 0–8 C班 王磊 李静 未签到"


async def test_neither_the_wall_nor_the_alarms_fail_without_the_roster(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rostered(node)
    alarm = await tripped(node)
    people_away(node, monkeypatch)

    answers = [await operator.get(path) for path in ("/wall", "/wall/shift", "/alarms", f"/alarms/{alarm}")]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert "Roster cannot be reached" in answers[0].text
    assert "Roster cannot be reached" in answers[1].text
