"""The turns of some days as they are judged: from the roster, what was signed, and what was approved."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from operations.attendance.judge import Judged, Turn, judge
from operations.attendance.tables import attendance_event
from operations.leave.tables import leave_decision, leave_request
from operations.roster import entries, reading
from operations.roster.slots import Action, Cause, Entry
from operations.roster.tables import roster_entry
from operations.rules.sets import RuleSets
from telemetry.clock import to_us
from telemetry.duty import OnShift

_RELEASING: Final = (Cause.LEAVE, Cause.SWAP, Cause.COVER)
_SOME: Final = 500


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """A turn judged, and what it is called: person, post and crew as they were on that day."""

    judged: Judged
    on: OnShift

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
    asked = _asked(connection, plant, from_us, to_us_)
    settled = _settled(connection, [row.id for row in kept])
    lines = reading.lines(connection, plant, kept)
    found = []
    for line in lines:
        out = withdrawn.get(line.on.assignment)
        turn = turn_of(line.on, out, asked, settled.get(line.on.assignment))
        held = rules.on(date.fromisoformat(line.on.shift.day))
        judged = judge(turn, held, now_us, zone)
        if from_day <= judged.day <= to_day:
            found.append(JudgedTurn(judged, line.on))
    return found


def turn_of(on: OnShift, withdrawn: Entry | None, asked: Sequence["Asked"], settled: UUID | None) -> Turn:
    """Return what is judged of somebody on the roster."""
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
        released=None if withdrawn is None else withdrawn.request or withdrawn.id,
        asked=next((request.id for request in mine), None),
        settled=settled,
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


def approved_after(connection: Connection, asked: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the approvals by which entries of the roster were released, by entry."""
    wanted = list(asked)
    table = roster_entry
    found: dict[UUID, UUID] = {}
    for start in range(0, len(wanted), _SOME):
        query = select(table.c.supersedes, table.c.request, table.c.id).where(
            table.c.supersedes.in_(wanted[start : start + _SOME]),
            table.c.action == Action.WITHDRAW.value,
            table.c.cause.in_([cause.value for cause in _RELEASING]),
        )
        found |= {entry: request or row for entry, request, row in connection.execute(query)}
    return found


def _asked(connection: Connection, plant: str, from_us: int, to_us: int) -> list[Asked]:
    request, decision = leave_request, leave_decision
    query = select(request.c.id, request.c.person, request.c.from_us, request.c.to_us, request.c.entry).where(
        request.c.plant == plant, request.c.from_us < to_us, request.c.to_us > from_us
    )
    found = [Asked(*row) for row in connection.execute(query)]
    settled: set[UUID] = set()
    ids = [one.id for one in found]
    for start in range(0, len(ids), _SOME):
        done = select(decision.c.request).where(
            decision.c.request.in_(ids[start : start + _SOME]), decision.c.step.in_(("approve", "withdraw"))
        )
        settled |= set(connection.execute(done).scalars())
    return [one for one in found if one.id not in settled]


def _settled(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    event = attendance_event
    found: dict[UUID, UUID] = {}
    for start in range(0, len(ids), _SOME):
        query = (
            select(event.c.entry, event.c.id)
            .where(event.c.entry.in_(ids[start : start + _SOME]), event.c.settles.is_not(None))
            .order_by(event.c.recorded_us, event.c.seq)
        )
        found |= {row.entry: row.id for row in connection.execute(query)}
    return found


def _start(day: date, zone: ZoneInfo) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=zone))
