"""The roster page's content: a month as a grid of crews, people and days, and what is thin in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from operations.roster.gaps import Gaps
from operations.roster.reading import RosterLine
from operations.roster.service import RosterDays
from operations.staff.people import StaffMember
from operations.staff.service import Places
from telemetry.duty import Shift
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.months import Month
from web.on_shift import hours_of
from web.released_view import Off, Released
from web.turn_words import shift_said, short_rest_said

_NO_POST: Final = 1_000_000
"""The rank of who has no post: after all who have."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of somebody, in a cell. `sign` is its first letter, `number` its place among the shifts."""

    entry: UUID
    key: str
    sign: str
    number: int
    said: str
    cause: str
    ahead: bool
    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of somebody."""

    day: date
    turns: tuple[Turn, ...]
    off: Off | None
    today: bool
    weekend: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody's month."""

    person: UUID
    number: str
    name: str
    post: str
    rank: int
    mine: bool
    cells: tuple[Cell, ...]
    turns: int


@dataclass(frozen=True, slots=True)
class CrewBlock:
    """A crew's rows; those who stand outside any crew come last, without a name."""

    name: str
    rows: tuple[PersonRow, ...]


@dataclass(frozen=True, slots=True)
class DayGaps:
    """How many are missing on a day, and where."""

    missing: int
    said: str


@dataclass(frozen=True, slots=True)
class ShiftKey:
    """A shift in the legend."""

    sign: str
    number: int
    name: str
    hours: str


@dataclass(frozen=True, slots=True)
class RosterSpeaker:
    """Puts the roster into words, in a language; `own` is who asks."""

    speaker: AlarmSpeaker
    own: StaffMember | None

    @property
    def language(self) -> Language:
        """Its language."""
        return self.speaker.language

    def shifts(self, days: RosterDays) -> dict[str, ShiftKey]:
        """Return the month's shifts by code, in the order of the day."""
        found: dict[str, Shift] = {}
        for turn in days.turns:
            found.setdefault(turn.key.partition("/")[2], turn)
        calendar = self.speaker.folder.calendar
        ordered = sorted(found.items(), key=lambda item: self.speaker.local(item[1].start_us).time())
        keys: dict[str, ShiftKey] = {}
        for number, (code, turn) in enumerate(ordered):
            name = self.language.name(turn.name)
            keys[code] = ShiftKey(name[:1], number % 4, name, hours_of(turn, calendar))
        return keys

    def blocks(
        self,
        month: Month,
        days: RosterDays,
        people: Sequence[StaffMember],
        places: Places,
        released: Released,
    ) -> list[CrewBlock]:
        """Return the grid: crews by code, their people by post."""
        shifts = self.shifts(days)
        off = released.off(days.lines, _days(month))
        of_person: dict[UUID, list[RosterLine]] = {}
        for line in days.lines:
            of_person.setdefault(line.on.person, []).append(line)
        crew_of = self._crews(month, days, places)
        members = {member.person: member for member in people if member.active or member.person in of_person}
        blocks = []
        for crew in [*sorted(places.crews.values(), key=lambda crew: crew.code), None]:
            own = [person for person in members if crew_of.get(person) == (crew.crew if crew else None)]
            rows = [
                self._row(month, members[one], of_person.get(one, []), shifts, places, released, off)
                for one in own
            ]
            rows = [row for row in rows if crew is not None or row.turns]
            if rows:
                name = self.language.name(crew.name) if crew else self.language("Outside the crews")
                blocks.append(CrewBlock(name, tuple(sorted(rows, key=lambda row: (row.rank, row.number)))))
        return blocks

    def gaps(self, month: Month, gaps: Gaps) -> list[DayGaps]:
        """Return what is missing, day by day."""
        by_day: dict[str, list[tuple[int, str]]] = {}
        for one in gaps.below:
            post, shift = self.language.name(one.post.name), self.language.name(one.shift.name)
            by_day.setdefault(one.shift.day, []).append((one.post.minimum - one.has, f"{shift} {post}"))
        found = []
        for day in _days(month):
            own = by_day.get(day.isoformat(), [])
            said = self.language.listed(f"{where} −{missing}" for missing, where in own)
            found.append(DayGaps(sum(missing for missing, _where in own), said))
        return found

    def rests(self, gaps: Gaps) -> list[str]:
        """Return who rests too little, and when."""
        return [short_rest_said(one, self.language) for one in gaps.rests]

    def _row(
        self,
        month: Month,
        member: StaffMember,
        own: Sequence[RosterLine],
        shifts: Mapping[str, ShiftKey],
        places: Places,
        released: Released,
        off: Mapping[tuple[UUID, date], Off],
    ) -> PersonRow:
        by_day: dict[str, list[Turn]] = {}
        for line in own:
            key = shifts[line.on.shift.key.partition("/")[2]]
            post = self.language.name(line.on.post_name)
            cause = released.cause(line)
            turn_said = shift_said(line.on.shift, self.language)
            said = f"{member.name} {turn_said} {post}{f' · {cause}' if cause else ''}"
            turn = Turn(
                entry=line.on.assignment,
                key=line.on.shift.key,
                sign=key.sign,
                number=key.number,
                said=said,
                cause=cause,
                ahead=line.on.shift.start_us > self.speaker.now_us,
                begins=self.speaker.local(line.on.shift.start_us).isoformat(),
                ends=self.speaker.local(line.on.shift.end_us).isoformat(),
            )
            by_day.setdefault(line.on.shift.day, []).append(turn)
        cells = [
            Cell(
                day,
                tuple(by_day.get(day.isoformat(), ())),
                off.get((member.person, day)),
                day == month.today,
                day.weekday() >= 5,
            )
            for day in _days(month)
        ]
        posts = [line.on.post for line in own] or [
            one.post for one in places.memberships if one.person == member.person
        ]
        standing = places.posts.get(posts[-1]) if posts else None
        return PersonRow(
            person=member.person,
            number=member.number,
            name=member.name,
            post=self.language.name(standing.name) if standing else "",
            rank=standing.rank if standing else _NO_POST,
            mine=self.own is not None and self.own.person == member.person,
            cells=tuple(cells),
            turns=len(own),
        )

    def _crews(self, month: Month, days: RosterDays, places: Places) -> dict[UUID, UUID | None]:
        """Return everybody's crew in the month: the last one that holds in it."""
        found: dict[UUID, UUID | None] = {line.on.person: line.on.crew for line in days.lines}
        for one in places.memberships:
            if one.valid_from <= month.last and (one.valid_to is None or one.valid_to >= month.first):
                found[one.person] = one.crew
        return found


def _days(month: Month) -> list[date]:
    return [month.first + timedelta(days=offset) for offset in range((month.end - month.first).days)]
