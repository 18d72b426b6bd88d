"""The ledger: every record of people's work is written through it, in one chain a node.

    text hash   sha256(salt | text)                                        hex, by field, in `texts`
    digest      sha256([kind, every column of the record, [field, text hash] …])
    hash        sha256(previous hash | [node, seq, plant, at_us, actor_id, kind, record, digest])

Lists are compact JSON, UTF-8; ids and hashes in hex, days as 2026-11-21, a missing value null. A `seq`
is greater than every one before it in the store, of whatever node: it is the order of a plant's records,
which no clock that is set back changes. `operations.ledger_check` looks whether all of it stands. Names
and words are in it as salted hashes only: they can be deleted, and the chain stands. The head is
printed in handovers and reports, since a chain that nobody published can be rewritten whole.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Engine, Table, event, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from operations import ledger_check
from operations.ledger_hash import GENESIS, Head, digest_of, line_hash, text_hash
from operations.records import ledger, ledger_head, record_text
from storage.ids import uuid7
from storage.portions import portions
from storage.unit_of_work import is_there_already, reading, writing
from telemetry.clock import Clock
from telemetry.errors import Conflict
from telemetry.people import Actor

__all__ = ["GENESIS", "Head", "Ledger", "LedgerLine", "Writing", "texts_of"]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One record as the ledger tells it: who wrote what, when; `record` is its row, without texts."""

    seq: int
    node: str
    at_us: int
    actor_id: UUID | None
    kind: str
    record: UUID


class Writing:
    """A transaction that adds records; all of them are kept, or none.

    `connection` is for reading what the records are decided by: nobody else writes for the plant meanwhile.
    Rows are collected, and inserted together before anything is read by it, and at the end: a roster of three
    months is a thousand, and whoever writes for the plant waits for it.
    """

    def __init__(
        self, connection: Connection, head: Head, newest: int, plant: str, node: str, at_us: int
    ) -> None:
        self.connection = connection
        event.listen(connection, "before_execute", self._before)
        self.kinds: set[str] = set()
        """Of what kinds records were added."""
        self._rows: dict[Table, list[Mapping[str, Any]]] = {}
        self.at_us = at_us
        self._head = head
        self._newest = newest
        self.plant = plant
        self._node = node

    @property
    def head(self) -> Head:
        """Where the chain ends now."""
        return self._head

    def add(
        self,
        table: Table,
        values: Mapping[str, Any],
        texts: Mapping[str, str] | None = None,
        by: Actor | None = None,
        id: UUID | None = None,
    ) -> UUID:
        """Add a record and return its id; empty texts are left out, `by` is None for the node itself.

        Where the store has what there may be once, Conflict follows before the transaction ends; `id` is one
        that the sender gave.
        """
        record, seq = id or uuid7(self.at_us), self._newest + 1
        actor_id = None if by is None else by.account_id
        row = {column.name: None for column in table.columns} | {
            "id": record,
            "plant": self.plant,
            "node": self._node,
            "seq": seq,
            "recorded_us": self.at_us,
            "actor_id": actor_id,
        }
        row |= values
        self.kinds.add(table.name)
        self._rows.setdefault(table, []).append(row)
        hashes = self._add_texts(record, texts or {})
        line: dict[str, Any] = {
            "node": self._node,
            "seq": seq,
            "plant": self.plant,
            "at_us": self.at_us,
            "actor_id": actor_id,
            "kind": table.name,
            "record": record,
            "texts": hashes or None,
            "digest": digest_of(table, row, hashes),
        }
        line["hash"] = line_hash(self._head.hash, line)
        self._rows.setdefault(ledger, []).append(line)
        self._head, self._newest = Head(seq, line["hash"]), seq
        return record

    def flush(self) -> None:
        """Insert what was added so far; Conflict where the store has what there may be once."""
        waiting, self._rows = self._rows, {}
        for table, rows in waiting.items():
            self._insert(table, rows)

    def _before(self, *_: object) -> None:
        if self._rows:
            self.flush()

    def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        try:
            self.connection.execute(insert(table), rows)
        except IntegrityError as error:
            if not is_there_already(error):
                raise
            raise Conflict(
                "written_already", "the same was written at this moment: look at it before you repeat this"
            ) from error

    def _add_texts(self, record: UUID, texts: Mapping[str, str]) -> dict[str, str]:
        hashes = {}
        for field, text in sorted(texts.items()):
            if not text:
                continue
            salt = secrets.token_bytes(16)
            values = {"record": record, "field": field, "salt": salt, "text": text}
            self._rows.setdefault(record_text, []).append(values)
            hashes[field] = text_hash(salt, text)
        return hashes


