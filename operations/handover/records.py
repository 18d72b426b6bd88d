"""Handovers as they stand in the people's store. Calls block and raise StoreError."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select

from operations.handover.content import Content, thawed
from operations.handover.rules import Role
from operations.handover.tables import handover, handover_addendum, handover_signature
from operations.ledger import Head, texts_of


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed for a turn; `name` is the account's, `person` None where it is nobody's of the staff."""

    role: Role
    person: UUID | None
    account: UUID | None
    name: str
    at_us: int
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Addendum:
    """What somebody added to a frozen handover."""

    id: UUID
    person: UUID | None
    name: str
    at_us: int
    text: str


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover, frozen, with what was signed and added since.

    `position` is its place in the list; `ledger` and `journal` are the chains' heads at the start.
    """

    id: UUID
    position: int
    turn: str
    started_us: int
    person: UUID | None
    name: str
    content: Content
    unanswered: tuple[UUID, ...]
    alarm_reason: str
    instructions: str
    ledger: Head
    journal: Head
    signatures: tuple[Signature, ...]
    addenda: tuple[Addendum, ...]

    @property
    def signed(self) -> Mapping[Role, Signature]:
        """The signatures by role."""
        return {signature.role: signature for signature in self.signatures}

    @property
    def complete(self) -> bool:
        """Whether the incoming turn has taken over."""
        return Role.INCOMING in self.signed


def roles_signed(connection: Connection, plant: str, turns: Sequence[str]) -> dict[str, set[Role]]:
    """Return the roles that signed, by turn; turns whose handover was not started are left out."""
    query = (
        select(handover.c.turn, handover_signature.c.role)
        .outerjoin_from(handover, handover_signature, handover_signature.c.handover == handover.c.id)
        .where(handover.c.plant == plant, handover.c.turn.in_(turns))
    )
    found: dict[str, set[Role]] = {}
    for turn, role in connection.execute(query):
        roles = found.setdefault(turn, set())
        if role is not None:
            roles.add(Role(role))
    return found


def by_id(connection: Connection, plant: str, handover_id: UUID) -> Handover | None:
    """Return one handover of a plant, None for an unknown one."""
    found = _all(connection, (handover.c.plant == plant) & (handover.c.id == handover_id), 1)
    return found[0] if found else None


def of_turn(connection: Connection, plant: str, turn: str) -> Handover | None:
    """Return the handover of a turn, None where it was not started."""
    found = _all(connection, (handover.c.plant == plant) & (handover.c.turn == turn), 1)
    return found[0] if found else None


def page(connection: Connection, plant: str, before_us: int | None, limit: int) -> list[Handover]:
    """Return handovers, newest turn first, of turns that ended before a time."""
    wanted: ColumnElement[bool] = handover.c.plant == plant
    if before_us is not None:
        wanted &= handover.c.end_us < before_us
    return _all(connection, wanted, limit)


def signed(connection: Connection, plant: str, from_us: int, to_us: int) -> int:
    """Return how many turns that ended in [from, to) were handed over, with both signatures."""
    both = (
        select(handover_signature.c.handover)
        .group_by(handover_signature.c.handover)
        .having(func.count() == len(Role))
    )
    mine = (handover.c.plant == plant, handover.c.end_us >= from_us, handover.c.end_us < to_us)
    query = select(func.count()).select_from(handover).where(*mine, handover.c.id.in_(both))
    return connection.execute(query).scalar_one()


def _all(connection: Connection, wanted: ColumnElement[bool], limit: int) -> list[Handover]:
    query = select(handover).where(wanted).order_by(handover.c.end_us.desc(), handover.c.id.desc())
    rows = connection.execute(query.limit(limit)).mappings().all()
    ids = [row["id"] for row in rows]
    signatures = _further(connection, handover_signature, ids)
    addenda = _further(connection, handover_addendum, ids)
    further = [row["id"] for group in (signatures, addenda) for some in group.values() for row in some]
    texts = texts_of(connection, [*ids, *further])
    return [_handover(row, signatures[row["id"]], addenda[row["id"]], texts) for row in rows]


def _further(connection: Connection, table: Any, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    query = select(table).where(table.c.handover.in_(ids)).order_by(table.c.seq)
    for row in connection.execute(query).mappings():
        found[row["handover"]].append(row)
    return found


def _handover(
    row: Any, signatures: Sequence[Any], addenda: Sequence[Any], texts: Mapping[UUID, Mapping[str, str]]
) -> Handover:
    own = texts[row["id"]]
    return Handover(
        id=row["id"],
        position=row["end_us"],
        turn=row["turn"],
        started_us=row["recorded_us"],
        person=row["person"],
        name=own.get("name", ""),
        content=thawed(row["content"]),
        unanswered=tuple(UUID(alarm) for alarm in row["unanswered"] or ()),
        alarm_reason=own.get("alarm_reason", ""),
        instructions=own.get("instructions", ""),
        ledger=Head(row["ledger_records"], row["ledger_hash"]),
        journal=Head(row["journal_records"], row["journal_hash"]),
        signatures=tuple(_signature(each, texts[each["id"]]) for each in signatures),
        addenda=tuple(_addendum(each, texts[each["id"]]) for each in addenda),
    )


def _signature(row: Any, texts: Mapping[str, str]) -> Signature:
    return Signature(
        role=Role(row["role"]),
        person=row["person"],
        account=row["actor_id"],
        name=texts.get("name", ""),
        at_us=row["recorded_us"],
        reason=texts.get("reason", ""),
        note=texts.get("note", ""),
    )


def _addendum(row: Any, texts: Mapping[str, str]) -> Addendum:
    return Addendum(
        id=row["id"],
        person=row["person"],
        name=texts.get("name", ""),
        at_us=row["recorded_us"],
        text=texts.get("text", ""),
    )
