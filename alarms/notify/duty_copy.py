"""The node's own copy of who answers alarms: what tells whom to push to while the people's store is away."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Select, delete, insert, select

from alarms.notify.tables import contact, copied, duty
from storage.unit_of_work import reading, writing
from telemetry.duty import Recipient


class DutyStep(IntEnum):
    """Who is told at first, and who when nobody answers."""

    FIRST = 1
    SECOND = 2


@dataclass(frozen=True, slots=True)
class DutyTurn:
    """Somebody answers alarms from a time on, the end not included; the lowest rank is told first."""

    person: UUID
    step: DutyStep
    start_us: int
    end_us: int
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Copied:
    """When the roster was last copied, and up to when it says who answers."""

    at_us: int
    through_us: int


class DutyCopy:
    """Implements `telemetry.duty.OnCall`. Every call is one transaction, blocks, and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, turns: Sequence[DutyTurn], people: Sequence[Recipient], copy: Copied) -> None:
        """Keep a new copy in the place of the former; who is not among the people gets nothing any more."""
        turn_rows = {
            (turn.person, turn.start_us, turn.step): {
                "person": turn.person,
                "step": int(turn.step),
                "start_us": turn.start_us,
                "end_us": turn.end_us,
                "rank": turn.rank,
            }
            for turn in turns
        }
        with writing(self._engine) as connection:
            for table in (duty, contact, copied):
                connection.execute(delete(table))
            if turn_rows:
                connection.execute(insert(duty), list(turn_rows.values()))
            if rows := [_contact_row(each) for each in people if each.person is not None]:
                connection.execute(insert(contact), rows)
            connection.execute(insert(copied).values(id=1, at_us=copy.at_us, through_us=copy.through_us))

    def copied(self) -> Copied | None:
        """Return how old the copy is and how far it reaches, None before the first."""
        with reading(self._engine) as connection:
            row = connection.execute(select(copied.c.at_us, copied.c.through_us)).one_or_none()
        return None if row is None else Copied(*row)

    def on_duty(self, at_us: int) -> Sequence[Recipient]:
        """Return who answers alarms at a time, by rank."""
        return self._at(at_us, DutyStep.FIRST)

    def second_step(self, at_us: int) -> Sequence[Recipient]:
        """Return who is told when nobody answered, by rank."""
        return self._at(at_us, DutyStep.SECOND)

    def recipient(self, person: UUID) -> Recipient | None:
        """Return somebody who may be told, None for who is not known any more."""
        return next(iter(self._select(select(contact).where(contact.c.person == person))), None)

    def of_account(self, account_id: UUID) -> Sequence[Recipient]:
        """Return who signs in with an account."""
        return self._select(select(contact).where(contact.c.account_id == account_id))

    def _at(self, at_us: int, step: DutyStep) -> list[Recipient]:
        on = (duty.c.step == int(step), duty.c.start_us <= at_us, duty.c.end_us > at_us)
        found = select(contact).join_from(contact, duty, contact.c.person == duty.c.person).where(*on)
        once = {each.person: each for each in self._select(found.order_by(duty.c.rank, duty.c.start_us))}
        return list(once.values())

    def _select(self, query: Select[Any]) -> list[Recipient]:
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            Recipient(row.person, row.account_id, row.name, row.language, tuple(json.loads(row.targets)))
            for row in rows
        ]


def _contact_row(each: Recipient) -> dict[str, Any]:
    return {
        "person": each.person,
        "account_id": each.account_id,
        "name": each.name,
        "language": each.language,
        "targets": json.dumps(each.targets),
    }
