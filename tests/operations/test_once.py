"""What there may be once there is once: sent again, or written by two at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, func, select

from config.rule_sets import shipped_rule_sets
from operations.attendance.events import Device, Side
from operations.attendance.kinds import SlipKind
from operations.attendance.tables import attendance_event
from operations.desk import Desk, desk_of
from operations.findings.life import Step as FindingStep
from operations.findings.records import NewFinding, NewStep
from operations.findings.service import Findings
from operations.findings.tables import finding
from operations.leave.rules import LeaveKind, RequestKind, Step
from operations.leave.service import NewRequest
from operations.leave.tables import leave_decision, leave_request
from operations.ledger import Ledger
from operations.roster.tables import roster_entry
from operations.staff.people import Category
from operations.staff.records import NewStaff
from operations.staff.tables import staff
from storage.unit_of_work import reading
from telemetry.calendar import Calendar
from telemetry.errors import Conflict, RequestError
from tests.operations.crews import FIRST, LAST, ZONE, People, at

DAY = "2026-11-19/day"


@pytest.fixture
async def published(people: People) -> People:
    """王磊 and 李静 are on the day shift of the 19th."""
    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    people.now("2026-11-19T07:50")
    return people


@dataclass(frozen=True)
class Nodes:
    """Two nodes that write for one plant in one store."""

    first: Desk
    second: Desk


@pytest.fixture
def nodes(published: People) -> Nodes:
    one = published.desk
    other = Ledger(one.ledger.engine, one.ledger.clock, plant="p1", node="n2")
    return Nodes(one, desk_of(other, one.calls, Calendar(ZONE), shipped_rule_sets().leave_steps))


def findings_of(desk: Desk) -> Findings:
    return Findings(desk.ledger, desk.calls, shipped_rule_sets(), ZONE)


def rows(desk: Desk, table: Table) -> int:
    with reading(desk.ledger.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


async def at_once(*calls: Awaitable[object]) -> list[str]:
    """Return how it went for each, those that went first."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    told = [f"{a.status} {a.code}" if isinstance(a, RequestError) else "went" for a in answers]
    unexpected = [a for a in answers if isinstance(a, Exception) and not isinstance(a, RequestError)]
    assert unexpected == []
    return sorted(told, reverse=True)


async def test_of_two_who_add_somebody_under_one_number_at_once_one_does(
    nodes: Nodes, people: People
) -> None:
    new = NewStaff("777", "孙强", Category.OPERATOR)
    before = rows(nodes.first, staff)

    told = await at_once(
        nodes.first.staff.add(new, people.manager, FIRST), nodes.second.staff.add(new, people.manager, FIRST)
    )

    assert (told, rows(nodes.first, staff) - before) == (["went", "409 number_taken"], 1)


async def test_of_two_approvals_at_once_one_takes_effect(nodes: Nodes, people: People) -> None:
    asked = await nodes.first.leave.ask(leave(people), people.accounts["王磊"])
    await nodes.first.leave.decide(asked.id, Step.ENDORSE, "", people.manager)

    told = await at_once(
        nodes.first.leave.decide(asked.id, Step.APPROVE, "", people.department),
        nodes.second.leave.decide(asked.id, Step.APPROVE, "", people.department),
    )

    assert told == ["went", "409 request_closed"]
    assert rows(nodes.first, leave_decision) == 2


async def test_of_two_decisions_on_a_proposal_at_once_one_is_taken(nodes: Nodes, people: People) -> None:
    people.now("2026-11-20T09:00")
    entry = await people.entry("王磊", DAY)
    key, confirm = f"{SlipKind.ABSENCE.value}:{entry}", NewStep(FindingStep.CONFIRM)

    told = await at_once(
        findings_of(nodes.first).decide(key, confirm, people.department),
        findings_of(nodes.second).decide(key, confirm, people.department),
    )

    assert (told, rows(nodes.first, finding)) == (["went", "409 already_decided"], 1)


async def test_of_two_sign_ins_of_one_person_at_once_one_is_kept(nodes: Nodes, people: People) -> None:
    by = people.accounts["王磊"]

    told = await at_once(
        nodes.first.attendance.sign_in(Device.PHONE, by), nodes.second.attendance.sign_in(Device.CONSOLE, by)
    )

    assert (told, rows(nodes.first, attendance_event)) == (["went", "409 already_signed_in"], 1)


