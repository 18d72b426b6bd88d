"""What concerns oneself on “my shift”: the month, findings told, requests, the handover, who relieves."""

import re
from uuid import UUID

from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.findings.life import Step
from operations.findings.records import NewStep
from operations.handover.rules import Role as Side
from operations.handover.service import Begin
from operations.leave.rules import LeaveKind, RequestKind
from operations.leave.rules import Step as Say
from operations.leave.service import NewRequest
from tests.api.node import Node
from tests.operations.crews import at
from tests.operations.plant_life import PlantLife
from tests.web.console import text_of
from tests.web.staffed import actor, entry, on_turn_since, person, put, rostered, seen_by
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.own_view import relieved_by


async def seen(console: ASGIApp, accounts: Accounts, role: Role = Role.OPERATOR, language: str = "en") -> str:
    return await seen_by(console, accounts, role, "/my-shift", language)


def part(page: str, title: str) -> str:
    """Return what a part of the page says."""
    found = re.search(rf'aria-labelledby="{title}-title".*?</section>', page, re.DOTALL)
    return "" if found is None else text_of(f"<p {found[0]}")


async def told_of(node: Node, key: str, *steps: Step) -> UUID:
    department = actor(node, Role.DEPARTMENT)
    slip = await node.assessments.findings.decide(key, NewStep(Step.CONFIRM), department)
    for step in steps:
        by = department if step is Step.NOTIFY else actor(node, Role.OPERATOR)
        await node.assessments.findings.follow(slip.id, NewStep(step, note="闸门坏了"), by)
    return slip.id


