"""The turns of some days as they are judged: from the roster, what was signed, and what was approved."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from operations.attendance.away import away_of, moves_of
from operations.attendance.judge import Judged, Turn, judge
from operations.attendance.tables import attendance_event
from operations.leave.free import leaves
from operations.leave.rules import Step
from operations.leave.tables import leave_decision, leave_request
from operations.roster import entries, reading
from operations.roster.slots import Action, Cause, Entry, Slot
from operations.rules.sets import RuleSets
from storage.portions import portions
from telemetry.clock import to_us
from telemetry.duty import OnShift

_RELEASING: Final = (Cause.LEAVE, Cause.SWAP, Cause.COVER)


class Release(StrEnum):
    """What frees somebody from a turn."""

    LEAVE = "leave"
    SWAP = "swap"
    COVER = "cover"
    TAKEN_BACK = "taken_back"
    """By an approval that was taken back in time: the turn is its owner's again."""


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """A turn judged, and what it is called: person, post and crew as they were on that day."""

    judged: Judged
    on: OnShift
    released_by: Release | None = None
    """What freed them, where something did."""

    def without(self, keys: Collection[str]) -> "JudgedTurn":
        """Return it without the proposals of some keys."""
        left = tuple(one for one in self.judged.proposals if one.key not in keys)
        return replace(self, judged=replace(self.judged, proposals=left))


def judged_turns(
    connection: Connection,
    plant: str,
    rules: RuleSets,
    zone: ZoneInfo,
    from_day: date,
    to_day: date,
    now_us: int,
    persons: Collection[UUID] | None = None,
) -> list[JudgedTurn]:
    """Return the turns that belong to days, both included, judged as everything is known now; by start."""
    # By some rules a shift belongs to the day it ends on: a day more on each side, then those of these days.
    from_us, to_us_ = _start(from_day - timedelta(days=1), zone), _start(to_day + timedelta(days=2), zone)
    rows = entries.written(connection, plant, from_us, to_us_)
    withdrawn = {row.supersedes: row for row in rows if row.action is Action.WITHDRAW}
    kept = [
        row
        for row in rows
        if row.action is Action.ASSIGN
        and (persons is None or row.slot.person in persons)
        and (row.id not in withdrawn or withdrawn[row.id].cause in _RELEASING)
    ]
    ended = [row for row in withdrawn.values() if row.cause in _RELEASING]
    released = _released(connection, plant, ended)
    undone = _taken_back(connection, {row.request for row in rows if row.request is not None})
    # Nobody was to stand in for a turn that was gone by when that was approved, and is not approved now.
    kept = [row for row in kept if not (row.request in undone and _is_after(row))]
    given_back = {
        (row.request, row.slot) for row in rows if row.action is Action.ASSIGN and row.request in undone
    }
    asked = _asked(connection, plant, from_us, to_us_)
    settled = _settled(connection, [row.id for row in kept])
    moves = moves_of(connection, [row.id for row in kept])
    lines = reading.lines(connection, plant, kept)
    found = []
    for line in lines:
        assignment = line.on.assignment
        turn = turn_of(line.on, released.get(assignment), asked, settled.get(assignment), line.recorded_us)
        away = away_of(moves.get(assignment, ()), line.on.signed_out_us, line.on.shift)
        turn = replace(turn, away=away)
        held = rules.on(date.fromisoformat(line.on.shift.day))
        judged = judge(turn, held, now_us, zone)
        if from_day <= judged.day <= to_day:
            found.append(JudgedTurn(judged, line.on, _release(withdrawn.get(assignment), undone, given_back)))
    return found


