"""Leave and swaps of the demo's past, one of them granted after the fact, and one that still waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.life.attendance_story import Act, Deed
from app.life.stage import Stage
from operations.leave.rules import LeaveKind, RequestKind, Step
from operations.leave.service import NewRequest
from telemetry.clock import US_PER_S, duration_us
from telemetry.duty import OnShift

_DAY_US: Final = duration_us(timedelta(days=1))
_HOUR_US: Final = 3600 * US_PER_S


def requests(begun_us: int) -> Iterator[Deed]:
    """Yield what was asked for and what was said of it, each in one act."""
    yield Deed(begun_us - 23 * _DAY_US, _leave("0403", 2, LeaveKind.ANNUAL, "探亲，家在外地", "0303"))
    yield Deed(begun_us - 15 * _DAY_US, _swap("0103", "0203", 2, "孩子家长会"))
    yield Deed(begun_us - 8 * _DAY_US, _after_the_fact("0302", "急性肠胃炎，附医院病历"))
    yield Deed(begun_us - _DAY_US, _waiting("0402", 4, "参加安全员培训"))


async def _turn(stage: Stage, number: str, ahead: int, hours: int = 0) -> OnShift | None:
    """Return somebody's first turn that begins so many days ahead, or later."""
    from_us = stage.clock.at_us + ahead * _DAY_US - hours * _HOUR_US
    lines = await stage.desk.roster.of_person(stage.persons[number], from_us, from_us + 8 * _DAY_US)
    return next((line.on for line in lines if line.on.shift.start_us >= from_us), None)


def _leave(number: str, ahead: int, kind: LeaveKind, reason: str, substitute: str | None) -> Act:
    async def act(stage: Stage) -> object:
        turn = await _turn(stage, number, ahead)
        if turn is None:
            return None
        stands_in = stage.persons[substitute] if substitute else None
        new = NewRequest(
            RequestKind.LEAVE, reason, turn.shift.start_us, turn.shift.end_us, None, None, stands_in, kind
        )
        return await _decided(stage, new, number)

    return act


def _swap(number: str, other: str, ahead: int, reason: str) -> Act:
    async def act(stage: Stage) -> object:
        given, taken = await _turn(stage, number, ahead), await _turn(stage, other, ahead + 1)
        if given is None or taken is None:
            return None
        new = NewRequest(
            RequestKind.SWAP, reason, None, None, given.assignment, taken.assignment, stage.persons[other]
        )
        return await _decided(stage, new, number)

    return act


def _after_the_fact(number: str, reason: str) -> Act:
    async def act(stage: Stage) -> object:
        from_us = stage.clock.at_us - 5 * _DAY_US
        lines = await stage.desk.roster.of_person(stage.persons[number], from_us, stage.clock.at_us)
        missed = next((line.on for line in lines if line.on.signed_in_us is None), None)
        if missed is None:
            return None
        shift = missed.shift
        new = NewRequest(RequestKind.LEAVE, reason, shift.start_us, shift.end_us, leave_kind=LeaveKind.SICK)
        return await _decided(stage, new, number, "事后补办，情况属实")

    return act


def _waiting(number: str, ahead: int, reason: str) -> Act:
    async def act(stage: Stage) -> object:
        turn = await _turn(stage, number, ahead)
        if turn is None:
            return None
        span = (turn.shift.start_us, turn.shift.end_us)
        new = NewRequest(RequestKind.LEAVE, reason, *span, leave_kind=LeaveKind.PERSONAL)
        return await stage.desk.leave.ask(new, stage.actor_of(stage.persons[number]))

    return act


async def _decided(stage: Stage, new: NewRequest, number: str, note: str = "同意") -> object:
    """Ask, have the plant manager endorse hours later and the department approve after that."""
    asked = await stage.desk.leave.ask(new, stage.actor_of(stage.persons[number]))
    for step, who in ((Step.ENDORSE, "manager"), (Step.APPROVE, "department")):
        stage.clock.at_us += 2 * _HOUR_US
        asked = await stage.desk.leave.decide(asked.id, step, note, stage.actors[who])
    return asked
