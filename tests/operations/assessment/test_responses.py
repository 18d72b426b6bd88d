"""Answers to alarms: who, how fast, and who was on shift when it was raised."""

from dataclasses import replace
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from operations.assessment.responses import Answered, answered, answerer, responses
from operations.staff.people import StaffMember
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift, Shift
from telemetry.plant import Name

S = US_PER_S
WANG, LI = UUID(int=1), UUID(int=2)


def move(
    seq: int, at_s: int, event: AlarmEvent, alarm: int, priority: Priority = Priority.HIGH
) -> JournalRecord:
    who = ("wang", "已到现场", WANG) if event is AlarmEvent.ACKNOWLEDGE else (None, None, None)
    return JournalRecord(
        id=UUID(int=seq),
        seq=seq,
        at_us=at_s * S,
        recorded_us=at_s * S,
        key="AE_DO1.LL",
        tag="AE_DO1",
        kind=RuleKind.LOW_LOW,
        priority=priority,
        event=event,
        from_state=AlarmState.NORMAL,
        to_state=AlarmState.UNACKNOWLEDGED,
        value=0.4,
        limit=0.5,
        batch=seq,
        occurrence=UUID(int=alarm),
        actor=who[0],
        comment=who[1],
        actor_id=who[2],
    )


def on(person: UUID, start_s: int, end_s: int) -> OnShift:
    shift = Shift("2026-11-21/day", Name("白班", "day shift"), "2026-11-21", start_s * S, end_s * S)
    name = Name("中控岗", "control room")
    return OnShift(UUID(int=9), shift, person, "1", "王磊", "operator", UUID(int=8), name, None, None)


MOVES = [
    move(1, 100, AlarmEvent.RAISE, 1),
    move(2, 160, AlarmEvent.ACKNOWLEDGE, 1),
    move(3, 400, AlarmEvent.CLEAR, 1),
    move(4, 1000, AlarmEvent.RAISE, 2),
    move(5, 1010, AlarmEvent.RAISE, 3, Priority.LOW),
    move(6, 5000, AlarmEvent.RAISE, 4),
]


def test_an_answer_has_who_how_fast_and_who_was_on_shift() -> None:
    first, second = responses(
        reversed(MOVES), [on(WANG, 0, 1000), on(LI, 1000, 2000)], 0, 2000 * S, Priority.MEDIUM
    )

    assert (first.by_id, first.by, first.comment) == (WANG, "wang", "已到现场")
    assert (first.seconds, first.cleared_us) == (60.0, 400 * S)
    assert [one.person for one in first.on_shift] == [WANG]
    assert (second.seconds, second.by) == (None, None)
    assert [one.person for one in second.on_shift] == [LI], "the turn's end is not included"


def test_figures_count_what_nobody_answered_apart() -> None:
    found = responses(MOVES, [], 0, 9000 * S, Priority.LOW)

    assert answered(found) == Answered(raised=4, acknowledged=1, median_s=60.0, slowest_s=60.0)
    assert answered([]) == Answered(0, 0, None, None)


def test_a_record_without_its_raise_is_no_alarm_of_this_month() -> None:
    assert responses(MOVES[1:3], [], 0, 9000 * S, Priority.LOW) == []


def member(person: UUID, account: UUID | None, from_day: str, active: bool = True) -> StaffMember:
    return StaffMember(
        record=UUID(int=90),
        person=person,
        number="1",
        name="王磊",
        category="operator",
        qualifications=(),
        account_id=account,
        active=active,
        valid_from=date.fromisoformat(from_day),
        contacts=(),
        recorded_us=0,
    )


ONE, OTHER, ACCOUNT = UUID(int=21), UUID(int=22), WANG
NOBODYS = {ONE: [member(ONE, None, "1960-01-01")]}
LINKED_LATER = {ONE: [member(ONE, None, "1960-01-01"), member(ONE, ACCOUNT, "2026-01-01")]}
UNLINKED = {ONE: [member(ONE, ACCOUNT, "1960-01-01"), member(ONE, None, "2026-01-01")]}
PASSED_ON = {
    ONE: [member(ONE, ACCOUNT, "1960-01-01"), member(ONE, None, "1965-01-01", active=False)],
    OTHER: [member(OTHER, None, "1960-01-01"), member(OTHER, ACCOUNT, "1966-01-01")],
}


@pytest.mark.parametrize(
    ("by", "of_people", "who"),
    [
        (ONE, NOBODYS, ONE),
        (ACCOUNT, NOBODYS, None),
        (ACCOUNT, LINKED_LATER, ONE),
        (ACCOUNT, UNLINKED, ONE),
        (ACCOUNT, PASSED_ON, OTHER),
        (None, LINKED_LATER, None),
    ],
)
def test_an_answer_is_of_the_person_whose_the_account_was_or_who_answered_from_a_push(
    by: UUID | None, of_people: dict[UUID, list[StaffMember]], who: UUID | None
) -> None:
    (first,) = responses(MOVES[:2], [], 0, 200 * S, Priority.HIGH)
    # On 1970-01-01.
    told = replace(first, by_id=by, acknowledged_us=None if by is None else first.acknowledged_us)

    assert answerer(told, of_people, ZoneInfo("Asia/Shanghai")) == who
