"""What people enter, correct and mark: always beside what was there, never instead of it.

    entry        a reading of a point that people enter, with who entered it
    correction   another value for such a reading; the former one is kept
    mark         a span of a measured point whose values are not to count; the values stay
    withdrawal   a mark taken back; the qualities come back

A measured value is never changed: there is no correction of one. Each is written with the samples it
makes, in one transaction.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

import duckdb
import numpy as np

from history.arrays import columns
from history.embedded import EmbeddedHistory, Note
from history.queries import Snapshot
from storage.ids import uuid7
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor, clean
from telemetry.plant import Plant, Point, PointKind
from telemetry.quality import Quality, is_bad
from telemetry.samples import SampleBatch

AHEAD_US: Final = 60 * US_PER_S
LONGEST_MARK_US: Final = 31 * 86_400 * US_PER_S
MOST_MARKED: Final = 600_000


class NotedSink(Protocol):
    """Where samples go that people made."""

    async def append_noted(self, samples: SampleBatch, note: Note) -> int:
        """Keep samples with a note in their transaction; return the batch that holds them."""
        ...


class EntryKind(StrEnum):
    """What somebody did."""

    ENTRY = "entry"
    CORRECTION = "correction"
    MARK = "mark"
    WITHDRAWAL = "withdrawal"


class MarkKind(StrEnum):
    """Why values of a span are not to count (domain.md 2.5: flags M, C, D, F)."""

    MAINTENANCE = "maintenance"
    CALIBRATION = "calibration"
    FAULT = "fault"
    STOPPED = "stopped"
    INVALID = "invalid"


MARKED: Final[Mapping[MarkKind, Quality]] = {
    MarkKind.MAINTENANCE: Quality.OUT_OF_SERVICE,
    MarkKind.CALIBRATION: Quality.OUT_OF_SERVICE,
    MarkKind.FAULT: Quality.DEVICE_FAILURE,
    MarkKind.STOPPED: Quality.OUT_OF_SERVICE,
    MarkKind.INVALID: Quality.BAD,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did; of a mark and its withdrawal `samples` are the values it is of.

    `from_us` is the time of an entry or correction; `of` the mark that a withdrawal takes back.
    """

    id: UUID
    kind: EntryKind
    tag: str
    from_us: int
    to_us: int
    value: float | None
    former: float | None
    mark: MarkKind | None
    of: UUID | None
    samples: int
    actor: Actor
    reason: str
    made_us: int
    batch: int = 0


_NAMES: Final = (
    "id", "kind", "series", "from_us", "to_us", "value", "former", "mark", "of_mark", "samples",
    "account_id", "author", "reason", "made_us", "batch",
)  # fmt: skip
_INSERT: Final = f"INSERT INTO entries VALUES ({', '.join('?' * len(_NAMES))})"
_LIST: Final = """
SELECT entries.* EXCLUDE series, series.tag FROM entries JOIN series ON series.id = entries.series
WHERE series.plant = $1 AND ($2 IS NULL OR series.tag = $2) AND entries.batch < $3
ORDER BY entries.batch DESC LIMIT $4
"""
_ONE: Final = """
SELECT entries.* EXCLUDE series, series.tag FROM entries JOIN series ON series.id = entries.series
WHERE entries.id = $1
"""
_WITHDRAWN: Final = "SELECT count(*) AS found FROM entries WHERE of_mark = $1"
_VERSIONS: Final = """
SELECT batch, t_us, value, quality, 0::BIGINT AS rank FROM readings
WHERE series = $1 AND t_us >= $2 AND t_us < $3
UNION ALL
SELECT batch, t_us, value, quality, if(replaces, batch + 1, -batch) FROM overlay
WHERE series = $1 AND t_us >= $2 AND t_us < $3
UNION ALL
SELECT batch, t_us, value, quality, if(replaces, batch, -batch) FROM superseded
WHERE series = $1 AND t_us >= $2 AND t_us < $3
"""


