"""The alarm journal in the node's SQLite: append-only, chained, and one with what was evaluated."""

import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, bindparam, func, insert, select, update

from alarms import chain
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition
from alarms.tables import journal, journal_text, state
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError
from telemetry.people import Actor

_MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """A transition on its way into the journal. `occurrence` is the id of its raise entry."""

    id: UUID
    transition: Transition
    tag: str
    kind: RuleKind
    priority: Priority
    occurrence: UUID
    actor: Actor | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far was evaluated, and where the engine stood; `at_us` is the engine's time."""

    evaluated_through: int
    at_us: int
    snapshot: bytes


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """A transition as the journal tells it; `value` and `limit` are NaN where they mean nothing."""

    id: UUID
    seq: int
    at_us: int
    recorded_us: int
    key: str
    tag: str
    kind: RuleKind
    priority: Priority
    event: AlarmEvent
    from_state: AlarmState
    to_state: AlarmState
    value: float
    limit: float
    batch: int
    occurrence: UUID
    actor: str | None
    comment: str | None
    actor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """How many records there are, and the hash of the last: what is printed elsewhere as evidence."""

    records: int
    head: bytes


class JournalRepository:
    """What the alarms keep. Every call is one transaction, blocks, and raises StoreError."""

    def __init__(self, engine: Engine, *, plant: str, node: str) -> None:
        self._engine = engine
        self._plant = plant
        self._node = node

    def write(self, entries: Sequence[Entry], progress: Progress, recorded_us: int) -> list[JournalRecord]:
        """Append the entries and keep the progress, both or neither; return the new records.

        An entry whose transition stands in the journal already is passed over.
        """
        with writing(self._engine) as connection:
            rows, texts, seq, head = self._append(connection, entries, recorded_us)
            _keep(connection, progress, seq, head)
        comments = {text["seq"]: text for text in texts}
        return [_record(row, comments.get(row["seq"], {})) for row in rows]

    def append(self, entries: Sequence[Entry], recorded_us: int) -> None:
        """Append entries of which the engine knows nothing; how far was evaluated stays as it is."""
        with writing(self._engine) as connection:
            _, _, seq, head = self._append(connection, entries, recorded_us)
            connection.execute(update(state).values({"journal_seq": seq, "journal_hash": head}))

    def _append(
        self, connection: Connection, entries: Sequence[Entry], recorded_us: int
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int, bytes]:
        """Append what does not stand there yet; return the rows, their texts, and the chain's new end."""
        seq, head = _head(connection)
        known = _known(connection, entries)
        rows: list[dict[str, Any]] = []
        texts: list[dict[str, Any]] = []
        for entry in entries:
            if _identity(entry) in known:
                continue
            seq += 1
            row, text = self._row(seq, entry, recorded_us)
            row["prev_hash"] = head
            row["hash"] = head = chain.record_hash(head, row)
            rows.append(row)
            texts += [text] if text else []
        if rows:
            connection.execute(insert(journal), rows)
        if texts:
            connection.execute(insert(journal_text), texts)
        return rows, texts, seq, head

    def progress(self) -> Progress | None:
        """Return how far was evaluated, None before the first write."""
        columns = (state.c.evaluated_through, state.c.saved_us, state.c.snapshot)
        with reading(self._engine) as connection:
            found = connection.execute(select(*columns)).one_or_none()
        return None if found is None else Progress(*found)

    def page(
        self,
        *,
        before: int | None,
        limit: int,
        tag: str | None = None,
        key: str | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> list[JournalRecord]:
        """Return at most `limit` (and 1,000) records, newest first; of [from, to), seq below `before`."""
        seqs = select(journal.c.seq).order_by(journal.c.seq.desc()).limit(min(limit, _MOST_ROWS))
        if before is not None:
            seqs = seqs.where(journal.c.seq < before)
        if tag is not None:
            seqs = seqs.where(journal.c.tag == tag)
        if key is not None:
            seqs = seqs.where(journal.c.rule == key)
        if from_us is not None:
            seqs = seqs.where(journal.c.at_us >= from_us)
        if to_us is not None:
            seqs = seqs.where(journal.c.at_us < to_us)
        return self._select(_rows().where(journal.c.seq.in_(seqs)).order_by(journal.c.seq.desc()))

    def after(self, seq: int, limit: int) -> list[JournalRecord]:
        """Return at most `limit` (and 1,000) records above `seq`, oldest first."""
        rows = _rows().where(journal.c.seq > seq).order_by(journal.c.seq).limit(min(limit, _MOST_ROWS))
        return self._select(rows)

    def newest_seq(self) -> int:
        """Return the number of the newest record, 0 without any."""
        with reading(self._engine) as connection:
            return _head(connection)[0]

    def occurrence(self, occurrence: UUID) -> list[JournalRecord]:
        """Return what happened to one alarm from its raise on, oldest first."""
        return self._select(_rows().where(journal.c.occurrence == occurrence).order_by(journal.c.seq))

    def newest_occurrences(self, keys: Iterable[str]) -> list[JournalRecord]:
        """Return the records of each rule's newest occurrence, a rule's oldest first."""
        newest = select(journal.c.occurrence).where(journal.c.rule == bindparam("key"))
        newest = newest.order_by(journal.c.seq.desc()).limit(1)
        query = _rows().where(journal.c.occurrence == newest.scalar_subquery()).order_by(journal.c.seq)
        with reading(self._engine) as connection:
            found = [connection.execute(query, {"key": key}).mappings() for key in keys]
            return [_record(row, row) for rows in found for row in rows]

    def last_states(self) -> dict[str, AlarmState]:
        """Return where each rule stood after its last record, those that are normal left out."""
        newest = select(func.max(journal.c.seq)).group_by(journal.c.rule)
        query = select(journal.c.rule, journal.c.to_state).where(journal.c.seq.in_(newest))
        with reading(self._engine) as connection:
            found = connection.execute(query.where(journal.c.to_state != AlarmState.NORMAL)).all()
        return {key: AlarmState(to_state) for key, to_state in found}

    def head(self) -> Chain:
        """Return how many records there are, and the hash of the last, without a look at the others."""
        with reading(self._engine) as connection:
            return Chain(*_head(connection))

    def verify(self) -> Chain:
        """Walk the chain from its beginning; StoreError names the first record that does not fit."""
        with reading(self._engine) as connection:
            seq, head = 0, chain.GENESIS
            rows = connection.execution_options(yield_per=2000).execute(_rows().order_by(journal.c.seq))
            for row in rows.mappings():
                seq += 1
                if row["seq"] != seq or row["prev_hash"] != head:
                    raise StoreError(f"alarm journal: record {seq} is missing or out of its place")
                head = chain.record_hash(head, dict(row))
                if row["hash"] != head or not _text_fits(row):
                    raise StoreError(f"alarm journal: record {seq} was changed after it was written")
            kept = connection.execute(select(state.c.journal_seq, state.c.journal_hash)).one_or_none()
        if kept is not None and tuple(kept) != (seq, head):
            raise StoreError(f"alarm journal: it ends at record {seq}, but {kept[0]} were written")
        return Chain(seq, head)

    def _row(self, seq: int, entry: Entry, recorded_us: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
        done = entry.transition
        row = {
            "seq": seq,
            "id": entry.id,
            "plant": self._plant,
            "node": self._node,
            "rule": done.key,
            "tag": entry.tag,
            "kind": entry.kind.value,
            "priority": int(entry.priority),
            "event": done.event.value,
            "from_state": done.from_state.value,
            "to_state": done.to_state.value,
            "at_us": done.at_us,
            "recorded_us": recorded_us,
            "batch": done.batch,
            "value": _number(done.value),
            "threshold": _number(done.limit),
            "occurrence": entry.occurrence,
            "actor_id": None,
            "text_hash": None,
        }
        if entry.actor is None:
            return row, None
        salt, name = secrets.token_bytes(16), entry.actor.name
        row["actor_id"] = entry.actor.account_id
        row["text_hash"] = chain.text_hash(salt, name, entry.comment)
        return row, {"seq": seq, "salt": salt, "actor_name": name, "comment": entry.comment}

    def _select(self, query: Select[Any]) -> list[JournalRecord]:
        with reading(self._engine) as connection:
            return [_record(row, row) for row in connection.execute(query).mappings()]


def _number(value: float) -> float | None:
    # SQLite has neither NaN nor a negative zero, and the chain must come out the same when read.
    return value + 0.0 if math.isfinite(value) else None


def _identity(entry: Entry) -> tuple[int, str, str, int]:
    done = entry.transition
    return done.batch, done.key, done.event.value, done.at_us


def _known(connection: Connection, entries: Sequence[Entry]) -> set[tuple[Any, ...]]:
    """Return the identities of records at or after the entries' first batch: hardly ever any."""
    if not entries:
        return set()
    first = min(entry.transition.batch for entry in entries)
    columns = (journal.c.batch, journal.c.rule, journal.c.event, journal.c.at_us)
    found = connection.execute(select(*columns).where(journal.c.batch >= first))
    return {tuple(row) for row in found}


def _head(connection: Connection) -> tuple[int, bytes]:
    last = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
    found = connection.execute(last).one_or_none()
    return (0, chain.GENESIS) if found is None else (found[0], found[1])


def _keep(connection: Connection, progress: Progress, seq: int, head: bytes) -> None:
    values = {
        "evaluated_through": progress.evaluated_through,
        "saved_us": progress.at_us,
        "snapshot": progress.snapshot,
        "journal_seq": seq,
        "journal_hash": head,
    }
    if connection.execute(update(state).values(values)).rowcount == 0:
        connection.execute(insert(state).values(values | {"id": 1}))


def _rows() -> Select[Any]:
    texts = (journal_text.c.salt, journal_text.c.actor_name, journal_text.c.comment)
    return select(journal, *texts).outerjoin_from(journal, journal_text, journal.c.seq == journal_text.c.seq)


def _text_fits(row: Any) -> bool:
    if row["salt"] is None:
        return True
    fits: bool = row["text_hash"] == chain.text_hash(row["salt"], row["actor_name"], row["comment"])
    return fits


def _record(row: Any, text: Any) -> JournalRecord:
    nan = math.nan
    return JournalRecord(
        id=row["id"],
        seq=row["seq"],
        at_us=row["at_us"],
        recorded_us=row["recorded_us"],
        key=row["rule"],
        tag=row["tag"],
        kind=RuleKind(row["kind"]),
        priority=Priority(row["priority"]),
        event=AlarmEvent(row["event"]),
        from_state=AlarmState(row["from_state"]),
        to_state=AlarmState(row["to_state"]),
        value=nan if row["value"] is None else row["value"],
        limit=nan if row["threshold"] is None else row["threshold"],
        batch=row["batch"],
        occurrence=row["occurrence"],
        actor=text.get("actor_name"),
        comment=text.get("comment") or None,
        actor_id=row["actor_id"],
    )