async def test_the_month_says_what_is_proposed_what_counts_and_how_far_it_is(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    me = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    other = life.person("102", "李静")
    late = [life.worked(me, f"2026-11-0{day}", came="08:12") for day in (3, 4, 5)]
    life.worked(other, "2026-11-03", came="08:30")
    life.turn(me, "2026-11-06")
    before = part(await seen(console, accounts), "month")
    await told_of(node, f"late:{late[0]}", Step.NOTIFY)
    page = await seen(console, accounts)

    assert before == (
        "My month so far Turns worked 3 / 4 Proposed, not decided late 3, absent 1 Confirmed, counts none"
        " Late or early this month, 3 of them an absence 0 / 3 Absence days of the year 0 / 5"
        " Penalties of the year 0 / 10 Each line with its evidence"
    )
    assert "Proposed, not decided late 2, absent 1 Confirmed, counts late 1" in part(page, "month")
    assert "3 of them an absence 1 / 3" in part(page, "month")
    assert "李静" not in page


async def test_three_late_arrivals_are_a_day_of_absence_of_the_year(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    me = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    for day in (3, 4, 5):
        await told_of(node, f"late:{life.worked(me, f'2026-11-0{day}', came='08:12')}", Step.NOTIFY)

    said = part(await seen(console, accounts), "month")

    assert "3 of them an absence 0 / 3 Absence days of the year 1 / 5" in said


async def test_who_no_rule_speaks_of_is_told_so(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    life = PlantLife(node.desk.ledger)
    life.person("900", "门卫", "other", actor(node, Role.OPERATOR).account_id)

    assert "No rule speaks of you this month" in part(await seen(console, accounts), "month")


async def test_a_finding_is_there_once_it_was_told_and_a_review_is_asked_of_it(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    life = PlantLife(node.desk.ledger)
    me = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    confirmed, told, asked = (life.worked(me, f"2026-11-0{day}", came="08:12") for day in (3, 4, 5))
    await told_of(node, f"late:{confirmed}")
    first = await told_of(node, f"late:{told}", Step.NOTIFY)
    await told_of(node, f"late:{asked}", Step.NOTIFY, Step.ASK_REVIEW)

    page = await seen(console, accounts)

    said = part(page, "told")
    assert said == (
        "Findings told to me"
        " 11-04 08:12 late by 12 min 10 yuan told, counts evidence and rule"
        " Sign Ask for review Reason Ask for review"
        " 11-05 08:12 late by 12 min 10 yuan in review, counts meanwhile evidence and rule"
    )
    steps = re.findall(
        r'/findings/([0-9a-f-]{36})/steps">\s*<input type="hidden" name="step" value="(\w+)"', page
    )
    assert steps == [(str(first), "sign"), (str(first), "ask_review")]
    assert "Findings told to me" not in await seen(console, accounts, Role.LABORATORY)


async def test_a_colleague_agrees_and_who_asked_sees_how_it_stands(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    given = await entry(node, "王磊", "2026-11-23/day")
    theirs = await person(node, "张伟")
    lines = await node.desk.roster.of_person(theirs, at("2026-11-26"), at("2026-11-30"))
    new = NewRequest(
        RequestKind.SWAP, "家里有事", entry=given, in_return=lines[0].on.assignment, substitute=theirs
    )
    await node.desk.leave.ask(new, actor(node, Role.OPERATOR))

    mine = await seen(console, accounts)
    asked = await seen(console, accounts, Role.ENGINEER)

    shift = lines[0].on.shift
    assert part(asked, "asked") == (
        "A colleague asks you 王磊 swap · you take 11-23 Day"
        f" · 王磊 takes yours: {shift.day[5:]} {shift.name.en} 家里有事 07:30 · asked for"
        " Less than 11 h between two turns 张伟: 0 h between 11-23 Day and 11-23 Evening"
        " · 王磊: 0 h between 11-26 Evening and 11-27 Night Note Agree Refuse"
    )
    assert "My leave and swaps 王磊 swap · 11-23 Day ⇄" in part(mine, "requests")
    assert re.findall(r'name="step" value="(\w+)"', asked) == ["agree", "refuse"]
    assert re.findall(r'name="step" value="(\w+)"', mine) == ["withdraw"]
    assert part(mine, "asked") == ""


async def test_a_request_stays_while_it_is_open_lies_ahead_or_was_decided_on_lately(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    node.clock.at_us = at("2026-11-21T09:00")
    new = NewRequest(
        RequestKind.LEAVE,
        "回老家",
        at("2026-11-23T00:00"),
        at("2026-11-24T00:00"),
        leave_kind=LeaveKind.ANNUAL,
    )
    asked = await node.desk.leave.ask(new, actor(node, Role.OPERATOR))
    await node.desk.leave.decide(asked.id, Say.REFUSE, "人手不够", actor(node, Role.MANAGER))
    soon = part(await seen(console, accounts), "requests")
    node.clock.at_us = at("2026-11-29T09:00")
    later = part(await seen(console, accounts), "requests")

    assert soon == (
        "My leave and swaps 王磊 annual leave · 11-23 00:00 – 11-23 24:00 回老家 09:00 · refused"
        " Refuse manager 09:00: 人手不够"
    )
    assert later == ""


async def test_the_handover_waits_for_whoever_is_to_sign(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    own = actor(node, Role.OPERATOR)
    incoming = Role.ENGINEER

    async def line(role: Role) -> str:
        found = re.search(
            r'<a class="due[^"]*" href="/handover.*?</a>', await seen(console, accounts, role), re.S
        )
        assert found is not None
        return ("! " if "is-waiting" in found[0] else "") + text_of(found[0])

    put(node, "21T05:00")
    running = await line(Role.OPERATOR)
    put(node, "21T07:30")
    due = [await line(role) for role in (Role.OPERATOR, incoming)]
    held = await node.handovers.start(Begin(), own, manages=False)
    begun = [await line(role) for role in (Role.OPERATOR, incoming)]
    await node.handovers.sign(held.id, Side.OUTGOING, own, manages=False)
    signed = [await line(role) for role in (Role.OPERATOR, incoming)]

    assert running == "Handover Evening 16–24 · to be handed over"
    assert due == ["! Hand over Night 0–8: it can be begun", "Handover Night 0–8 · to be handed over"]
    assert begun == [
        "! Hand over Night 0–8 waits for your signature",
        "Handover Night 0–8 · waiting for the outgoing signature",
    ]
    assert signed == [
        "Handover Night 0–8 · waiting for the incoming signature",
        "! Take over Night 0–8 waits for your signature",
    ]


async def test_who_relieves_stands_beside_the_turn(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await rostered(node)
    put(node, "21T05:00")
    page = await seen(console, accounts)
    day = (await node.desk.duty.on_shift(at("2026-11-21T09:00")))[0]
    wang = (await node.desk.duty.on_shift(at("2026-11-21T05:00")))[0]

    assert f"Relieved by: {day.name} Day 8–16" in text_of(page)
    speaker = AlarmSpeaker(node.folder, Language("en"), node.clock.now_us())
    assert relieved_by(wang, [wang], speaker) == "", "nobody is on the roster after it"


async def test_a_relief_that_did_not_come_is_a_line_of_its_own(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await on_turn_since(node, "21T00:00")
    put(node, "21T08:29")
    before = await seen(console, accounts)
    put(node, "21T08:30")
    after = {language: await seen(console, accounts, language=language) for language in ("en", "zh-CN")}

    line = {
        tag: text_of(found[0])
        for tag, page in after.items()
        if (found := re.search(r'<p class="relief".*?</p>', page, re.DOTALL))
    }
    day = await node.desk.duty.on_shift(at("2026-11-21T09:00"))
    names = [one.name for one in day]
    assert 'class="relief"' not in before
    assert line == {
        "en": f"No relief Night 0–8 held over since 08:00: 王磊 to relieve: {', '.join(names)}",
        "zh-CN": f"接班未到 夜班 0–8 08:00 起仍在岗：王磊 应接班：{'、'.join(names)}",
    }
