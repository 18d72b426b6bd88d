"""The entries page: what people did with readings, what they may do next, and who may."""

import re
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from history.marks import MarkKind
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError
from telemetry.people import Actor
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, text_of

SV30, COD, DO = "LAB_SV30_1", "EFF_AIT_COD", "AE_DO1"
HOUR = 3600 * US_PER_S


async def actor(node: Node, role: Role = Role.OPERATOR) -> Actor:
    """Somebody as the API knows them."""
    (found,) = [account for account in node.accounts.list() if account.role is role]
    return Actor(found.id, found.name)


async def entered(node: Node, value: float = 28.5) -> None:
    await node.entries.enter(SV30, node.clock.now_us() - HOUR, value, await actor(node))


async def marked(node: Node, role: Role = Role.ENGINEER) -> None:
    node.read((COD, -1800, 21.0))
    now_us = node.clock.now_us()
    await node.entries.mark(
        COD, now_us - HOUR, now_us, MarkKind.CALIBRATION, "标液校准", await actor(node, role)
    )


async def seen_by(console: ASGIApp, accounts: Accounts, role: Role) -> str:
    async with browser(console, await signed_in(accounts, role)) as client:
        return (await client.get("/entries")).text


def options(page: str) -> list[str]:
    return re.findall(r'<option value="([^"]+)"', page)


