"""Entries of the roster: which stand, at what time and as known when; and how they are written.

An `assign` stands until a `withdraw` names it. Nothing is changed or deleted: who was on the roster at
T, as it was known at K, is a question of which rows were recorded until K.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, exists, select

from operations.ledger import Writing
from operations.roster.pattern import LONGEST_TURN
from operations.roster.slots import Action, Cause, Entry, Slot
from operations.roster.tables import roster_entry
from operations.staff.people import EVER
from storage.portions import portions
from telemetry.clock import duration_us
from telemetry.people import Actor
from telemetry.plant import Name

# A turn that starts before an hour is put back lasts one more.
LONGEST_US: Final = duration_us(LONGEST_TURN + timedelta(hours=2))


def standing(
    connection: Connection,
    plant: str,
    from_us: int,
    to_us: int,
    *,
    known_us: int = EVER,
    persons: Iterable[UUID] | None = None,
    post: UUID | None = None,
) -> list[Entry]:
    """Return the entries that stand and overlap with [from, to), by start."""
    query = _standing(plant, known_us).where(
        roster_entry.c.start_us > from_us - LONGEST_US,
        roster_entry.c.start_us < to_us,
        roster_entry.c.end_us > from_us,
    )
    if persons is not None:
        query = query.where(roster_entry.c.person.in_(set(persons)))
    if post is not None:
        query = query.where(roster_entry.c.post == post)
    return _found(connection, query)


def standing_one(connection: Connection, plant: str, entry: UUID, known_us: int = EVER) -> Entry | None:
    """Return an entry that stands; None for one that is withdrawn, or never was."""
    found = _found(connection, _standing(plant, known_us).where(roster_entry.c.id == entry))
    return found[0] if found else None


def one(connection: Connection, plant: str, entry: UUID) -> Entry | None:
    """Return an entry, whether it stands or not."""
    query = select(roster_entry).where(roster_entry.c.plant == plant, roster_entry.c.id == entry)
    found = _found(connection, query)
    return found[0] if found else None


def some(connection: Connection, entries: Iterable[UUID]) -> dict[UUID, Entry]:
    """Return entries by id, whether they stand or not."""
    asked = set(entries)
    if not asked:
        return {}
    query = select(roster_entry).where(roster_entry.c.id.in_(asked))
    return {entry.id: entry for entry in _found(connection, query)}


def written(connection: Connection, plant: str, from_us: int, to_us: int) -> list[Entry]:
    """Return every row of turns that start in [from, to), in the order of writing."""
    query = (
        select(roster_entry)
        .where(
            roster_entry.c.plant == plant,
            roster_entry.c.start_us >= from_us,
            roster_entry.c.start_us < to_us,
        )
        .order_by(roster_entry.c.seq)
    )
    return [_entry(row) for row in connection.execute(query).mappings()]


def of_request(connection: Connection, plant: str, request: UUID) -> list[Entry]:
    """Return every row that a request made, in the order of writing."""
    query = (
        select(roster_entry)
        .where(roster_entry.c.plant == plant, roster_entry.c.request == request)
        .order_by(roster_entry.c.seq)
    )
    return [_entry(row) for row in connection.execute(query).mappings()]


def withdrawals(connection: Connection, ended: Collection[UUID], causes: Collection[Cause]) -> list[Entry]:
    """Return the rows by which entries ended for some causes, in the order of writing."""
    found = []
    for some in portions(ended):
        query = select(roster_entry).where(
            roster_entry.c.supersedes.in_(some),
            roster_entry.c.action == Action.WITHDRAW.value,
            roster_entry.c.cause.in_([cause.value for cause in causes]),
        )
        rows = connection.execute(query.order_by(roster_entry.c.seq)).mappings()
        found += [_entry(row) for row in rows]
    return found


def assign(
    page: Writing,
    slot: Slot,
    cause: Cause,
    by: Actor | None,
    *,
    replaces: UUID | None = None,
    request: UUID | None = None,
    publication: UUID | None = None,
    reason: str = "",
    id: UUID | None = None,
) -> UUID:
    """Write that somebody is to stand somewhere; `replaces` is the entry of whom one stands for."""
    values = _values(slot) | {
        "action": Action.ASSIGN.value,
        "cause": cause.value,
        "supersedes": replaces,
        "request": request,
        "publication": publication,
    }
    return page.add(roster_entry, values, {"reason": reason}, by, id)


def withdraw(
    page: Writing,
    entry: Entry,
    cause: Cause,
    by: Actor | None,
    *,
    request: UUID | None = None,
    publication: UUID | None = None,
) -> UUID:
    """Write that an entry no longer stands."""
    values = _values(entry.slot) | {
        "action": Action.WITHDRAW.value,
        "cause": cause.value,
        "supersedes": entry.id,
        "request": request,
        "publication": publication,
    }
    return page.add(roster_entry, values, None, by)


def withdraw_from(page: Writing, plant: str, person: UUID, from_us: int, by: Actor | None) -> int:
    """Withdraw what somebody who leaves would still have to do; return how many turns that was."""
    ahead = [
        entry
        for entry in standing(page.connection, plant, from_us, EVER, persons=[person])
        if entry.slot.start_us >= from_us
    ]
    for entry in ahead:
        withdraw(page, entry, Cause.LEFT, by)
    return len(ahead)


def _standing(plant: str, known_us: int) -> Select[tuple[object, ...]]:
    later = roster_entry.alias("later")
    withdrawn = exists().where(
        later.c.supersedes == roster_entry.c.id,
        later.c.action == Action.WITHDRAW.value,
        later.c.recorded_us <= known_us,
    )
    return select(roster_entry).where(
        roster_entry.c.plant == plant,
        roster_entry.c.action == Action.ASSIGN.value,
        roster_entry.c.recorded_us <= known_us,
        ~withdrawn,
    )


def _found(connection: Connection, query: Select[tuple[object, ...]]) -> list[Entry]:
    ordered = query.order_by(roster_entry.c.start_us, roster_entry.c.seq)
    return [_entry(row) for row in connection.execute(ordered).mappings()]


def _values(slot: Slot) -> dict[str, object]:
    return {
        "day": slot.day,
        "shift": slot.shift,
        "shift_zh": slot.name.zh,
        "shift_en": slot.name.en,
        "start_us": slot.start_us,
        "end_us": slot.end_us,
        "crew": slot.crew,
        "person": slot.person,
        "post": slot.post,
    }


def _entry(row: RowMapping) -> Entry:
    slot = Slot(
        day=row["day"],
        shift=row["shift"],
        name=Name(row["shift_zh"], row["shift_en"]),
        start_us=row["start_us"],
        end_us=row["end_us"],
        crew=row["crew"],
        person=row["person"],
        post=row["post"],
    )
    return Entry(
        id=row["id"],
        slot=slot,
        action=Action(row["action"]),
        cause=Cause(row["cause"]),
        supersedes=row["supersedes"],
        request=row["request"],
        publication=row["publication"],
        recorded_us=row["recorded_us"],
        seq=row["seq"],
        actor_id=row["actor_id"],
    )
