"""Leave and swaps of the demo's past, one of them granted after the fact, and one that still waits."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.life.deeds import Act, Deed
from app.life.stage import Stage
from operations.leave.requests import LeaveRequest
from operations.leave.rules import LeaveKind, RequestKind, Step
from operations.leave.service import NewRequest
from telemetry.clock import US_PER_S, duration_us
from telemetry.duty import OnShift, Shift

_DAY_US: Final = duration_us(timedelta(days=1))
_HOUR_US: Final = 3600 * US_PER_S
_REST_US: Final = 14 * _HOUR_US
_PATROL: Final = ("0303", "0203", "0103", "0403")
"""Who can stand in for a patrol."""


def requests(begun_us: int) -> Iterator[Deed]:
    """Yield what was asked for and what was said of it, each in one act."""
    home, school, ill, course = "探亲，家在外地", "孩子家长会", "急性肠胃炎，附医院病历", "参加安全员培训"
    leave = _leave("0403", 2, LeaveKind.ANNUAL, home, _PATROL)
    yield Deed(begun_us - 23 * _DAY_US, _once("0403", home, leave))
    yield Deed(begun_us - 15 * _DAY_US, _once("0103", school, _swap("0103", _PATROL, 2, school)))
    yield Deed(begun_us - 8 * _DAY_US, _once("0302", ill, _after_the_fact("0302", ill)))
    waiting = _waiting("0402", 4, course)
    yield Deed(begun_us - _DAY_US, _once("0402", course, waiting, agreed=False))


async def _turns(stage: Stage, number: str, ahead: int) -> list[OnShift]:
    """Return somebody's turns of the ten days that begin so many days ahead."""
    from_us = stage.clock.at_us + ahead * _DAY_US
    lines = await stage.desk.roster.of_person(stage.persons[number], from_us, from_us + 10 * _DAY_US)
    return [line.on for line in lines if line.on.shift.start_us >= from_us]


async def _rests(stage: Stage, number: str, shift: Shift, but: UUID | None = None) -> bool:
    """Return whether somebody rests before and after a turn, were it theirs instead of another."""
    span = (shift.start_us - _REST_US, shift.end_us + _REST_US)
    lines = await stage.desk.roster.of_person(stage.persons[number], *span)
    return all(line.on.assignment == but for line in lines)


def _leave(number: str, ahead: int, kind: LeaveKind, reason: str, others: Sequence[str]) -> Act:
    async def act(stage: Stage) -> object:
        for turn in await _turns(stage, number, ahead):
            for other in others:
                if other != number and await _rests(stage, other, turn.shift):
                    span = (turn.shift.start_us, turn.shift.end_us)
                    stands_in = stage.persons[other]
                    new = NewRequest(RequestKind.LEAVE, reason, *span, None, None, stands_in, kind)
                    return await _decided(stage, new, number)
        return None

    return act


def _swap(number: str, others: Sequence[str], ahead: int, reason: str) -> Act:
    async def act(stage: Stage) -> object:
        for given in await _turns(stage, number, ahead):
            for other in (other for other in others if other != number):
                for taken in await _turns(stage, other, ahead):
                    mine = await _rests(stage, number, taken.shift, given.assignment)
                    if mine and await _rests(stage, other, given.shift, taken.assignment):
                        stands_in = stage.persons[other]
                        turns = (given.assignment, taken.assignment)
                        new = NewRequest(RequestKind.SWAP, reason, None, None, *turns, stands_in)
                        return await _decided(stage, new, number)
        return None

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
        turns = await _turns(stage, number, ahead)
        if not turns:
            return None
        turn = turns[0]
        span = (turn.shift.start_us, turn.shift.end_us)
        new = NewRequest(RequestKind.LEAVE, reason, *span, leave_kind=LeaveKind.PERSONAL)
        return await stage.desk.leave.ask(new, stage.actor_of(stage.persons[number]))

    return act


async def _decided(stage: Stage, new: NewRequest, number: str, note: str = "同意") -> object:
    """Ask; hours later a colleague agrees, the plant manager endorses, the department approves."""
    asked = await stage.desk.leave.ask(new, stage.actor_of(stage.persons[number]))
    return await _agreed(stage, asked, note)


async def _agreed(stage: Stage, asked: LeaveRequest, note: str = "同意") -> object:
    by = {Step.ENDORSE: stage.actors["manager"], Step.APPROVE: stage.actors["department"]}
    if asked.substitute is not None:
        by[Step.AGREE] = stage.actor_of(asked.substitute)
    while asked.next is not None:
        stage.clock.at_us += 2 * _HOUR_US
        asked = await stage.desk.leave.decide(asked.id, asked.next, note, by[asked.next])
    return asked


def _once(number: str, reason: str, act: Act, *, agreed: bool = True) -> Act:
    """Ask once, whatever ended the demo meanwhile: what was asked for already is only agreed to."""

    async def once(stage: Stage) -> object:
        for asked in await stage.desk.leave.list(person=stage.persons[number]):
            if asked.reason == reason:
                return await _agreed(stage, asked) if agreed else None
        return await act(stage)

    return once
