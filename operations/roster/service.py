"""The roster as pages and the API ask for it: off the loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.roster import entries, patterns, reading
from operations.roster.covers import Covers
from operations.roster.gaps import REST_US, Gaps, below, rests
from operations.roster.pattern import Pattern
from operations.roster.patterns import KeptPattern
from operations.roster.publishing import (
    BEGINS_US,
    Outlook,
    Publication,
    Published,
    Publishing,
    publications,
    written_by,
)
from operations.roster.reading import RosterLine
from operations.roster.slots import Action
from operations.roster.turns import turns_between
from operations.staff import people
from operations.staff.people import EVER
from storage.unit_of_work import reading as reading_store
from telemetry.calendar import Calendar
from telemetry.duty import OnShift, Shift
from telemetry.people import Actor
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class RosterDays:
    """The roster of some days, both included: its turns, who stands on them, and what was published."""

    first: date
    last: date
    turns: Sequence[Shift]
    lines: Sequence[RosterLine]
    publications: Sequence[Publication]


class RosterService:
    """Patterns, publications and who stands where. Calls raise StoreAway while the people's store is away.

    `known_us` asks for what was known then.
    """

    def __init__(self, ledger: Ledger, calls: StoreCalls, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calls = calls
        self._calendar = calendar
        self._publishing = Publishing(ledger, calendar)
        self._covers = Covers(ledger, calendar)

    async def patterns(self) -> Sequence[KeptPattern]:
        """Return the patterns, by code."""

        def read() -> Sequence[KeptPattern]:
            with reading_store(self._ledger.engine) as connection:
                return patterns.patterns(connection, self._ledger.plant)

        return await self._calls.call(read)

    async def set_pattern(
        self, code: str, name: Name, pattern: Pattern, by: Actor | None, *, known: UUID | None = None
    ) -> UUID:
        """Keep a pattern, or a further version of the one given; return its id. Nothing is published."""

        def write() -> UUID:
            with self._ledger.writing() as page:
                return patterns.write(page, self._ledger.plant, known, code, name, pattern, by)

        return await self._calls.call(write)

    async def publish(
        self,
        pattern: UUID,
        first: date,
        last: date,
        by: Actor | None,
        *,
        seen: UUID | None = None,
        check_seen: bool = False,
    ) -> Published:
        """Publish a pattern for days, both included; see `Publishing.publish`."""
        publish = self._publishing.publish
        return await self._calls.call(publish, pattern, first, last, by, seen, check_seen)

    async def outlook(self, pattern: UUID, first: date, last: date, at_us: int) -> Outlook:
        """Return what `publish` would do at a time; nothing is written."""

        def read() -> Outlook:
            with reading_store(self._ledger.engine) as connection:
                return self._publishing.outlook(connection, pattern, first, last, at_us)

        return await self._calls.call(read)

    async def written_by(self, publication: UUID) -> tuple[int, int]:
        """Return how many turns a publication assigned and withdrew."""

        def read() -> tuple[int, int]:
            with reading_store(self._ledger.engine) as connection:
                found = written_by(connection, self._ledger.plant, publication)
                return found.get(Action.ASSIGN, 0), found.get(Action.WITHDRAW, 0)

        return await self._calls.call(read)

    async def cover(
        self, key: str, person: UUID, post: UUID, reason: str, by: Actor, id: UUID | None = None
    ) -> UUID:
        """Have somebody stand on a published turn besides who stands there; return the entry."""
        return await self._calls.call(self._covers.add, key, person, post, reason, by, id)

    async def month(self, day: date, *, known_us: int = EVER) -> RosterDays:
        """Return the roster of the month that a day lies in."""
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return await self.days(first, following - timedelta(days=1), known_us=known_us)

    async def days(self, first: date, last: date, *, known_us: int = EVER) -> RosterDays:
        """Return the roster of days, both included: the turns that start on them."""
        return await self._calls.call(self._days, first, last, known_us)

    async def on_shift(
        self, at_us: int, post: UUID | None = None, *, known_us: int = EVER
    ) -> Sequence[RosterLine]:
        """Return who stands on the roster at a time, by post."""
        return await self._calls.call(self._between, at_us, at_us + 1, post, None, known_us)

    async def of_person(self, person: UUID, from_us: int, to_us: int) -> Sequence[RosterLine]:
        """Return somebody's turns that overlap with [from, to), by start."""
        return await self._calls.call(self._between, from_us, to_us, None, person, EVER)

    async def turns(self, from_us: int, to_us: int) -> Sequence[Shift]:
        """Return the published turns that overlap with [from, to), by start."""

        def read() -> Sequence[Shift]:
            with reading_store(self._ledger.engine) as connection:
                return turns_between(connection, self._ledger.plant, self._calendar, from_us, to_us)

        return await self._calls.call(read)

    async def gaps(self, from_us: int, to_us: int) -> Gaps:
        """Return posts with too few on a turn that overlaps with [from, to), and rests under 11 h."""
        return await self._calls.call(self._gaps, from_us, to_us)

    def _days(self, first: date, last: date, known_us: int) -> RosterDays:
        plant = self._ledger.plant
        from_us = self._calendar.start_us(first)
        to_us = self._calendar.start_us(last + timedelta(days=1))
        with reading_store(self._ledger.engine) as connection:
            standing = entries.standing(connection, plant, from_us, to_us, known_us=known_us)
            own = [entry for entry in standing if entry.slot.start_us >= from_us]
            found = turns_between(connection, plant, self._calendar, from_us, to_us, known_us)
            return RosterDays(
                first,
                last,
                [shift for shift in found if shift.start_us >= from_us],
                reading.lines(connection, plant, own, known_us),
                publications(connection, plant, first, last, known_us),
            )

    def _between(
        self, from_us: int, to_us: int, post: UUID | None, person: UUID | None, known_us: int
    ) -> Sequence[RosterLine]:
        plant = self._ledger.plant
        persons = None if person is None else [person]
        with reading_store(self._ledger.engine) as connection:
            found = entries.standing(
                connection, plant, from_us, to_us, known_us=known_us, persons=persons, post=post
            )
            return reading.lines(connection, plant, found, known_us)

    def _gaps(self, from_us: int, to_us: int) -> Gaps:
        plant = self._ledger.plant
        days = self._calendar.day_of(from_us) - timedelta(days=1), self._calendar.day_of(to_us)
        with reading_store(self._ledger.engine) as connection:
            shifts = turns_between(connection, plant, self._calendar, from_us, to_us)
            published = publications(connection, plant, *days)
            posts = list(people.posts(connection, plant).values())
            near = entries.standing(connection, plant, from_us - REST_US, to_us + REST_US)
            on: list[OnShift] = [line.on for line in reading.lines(connection, plant, near)]
        short = [rest for rest in rests(on) if from_us <= rest.after.shift.start_us < to_us]
        stood = {one.shift.key for one in on}
        # Nobody could be put on a turn that had begun before anything was published for its day.
        filled = [shift for shift in shifts if shift.key in stood or _was_open(shift, published)]
        return Gaps(below(filled, on, posts), tuple(short))


def _was_open(shift: Shift, published: Sequence[Publication]) -> bool:
    """Return whether a turn lay ahead when a roster was first published for its day."""
    day = date.fromisoformat(shift.day)
    first_us = min((one.recorded_us for one in published if one.from_day <= day <= one.to_day), default=None)
    return first_us is not None and first_us + BEGINS_US < shift.start_us