class Entries:
    """What people may do with readings, and what they did. One at a time."""

    def __init__(self, history: EmbeddedHistory, sink: NotedSink, plant: Plant, clock: Clock) -> None:
        self._history = history
        self._sink = sink
        self._plant = plant
        self._clock = clock
        self._turn = asyncio.Lock()

    async def enter(self, tag: str, at_us: int, value: float, actor: Actor) -> Entry:
        """Keep a reading that somebody took; Conflict where there is one of this time already."""
        point = self._entered(tag)
        _check_value(point, value)
        async with self._turn:
            if at_us > self._clock.now_us() + AHEAD_US:
                raise Invalid("time_ahead", "the time lies ahead; enter when it was read")
            held = await self._held(tag, at_us)
            if len(held):
                held_value = f"{held.values[0]:g}"
                raise Conflict("reading_exists", f"{tag} has {held_value} at this time; correct it instead")
            entry = self._made(EntryKind.ENTRY, tag, at_us, actor, value=value)
            return await self._keep(entry, self._samples(tag, [at_us], [value], Quality.GOOD))

    async def correct(self, tag: str, at_us: int, value: float, reason: str, actor: Actor) -> Entry:
        """Keep another value for a reading that was entered; the former one stays on record."""
        point = self._entered(tag)
        _check_value(point, value)
        why = _reason(reason)
        async with self._turn:
            held = await self._held(tag, at_us)
            if not len(held):
                raise NotFound("reading_not_found", f"{tag} has no reading at this time")
            former = float(held.values[0])
            if former == value:
                raise Conflict("same_value", f"{tag} has {value:g} at this time already")
            entry = self._made(
                EntryKind.CORRECTION, tag, at_us, actor, value=value, former=former, reason=why
            )
            return await self._keep(entry, self._samples(tag, [at_us], [value], Quality.GOOD))

    async def mark(
        self, tag: str, from_us: int, to_us: int, mark: MarkKind, reason: str, actor: Actor
    ) -> Entry:
        """Have the values of [from, to) not count; they stay, with the quality of the mark."""
        point = self._plant.point_by_tag[tag]
        if point.kind is PointKind.MANUAL:
            raise Invalid("not_measured", f"{tag} is entered by people: correct it instead")
        if not from_us < to_us <= self._clock.now_us() + AHEAD_US:
            raise Invalid("span_out_of_range", "a mark ends after its start and not in the future")
        if to_us - from_us > LONGEST_MARK_US:
            raise Invalid("span_out_of_range", "a mark is of 31 days at most; make several")
        why = _reason(reason)
        async with self._turn:
            held = await self._history.samples(tag, from_us, to_us, MOST_MARKED + 1)
            if len(held) > MOST_MARKED:
                raise Invalid("span_out_of_range", f"more than {MOST_MARKED} values; mark a shorter time")
            held = held.select(~is_bad(held.quality))
            if not len(held):
                raise Conflict("nothing_to_mark", f"{tag} has no value in this time that counts")
            entry = self._made(
                EntryKind.MARK, tag, from_us, actor, to_us=to_us, mark=mark, reason=why, samples=len(held)
            )
            marked = self._samples(tag, held.times_us, held.values, MARKED[mark])
            return await self._keep(entry, marked)

    async def withdraw(self, mark_id: UUID, reason: str, actor: Actor) -> Entry:
        """Take a mark back: what it is still of gets the quality back that it had before."""
        why = _reason(reason)
        async with self._turn:
            mark = await self._history.answer(lambda seen: _marked(seen, mark_id))
            before = await self._history.answer(
                lambda seen: _before_mark(seen, self._history.tags[mark.tag], mark)
            )
            entry = self._made(
                EntryKind.WITHDRAWAL,
                mark.tag,
                mark.from_us,
                actor,
                to_us=mark.to_us,
                mark=mark.mark,
                of=mark.id,
                reason=why,
                samples=len(before),
            )
            if not len(before):
                raise Conflict("nothing_to_withdraw", "every value of this mark was replaced since")
            return await self._keep(entry, before)

    async def standing_mark(self, mark_id: UUID) -> Entry:
        """Return a mark that was not taken back; NotFound, Conflict."""
        return await self._history.answer(lambda seen: _marked(seen, mark_id))

    async def listed(self, tag: str | None, before: int | None, limit: int) -> list[Entry]:
        """Return what people did, newest first; `before` is the batch of the last one of the page before."""
        asked = [self._plant.id, tag, before if before is not None else 1 << 62, limit]

        def query(snapshot: Snapshot) -> list[Entry]:
            rows = snapshot.cursor.execute(_LIST, asked)
            names = [column[0] for column in rows.description or ()]
            return [_entry(dict(zip(names, row, strict=True))) for row in rows.fetchall()]

        return await self._history.answer(query)

    async def _keep(self, entry: Entry, samples: SampleBatch) -> Entry:
        series = self._history.tags[entry.tag]
        kept: list[int] = []

        def note(connection: duckdb.DuckDBPyConnection, number: int) -> None:
            kept.append(number)
            connection.execute(_INSERT, _row(entry, series, number))

        number = await self._sink.append_noted(samples, note)
        return replace(entry, batch=kept[-1] if kept else number)

    def _entered(self, tag: str) -> Point:
        point = self._plant.point_by_tag[tag]
        if point.kind is not PointKind.MANUAL:
            raise Invalid(
                "measured_value", f"{tag} is measured: a measured value is never changed, only marked"
            )
        return point

    async def _held(self, tag: str, at_us: int) -> SampleBatch:
        return await self._history.samples(tag, at_us, at_us + 1, 1)

    def _samples(self, tag: str, times_us: Any, values: Any, quality: int) -> SampleBatch:
        return SampleBatch.of(self._history.tags[tag], times_us, values, quality)

    def _made(
        self,
        kind: EntryKind,
        tag: str,
        from_us: int,
        actor: Actor,
        *,
        to_us: int | None = None,
        value: float | None = None,
        former: float | None = None,
        mark: MarkKind | None = None,
        of: UUID | None = None,
        samples: int = 1,
        reason: str = "",
    ) -> Entry:
        now_us = self._clock.now_us()
        end_us = from_us if to_us is None else to_us
        return Entry(
            uuid7(now_us), kind, tag, from_us, end_us, value, former, mark, of, samples, actor, reason, now_us
        )