class Ledger:
    """The records of a node in the people's store. Calls block and raise StoreError."""

    def __init__(self, engine: Engine, clock: Clock, *, plant: str, node: str) -> None:
        self.engine = engine
        self.clock = clock
        self.plant = plant
        self.node = node
        self._followers: list[Callable[[frozenset[str]], object]] = []

    @contextmanager
    def followed(self, follower: Callable[[frozenset[str]], object]) -> Iterator[None]:
        """Have somebody told the kinds of records after each transaction that added some, on its thread."""
        self._followers.append(follower)
        try:
            yield
        finally:
            self._followers.remove(follower)

    @contextmanager
    def writing(self, at_us: int | None = None) -> Iterator[Writing]:
        """Yield a transaction that adds records; its time is now, or the one given.

        Whoever writes for the same plant waits for it, from whatever node, so what is read in it stays
        true to its end.
        """
        with writing(self.engine) as connection:
            _lock(connection, self.plant)
            head = self._locked(connection)
            newest: int = connection.execute(select(func.max(ledger_head.c.seq))).scalar_one()
            now_us = self.clock.now_us() if at_us is None else at_us
            page = Writing(connection, head, newest, self.plant, self.node, now_us)
            yield page
            page.flush()
            if page.head != head:
                values = {"seq": page.head.records, "hash": page.head.hash}
                mine = ledger_head.c.node == self.node
                connection.execute(update(ledger_head).where(mine).values(values))
        if page.head != head:
            for follower in tuple(self._followers):
                follower(frozenset(page.kinds))

    def head(self) -> Head:
        """Return where this node's chain ends."""
        with reading(self.engine) as connection:
            return self._found(connection) or Head(0, GENESIS)

    def lines(
        self, *, before: int | None = None, limit: int = 100, kind: str | None = None
    ) -> list[LedgerLine]:
        """Return the newest lines of this node below a number, newest first."""
        columns = (
            ledger.c.seq,
            ledger.c.node,
            ledger.c.at_us,
            ledger.c.actor_id,
            ledger.c.kind,
            ledger.c.record,
        )
        query = select(*columns).where(ledger.c.node == self.node).order_by(ledger.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(ledger.c.seq < before)
        if kind is not None:
            query = query.where(ledger.c.kind == kind)
        with reading(self.engine) as connection:
            return [LedgerLine(*row) for row in connection.execute(query)]

    def verify(self) -> Head:
        """Look through all of the plant's records; LedgerDamaged names the first that does not fit."""
        return ledger_check.looked_through(self.engine, self.plant).get(self.node, Head(0, GENESIS))

    def _locked(self, connection: Connection) -> Head:
        """Return the head, which nobody else moves before this transaction ends."""
        mine = select(ledger_head.c.seq, ledger_head.c.hash).where(ledger_head.c.node == self.node)
        found = connection.execute(mine.with_for_update()).one_or_none()
        if found is not None:
            return Head(*found)
        first = {"node": self.node, "seq": 0, "hash": GENESIS}
        # Two that begin a node's chain at once wait for each other here, and only one begins it.
        if connection.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as upsert

            connection.execute(upsert(ledger_head).values(first).on_conflict_do_nothing())
            return Head(*connection.execute(mine.with_for_update()).one())
        connection.execute(insert(ledger_head).values(first))
        return Head(0, GENESIS)

    def _found(self, connection: Connection) -> Head | None:
        mine = select(ledger_head.c.seq, ledger_head.c.hash).where(ledger_head.c.node == self.node)
        found = connection.execute(mine).one_or_none()
        return None if found is None else Head(*found)


def texts_of(connection: Connection, records: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return the texts of records by field; of those whose words were deleted nothing."""
    found: dict[UUID, dict[str, str]] = {record: {} for record in records}
    for some in portions(records):
        query = select(record_text.c.record, record_text.c.field, record_text.c.text).where(
            record_text.c.record.in_(some)
        )
        for record, field, text in connection.execute(query):
            found[record][field] = text
    return found


def _lock(connection: Connection, plant: str) -> None:
    """Wait until nobody writes for a plant, and let nobody else until the transaction ends.

    SQLite has one writer at a time as it is.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(sha256(f"outfall ledger {plant}".encode()).digest()[:8], signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(literal(number, BigInteger))))
