"""Whether the records of people's work stand as they were written: both ways between ledger and records.

    each chain       line by line from its beginning to its head, with each line's record and words
    behind a head    no line, and none of a node that has no head
    each record      has its line: what was put into a record table past the ledger is no record

It is read in pages, each asked by itself, so that neither memory nor a server's patience is asked much of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, Table, func, select

import operations.attendance.tables
import operations.findings.tables
import operations.handover.tables
import operations.leave.tables
import operations.logbook.tables
import operations.roster.tables
import operations.staff.tables  # noqa: F401  # all kinds of records are to be known here
from operations.ledger_hash import GENESIS, Head, Row, digest_of, line_hash, text_hash
from operations.records import RECORDS, ledger, ledger_head, record_text
from storage.unit_of_work import reading
from telemetry.errors import StoreError

_SOME: Final = 500
_CHANGED: Final = "was changed after it was written"


class LedgerDamaged(StoreError):
    """Records are not as they were written; the text names the first."""


def looked_through(
    engine: Engine, plant: str | None = None, pause: Callable[[], None] = lambda: None
) -> dict[str, Head]:
    """Look through a plant's records, or all of the store, and return where each node's chain ends.

    LedgerDamaged names the first record that does not fit, StoreError says why it cannot be asked;
    `pause` is called after every page.
    """
    heads = _heads(engine, plant)
    for node, head in heads.items():
        _walk(engine, node, head, pause)
    for kind in sorted(RECORDS):
        _find_strays(engine, RECORDS[kind], plant, pause)
    return heads


def _heads(engine: Engine, plant: str | None) -> dict[str, Head]:
    """Return the heads of a plant's chains, which no line may stand behind."""
    lines = ledger.c
    last = select(func.max(lines.seq)).where(lines.node == ledger_head.c.node).scalar_subquery()
    first = (
        select(lines.plant).where(lines.node == ledger_head.c.node).order_by(lines.seq).limit(1)
    ).scalar_subquery()
    headless = select(lines.node).where(lines.node.not_in(select(ledger_head.c.node)))
    if plant is not None:
        headless = headless.where(lines.plant == plant)
    with reading(engine) as connection:
        # One statement sees one state: a line and the head that names it.
        found = connection.execute(
            select(ledger_head.c.node, ledger_head.c.seq, ledger_head.c.hash, last, first)
        ).all()
        stranger = connection.execute(headless.limit(1)).scalar_one_or_none()
    if stranger is not None:
        raise LedgerDamaged(f"ledger of {stranger}: it has lines, but no head")
    heads = {}
    for node, seq, end, newest, of_plant in found:
        if plant is not None and of_plant not in (plant, None):
            continue
        if newest is not None and newest > seq:
            raise LedgerDamaged(f"ledger of {node}: record {newest} stands behind its end, which is {seq}")
        heads[node] = Head(seq, end)
    return heads


def _walk(engine: Engine, node: str, end: Head, pause: Callable[[], None]) -> None:
    head = Head(0, GENESIS)
    while lines := _page(engine, node, head.records, end.records):
        for line, wrong in lines:
            number = line["seq"]
            if wrong is not None:
                raise LedgerDamaged(f"ledger of {node}: record {number} {wrong}")
            if line["hash"] != line_hash(head.hash, line):
                gone = number > head.records + 1
                why = "does not follow on the one before it, which is gone" if gone else _CHANGED
                raise LedgerDamaged(f"ledger of {node}: record {number} {why}")
            head = Head(number, line["hash"])
        pause()
    if head != end:
        ends = f"it ends at record {head.records}, but {end.records} were written"
        raise LedgerDamaged(f"ledger of {node}: {ends}")


def _page(engine: Engine, node: str, after: int, until: int) -> list[tuple[RowMapping, str | None]]:
    """Return the next lines of a chain, each with what is wrong with its record."""
    wanted = (ledger.c.node == node) & (ledger.c.seq > after) & (ledger.c.seq <= until)
    query = select(ledger).where(wanted).order_by(ledger.c.seq).limit(_SOME)
    with reading(engine) as connection:
        lines = connection.execute(query).mappings().all()
        rows = _rows(connection, lines)
        texts = _texts(connection, [line["record"] for line in lines])
    return [(line, _wrong(line, rows.get(line["record"]), texts[line["record"]])) for line in lines]


def _rows(connection: Connection, lines: Sequence[Row]) -> dict[UUID, RowMapping]:
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for line in lines:
        by_kind[line["kind"]].append(line["record"])
    found: dict[UUID, RowMapping] = {}
    for kind, records in by_kind.items():
        if (table := RECORDS.get(kind)) is not None:
            rows = connection.execute(select(table).where(table.c.id.in_(records))).mappings()
            found |= {row["id"]: row for row in rows}
    return found


def _texts(connection: Connection, records: Sequence[UUID]) -> dict[UUID, list[RowMapping]]:
    found: dict[UUID, list[RowMapping]] = defaultdict(list)
    query = select(record_text).where(record_text.c.record.in_(records))
    for row in connection.execute(query).mappings():
        found[row["record"]].append(row)
    return found


def _wrong(line: Row, row: RowMapping | None, texts: Sequence[Row]) -> str | None:
    table, hashes = RECORDS.get(line["kind"]), line["texts"] or {}
    if table is None:
        return f"is of the kind {line['kind']}, which is not known here"
    if row is None:
        return f"is gone from {table.name}"
    if line["digest"] != digest_of(table, row, hashes) or not _are_its_own(row, line):
        return _CHANGED
    if all(hashes.get(text["field"]) == text_hash(text["salt"], text["text"]) for text in texts):
        return None
    return _CHANGED


def _are_its_own(row: Row, line: Mapping[str, Any] | RowMapping) -> bool:
    """Return whether a record says of itself what its line says of it."""
    return bool(row["node"] == line["node"] and row["seq"] == line["seq"] and row["plant"] == line["plant"])


def _find_strays(engine: Engine, table: Table, plant: str | None, pause: Callable[[], None]) -> None:
    for records in _ids(engine, table, plant):
        told = select(ledger.c.record).where(ledger.c.record.in_(records), ledger.c.kind == table.name)
        with reading(engine) as connection:
            strays = set(records) - set(connection.execute(told).scalars())
        if strays:
            raise LedgerDamaged(f"{table.name}: {min(strays)} was put there past the ledger")
        pause()


def _ids(engine: Engine, table: Table, plant: str | None) -> Iterator[Sequence[UUID]]:
    query = select(table.c.id).order_by(table.c.id).limit(_SOME)
    if plant is not None:
        query = query.where(table.c.plant == plant)
    after: UUID | None = None
    while True:
        with reading(engine) as connection:
            page = query if after is None else query.where(table.c.id > after)
            found = connection.execute(page).scalars().all()
        if not found:
            return
        yield found
        after = found[-1]
