"""The roster page: who works when, what is thin, what was asked for, and who may change what."""

import re
from datetime import date, time
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.leave.rules import LeaveKind, RequestKind, State, Step
from operations.leave.service import NewRequest
from operations.roster.pattern import Pattern, ShiftTimes
from operations.staff.people import Category
from operations.staff.records import NewPost, NewStaff
from telemetry.clock import to_us
from telemetry.plant import Name
from tests.api.conftest import signed_in
from tests.api.node import NOW, Node
from tests.operations.crews import at, twelve_hours
from tests.web.console import browser, text_of
from tests.web.staffed import HOSTILE, LONG, actor, entry, get, people_away, person, rostered, seen_by
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.on_shift import hours_of
from web.released_view import Released

NOW_US = to_us(NOW)


def forms(page: str) -> list[str]:
    return re.findall(r'<form class="[^"]*" data-api="/api/v1/([^"]*?)(?:/[0-9a-f-]{36}/decisions)?"', page)


def row_of(page: str, name: str) -> str:
    found = re.search(rf"<tr[^>]*>\s*<th scope=\"row\" class=\"who\"><b>{name}</b>.*?</tr>", page, re.DOTALL)
    assert found is not None
    return found[0]


async def ask_leave(node: Node, role: Role, day: int, reason: str = "参加培训") -> object:
    new = NewRequest(
        RequestKind.LEAVE,
        reason,
        at(f"2026-11-{day}T00:00"),
        at(f"2026-11-{day + 1}T00:00"),
        leave_kind=LeaveKind.PERSONAL,
    )
    return await node.desk.leave.ask(new, actor(node, role))


async def test_an_empty_plant_says_what_to_do(console: ASGIApp, accounts: Accounts) -> None:
    operators = text_of(await seen_by(console, accounts, Role.OPERATOR, "/roster"))
    managers = text_of(await seen_by(console, accounts, Role.MANAGER, "/roster"))

    assert "Nothing is published for this month The plant manager publishes the roster." in operators
    assert "Nothing is published for this month Publish a pattern below." in managers
    assert "There is no pattern yet: make one on the page Staff." in managers


async def test_a_month_stands_as_a_grid_of_crews_people_and_days(
    node: Node, operator: httpx.AsyncClient
) -> None:
    await rostered(node)

    page = (await operator.get("/roster")).text

    said = text_of(page)
    assert page.count('class="crew-row"') == 4
    assert re.findall(r'class="crew-row"><th scope="rowgroup" class="who">([^<]+)<', page) == [
        "Crew A",
        "Crew B",
        "Crew C",
        "Crew D",
    ]
    assert "N Night 0–8 D Day 8–16 E Evening 16–24" in said
    # The control room stands before the patrol, as the posts do.
    assert page.index("<b>王磊</b>") < page.index("<b>李静</b>")
    assert 'class="is-mine"' in page
    mine = row_of(page, "王磊")
    assert mine.count('class="turn ') == 22
    assert 'title="王磊 11-21 Night control"' in mine
    assert page.count('th scope="col" class="is-today') == 1
    assert "−" not in re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL)[0]


async def test_only_turns_to_come_may_be_taken(node: Node, operator: httpx.AsyncClient) -> None:
    await rostered(node)

    page = (await operator.get("/roster")).text

    buttons = re.findall(r'<button type="button" class="turn [^>]*data-said="\S+ (\d\d-\d\d)', page)
    assert min(buttons) == "11-21", "the turn of today that begins later"
    # Whoever reads by ear hears the whole turn, not one letter.
    named = re.findall(r'aria-label="[^"]+"[^>]*>\w</(?:button|span)', page)
    assert len(named) == 180