def turn_of(
    on: OnShift, released: UUID | None, asked: Sequence["Asked"], settled: UUID | None, bound_us: int
) -> Turn:
    """Return what is judged of somebody on the roster, who stands there since `bound_us`.

    `released` is the approval that freed them.
    """
    mine = (request for request in asked if request.speaks_of(on))
    return Turn(
        assignment=on.assignment,
        shift=on.shift,
        person=on.person,
        category=on.category,
        post=on.post,
        crew=on.crew,
        signed_in_us=on.signed_in_us,
        signed_out_us=on.signed_out_us,
        replaces=on.replaces,
        released=released,
        asked=next((request.id for request in mine), None),
        settled=settled,
        bound_us=bound_us,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for leave or a swap that nobody approved, and that was not taken back."""

    id: UUID
    person: UUID
    from_us: int
    to_us: int
    entry: UUID | None

    def speaks_of(self, on: OnShift) -> bool:
        """Return whether it is about somebody's turn."""
        if self.entry is not None:
            return self.entry == on.assignment
        return self.person == on.person and self.from_us < on.shift.end_us and on.shift.start_us < self.to_us


def approved_after(connection: Connection, plant: str, asked: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the approvals by which entries of the roster are released, by entry."""
    return _released(connection, plant, entries.withdrawals(connection, set(asked), _RELEASING))


def _released(connection: Connection, plant: str, withdrawn: Collection[Entry]) -> dict[UUID, UUID]:
    """Return the approvals that hold, by the entry that each released.

    One that was given after the turn began, and taken back, releases nobody: the turn was not given back
    to its owner, since it was over. Leave that is approved for it later does.
    """
    undone = _taken_back(connection, {row.request for row in withdrawn if row.request is not None})
    void = [row for row in withdrawn if row.request in undone and _is_after(row)]
    found = {row.supersedes: row.request or row.id for row in withdrawn if row not in void and row.supersedes}
    if void:
        persons = {row.slot.person for row in void}
        from_us, to_us_ = min(row.slot.start_us for row in void), max(row.slot.end_us for row in void)
        again = leaves(connection, plant, from_us, to_us_, persons=persons)
        for row in void:
            for leave in again:
                covers = leave.from_us <= row.slot.start_us and row.slot.end_us <= leave.to_us
                if covers and leave.person == row.slot.person and row.supersedes is not None:
                    found.setdefault(row.supersedes, leave.request)
    return found


def _release(
    row: Entry | None, undone: Collection[UUID], given_back: Collection[tuple[UUID | None, Slot]]
) -> Release | None:
    if row is None:
        return None
    if (row.request, row.slot) in given_back:
        return Release.TAKEN_BACK
    # What is void frees nobody: it was leave that was approved later.
    if row.request in undone and _is_after(row):
        return Release.LEAVE
    return Release(row.cause.value)


def _is_after(row: Entry) -> bool:
    """Return whether a row was written when its turn had begun."""
    return row.recorded_us >= row.slot.start_us


def _taken_back(connection: Connection, requests: Collection[UUID]) -> set[UUID]:
    """Return which approved requests were taken back."""
    found = set[UUID]()
    for some in portions(requests):
        query = select(leave_decision.c.request).where(
            leave_decision.c.request.in_(some), leave_decision.c.step == Step.WITHDRAW.value
        )
        found |= set(connection.execute(query).scalars())
    return found


def _asked(connection: Connection, plant: str, from_us: int, to_us: int) -> list[Asked]:
    request, decision = leave_request, leave_decision
    query = select(request.c.id, request.c.person, request.c.from_us, request.c.to_us, request.c.entry).where(
        request.c.plant == plant, request.c.from_us < to_us, request.c.to_us > from_us
    )
    found = [Asked(*row) for row in connection.execute(query)]
    settled: set[UUID] = set()
    for some in portions(one.id for one in found):
        done = select(decision.c.request).where(
            decision.c.request.in_(some), decision.c.step.in_(("approve", "withdraw"))
        )
        settled |= set(connection.execute(done).scalars())
    return [one for one in found if one.id not in settled]


def _settled(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    event = attendance_event
    found: dict[UUID, UUID] = {}
    for some in portions(ids):
        query = (
            select(event.c.entry, event.c.id)
            .where(event.c.entry.in_(some), event.c.settles.is_not(None))
            .order_by(event.c.seq)
        )
        found |= {row.entry: row.id for row in connection.execute(query)}
    return found


def _start(day: date, zone: ZoneInfo) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=zone))
