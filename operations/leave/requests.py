"""Requests for leave, swaps and covers with what was said of them: questions, no changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, RowMapping, select

from operations.leave.rules import (
    LeaveKind,
    RequestKind,
    State,
    Step,
    StepsFor,
    next_step,
    state_of,
    steps_of,
)
from operations.leave.tables import leave_decision, leave_request
from operations.ledger import texts_of
from operations.staff import people
from operations.staff.people import StaffMember
from storage.portions import portions
from telemetry.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody said of a request, and when."""

    step: Step
    at_us: int
    by: str | None
    actor_id: UUID | None
    note: str


@dataclass(frozen=True, slots=True)
class LeaveRequest:
    """A request. `entry` is the turn that is given, `in_return` the one that is taken for it.

    `needs` are all steps that its rule set asks for, `next` the one that is due, None when it is closed.
    """

    id: UUID
    seq: int
    kind: RequestKind
    person: UUID
    number: str
    name: str
    account_id: UUID | None
    from_us: int
    to_us: int
    entry: UUID | None
    in_return: UUID | None
    substitute: UUID | None
    substitute_name: str | None
    substitute_account: UUID | None
    leave_kind: LeaveKind | None
    reason: str
    asked_us: int
    asked_by: UUID | None
    decisions: tuple[Decision, ...]
    needs: tuple[str, ...]
    state: State
    next: Step | None


def one(
    connection: Connection, plant: str, calendar: Calendar, steps_for: StepsFor, request: UUID
) -> LeaveRequest | None:
    """Return a request; None for none."""
    query = select(leave_request).where(leave_request.c.plant == plant, leave_request.c.id == request)
    found = _made(connection, plant, calendar, steps_for, connection.execute(query).mappings().all())
    return found[0] if found else None


def some(
    connection: Connection, plant: str, calendar: Calendar, steps_for: StepsFor, ids: Sequence[UUID]
) -> list[LeaveRequest]:
    """Return requests by their ids, in no order; what is not there is left out."""
    found = []
    for portion in portions(ids):
        query = select(leave_request).where(leave_request.c.plant == plant, leave_request.c.id.in_(portion))
        rows = connection.execute(query).mappings().all()
        found += _made(connection, plant, calendar, steps_for, rows)
    return found


def listed(
    connection: Connection,
    plant: str,
    calendar: Calendar,
    steps_for: StepsFor,
    *,
    person: UUID | None = None,
    from_us: int | None = None,
    to_us: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[LeaveRequest]:
    """Return requests, the newest first: of somebody, also as substitute; for a time; below a number."""
    asked = leave_request.c
    query = select(leave_request).where(asked.plant == plant)
    if person is not None:
        query = query.where((asked.person == person) | (asked.substitute == person))
    if from_us is not None:
        query = query.where(asked.to_us > from_us)
    if to_us is not None:
        query = query.where(asked.from_us < to_us)
    if before is not None:
        query = query.where(asked.seq < before)
    query = query.order_by(asked.seq.desc()).limit(limit)
    return _made(connection, plant, calendar, steps_for, connection.execute(query).mappings().all())


def _made(
    connection: Connection, plant: str, calendar: Calendar, steps_for: StepsFor, rows: Sequence[RowMapping]
) -> list[LeaveRequest]:
    ids = [row["id"] for row in rows]
    decisions = _decisions(connection, plant, ids)
    texts = texts_of(connection, ids)
    persons = {row["person"] for row in rows} | {row["substitute"] for row in rows if row["substitute"]}
    of_people = people.versions(connection, plant, persons) if rows else {}

    def on(row: RowMapping, person: UUID) -> StaffMember:
        return people.on_day(of_people[person], calendar.day_of(row["from_us"]))

    def made(row: RowMapping) -> LeaveRequest:
        member = on(row, row["person"])
        said = decisions[row["id"]]
        steps = [decision.step for decision in said]
        kind = RequestKind(row["kind"])
        needs = steps_of(kind, steps_for(member.category, calendar.day_of(row["from_us"])))
        substitute = on(row, row["substitute"]) if row["substitute"] else None
        return LeaveRequest(
            id=row["id"],
            seq=row["seq"],
            kind=kind,
            person=row["person"],
            number=member.number,
            name=member.name,
            account_id=member.account_id,
            from_us=row["from_us"],
            to_us=row["to_us"],
            entry=row["entry"],
            in_return=row["in_return"],
            substitute=row["substitute"],
            substitute_name=substitute.name if substitute else None,
            substitute_account=substitute.account_id if substitute else None,
            leave_kind=LeaveKind(row["leave_kind"]) if row["leave_kind"] else None,
            reason=texts[row["id"]].get("reason", ""),
            asked_us=row["recorded_us"],
            asked_by=row["actor_id"],
            decisions=tuple(said),
            needs=needs,
            state=state_of(steps),
            next=next_step(needs, steps),
        )

    return [made(row) for row in rows]


def _decisions(connection: Connection, plant: str, requests: Sequence[UUID]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = {request: [] for request in requests}
    said = leave_decision.c
    for portion in portions(requests):
        query = select(leave_decision).where(said.request.in_(portion)).order_by(said.seq)
        rows = connection.execute(query).mappings().all()
        names = people.actor_names(connection, plant, [row["actor_id"] for row in rows])
        notes = texts_of(connection, [row["id"] for row in rows])
        for row in rows:
            note = notes[row["id"]].get("note", "")
            by = names.get(row["actor_id"]) if row["actor_id"] else None
            step = Step(row["step"])
            found[row["request"]].append(Decision(step, row["recorded_us"], by, row["actor_id"], note))
    return found