async def test_nothing_entered_yet_says_so_and_offers_the_form(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/entries")

    said = text_of(answer.text)
    assert answer.status_code == 200
    assert "Nothing entered yet" in said
    assert "data-enter" in answer.text
    assert "Entered of late" not in answer.text
    assert options(answer.text)[:2] == ["LAB_SV30_1", "LAB_SV30_2"]


async def test_an_entry_a_correction_and_a_void_stand_with_who_and_why(
    node: Node, operator: httpx.AsyncClient
) -> None:
    await entered(node)
    at_us = node.clock.now_us() - HOUR
    await node.entries.correct(SV30, at_us, 27.0, "笔误", await actor(node))
    await node.entries.correct(SV30, at_us, None, "wrong tank", await actor(node))

    page = (await operator.get("/entries")).text

    said = text_of(page)
    assert f"08:00 voided SV30, tank 1 {SV30} 27 % read at 07:00 operator wrong tank" in said
    assert f"08:00 corrected SV30, tank 1 {SV30} 28.5 → 27 % read at 07:00 operator 笔误" in said
    assert f"08:00 entered SV30, tank 1 {SV30} 28.5 % read at 07:00 operator" in said
    assert page.count("data-correct-entry") == 1, "of a reading only the newest row is corrected"
    assert "Entered of late" in page


async def test_a_mark_stands_with_its_kind_span_and_reason_until_it_is_taken_back(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await signed_in(accounts, Role.ENGINEER)
    await marked(node)
    standing = await seen_by(console, accounts, Role.ENGINEER)
    (mark,) = await node.entries.listed(None, None, 9)
    await node.entries.withdraw(mark.id, "标错", await actor(node, Role.ENGINEER))
    taken_back = await seen_by(console, accounts, Role.ENGINEER)

    assert f"08:00 marked Effluent COD {COD} calibration 07:00 – 08:00 1 value engineer 标液校准" in text_of(
        standing
    )
    assert f'data-withdraw-mark="{mark.id}"' in standing
    assert "08:00 mark taken back Effluent COD" in text_of(taken_back)
    assert "data-withdraw-mark" not in taken_back


@pytest.mark.parametrize(
    ("role", "enters", "marks"),
    [
        (Role.OPERATOR, True, False),
        (Role.ENGINEER, True, True),
        (Role.LABORATORY, True, False),
        (Role.MAINTENANCE, False, False),
        (Role.CONTRACTOR, False, True),
        (Role.MANAGER, False, False),
        (Role.DEPARTMENT, False, False),
        (Role.ADMIN, False, False),
    ],
)
async def test_every_role_sees_the_list_and_its_own_forms_only(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role, enters: bool, marks: bool
) -> None:
    await signed_in(accounts, Role.OPERATOR)
    await entered(node)

    page = await seen_by(console, accounts, role)

    assert "28.5" in page
    assert 'href="/entries" aria-current="page"' in page
    forms = [bool(re.search(rf"<form[^>]* {form}", page)) for form in ("data-enter", "data-correct")]
    assert forms == [enters, enters]
    assert ("data-correct-entry" in page) is enters
    forms = [bool(re.search(rf"<form[^>]* {form}", page)) for form in ("data-mark", "data-withdraw")]
    assert forms == [marks, marks]


async def test_the_contractor_marks_regulated_points_and_takes_back_own_marks(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await signed_in(accounts, Role.ENGINEER)
    await signed_in(accounts, Role.CONTRACTOR)
    await marked(node)
    others = await seen_by(console, accounts, Role.CONTRACTOR)
    node.read((COD, -900, 22.0))
    (mark,) = await node.entries.listed(None, None, 9)
    await node.entries.withdraw(mark.id, "标错", await actor(node, Role.ENGINEER))
    await marked(node, Role.CONTRACTOR)
    own = await seen_by(console, accounts, Role.CONTRACTOR)
    engineers = await seen_by(console, accounts, Role.ENGINEER)

    points = node.folder.plant.point_by_tag
    assert all(points[tag].regulatory for tag in options(others))
    assert COD in options(others)
    assert DO in options(engineers)
    assert ("data-withdraw-mark" in others, "data-withdraw-mark" in own) == (False, True)


async def test_older_rows_are_asked_for_and_say_what_became_of_them(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    for minute in range(60):
        await node.entries.enter(SV30, now_us - (minute + 1) * 60 * US_PER_S, 20 + minute, await actor(node))
    await node.entries.correct(SV30, now_us - 60 * US_PER_S, 21.0, "笔误", await actor(node))

    first = (await operator.get("/entries/list")).text
    all_of_them = (await operator.get("/entries/list", params={"show": 100})).text

    assert first.count("data-entry=") == 50
    assert "/entries/list?show=100" in first
    assert all_of_them.count("data-entry=") == 61
    assert all_of_them.count("data-correct-entry") == 60
    assert "Show older ones" not in all_of_them


async def test_a_store_that_is_away_is_said_as_on_every_page(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise StoreError("readings.duckdb: not read")

    monkeypatch.setattr(type(node.entries), "listed", fails)
    answer = await operator.get("/entries")
    in_chinese = await operator.get("/entries", params={"lang": "zh_CN"})

    assert (answer.status_code, in_chinese.status_code) == (503, 503)
    assert "Not available at present" in text_of(answer.text)
    assert 'href="/entries"' in answer.text
    assert "暂时不可用" in text_of(in_chinese.text)


async def test_the_page_speaks_chinese(node: Node, operator: httpx.AsyncClient) -> None:
    await entered(node)
    page = (await operator.get("/entries", params={"lang": "zh_CN"})).text

    said = text_of(page)
    assert "录入读数" in said
    assert "08:00 录入 1#好氧池SV30 LAB_SV30_1 28.5 % 读数时间 07:00 operator" in said
    assert 'label="最近录入"' in page


async def test_what_people_write_is_shown_as_text(node: Node, operator: httpx.AsyncClient) -> None:
    await entered(node)
    at_us = node.clock.now_us() - HOUR
    await node.entries.correct(SV30, at_us, 27.0, "<img src=x onerror=alert(1)>", await actor(node))

    assert "<img" not in (await operator.get("/entries")).text


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/entries")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/entries")


WANTED = {"mark": COD, "from": "2026-11-20T09:00", "to": "2026-11-20T11:00", "kind": "fault"}


async def test_a_mark_that_is_asked_for_stands_filled_in(console: ASGIApp, accounts: Accounts) -> None:
    async with browser(console, await signed_in(accounts, Role.ENGINEER)) as client:
        page = (await client.get("/entries", params=WANTED)).text

    form = page[page.index("mark-form") : page.index('id="mark-reason"')]
    assert form.startswith('mark-form" open>')
    assert re.findall(r'<option value="([^"]+)" selected', form) == [COD]
    assert re.findall(r'name="(from|to)" type="datetime-local" value="([^"]+)"', form) == [
        ("from", "2026-11-20T09:00"),
        ("to", "2026-11-20T11:00"),
    ]
    assert re.findall(r'value="([^"]+)" checked', form) == ["fault"]


@pytest.mark.parametrize("wrong", [{"mark": "AE_DO9"}, {"mark": "LAB_SV30_1"}, {"mark": ""}])
async def test_a_mark_of_what_cannot_be_marked_is_not_offered(
    console: ASGIApp, accounts: Accounts, wrong: dict[str, str]
) -> None:
    async with browser(console, await signed_in(accounts, Role.ENGINEER)) as client:
        page = (await client.get("/entries", params=WANTED | wrong)).text

    assert "selected" not in page[page.index("mark-form") :]
    assert "2026-11-20T09:00" not in page


@pytest.mark.parametrize("wrong", [{"kind": "lunch"}, {"from": "yesterday"}, {"to": "<script>"}])
async def test_a_mark_that_is_asked_for_wrongly_is_refused(
    operator: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    assert (await operator.get("/entries", params=WANTED | wrong)).status_code == 422
