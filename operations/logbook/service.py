"""The logbook (运行台账): what happened, who saw it, and what the plant said at that moment.

An entry with values is one act on two stores, in this order:

    everything is checked, and the people's store asked whether it is there      nothing is kept yet
    each value becomes a reading, by history.entries                             kept
    the entry is written, and names these readings                               kept

Where the last step fails, the readings are stored with who entered them, and LogNotWritten says so;
sent again with its id, the entry finds its readings and is written: nothing is entered twice.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from history.entries import AHEAD_US, OLDEST_US, Entries
from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.logbook import queries
from operations.logbook.moments import Moments, chosen
from operations.logbook.photos import PhotoFiles
from operations.logbook.records import (
    Asked,
    Entered,
    LogEntry,
    LogKind,
    LogNotWritten,
    NewEntry,
    Raised,
    Reading,
)
from operations.logbook.writing import LogbookWriter, Moment, refuse_more_photos
from storage.unit_of_work import reading
from telemetry.clock import Clock
from telemetry.duty import Duty, OnShift
from telemetry.errors import Conflict, Invalid, NotFound, StoreError
from telemetry.people import Actor, clean
from telemetry.plant import Plant, Point

TEXT_LENGTH: Final = 2000
MOST_SUBJECTS: Final = 20
MOST_VALUES: Final = 40
MOST_LISTED: Final = 2000
_LONGEST_ASKED_US: Final = 45 * 86_400_000_000

P = ParamSpec("P")
R = TypeVar("R")
PersonOf = Callable[[UUID], Awaitable[UUID | None]]
"""Whose account it is: a person of the staff, or nobody."""


class Logbook:
    """The plant's log. Every call asks the people's store off the loop; StoreAway while it is away."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        calls: StoreCalls,
        plant: Plant,
        entries: Entries,
        moments: Moments,
        photos: PhotoFiles,
        clock: Clock,
        duty: Duty | None = None,
        person_of: PersonOf | None = None,
    ) -> None:
        self._engine = ledger.engine
        self._writer = LogbookWriter(ledger, plant)
        self._node = ledger.node
        self._calls = calls
        self._plant = plant
        self._entries = entries
        self._moments = moments
        self._clock = clock
        self._duty = duty
        self._person_of = person_of
        self.photos = photos

    async def write(self, new: NewEntry, actor: Actor) -> LogEntry:
        """Write an entry, once for its id; the values in it become readings.

        Invalid, NotFound or Conflict before anything is kept; LogNotWritten where only the readings are.
        """
        checked = self._checked(new)
        if (before := await self._before(checked, actor)) is not None:
            return before
        at_us = self._at(checked)
        points = chosen(self._plant, checked.unit, checked.tags, checked.equipment)
        moment = Moment(
            at_us,
            await self._person(actor),
            await self.on_shift(at_us),
            await self._moments.at(points, at_us),
        )
        entered = await self._enter(checked.values, at_us, actor)
        try:
            written = await self._calls.call(self._writer.entry, checked, moment, entered, actor)
        except StoreError as error:
            if not entered:
                raise
            tags = ", ".join(one.tag for one in entered)
            raise LogNotWritten(
                "log_not_written",
                f"the readings of {tags} are stored, the log entry is not: send it again, nothing is entered"
                " twice",
            ) from error
        if not written and (before := await self._before(checked, actor)) is not None:
            return before
        return await self.get(new.id)

    async def amend(self, entry: UUID, text: str, reason: str, actor: Actor) -> LogEntry:
        """Give an entry other words; the former ones stay, shown. NotFound, Conflict, Invalid."""
        words, why = _text(text), clean(reason)
        if not words:
            raise Invalid("text_missing", "say what happened")
        if not why:
            raise Invalid("reason_missing", "say why: it stays on record")
        await self._calls.call(self._writer.amendment, entry, words, why, actor)
        return await self.get(entry)

    async def follow_up(self, entry: UUID, new_id: UUID, text: str, actor: Actor) -> LogEntry:
        """Add to an entry what came later, once for its id. NotFound, Conflict, Invalid."""
        words = _text(text)
        if not words:
            raise Invalid("text_missing", "say what happened")
        await self._calls.call(self._writer.follow_up, entry, new_id, self._clock.now_us(), words, actor)
        return await self.get(entry)

    async def add_photo(self, entry: UUID, content: bytes, actor: Actor) -> LogEntry:
        """Add a photo, made anew, to an entry, once. NotFound, Conflict, Invalid, TooMany, StoreError."""
        await self.get(entry)
        picture = await self.photos.made(content)
        held = await self._ask(queries.photos_of, entry)
        if picture.sha256 not in held:
            refuse_more_photos(held)
            await self.photos.keep(picture)
        await self._calls.call(self._writer.photo, entry, picture, actor)
        return await self.get(entry)

    async def add_alarm(self, occurrence: UUID, raised: Raised, at_us: int) -> None:
        """Write what an alarm's raise says, once an occurrence; the same alarm is added to its entry."""
        point = self._plant.point_by_tag.get(raised.tag)
        equipment = (point.equipment,) if point and point.equipment else ()
        points = chosen(self._plant, point.unit if point else None, (raised.tag,), equipment)
        readings = await self._moments.at(points, at_us)
        moment = Moment(at_us, None, await self.on_shift(at_us), readings)
        await self._calls.call(self._writer.alarm, occurrence, raised, moment, equipment)

    async def newest_alarm_us(self) -> int | None:
        """Return the time of the newest alarm that this node put into the log."""
        return await self._ask(queries.newest_alarm_us, self._node)

    async def get(self, entry: UUID) -> LogEntry:
        """Return an entry with all that belongs to it; NotFound."""
        found = await self._ask(queries.one, self._plant.id, entry)
        if found is None:
            raise NotFound("log_entry_not_found", f"there is no log entry {entry}")
        return found

    async def some(self, entries: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return entries by their ids; what is not there is left out."""
        found = await self._ask(queries.some, self._plant.id, entries)
        return {entry.id: entry for entry in found}

    async def photos_held(self, photos: Sequence[str]) -> set[str]:
        """Return which of some photos, by their hashes, belong to an entry."""
        return await self._ask(queries.photos_held, self._plant.id, photos)

    async def page(self, asked: Asked, limit: int) -> list[LogEntry]:
        """Return the newest entries that are asked for."""
        return await self._ask(queries.page, self._plant.id, asked, limit)

    async def listed(self, from_us: int, to_us: int) -> list[LogEntry]:
        """Return the entries of [from, to), oldest first, at most 2,000: what a handover freezes."""
        return await self._ask(queries.between, self._plant.id, from_us, to_us, MOST_LISTED)

    async def counted(self, from_us: int, to_us: int) -> int:
        """Return how many entries there are of [from, to)."""
        return await self._ask(queries.counted, self._plant.id, from_us, to_us)

    async def readings_now(self, points: Sequence[Point]) -> Sequence[Reading]:
        """Return the readings that an entry would carry now."""
        return await self._moments.at(points, self._clock.now_us())

    async def on_shift(self, at_us: int) -> Sequence[OnShift]:
        """Return who stood on the roster then, nobody where that cannot be known: the log goes on."""
        if self._duty is None:
            return ()
        try:
            return await self._duty.on_shift(at_us)
        except StoreError:
            return ()

    async def on_shift_of(self, entries: Sequence[LogEntry]) -> Mapping[UUID, Sequence[OnShift]]:
        """Return who stood on the roster at each of some entries, as it is known now."""
        times = [entry.at_us for entry in entries]
        if self._duty is None or not times:
            return {}
        try:
            if max(times) - min(times) <= _LONGEST_ASKED_US:
                every = await self._duty.between(min(times), max(times) + 1)
            else:
                turns = {entry.turn or entry.id: entry.at_us for entry in entries}
                every = [one for at_us in turns.values() for one in await self._duty.on_shift(at_us)]
        except StoreError:
            return {}
        return {
            entry.id: [one for one in every if one.shift.start_us <= entry.at_us < one.shift.end_us]
            for entry in entries
        }

    def _checked(self, new: NewEntry) -> NewEntry:
        """Return what is to be written, cleaned and with its unit; Invalid, NotFound."""
        plant = self._plant
        if new.kind is LogKind.ALARM:
            raise Invalid("made_by_node", "entries of alarms are made by the node itself")
        tags, equipment = tuple(dict.fromkeys(new.tags)), tuple(dict.fromkeys(new.equipment))
        if max(len(tags), len(equipment)) > MOST_SUBJECTS or len(new.values) > MOST_VALUES:
            raise Invalid("too_many_subjects", f"an entry is about {MOST_SUBJECTS} things at most")
        for tag in (*tags, *(tag for tag, _ in new.values)):
            if tag not in plant.point_by_tag:
                raise NotFound("point_not_found", f"there is no point {tag}")
        for item in equipment:
            if item not in plant.equipment_by_id:
                raise NotFound("equipment_not_found", f"there is no machine {item}")
        if new.unit is not None and new.unit not in plant.unit_by_id:
            raise NotFound("unit_not_found", f"there is no process unit {new.unit}")
        if len({tag for tag, _ in new.values}) < len(new.values):
            raise Invalid("value_twice", "a point has one value in an entry")
        text = _text(new.text)
        if not text and not new.values:
            raise Invalid("text_missing", "say what happened")
        if new.values and new.at_us is None:
            raise Invalid("time_missing", "say when the values were read: `at`")
        return NewEntry(
            id=new.id,
            kind=new.kind,
            text=text,
            at_us=new.at_us,
            unit=new.unit or self._unit_of(tags, equipment),
            tags=tags,
            equipment=equipment,
            values=new.values,
        )

    def _unit_of(self, tags: Sequence[str], equipment: Sequence[str]) -> str | None:
        units = [self._plant.equipment_by_id[item].unit for item in equipment]
        units += [self._plant.point_by_tag[tag].unit for tag in tags]
        return units[0] if units else None

    def _at(self, new: NewEntry) -> int:
        now_us = self._clock.now_us()
        at_us = now_us if new.at_us is None else new.at_us
        if at_us > now_us + AHEAD_US:
            raise Invalid("time_ahead", "the time lies ahead; enter when it happened")
        if at_us < now_us - OLDEST_US:
            raise Invalid("time_too_old", "the time lies more than 400 days back; check the year")
        return at_us

    async def _enter(
        self, values: Sequence[tuple[str, float]], at_us: int, actor: Actor
    ) -> tuple[Entered, ...]:
        """Make readings of values: all are checked before the first is stored."""
        held = {tag: await self._entries.entered(tag, at_us, value, actor) for tag, value in values}
        for tag, value in values:
            if held[tag] is None:
                await self._entries.check(tag, at_us, value)
        made = []
        for tag, value in values:
            entry = held[tag] or await self._entries.enter(tag, at_us, value, actor)
            made.append(Entered(tag, value, entry.id))
        return tuple(made)

    async def _before(self, new: NewEntry, actor: Actor) -> LogEntry | None:
        """Return what was written under an id, None for nothing; Conflict where that is something else."""
        row = await self._ask(queries.row_of, new.id)
        if row is None:
            return None
        if row["thread"] != new.id or row["actor_id"] != actor.account_id:
            raise Conflict("log_id_taken", "something else was written under this id")
        return await self._same(new)

    async def _same(self, new: NewEntry) -> LogEntry:
        """Return what was written under an id; Conflict where it had other words, which are not written."""
        held = await self.get(new.id)
        first = held.amendments[0].former if held.amendments else held.text
        values = {one.tag: one.value for one in held.entered}
        about = held.unit, held.tags, held.equipment
        same = (first, held.kind, values, about) == (
            new.text,
            new.kind,
            dict(new.values),
            (new.unit, new.tags, new.equipment),
        )
        if not same or (new.at_us is not None and new.at_us != held.at_us):
            raise Conflict(
                "log_written_otherwise",
                "something else was written under this id before: amend it, or take another id",
            )
        return held

    async def _person(self, actor: Actor) -> UUID | None:
        return None if self._person_of is None else await self._person_of(actor.account_id)

    async def _ask(
        self, question: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        def asked() -> R:
            with reading(self._engine) as connection:
                return question(connection, *args, **kwargs)

        return await self._calls.call(asked)


def _text(text: str) -> str:
    return clean(text, TEXT_LENGTH)
