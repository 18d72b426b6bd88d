"""The staff page: people, crews, posts and patterns; for who keeps them alone, and nobody is deleted."""

import json
import re
from datetime import date

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.staff.people import Category, Contact
from operations.staff.records import NewStaff
from telemetry.plant import Name
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, text_of
from tests.web.staffed import actor, get, people_away, person, rostered, seen_by

SECRET = "wecombot://4d2e0a1c-0000-0000-0000-000000000000"


def changeable(page: str) -> list[str]:
    return re.findall(r'data-change="[^"]+" data-number="[^"]*" data-name="([^"]*)"', page)


async def test_an_empty_plant_says_what_to_do_first(console: ASGIApp, accounts: Accounts) -> None:
    page = await seen_by(console, accounts, Role.MANAGER, "/staff")

    said = text_of(page)
    assert "Nobody is entered yet Add people, then crews and posts; then publish a roster." in said
    assert said.count("none yet") == 3
    assert re.findall(r'<form[^>]*data-api="([^"]+)"', page) == [
        "/api/v1/staff",
        "/api/v1/crews",
        "/api/v1/posts",
    ]


async def test_any_number_of_crews_makes_a_pattern_and_none_is_told_what_to_do(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    before = text_of(await seen_by(console, accounts, Role.MANAGER, "/staff"))
    for code in "ABC":
        await node.desk.staff.set_crew(code, Name(f"{code}班", f"Crew {code}"), actor(node, Role.MANAGER))

    page = await seen_by(console, accounts, Role.MANAGER, "/staff")

    [data] = re.findall(r"data-presets>(.*?)</script>", page)
    assert "Make a pattern Add a crew first" in before
    choice = page.partition('id="pattern-kind"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="(\w+)" data-begins="([\d-]+)"( data-by-week)?>', choice) == [
        ("3x12", "2026-11-21", ""), ("3x3", "2026-11-23", " data-by-week"),
        ("3x24", "2026-11-21", ""), ("days", "2026-11-23", " data-by-week"),
    ]  # fmt: skip
    crews = [str(one) for one in (await node.desk.staff.places()).crews]
    async with browser(console, await signed_in(accounts, Role.MANAGER)) as client:
        for preset in json.loads(data):
            body = {**preset, "crews": crews, "anchor": "2026-11-23"}
            assert (await client.post("/api/v1/patterns", json=body)).status_code == 201, preset["code"]


async def test_people_stand_with_their_crew_post_and_account(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)

    page = await seen_by(console, accounts, Role.MANAGER, "/staff")

    said = text_of(page)
    assert "100 王磊 plant operator Crew C · control operator – Change" in said
    assert "control control at least 1 · pushes go here" in said
    assert "four crews Night 00:00, Day 08:00, Evening 16:00" in said
    assert len(changeable(page)) == 8
    assert page.count('data-crews="') == 1
    assert 'href="/staff" aria-current="page"' in page


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_keeps_the_staff_sees_it_and_is_led_there(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role
) -> None:
    answer = await get(console, accounts, role, "/staff")
    wall = await seen_by(console, accounts, role, "/alarms")

    may = role in (Role.MANAGER, Role.DEPARTMENT)
    assert answer.status_code == (200 if may else 403)
    assert ('href="/staff"' in wall) is may
    if not may:
        assert "Not permitted" in text_of(answer.text)
        assert "data-change" not in answer.text


async def test_who_left_is_kept_and_shown_when_asked_for(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    await node.desk.staff.deactivate(
        await person(node, "陈晨"), actor(node, Role.MANAGER), date(2026, 11, 20)
    )

    here = await seen_by(console, accounts, Role.MANAGER, "/staff")
    everybody = await seen_by(console, accounts, Role.MANAGER, "/staff?gone=true")

    assert "陈晨" not in here
    assert "Show 1 who left" in here
    assert "Hide who left" in everybody
    assert re.search(r'<tr class="is-gone">.*?<b>陈晨</b>.*?left', everybody, re.DOTALL)
    assert "陈晨" not in changeable(everybody)


async def test_an_address_is_a_secret_of_which_only_the_kind_is_shown(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    contacts = [Contact("wecombot", SECRET)]
    new = NewStaff("300", "吴军", Category.OPERATOR, qualifications=["electrician"], contacts=contacts)
    await node.desk.staff.add(new, actor(node, Role.MANAGER))

    page = await seen_by(console, accounts, Role.MANAGER, "/staff")

    assert "wecombot</span>" in page
    assert SECRET not in page
    assert 'data-qualifications="electrician"' in page


async def test_it_speaks_the_language_throughout(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)

    chinese = text_of(await seen_by(console, accounts, Role.MANAGER, "/staff", "zh-CN"))
    english = text_of(await seen_by(console, accounts, Role.MANAGER, "/staff"))

    assert "夜班 00:00、白班 08:00、中班 16:00" in chinese
    assert "操作工" in chinese
    assert "班 0" not in english
    assert "|" not in english


async def test_an_away_store_is_said(
    node: Node, console: ASGIApp, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_away(node, monkeypatch)

    answer = await get(console, accounts, Role.MANAGER, "/staff")

    assert answer.status_code == 503
    assert "Accounts cannot be reached" in text_of(answer.text)


async def test_a_word_that_is_no_yes_or_no(console: ASGIApp, accounts: Accounts) -> None:
    assert (await get(console, accounts, Role.MANAGER, "/staff?gone=perhaps")).status_code == 422


async def test_every_field_has_a_label(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)
    for path in ("/staff", "/roster"):
        page = await seen_by(console, accounts, Role.MANAGER, path)
        fields = re.findall(r'<(?:input|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"', page)
        labelled = re.findall(r'<label[^>]* for="([^"]+)"', page)
        assert fields
        assert sorted(fields) == sorted(labelled)


async def test_the_page_is_never_kept_by_a_browser(console: ASGIApp, accounts: Accounts) -> None:
    answer: httpx.Response = await get(console, accounts, Role.MANAGER, "/staff")

    assert answer.headers["cache-control"] == "no-store"
