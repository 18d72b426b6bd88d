"""The log's page: what is shown of entries, to whom, and what may be written."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.logbook.feed import LogbookFeed
from operations.logbook.records import LogEntry, LogKind, NewEntry
from telemetry.clock import US_PER_S
from telemetry.errors import StoreAway
from telemetry.people import Actor
from telemetry.quality import Quality
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.operations.logbook.conftest import Roster
from tests.operations.logbook.images import photo
from tests.web.console import browser, text_of, tripped
from tests.web.staffed import actor, person, rostered

LI = Actor(UUID(int=7), "李静")
HOUR_US = 3600 * US_PER_S


async def write(node: Node, text: str = "1#好氧池泡沫增多", **more: Any) -> LogEntry:
    asked: dict[str, Any] = {"id": uuid4(), "kind": LogKind.EVENT, "text": text}
    return await node.logbook.write(NewEntry(**asked | more), LI)


async def seen_by(console: ASGIApp, accounts: Accounts, role: Role, path: str = "/log") -> str:
    async with browser(console, await signed_in(accounts, role)) as client:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_an_empty_log_says_what_will_stand_in_it(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/log")

    assert answer.status_code == 200
    assert "Nothing written yet" in text_of(answer.text)
    assert 'href="/log" aria-current="page"' in answer.text


async def test_an_entry_stands_with_its_moment_its_photos_and_who_wrote_it(
    node: Node, operator: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", 0, 1.8), ("AE_DO2", 0, 2.2))
    node.read(("AE_MLSS1", 0, 3800.0), quality=Quality.COMM_FAILURE)
    entry = await write(node, unit="aerobic")
    await node.logbook.add_photo(entry.id, photo(), LI)

    page = (await operator.get("/log")).text

    said = text_of(page)
    assert "Today 08:00 event 1#好氧池泡沫增多" in said
    assert re.search(r"1\.80? mg/L", said)
    assert "communication lost" in said
    assert "Aerobic tank written by 李静" in said
    assert "written down later" not in said
    assert re.search(r'<img src="/api/v1/logbook/photos/[0-9a-f]{64}\.jpg\?small=true"', page)
    assert "style=" not in page


async def test_who_was_on_shift_stands_with_the_entry(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.logbook, "_duty", Roster())
    await write(node)

    assert "written by 李静 on shift: crew A 李静" in text_of((await operator.get("/log")).text)


async def test_values_stand_in_their_entry(node: Node, operator: httpx.AsyncClient) -> None:
    at_us = node.clock.now_us() - HOUR_US
    await write(node, "", at_us=at_us, values=(("LAB_SV30_1", 28.5),))

    said = text_of((await operator.get("/log")).text)

    assert "07:00 event SV30, tank 1 28.5 %" in said
    assert "written down later: 08:00" in said


async def test_amendments_stand_with_the_former_words_and_why(
    node: Node, operator: httpx.AsyncClient
) -> None:
    entry = await write(node, "停2#泵")
    await node.logbook.amend(entry.id, "停3#泵", "写错泵号", Actor(UUID(int=8), "王磊"))
    await node.logbook.follow_up(entry.id, uuid4(), "已恢复", LI)

    page = (await operator.get("/log")).text

    said = text_of(page)
    assert "08:00 event 停3#泵" in said
    assert "Until 08:00 it said 停2#泵 amended by 王磊 写错泵号" in said
    assert "08:00 已恢复 李静" in said
    assert "<s>停2#泵</s>" in page


async def test_an_alarm_stands_in_the_log_and_is_added_to_not_amended(
    node: Node, operator: httpx.AsyncClient
) -> None:
    alarm = await tripped(node)
    await LogbookFeed(node.alarms, node.logbook, node.clock).follow()

    page = (await operator.get("/log", params={"kind": "alarm"})).text

    assert f'href="/alarms/{alarm}"' in page
    assert "Blower 2 fault" in text_of(page)
    assert "written by itself" in text_of(page)
    assert ("data-add-to=" in page, 'data-amend-entry="' in page) == (True, False)


async def test_filters_and_search_choose_and_older_ones_follow(
    node: Node, operator: httpx.AsyncClient
) -> None:
    for number in range(35):
        await write(node, f"第{number}条", equipment=("BL_B201B",) if number == 3 else ())

    first = (await operator.get("/log")).text
    older = re.search(r'hx-get="/log\?(before=\d+-\d+)&amp;part=rows"', first) or re.search(
        r'hx-get="/log\?(before=\d+-\d+)&part=rows"', first
    )
    assert older is not None
    rest = (await operator.get(f"/log?{older[1]}&part=rows")).text
    searched = (await operator.get("/log", params={"q": "鼓风"})).text
    placed = (await operator.get("/log", params={"place": "equipment:BL_B201B"})).text
    unit = (await operator.get("/log", params={"place": "unit:blowers", "from": "2026-11-21"})).text
    none = (await operator.get("/log", params={"q": "没有这个词"})).text
    tomorrow = (await operator.get("/log", params={"from": "2026-11-22"})).text

    counts = [page.count("data-log-entry=") for page in (first, rest, searched, placed, unit, none, tomorrow)]
    assert counts == [30, 5, 1, 1, 1, 0, 0]
    assert "<html" not in rest
    assert "Nothing fits" in none
    assert 'value="鼓风"' in searched


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "place=nonsense", "from=nonsense", "place=unit:", "place=crew:x", "q=%27%3B--"]
)
async def test_what_makes_no_sense_in_a_filter_chooses_all_or_nothing(
    operator: httpx.AsyncClient, query: str
) -> None:
    assert (await operator.get(f"/log?{query}")).status_code == 200


async def test_a_page_of_nowhere_is_refused(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/log?before=x")).status_code == 422
    assert (await operator.get(f"/log/{uuid4()}")).status_code == 404
    assert (await operator.get("/log/nonsense")).status_code == 404
    assert (await operator.get(f"/log?before={10**18}-{10**18 * 9}")).status_code == 200


async def test_one_entry_has_an_address_of_its_own(node: Node, operator: httpx.AsyncClient) -> None:
    entry = await write(node)
    await write(node, "别的")

    page = (await operator.get(f"/log/{entry.id}")).text

    assert "1#好氧池泡沫增多" in page
    assert "别的" not in page


@pytest.mark.parametrize(
    ("role", "writes", "enters"),
    [
        (Role.OPERATOR, True, True),
        (Role.ENGINEER, True, True),
        (Role.LABORATORY, True, True),
        (Role.MAINTENANCE, True, False),
        (Role.MANAGER, True, False),
        (Role.CONTRACTOR, False, False),
        (Role.DEPARTMENT, False, False),
        (Role.ADMIN, False, False),
    ],
)
async def test_every_role_reads_and_has_its_own_forms_only(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role, writes: bool, enters: bool
) -> None:
    await write(node)

    page = await seen_by(console, accounts, role)

    assert "1#好氧池泡沫增多" in page
    assert [part in page for part in ("data-log ", "data-add-to", "data-amend-entry", "data-template")] == [
        writes
    ] * 4
    assert ('data-tag="LAB_SV30_1"' in page) is enters


async def test_the_readings_that_would_be_attached_are_shown_before(
    node: Node, operator: httpx.AsyncClient
) -> None:
    node.read(("AE_DO1", 0, 1.8), ("EFF_AIT_COD", 0, 22.7))

    of_unit = text_of((await operator.get("/log/moment", params={"place": "unit:aerobic"})).text)
    of_all = text_of((await operator.get("/log/moment")).text)
    of_nothing = text_of((await operator.get("/log/moment", params={"place": "unit:odour"})).text)

    assert re.search(r"Attached by itself: .* 1\.80? mg/L", of_unit)
    assert "Effluent COD 22.7 mg/L" in of_all
    assert of_nothing == "There are no readings to attach."


async def test_what_people_write_is_shown_as_text(node: Node, operator: httpx.AsyncClient) -> None:
    await write(node, '<img src=x onerror=alert(1)>" data-x="')

    page = (await operator.get("/log")).text
    assert "<img src=x" not in page
    assert '" data-x="' not in page


async def test_a_store_that_is_away_is_said_as_on_every_page(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreAway("gone")

    monkeypatch.setattr(type(node.logbook), "page", away)
    answer = await operator.get("/log")

    assert answer.status_code == 503
    assert "Accounts cannot be reached" in text_of(answer.text)


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/log")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/log")


async def test_the_form_filters_by_crew_and_by_who_wrote_it(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    crew = next(one for one in (await node.desk.staff.places()).crews.values() if one.code == "C")
    writes, other = await person(node, "王磊"), await person(node, "刘洋")
    await node.logbook.write(NewEntry(uuid4(), LogKind.ROUTINE, "计量渠已清洗"), actor(node, Role.OPERATOR))

    async def found(query: str) -> tuple[bool, list[str]]:
        page = await seen_by(console, accounts, Role.OPERATOR, f"/log?q=&kind=&place=&from=&to={query}")
        chosen = re.findall(r'<option value="[0-9a-f-]{36}" selected>([^<]+)<', page)
        return "计量渠已清洗" in page, chosen

    assert await found(f"&crew=&person={writes}") == (True, ["王磊 100"])
    assert await found(f"&crew=&person={other}") == (False, ["刘洋 103"])
    assert await found(f"&crew={crew.crew}&person=") == (True, ["Crew C"])
    page = await seen_by(console, accounts, Role.OPERATOR, f"/log?crew={crew.crew}")
    assert '<details class="log-more-filters" open>' in page
    assert text_of(page).count("Written by") == 1