FINDING = {
    "kind": "off_post",
    "sentence": "off_post",
    "person": UUID(int=1),
    "occasion": UUID(int=2),
    "day": date(2026, 11, 19),
    "at_us": 1,
    "rule_set": "x",
    "clause": "x",
    "amount_yuan": 1.0,
    "takes_day_wage": False,
}
ENTRY = {
    "day": date(2026, 11, 19),
    "shift": "day",
    "shift_zh": "白班",
    "shift_en": "Day",
    "start_us": 1,
    "end_us": 2,
    "person": UUID(int=1),
    "post": UUID(int=2),
    "action": "withdraw",
    "supersedes": UUID(int=3),
    "cause": "left",
}


@pytest.mark.parametrize(
    ("table", "values", "other"),
    [
        (finding, FINDING | {"subject": "late:1"}, {"occasion": UUID(int=3)}),
        (finding, FINDING, {"kind": "asleep"}),
        (leave_decision, {"request": UUID(int=1), "step": "approve"}, {}),
        (roster_entry, ENTRY, {"cause": "leave"}),
    ],
)
async def test_what_there_is_once_the_store_itself_refuses_twice(
    people: People, table: Table, values: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    ledger, before = people.desk.ledger, rows(people.desk, table)

    def write_twice() -> None:
        with ledger.writing() as page:
            page.add(table, values, None, people.manager)
            page.add(table, {**values, **other}, None, people.manager)

    with pytest.raises(Conflict) as refused:
        write_twice()

    assert refused.value.code == "written_already"
    assert rows(people.desk, table) == before
    ledger.verify()


def leave(people: People) -> NewRequest:
    span = at("2026-11-19T08:00"), at("2026-11-19T16:00")
    return NewRequest(RequestKind.LEAVE, "看病", *span, leave_kind=LeaveKind.SICK)


Sent = Callable[[People, UUID | None, str], Awaitable[object]]


async def ask(people: People, id: UUID | None, words: str) -> object:
    asked = leave(people)
    new = NewRequest(asked.kind, words, asked.from_us, asked.to_us, leave_kind=asked.leave_kind)
    return (await people.desk.leave.ask(new, people.accounts["王磊"], id=id)).id


async def settle(people: People, id: UUID | None, words: str) -> object:
    entry = await people.entry("王磊", DAY)
    settling = people.desk.attendance.settle
    return (await settling(entry, Side.SIGN_IN, at("2026-11-19T07:45"), words, people.manager, id)).id


async def cover(people: People, id: UUID | None, words: str) -> object:
    person, post = people.persons["黄勇"], people.posts["field"]
    return await people.desk.roster.cover(DAY, person, post, words, people.manager, id)


async def find(people: People, id: UUID | None, words: str) -> object:
    seen_us = at("2026-11-19T07:40")
    persons = tuple(on.person for on in await people.desk.duty.on_shift(seen_us))
    new = NewFinding(SlipKind.DUTY_ITEM, seen_us, persons, words, "计量渠", item="flume")
    return [one.id for one in await findings_of(people.desk).propose(new, people.manager, id)]


async def sign_in(people: People, id: UUID | None, words: str) -> object:
    who = "王磊" if words == "first" else "李静"
    return (await people.desk.attendance.sign_in(Device.PHONE, people.accounts[who], id=id)).id


@pytest.mark.parametrize(
    ("send", "table"),
    [
        (ask, leave_request),
        (settle, attendance_event),
        (cover, roster_entry),
        (find, finding),
        (sign_in, attendance_event),
    ],
)
async def test_what_is_sent_again_under_its_id_is_written_once(
    published: People, send: Sent, table: Table
) -> None:
    id = uuid4()
    made = await send(published, id, "first")
    count = rows(published.desk, table)

    assert await send(published, id, "first") == made
    with pytest.raises(Conflict) as refused:
        await send(published, id, "second")

    assert (refused.value.code, rows(published.desk, table)) == ("id_taken", count)


async def test_two_senders_of_one_thing_at_once_write_it_once(nodes: Nodes, people: People) -> None:
    id, by, new = uuid4(), people.accounts["王磊"], leave(people)

    told = await at_once(nodes.first.leave.ask(new, by, id=id), nodes.second.leave.ask(new, by, id=id))

    assert (told, rows(nodes.first, leave_request)) == (["went", "went"], 1)


async def test_an_id_of_another_kind_of_record_is_refused(published: People) -> None:
    id = uuid4()
    await ask(published, id, "看病")

    with pytest.raises(Conflict) as refused:
        await cover(published, id, "顶班")

    assert refused.value.code == "written_already"
