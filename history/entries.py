"""What people enter, correct and mark: always beside what was there, never instead of it.

    entry        a reading of a point that people enter, with who entered it; also of one that a history
                 brought, which is there already
    correction   another value for such a reading, or none; the former one is kept
    mark         a span of a measured point whose values are not to count; the values stay
    withdrawal   a mark taken back; the qualities come back

A measured value is never changed: there is no correction of one. Each is written in one transaction with
the samples it makes, which are made there too, of what the store holds at that moment.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from history.arrays import columns
from history.embedded import EmbeddedHistory, Note
from history.marks import MarkKind, in_force, taken
from history.queries import Snapshot, samples_of
from storage.ids import uuid7
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor, clean
from telemetry.plant import Plant, Point, PointKind
from telemetry.quality import Quality, is_bad
from telemetry.samples import SampleBatch

AHEAD_US: Final = 60 * US_PER_S
OLDEST_US: Final = 400 * 86_400 * US_PER_S
"""How far back a reading may be entered: the laboratory is late, but a year before it is a slip."""
LONGEST_MARK_US: Final = 31 * 86_400 * US_PER_S
MOST_MARKED: Final = 600_000


class NotedSink(Protocol):
    """Where samples go that people made."""

    async def append_noted(self, note: Note) -> int:
        """Keep the samples that a note makes, in its transaction; return the batch that holds them."""
        ...


class EntryKind(StrEnum):
    """What somebody did."""

    ENTRY = "entry"
    CORRECTION = "correction"
    MARK = "mark"
    WITHDRAWAL = "withdrawal"


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
WHERE entries.id = $1 AND series.plant = $2
"""
_SAME: Final = """
SELECT entries.* EXCLUDE series, series.tag FROM entries JOIN series ON series.id = entries.series
WHERE series.plant = $1 AND series.tag = $2 AND entries.kind = 'entry' AND entries.from_us = $3
AND entries.value = $4 AND entries.account_id = $5
"""
_KNOWN: Final = "SELECT count(*) AS found FROM entries WHERE series = $1 AND kind = 'entry' AND from_us = $2"
_WITHDRAWN: Final = "SELECT count(*) AS found FROM entries WHERE of_mark = $1"