@pytest.mark.parametrize(
    ("role", "asks", "publishes", "moves"),
    [
        (Role.OPERATOR, True, False, True),
        (Role.ENGINEER, True, False, True),
        (Role.LABORATORY, True, False, True),
        (Role.MAINTENANCE, True, False, True),
        (Role.CONTRACTOR, False, False, False),
        (Role.MANAGER, False, True, True),
        (Role.DEPARTMENT, False, False, False),
        (Role.ADMIN, False, False, False),
    ],
)
async def test_every_role_has_its_own_forms(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role, asks: bool, publishes: bool, moves: bool
) -> None:
    await rostered(node)

    page = await seen_by(console, accounts, role, "/roster")

    own = [form for form in forms(page) if form != "leave-requests"]
    assert own == (["roster/publications", "roster/covers"] if publishes else [])
    assert ("data-leave-days" in page) is asks
    assert ("data-leave-bar" in page) is moves
    assert ('<button type="button" class="turn' in page) is moves
    assert 'href="/roster" class="" aria-current' in page or 'href="/roster" aria-current="page"' in page


async def test_a_request_waits_for_who_may_decide_and_shows_what_was_said(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    asked = await ask_leave(node, Role.OPERATOR, 25)
    first = {role: await seen_by(console, accounts, role, "/roster") for role in Role}
    await node.desk.leave.decide(asked.id, Step.ENDORSE, "人手够", actor(node, Role.MANAGER))  # type: ignore[attr-defined]
    second = {role: await seen_by(console, accounts, role, "/roster") for role in Role}

    steps = {
        role.value: re.findall(r'name="step" value="(\w+)"', page)
        for role, page in first.items()
        if "参加培训" in page
    }
    assert steps == {
        "operator": ["withdraw"],
        "manager": ["endorse", "refuse"],
        "department": [],
    }
    assert re.findall(r'name="step" value="(\w+)"', second[Role.DEPARTMENT]) == ["approve", "refuse"]
    assert "personal leave · 11-25 00:00 – 11-25 24:00" in text_of(second[Role.DEPARTMENT])
    assert "Endorse manager" in text_of(second[Role.DEPARTMENT])
    assert "人手够" in second[Role.DEPARTMENT]


async def test_what_is_decided_is_shown_when_it_is_asked_for_and_open_ones_are_never_lost(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    await ask_leave(node, Role.OPERATOR, 25, "最早的申请")
    manager = actor(node, Role.MANAGER)
    for _ in range(31):
        later = await ask_leave(node, Role.MAINTENANCE, 27, "后来的")
        await node.desk.leave.decide(later.id, Step.REFUSE, "人手不够", manager)  # type: ignore[attr-defined]

    waiting = await seen_by(console, accounts, Role.MANAGER, "/roster")
    everything = await seen_by(console, accounts, Role.MANAGER, "/roster?requests=true")

    assert "最早的申请" in waiting
    assert "后来的" not in waiting
    assert "Show 31 decided" in waiting
    assert everything.count("后来的") == 31


async def test_a_gap_and_a_short_rest_are_said_where_they_are(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    manager = actor(node, Role.MANAGER)
    places = await node.desk.staff.places()
    control = next(post for post in places.posts.values() if post.code == "control")
    await node.desk.staff.set_post(NewPost("control", control.name, minimum=2), manager, post=control.post)
    # 王磊 works the night of the 22nd already.
    await node.desk.roster.cover(
        "2026-11-21/evening", await person(node, "王磊"), control.post, "顶班", manager
    )

    page = await seen_by(console, accounts, Role.MANAGER, "/roster")

    foot = re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL)[0]
    assert 'title="Night control −1, Day control −1"' in foot
    assert "Less than 11 h between two turns" in page


async def test_hostile_and_long_names_are_only_names(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    manager = actor(node, Role.MANAGER)
    places = await node.desk.staff.places()
    crew, post = next(iter(places.crews)), next(iter(places.posts))
    for number, name in (("901", HOSTILE), ("902", LONG)):
        member = await node.desk.staff.add(NewStaff(number, name, Category.OPERATOR), manager)
        await node.desk.staff.join(member.person, crew, post, manager, date(2026, 11, 22))
    kept = (await node.desk.roster.patterns())[0]
    await node.desk.roster.publish(kept.id, date(2026, 11, 1), date(2026, 11, 30), manager)
    await ask_leave(node, Role.OPERATOR, 25, HOSTILE)

    for path in ("/roster", "/staff"):
        page = await seen_by(console, accounts, Role.MANAGER, path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "\u202e" not in page, "marks that turn the line around are taken out"
        assert LONG[:40] in page


async def test_an_away_store_is_said_and_tried_again(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_away(node, monkeypatch)

    answers = {path: await operator.get(path) for path in ("/roster", "/my-shift")}

    for answer in answers.values():
        assert answer.status_code == 503
        assert "Accounts cannot be reached" in text_of(answer.text)
    assert (await operator.get("/wall")).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("month=13", 422),
        ("month=2026-13", 422),
        ("month=2027-11", 200),
        ("month=2027-12", 422),
        ("month=1999-12", 422),
        ("month=2024-02", 200),
        ("month=" + "x" * 400, 422),
        ("requests=maybe", 422),
        ("month=<script>alert(1)</script>", 422),
    ],
)
async def test_addresses_that_were_mistyped(operator: httpx.AsyncClient, query: str, status: int) -> None:
    answer = await operator.get(f"/roster?{query}")

    assert answer.status_code == status
    assert "<script>alert" not in answer.text


async def test_it_speaks_chinese(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)

    said = text_of(await seen_by(console, accounts, Role.MANAGER, "/roster", "zh-CN"))

    for words in ("谁在什么时候上班", "2026年11月", "夜 夜班 0–8", "A班", "发布", "安排顶班", "四班三运转"):
        assert words in said, words


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    for path in (
        "/roster",
        "/staff",
        "/my-shift",
        "/compliance",
        "/analysers",
        "/wall/judged",
        "/wall/shift",
    ):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


async def test_a_shifts_hours_are_those_of_the_plant(node: Node) -> None:
    await rostered(node)
    turns = (await node.desk.roster.days(date(2026, 11, 21), date(2026, 11, 21))).turns

    assert [hours_of(turn, node.folder.calendar) for turn in turns] == ["0–8", "8–16", "16–24"]


async def test_a_turn_that_was_changed_says_why(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)
    places = await node.desk.staff.places()
    post = next(iter(places.posts))
    await node.desk.roster.cover(
        "2026-11-23/evening", await person(node, "王磊"), post, "顶班", actor(node, Role.MANAGER)
    )

    page = await seen_by(console, accounts, Role.OPERATOR, "/roster")

    assert re.search(r'is-changed"[^>]*title="王磊 11-23 Evening control · cover"', row_of(page, "王磊"))
    assert await entry(node, "王磊", "2026-11-23/evening")


async def test_names_of_crews_and_posts_are_in_the_language(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    manager = actor(node, Role.MANAGER)
    await node.desk.staff.set_crew("E", Name("机动班", "Reserve"), manager)

    assert "机动班" in await seen_by(console, accounts, Role.MANAGER, "/staff", "zh-CN")
    assert "Reserve" in await seen_by(console, accounts, Role.MANAGER, "/staff")
    assert (await get(console, accounts, Role.MANAGER, "/staff")).status_code == 200


def off(page: str) -> list[str]:
    return re.findall(r'class="off" role="img" title="([^"]+)"', page)


async def test_approved_leave_stands_in_the_grid_its_sort_only_for_whom_it_concerns(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    substitute = await person(node, "陈晨")
    span = at("2026-11-23T00:00"), at("2026-11-24T00:00")
    new = NewRequest(RequestKind.LEAVE, "看病", *span, substitute=substitute, leave_kind=LeaveKind.SICK)
    asked = await node.desk.leave.ask(new, actor(node, Role.OPERATOR))
    before = off(await seen_by(console, accounts, Role.OPERATOR, "/roster"))
    await node.desk.leave.decide(asked.id, Step.ENDORSE, "", actor(node, Role.MANAGER))
    await node.desk.leave.decide(asked.id, Step.APPROVE, "", actor(node, Role.DEPARTMENT))

    pages = {
        role: await seen_by(console, accounts, role, "/roster")
        for role in (Role.OPERATOR, Role.DEPARTMENT, Role.LABORATORY)
    }

    assert before == []
    sick, leave = (f"王磊 11-23 {sort}, covered by 陈晨" for sort in ("sick leave", "leave"))
    assert [off(page) for page in pages.values()] == [[sick], [sick], [leave]]
    assert "看病" not in pages[Role.LABORATORY]
    assert 'title="陈晨 11-23 Day control · leave, for 王磊"' in row_of(pages[Role.LABORATORY], "陈晨")


async def test_the_department_takes_an_approved_request_back(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    theirs = await node.desk.roster.of_person(await person(node, "张伟"), at("2026-11-26"), at("2026-11-30"))
    given, taken = await entry(node, "王磊", "2026-11-23/day"), theirs[0].on
    new = NewRequest(
        RequestKind.SWAP, "家里有事", entry=given, in_return=taken.assignment, substitute=taken.person
    )
    asked = await node.desk.leave.ask(new, actor(node, Role.OPERATOR))
    for step, role in (
        (Step.AGREE, Role.ENGINEER),
        (Step.ENDORSE, Role.MANAGER),
        (Step.APPROVE, Role.DEPARTMENT),
    ):
        await node.desk.leave.decide(asked.id, step, "", actor(node, role))
    pages = {
        role: await seen_by(console, accounts, role, "/roster") for role in (Role.OPERATOR, Role.DEPARTMENT)
    }
    async with browser(console, await signed_in(accounts, Role.DEPARTMENT)) as client:
        path = f"/api/v1/leave-requests/{asked.id}/decisions"
        answer = await client.post(path, json={"step": "withdraw", "note": "人手不够"})
    after = await seen_by(console, accounts, Role.DEPARTMENT, "/roster")

    day = taken.shift.day[5:]
    assert sorted(off(pages[Role.OPERATOR])) == [
        f"张伟 {day} swap, covered by 王磊",
        "王磊 11-23 swap, covered by 张伟",
    ]
    assert [re.findall(r'name="step" value="(\w+)">([^<]+)<', page) for page in pages.values()] == [
        [],
        [("withdraw", "Take the approval back")],
    ]
    assert answer.status_code == 201
    assert off(after) == []
    assert "is-changed" not in after
    assert "家里有事" not in after


async def test_leave_is_of_the_days_on_which_its_turns_begin(node: Node) -> None:
    def days(begins: str, ends: str) -> list[int]:
        from_us, to_us_ = at(f"2026-11-{begins}"), at(f"2026-11-{ends}")
        request = SimpleNamespace(
            id=uuid4(), kind=RequestKind.LEAVE, state=State.APPROVED, person=uuid4(), substitute=None,
            name="王磊", leave_kind=LeaveKind.ANNUAL, from_us=from_us, to_us=to_us_,
        )  # fmt: skip
        speaker = AlarmSpeaker(node.folder, Language("en"), NOW_US)
        released = Released.of(speaker, [request], [], None, every=True)  # type: ignore[list-item]
        month = [date(2026, 11, day) for day in range(20, 30)]
        return [day.day for _, day in released.off([], month)]

    assert days("23T00:00", "24T00:00") == [23]
    assert days("23T16:00", "24T00:00") == [23]
    assert days("23T20:00", "24T08:00") == [23], "a night over midnight belongs to the day it begins on"
    assert days("23T08:00", "25T16:00") == [23, 24, 25]
    assert days("23T00:00", "23T08:00") == [23]


async def test_a_month_published_twice_is_published_again_and_the_pattern_in_force_is_chosen(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    manager = actor(node, Role.MANAGER)
    (kept,) = await node.desk.roster.patterns()
    crews = [crew.crew for crew in (await node.desk.staff.places()).crews.values()]
    made = twelve_hours(crews, date(2026, 11, 1))
    other = await node.desk.roster.set_pattern("12", Name("四班两运转", "Twelve hours"), made, manager)
    december = date(2026, 12, 1), date(2026, 12, 31)
    for pattern in (other, kept.id):
        await node.desk.roster.publish(pattern, *december, manager)
    query = f"pattern={other}&from_day=2026-12-01&to_day=2026-12-31"

    now, december_page, january = [
        await seen_by(console, accounts, Role.MANAGER, f"/roster?month={month}")
        for month in ("2026-11", "2026-12", "2027-01")
    ]
    told = (await get(console, accounts, Role.MANAGER, f"/roster/outlook?{query}")).json()
    newest = (await node.desk.roster.month(december[0])).publications[0]
    done = await node.desk.roster.publish(other, *december, manager, seen=newest.id, check_seen=True)
    after = await seen_by(console, accounts, Role.MANAGER, f"/roster?month=2026-12&published={done.id}")

    for page in (now, december_page, january):
        assert f'<option value="{kept.id}" selected>' in page
    assert told["seen"] == str(newest.id)
    assert told["lines"] == ["31 of these days are published already: 186 turns are withdrawn, 124 assigned."]
    assert (told["question"], told["refused"]) == ("Yes, replace what is published", "")
    assert "Published, 124 turns assigned, 186 turns withdrawn" in text_of(after)
    assert f'<option value="{other}" selected>' in after


async def test_who_would_stand_on_two_turns_is_named_with_both(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    crews = [crew.crew for crew in (await node.desk.staff.places()).crews.values()]
    early = ShiftTimes("early", Name("早班", "Early"), time(7), 60)
    pattern = Pattern((early,), (("early",) * 4,), tuple(crews), date(2026, 12, 1))
    manager = actor(node, Role.MANAGER)
    wide = ShiftTimes("wide", Name("大班", "Wide"), time(20), 12 * 60)
    one = Pattern((wide,), (("wide",),), (crews[0],), date(2026, 12, 1))
    first = await node.desk.roster.set_pattern("wide", wide.name, one, manager)
    await node.desk.roster.publish(first, date(2026, 12, 1), date(2026, 12, 1), manager)
    kept = await node.desk.roster.set_pattern("early", early.name, pattern, manager)

    query = f"pattern={kept}&from_day=2026-12-02&to_day=2026-12-10"
    told = (await get(console, accounts, Role.MANAGER, f"/roster/outlook?{query}")).json()
    wrong = f"pattern={uuid4()}&from_day=2026-12-02&to_day=2026-12-10"
    unknown = (await get(console, accounts, Role.MANAGER, f"/roster/outlook?{wrong}")).json()

    assert told["refused"] == "陈晨 would stand on two turns at once: 12-01 Wide and 12-02 Early."
    assert [line.partition(":")[0] for line in told["lines"]] == [
        "More than six days on end without one off, 8 people"
    ]
    assert told["question"] == "Publish it all the same"
    assert unknown["code"] == "pattern_not_found"


async def test_a_swap_with_too_little_rest_says_so_to_who_asks_and_to_who_decides(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    # Who has the evening of the day takes its day turn too, after the evening before.
    lines = (await node.desk.roster.days(date(2026, 11, 24), date(2026, 11, 28))).lines
    own = next(line.on for line in lines if line.on.name == "王磊" and line.on.shift.key.endswith("day"))
    other = next(
        line.on
        for line in lines
        if line.on.name not in ("王磊", "李静")
        and line.on.post == own.post
        and line.on.shift.key == f"{own.shift.day}/evening"
    )
    free = next(
        line.on for line in lines if line.on.person == other.person and line.on.shift.day > other.shift.day
    )
    swap = NewRequest(
        RequestKind.SWAP, "家里有事", entry=own.assignment, in_return=free.assignment, substitute=other.person
    )
    query = f"entry={own.assignment}&in_return={free.assignment}&given={own.shift.day}&taken={free.shift.day}"

    told = (await get(console, accounts, Role.OPERATOR, f"/roster/rests?{query}")).json()
    await node.desk.leave.ask(swap, actor(node, Role.OPERATOR))
    pages = [await seen_by(console, accounts, role, "/roster") for role in (Role.OPERATOR, Role.MANAGER)]

    assert (other.name, own.shift.day) == ("张伟", "2026-11-24")
    said = [
        "张伟: 8 h between 11-23 Evening and 11-24 Day",
        "张伟: 0 h between 11-24 Day and 11-24 Evening",
        "王磊: 0 h between 11-26 Evening and 11-27 Night",
    ]
    assert told["rests"] == said
    for page in pages:
        assert f"Less than 11 h between two turns {' · '.join(said)}" in text_of(page)
