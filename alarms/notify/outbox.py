"""The outbox in the node's SQLite: what is to be pushed, what was tried, how far the journal was read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine, Select, delete, func, insert, or_, select, update

from alarms.notify.plan import Plan
from alarms.notify.records import Attempt, Outcome, Push, PushState, Step, TriedPush
from alarms.notify.tables import attempt, cursor, link, push
from alarms.settings import Priority, RuleKind
from storage.portions import portions
from storage.unit_of_work import reading, writing

MOST_KNOWN: Final = 20_000
_CHANGING: Final = ("state", "under", "settled_us")


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt on its way into the outbox, before it is made."""

    target: str
    target_kind: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an attempt, by its row's number."""

    attempt: int
    took_ms: int
    outcome: Outcome
    error: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """The push that a link is of."""

    push: Push
    expires_us: int


class Outbox:
    """What the pushes keep. Every call is one transaction, blocks, and raises StoreError."""

    def __init__(self, engine: Engine, *, plant: str, node: str) -> None:
        self._engine = engine
        self._of_node = {"plant": plant, "node": node}

    def cursor(self) -> int | None:
        """Return up to which record the journal was looked at, None before the first look."""
        with reading(self._engine) as connection:
            return connection.execute(select(cursor.c.journal_seq)).scalar()

    def apply(self, plan: Plan, journal_seq: int | None = None) -> None:
        """Keep what was planned and how far the journal was looked at, both or neither."""
        with writing(self._engine) as connection:
            if plan.new:
                connection.execute(insert(push), [self._row(each) for each in plan.new.values()])
            for each in plan.changed.values():
                same = push.c.id == each.id
                connection.execute(update(push).where(same).values(waits=each.waits))
                values = {name: getattr(each, name) for name in _CHANGING}
                unsent = push.c.state == plan.before[each.id].value
                connection.execute(update(push).where(same, unsent).values(values))
            if journal_seq is None:
                return
            if connection.execute(update(cursor).values(journal_seq=journal_seq)).rowcount == 0:
                connection.execute(insert(cursor).values(id=1, journal_seq=journal_seq))

    def known(self, since_us: int, occurrences: Collection[UUID]) -> list[Push]:
        """Return the pushes that matter now: recent, of these alarms, pending or waiting; oldest first."""
        matters = (push.c.created_us >= since_us, push.c.waits, push.c.state == PushState.PENDING)
        newest = select(push).where(or_(*matters)).order_by(push.c.number.desc()).limit(MOST_KNOWN)
        with reading(self._engine) as connection:
            found = {row["id"]: _push(row) for row in connection.execute(newest).mappings()}
            for some in portions(occurrences):
                of_them = select(push).where(push.c.occurrence.in_(some))
                found |= {row["id"]: _push(row) for row in connection.execute(of_them).mappings()}
        return sorted(found.values(), key=lambda each: each.number)

    def waiting(self) -> list[Push]:
        """Return the pushes whose alarm has a next step, oldest first."""
        return self._select(select(push).where(push.c.waits).order_by(push.c.number))

    def pending(self, limit: int) -> list[Push]:
        """Return what is to be sent: the gravest first, then the oldest."""
        rows = select(push).where(push.c.state == PushState.PENDING)
        return self._select(rows.order_by(push.c.priority.desc(), push.c.number).limit(limit))

    def under(self, push_id: UUID) -> list[Push]:
        """Return what is told of within a push, oldest first."""
        return self._select(select(push).where(push.c.under == push_id).order_by(push.c.number))

    def attempts(self, push_id: UUID) -> list[Attempt]:
        """Return what was tried of a push, oldest first."""
        rows = select(attempt).where(attempt.c.push == push_id).order_by(attempt.c.id)
        with reading(self._engine) as connection:
            return [_attempt(row) for row in connection.execute(rows).mappings()]

    def begin(
        self,
        sent: Push,
        tries: Sequence[Try],
        words: tuple[str, str],
        at_us: int,
        linked: tuple[bytes, int] | None,
    ) -> list[int] | None:
        """Keep, before it is made, that a push is tried, its words and its link.

        Return the rows' numbers; None when it does not stand pending any more.
        """
        with writing(self._engine) as connection:
            pending = (push.c.id == sent.id, push.c.state == PushState.PENDING.value)
            said = update(push).where(*pending).values(title=words[0], body=words[1])
            if connection.execute(said).rowcount == 0:
                return None
            if linked is not None:
                digest, expires_us = linked
                connection.execute(
                    delete(link).where(or_(link.c.digest == digest, link.c.expires_us < at_us))
                )
                connection.execute(insert(link).values(digest=digest, push=sent.id, expires_us=expires_us))
            made: list[int] = []
            for each in tries:
                row = {"push": sent.id, "target": each.target, "target_kind": each.target_kind}
                done = connection.execute(insert(attempt).values(**row, began_us=at_us))
                assert done.inserted_primary_key is not None
                made.append(done.inserted_primary_key[0])
            return made

    def finish(self, sent: UUID, tried: Iterable[Tried], state: PushState, at_us: int) -> None:
        """Keep what became of attempts, and how the push stands after them."""
        with writing(self._engine) as connection:
            for each in tried:
                values = {"took_ms": each.took_ms, "outcome": each.outcome.value, "error": each.error}
                connection.execute(update(attempt).where(attempt.c.id == each.attempt).values(values))
            if state is not PushState.PENDING:
                connection.execute(_settled(sent, state, at_us))

    def stands(self, push_id: UUID) -> PushState:
        """Return how a push stands."""
        with reading(self._engine) as connection:
            return PushState(
                connection.execute(select(push.c.state).where(push.c.id == push_id)).scalar_one()
            )

    def settle(self, sent: UUID, state: PushState, at_us: int) -> None:
        """Keep how a push stands that was not tried."""
        with writing(self._engine) as connection:
            connection.execute(_settled(sent, state, at_us))

    def linked(self, digest: bytes) -> Linked | None:
        """Return what a link's digest is of."""
        columns = select(push, link.c.expires_us).join_from(link, push, link.c.push == push.c.id)
        with reading(self._engine) as connection:
            row = connection.execute(columns.where(link.c.digest == digest)).mappings().one_or_none()
        return None if row is None else Linked(_push(row), row["expires_us"])

    def page(self, *, before: int | None, limit: int, occurrence: UUID | None = None) -> list[TriedPush]:
        """Return pushes with what was tried, the newest first, numbers below `before`."""
        rows = select(push).order_by(push.c.number.desc()).limit(limit)
        if before is not None:
            rows = rows.where(push.c.number < before)
        if occurrence is not None:
            rows = rows.where(push.c.occurrence == occurrence)
        with reading(self._engine) as connection:
            found = [_push(row) for row in connection.execute(rows).mappings()]
            tried: dict[UUID, list[Attempt]] = {each.id: [] for each in found}
            for some in portions(tried):
                attempts = select(attempt).where(attempt.c.push.in_(some)).order_by(attempt.c.id)
                for row in connection.execute(attempts).mappings():
                    tried[row["push"]].append(_attempt(row))
        return [TriedPush(each, tried[each.id]) for each in found]

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Return how many pushes stand in each state, and how many attempts had each outcome."""
        states = select(push.c.state, func.count()).group_by(push.c.state)
        outcomes = select(attempt.c.outcome, func.count()).group_by(attempt.c.outcome)
        with reading(self._engine) as connection:
            by_state: dict[str, int] = dict(connection.execute(states).tuples().all())
            by_outcome = {outcome or "cut_short": n for outcome, n in connection.execute(outcomes).tuples()}
        return by_state, by_outcome

    def _row(self, each: Push) -> dict[str, Any]:
        names = [column.name for column in push.columns if column.name not in {"number", "plant", "node"}]
        row = {name: getattr(each, name) for name in names}
        words = {"step": each.step.value, "kind": each.kind.value, "state": each.state.value}
        return self._of_node | row | words | {"priority": int(each.priority)}

    def _select(self, query: Select[Any]) -> list[Push]:
        with reading(self._engine) as connection:
            return [_push(row) for row in connection.execute(query).mappings()]


def _settled(sent: UUID, state: PushState, at_us: int) -> Any:
    return update(push).where(push.c.id == sent).values(state=state.value, settled_us=at_us)


def _push(row: Any) -> Push:
    names = ("id", "occurrence", "recipient", "rule", "tag", "person", "account_id", "name", "language")
    more = ("created_us", "waits", "under", "title", "body", "settled_us", "number")
    return Push(
        **{name: row[name] for name in (*names, *more)},
        step=Step(row["step"]),
        kind=RuleKind(row["kind"]),
        priority=Priority(row["priority"]),
        state=PushState(row["state"]),
    )


def _attempt(row: Any) -> Attempt:
    return Attempt(
        push=row["push"],
        target=row["target"],
        target_kind=row["target_kind"],
        began_us=row["began_us"],
        took_ms=row["took_ms"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        error=row["error"],
    )