def _check_value(point: Point, value: float) -> None:
    if not point.range_low <= value <= point.range_high:
        raise Invalid(
            "value_out_of_range",
            f"{value:g} {point.engineering_unit} lies outside of {point.tag}'s range,"
            f" {point.range_low:g} to {point.range_high:g}; check what was typed",
        )


def _reason(text: str) -> str:
    why = clean(text)
    if not why:
        raise Invalid("reason_missing", "say why: it stays on record")
    return why


def _marked(snapshot: Snapshot, mark_id: UUID) -> Entry:
    rows = snapshot.cursor.execute(_ONE, [str(mark_id)])
    names = [column[0] for column in rows.description or ()]
    found = [_entry(dict(zip(names, row, strict=True))) for row in rows.fetchall()]
    if not found or found[0].kind is not EntryKind.MARK:
        raise NotFound("mark_not_found", f"there is no mark {mark_id}")
    if columns(snapshot.cursor, _WITHDRAWN, [str(mark_id)])["found"][0]:
        raise Conflict("already_withdrawn", "this mark was taken back already")
    return found[0]


def _before_mark(snapshot: Snapshot, series: int, mark: Entry) -> SampleBatch:
    """Return the samples that a mark still holds as they were before it."""
    query = _VERSIONS
    if rows := snapshot.segments.rows(
        snapshot.segments.of_times(mark.from_us, mark.to_us), mark.from_us, mark.to_us
    ):
        query += f" UNION ALL SELECT batch, t_us, value, quality, batch FROM ({rows}) WHERE series = $1"
    found = columns(snapshot.cursor, query, [series, mark.from_us, mark.to_us])
    order = np.lexsort((found["rank"], found["t_us"]))
    batch, times_us = found["batch"][order], found["t_us"][order]
    last = np.append(times_us[1:] != times_us[:-1], np.ones(min(len(order), 1), np.bool_))
    held = np.isin(times_us, times_us[last & (batch == mark.batch)])
    rows_before = order[held & (batch != mark.batch)]
    times_us = found["t_us"][rows_before]
    newest = np.append(times_us[1:] != times_us[:-1], np.ones(min(len(times_us), 1), np.bool_))
    kept = rows_before[newest]
    return SampleBatch.of(series, found["t_us"][kept], found["value"][kept], found["quality"][kept])


def _row(entry: Entry, series: int, number: int) -> list[Any]:
    return [
        str(entry.id),
        entry.kind.value,
        series,
        entry.from_us,
        entry.to_us,
        entry.value,
        entry.former,
        entry.mark.value if entry.mark else None,
        str(entry.of) if entry.of else None,
        entry.samples,
        str(entry.actor.account_id),
        entry.actor.name,
        entry.reason,
        entry.made_us,
        number,
    ]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=UUID(row["id"]),
        kind=EntryKind(row["kind"]),
        tag=row["tag"],
        from_us=row["from_us"],
        to_us=row["to_us"],
        value=row["value"],
        former=row["former"],
        mark=MarkKind(row["mark"]) if row["mark"] else None,
        of=UUID(row["of_mark"]) if row["of_mark"] else None,
        samples=row["samples"],
        actor=Actor(UUID(row["account_id"]), row["author"]),
        reason=row["reason"],
        made_us=row["made_us"],
        batch=row["batch"],
    )