_Deed = Callable[[Snapshot], tuple["Entry", SampleBatch]]
"""What somebody does, and the samples it makes, of what is so at that moment."""


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
        self._check(tag, at_us, value)

        def deed(snapshot: Snapshot) -> tuple[Entry, SampleBatch]:
            self._refuse_held(snapshot, tag, at_us)
            entry = self._made(EntryKind.ENTRY, tag, at_us, actor, value=value)
            return entry, self._sample(tag, at_us, value)

        return await self._keep(deed)

    async def check(self, tag: str, at_us: int, value: float) -> None:
        """Raise what `enter` would, without keeping anything: before the first of several is entered."""
        self._check(tag, at_us, value)
        await self._history.answer(lambda seen: self._refuse_held(seen, tag, at_us))

    async def entered(self, tag: str, at_us: int, value: float, actor: Actor) -> Entry | None:
        """Return what somebody entered as just this reading, None where that is not so."""
        asked = [self._plant.id, tag, at_us, value, str(actor.account_id)]

        def query(snapshot: Snapshot) -> Entry | None:
            rows = snapshot.cursor.execute(_SAME, asked)
            names = [column[0] for column in rows.description or ()]
            found = [_entry(dict(zip(names, row, strict=True))) for row in rows.fetchall()]
            return found[0] if found else None

        return await self._history.answer(query)

    async def ascribe(self, tag: str, at_us: int, actor: Actor) -> Entry:
        """Put down who entered a reading that came with a history; the reading stays as it is.

        NotFound where there is none that counts, Conflict where it is known who entered it.
        """
        self._entered(tag)

        def deed(snapshot: Snapshot) -> tuple[Entry, SampleBatch]:
            held = self._held(snapshot, tag, at_us)
            if not len(held) or not _counts(held):
                raise NotFound("reading_not_found", f"{tag} has no reading at this time")
            known = columns(snapshot.cursor, _KNOWN, [self._history.tags[tag], at_us])
            if known["found"][0]:
                raise Conflict("reading_exists", f"it is known who entered {tag} at this time")
            entry = self._made(EntryKind.ENTRY, tag, at_us, actor, value=float(held.values[0]))
            return entry, SampleBatch.empty()

        return await self._keep(deed)

    async def correct(self, tag: str, at_us: int, value: float | None, reason: str, actor: Actor) -> Entry:
        """Keep another value for a reading that was entered; the former one stays on record.

        None takes it back, as for a wrong time: what it said stays, bad, and does not count.
        """
        point = self._entered(tag)
        if value is not None:
            _check_value(point, value)
        why = _reason(reason)

        def deed(snapshot: Snapshot) -> tuple[Entry, SampleBatch]:
            held = self._held(snapshot, tag, at_us)
            if not len(held):
                raise NotFound("reading_not_found", f"{tag} has no reading at this time")
            former = float(held.values[0]) if _counts(held) else None
            if former == value:
                has = "has no reading" if value is None else f"has {value:g}"
                raise Conflict("same_value", f"{tag} {has} at this time already")
            entry = self._made(
                EntryKind.CORRECTION, tag, at_us, actor, value=value, former=former, reason=why
            )
            if value is None:
                return entry, self._sample(tag, at_us, held.values[0], Quality.BAD)
            return entry, self._sample(tag, at_us, value)

        return await self._keep(deed)

    async def mark(
        self, tag: str, from_us: int, to_us: int, mark: MarkKind, reason: str, actor: Actor
    ) -> Entry:
        """Have the values of [from, to) not count, up to now; they stay, with the quality of the mark.

        Nor does what comes later for this time, as long as the mark is in force.
        """
        point = self._plant.point_by_tag[tag]
        if point.kind is PointKind.MANUAL:
            raise Invalid("not_measured", f"{tag} is entered by people: correct it instead")
        now_us = self._clock.now_us()
        if not from_us < min(to_us, now_us) or to_us > now_us + AHEAD_US:
            raise Invalid("span_out_of_range", "a mark ends after its start and not in the future")
        if to_us - from_us > LONGEST_MARK_US:
            raise Invalid("span_out_of_range", "a mark is of 31 days at most; make several")
        why = _reason(reason)
        # The asker's clock may be ahead, but a mark of the past takes nothing that is measured from now on.
        to_us = min(to_us, now_us)

        def deed(snapshot: Snapshot) -> tuple[Entry, SampleBatch]:
            held = samples_of(snapshot, self._history.tags[tag], from_us, to_us, MOST_MARKED + 1)
            if len(held) > MOST_MARKED:
                raise Invalid("span_out_of_range", f"more than {MOST_MARKED} values; mark a shorter time")
            held = held.select(~is_bad(held.quality))
            if not len(held):
                raise Conflict("nothing_to_mark", f"{tag} has no value in this time that counts")
            entry = self._made(
                EntryKind.MARK, tag, from_us, actor, to_us=to_us, mark=mark, reason=why, samples=len(held)
            )
            return entry, held

        return await self._keep(deed)

    async def withdraw(self, mark_id: UUID, reason: str, actor: Actor) -> Entry:
        """Take a mark back: what it is of gets its own quality, or that of the next mark it lies in."""
        why = _reason(reason)

        def deed(snapshot: Snapshot) -> tuple[Entry, SampleBatch]:
            mark = _marked(snapshot, self._plant.id, mark_id)
            series = self._history.tags[mark.tag]
            own = taken(snapshot, series, mark.from_us, mark.to_us)
            own = own.select(in_force(snapshot.cursor).taken_by(str(mark_id), own))
            entry = self._made(
                EntryKind.WITHDRAWAL,
                mark.tag,
                mark.from_us,
                actor,
                to_us=mark.to_us,
                mark=mark.mark,
                of=mark.id,
                reason=why,
                samples=len(own),
            )
            return entry, own

        return await self._keep(deed)

    async def standing_mark(self, mark_id: UUID) -> Entry:
        """Return a mark that was not taken back; NotFound, Conflict."""
        return await self._history.answer(lambda seen: _marked(seen, self._plant.id, mark_id))

    async def listed(self, tag: str | None, before: int | None, limit: int) -> list[Entry]:
        """Return what people did, newest first; `before` is the batch of the last one of the page before."""
        asked = [self._plant.id, tag, before if before is not None else 1 << 62, limit]

        def query(snapshot: Snapshot) -> list[Entry]:
            rows = snapshot.cursor.execute(_LIST, asked)
            names = [column[0] for column in rows.description or ()]
            return [_entry(dict(zip(names, row, strict=True))) for row in rows.fetchall()]

        return await self._history.answer(query)

    async def _keep(self, deed: _Deed) -> Entry:
        kept: list[Entry] = []

        def note(snapshot: Snapshot, number: int) -> SampleBatch:
            entry, samples = deed(snapshot)
            kept.append(replace(entry, batch=number))
            snapshot.cursor.execute(_INSERT, _row(kept[-1], self._history.tags[entry.tag]))
            return samples

        async with self._turn:
            await self._sink.append_noted(note)
        return kept[-1]

    def _check(self, tag: str, at_us: int, value: float) -> None:
        _check_value(self._entered(tag), value)
        if at_us > self._clock.now_us() + AHEAD_US:
            raise Invalid("time_ahead", "the time lies ahead; enter when it was read")
        if at_us < self._clock.now_us() - OLDEST_US:
            raise Invalid("time_too_old", "the time lies more than 400 days back; check the year")

    def _refuse_held(self, snapshot: Snapshot, tag: str, at_us: int) -> None:
        held = self._held(snapshot, tag, at_us)
        if len(held):
            has = f"has {held.values[0]:g}" if _counts(held) else "had a reading that was taken back"
            raise Conflict("reading_exists", f"{tag} {has} at this time; correct it instead")

    def _entered(self, tag: str) -> Point:
        point = self._plant.point_by_tag[tag]
        if point.kind is not PointKind.MANUAL:
            raise Invalid(
                "measured_value", f"{tag} is measured: a measured value is never changed, only marked"
            )
        return point

    def _held(self, snapshot: Snapshot, tag: str, at_us: int) -> SampleBatch:
        return samples_of(snapshot, self._history.tags[tag], at_us, at_us + 1, 1)

    def _sample(self, tag: str, at_us: int, value: float, quality: int = Quality.GOOD) -> SampleBatch:
        return SampleBatch.of(self._history.tags[tag], [at_us], [value], quality)

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


def _counts(held: SampleBatch) -> bool:
    return not bool(is_bad(held.quality)[0])


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


def _marked(snapshot: Snapshot, plant: str, mark_id: UUID) -> Entry:
    """Return a mark in force of a plant."""
    rows = snapshot.cursor.execute(_ONE, [str(mark_id), plant])
    names = [column[0] for column in rows.description or ()]
    found = [_entry(dict(zip(names, row, strict=True))) for row in rows.fetchall()]
    if not found or found[0].kind is not EntryKind.MARK:
        raise NotFound("mark_not_found", f"there is no mark {mark_id}")
    if columns(snapshot.cursor, _WITHDRAWN, [str(mark_id)])["found"][0]:
        raise Conflict("already_withdrawn", "this mark was taken back already")
    return found[0]


def _row(entry: Entry, series: int) -> list[Any]:
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
        entry.batch,
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
