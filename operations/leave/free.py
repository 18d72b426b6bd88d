"""Who has leave when: approved requests, for whoever plans or looks for a substitute."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, exists, select

from operations.leave.tables import leave_decision, leave_request
from operations.staff.people import EVER


@dataclass(frozen=True, slots=True)
class Leave:
    """Approved leave of somebody, µs UTC, the end not included."""

    request: UUID
    person: UUID
    from_us: int
    to_us: int


def leaves(
    connection: Connection,
    plant: str,
    from_us: int,
    to_us: int,
    *,
    persons: Iterable[UUID] | None = None,
    known_us: int = EVER,
) -> list[Leave]:
    """Return approved leave that overlaps with [from, to), as it was known."""
    asked, decided, later = leave_request.c, leave_decision.c, leave_decision.alias("later").c
    approved = exists().where(
        decided.request == asked.id, decided.step == "approve", decided.recorded_us <= known_us
    )
    taken_back = exists().where(
        later.request == asked.id, later.step == "withdraw", later.recorded_us <= known_us
    )
    query = select(asked.id, asked.person, asked.from_us, asked.to_us).where(
        asked.plant == plant,
        asked.kind == "leave",
        asked.from_us < to_us,
        asked.to_us > from_us,
        asked.recorded_us <= known_us,
        approved,
        ~taken_back,
    )
    if persons is not None:
        query = query.where(asked.person.in_(set(persons)))
    return [Leave(*row) for row in connection.execute(query.order_by(asked.from_us, asked.id))]
