"""The ledger as an auditor reads it: who recorded what when, and what held before and after.

    before   the row that a record supersedes or amends, or the version of the same thing before it
    after    the record itself

Both with their words, but for contacts: these are addresses with secrets, and only said to be there. So
are wages, what leave was asked for and what was found of somebody, to whoever sees no assessments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Table, select

from operations.calls import StoreCalls
from operations.ledger import Ledger, LedgerLine, texts_of
from operations.records import RECORDS
from operations.staff.people import account_names
from storage.unit_of_work import reading

_VERSIONS: Final = {
    "staff": "person",
    "crew": "crew",
    "post": "post",
    "crew_member": "membership",
    "shift_pattern": "pattern",
}
"""The column by which versions of one thing are known, by kind."""
_NAMES_ANOTHER: Final = ("supersedes", "amends")
_OF_THE_LINE: Final = ("id", "plant", "node", "seq", "recorded_us", "actor_id")
_SECRET: Final = ("contact",)
_PRIVATE: Final = {
    "wage": ("month_yuan", "day_yuan"),
    "leave_request": ("leave_kind", "reason"),
    "leave_decision": ("note",),
    "finding": ("what", "place"),
    "finding_event": ("note", "witness", "cause"),
    "attendance_event": ("reason",),
    "roster_entry": ("reason",),
}
"""What only those see who see assessments, by kind: wages, illnesses and what was found of somebody."""
_HIDDEN: Final = "•••"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A record: who wrote it, and its row before and after; values are JSON's."""

    seq: int
    at_us: int
    kind: str
    record: UUID
    actor_id: UUID | None
    actor: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class LedgerAudit:
    """Reads the ledger. Calls raise StoreAway while the people's store is away."""

    def __init__(self, ledger: Ledger, calls: StoreCalls) -> None:
        self._ledger = ledger
        self._calls = calls

    async def lines(
        self, *, before: int | None = None, limit: int = 100, kind: str | None = None, private: bool = False
    ) -> Sequence[AuditLine]:
        """Return the newest records of this node below a number, newest first.

        `private`: with wages, reasons of leave and what findings say.
        """
        return await self._calls.call(self._lines, before, limit, kind, private)

    def _lines(self, before: int | None, limit: int, kind: str | None, private: bool) -> Sequence[AuditLine]:
        found = self._ledger.lines(before=before, limit=limit, kind=kind)
        with reading(self._ledger.engine) as connection:
            names = account_names(connection, (line.actor_id for line in found))
            return [_line(connection, line, names, private) for line in found]


def _line(connection: Connection, line: LedgerLine, names: dict[UUID, str], private: bool) -> AuditLine:
    table = RECORDS.get(line.kind)
    row = None if table is None else _row(connection, table, line.record)
    former = None if table is None or row is None else _former(connection, table, row)
    hidden = _SECRET if private else (*_SECRET, *_PRIVATE.get(line.kind, ()))
    actor = names.get(line.actor_id) if line.actor_id else None
    return AuditLine(
        line.seq,
        line.at_us,
        line.kind,
        line.record,
        line.actor_id,
        actor,
        _told(connection, former, hidden),
        _told(connection, row, hidden),
    )


def _row(connection: Connection, table: Table, record: UUID) -> RowMapping | None:
    return connection.execute(select(table).where(table.c.id == record)).mappings().one_or_none()


def _former(connection: Connection, table: Table, row: RowMapping) -> RowMapping | None:
    for name in _NAMES_ANOTHER:
        if row.get(name) is not None:
            return _row(connection, table, row[name])
    key = _VERSIONS.get(table.name)
    if key is None:
        return None
    query = (
        select(table)
        .where(table.c[key] == row[key], table.c.plant == row["plant"], table.c.seq < row["seq"])
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def _told(connection: Connection, row: RowMapping | None, hidden: Sequence[str]) -> dict[str, Any] | None:
    if row is None:
        return None
    # SQLAlchemy's names of columns are now and then of a kind of its own, which is no key of JSON.
    told = {str(name): _plain(value) for name, value in row.items() if name not in _OF_THE_LINE}
    texts = texts_of(connection, [row["id"]])[row["id"]]
    return {
        field: _HIDDEN if field in hidden and value not in (None, "") else value
        for field, value in (told | texts).items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else value
