"""A target's cursor in the node's SQLite: moved only after the target took what it passes over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select, update

from history.influx.progress import Interval, Progress
from history.influx.tables import dead_letters, pending, requests, targets
from history.targets import DeadLetter
from storage.unit_of_work import reading, writing

KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A refused reading on its way among the dead letters."""

    tag: str
    time_us: int
    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a target stood; `progress` is None before anything was sent to this address.

    Of periods that start up to `reached_us` it may have figures; None where nothing was ever sent.
    """

    progress: Progress | None
    lost_rows: int
    reached_us: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked to have sent again what came since a time."""

    from_us: int
    asked_us: int


class CursorRepository:
    """What one target's replication keeps. Every call is one transaction, blocks, and raises StoreError."""

    def __init__(self, engine: Engine, target: str, address: str) -> None:
        self._engine = engine
        self._target = target
        self._address = address

    def load(self) -> Saved:
        """Return where the target stood. Of another address nothing is known: it holds none of it."""
        mine = pending.c.target == self._target
        with reading(self._engine) as connection:
            row = connection.execute(select(targets).where(targets.c.name == self._target)).one_or_none()
            intervals = connection.execute(select(pending).where(mine).order_by(pending.c.after)).all()
        if row is None:
            return Saved(None, 0)
        if row.address != self._address:
            return Saved(None, row.lost_rows, row.saved_us)
        return Saved(Progress(row.live, tuple(map(_interval, intervals))), row.lost_rows, row.reached_us)

    def request(self) -> Request | None:
        """Return what was asked to be sent again and was not taken up yet."""
        asked = select(requests.c.from_us, requests.c.asked_us).where(requests.c.target == self._target)
        with reading(self._engine) as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else Request(row.from_us, row.asked_us)

    def ask(self, request: Request) -> None:
        """Ask to have something sent again; of two requests that wait, both are met."""
        values = {"target": self._target, "from_us": request.from_us, "asked_us": request.asked_us}
        with writing(self._engine) as connection:
            waiting = select(requests.c.from_us).where(requests.c.target == self._target)
            if (from_us := connection.execute(waiting).scalar()) is not None:
                values["from_us"] = min(from_us, request.from_us)
                connection.execute(delete(requests).where(requests.c.target == self._target))
            connection.execute(insert(requests).values(values))

    def take_up(
        self, request: Request, progress: Progress, at_us: int, reached_us: int | None = None
    ) -> None:
        """Move the cursor back as a request wants it, and put the request away; both or neither."""
        of_it = (requests.c.from_us == request.from_us, requests.c.asked_us == request.asked_us)
        with writing(self._engine) as connection:
            self._keep(connection, progress, 0, at_us, reached_us)
            connection.execute(delete(requests).where(requests.c.target == self._target, *of_it))

    def save(
        self,
        progress: Progress,
        letters: Sequence[Letter],
        lost: int,
        at_us: int,
        reached_us: int | None = None,
    ) -> None:
        """Move the cursor and keep what was refused on the way, both or neither; `lost` counts it.

        `reached_us` is kept where it is given.
        """
        with writing(self._engine) as connection:
            self._keep(connection, progress, lost, at_us, reached_us)
            if letters:
                rows = [self._row(letter, at_us) for letter in letters[-KEPT:]]
                connection.execute(insert(dead_letters), rows)
                self._forget(connection)

    def dead_letters(self, before: int | None, limit: int) -> list[DeadLetter]:
        """Return refused readings, the newest first, with ids below `before`."""
        found = select(dead_letters).where(dead_letters.c.target == self._target)
        if before is not None:
            found = found.where(dead_letters.c.id < before)
        with reading(self._engine) as connection:
            rows = connection.execute(found.order_by(dead_letters.c.id.desc()).limit(limit)).all()
        return [DeadLetter(row.id, row.tag, row.t_us, row.line, row.reason, row.at_us) for row in rows]

    def _keep(
        self, connection: Connection, progress: Progress, lost: int, at_us: int, reached_us: int | None
    ) -> None:
        mine = targets.c.name == self._target
        values: dict[str, Any] = {"address": self._address, "live": progress.live, "saved_us": at_us}
        if reached_us is not None:
            values["reached_us"] = reached_us
        counted = {"lost_rows": targets.c.lost_rows + lost}
        if connection.execute(update(targets).where(mine).values(values | counted)).rowcount == 0:
            connection.execute(insert(targets).values(values | {"name": self._target, "lost_rows": lost}))
        self._keep_pending(connection, progress.pending)

    def _keep_pending(self, connection: Connection, intervals: Sequence[Interval]) -> None:
        mine = pending.c.target == self._target
        stored = connection.execute(select(pending).where(mine).order_by(pending.c.after)).mappings()
        rows = [self._pending_row(each) for each in intervals]
        if [dict(row) for row in stored] == rows:
            return
        connection.execute(delete(pending).where(mine))
        if rows:
            connection.execute(insert(pending), rows)

    def _pending_row(self, interval: Interval) -> dict[str, Any]:
        series, t_us = interval.within or (None, None)
        span = {"after": interval.after, "through": interval.through}
        return {"target": self._target, **span, "series": series, "t_us": t_us}

    def _forget(self, connection: Connection) -> None:
        mine = dead_letters.c.target == self._target
        newest = select(dead_letters.c.id).where(mine).order_by(dead_letters.c.id.desc())
        last = newest.limit(1).offset(KEPT).scalar_subquery()
        connection.execute(delete(dead_letters).where(mine, dead_letters.c.id <= last))

    def _row(self, letter: Letter, at_us: int) -> dict[str, Any]:
        return {
            "target": self._target,
            "tag": letter.tag,
            "t_us": letter.time_us,
            "line": letter.line,
            "reason": letter.reason,
            "at_us": at_us,
        }


def _interval(row: Any) -> Interval:
    return Interval(row.after, row.through, None if row.series is None else (row.series, row.t_us))
