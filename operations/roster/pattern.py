"""A repeating pattern of shifts, and the turns it makes: pure.

`cycle` has a row a day and in it a shift's code for each crew, None where it is off; day 0 is the anchor.
Shifts start and end by the plant's clock on the wall: a turn over a change to summer time is an hour
shorter, and the next crew comes when its clock says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final
from uuid import UUID

from telemetry.clock import to_us
from telemetry.errors import Invalid
from telemetry.plant import Name

LONGEST_TURN: Final = timedelta(hours=24)
MOST_DAYS: Final = 366
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShiftTimes:
    """A shift of the pattern: when it starts on the wall's clock, and for how long it goes there."""

    code: str
    name: Name
    start: time
    minutes: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern; the crews are ids, in the order of the columns of its cycle."""

    shifts: tuple[ShiftTimes, ...]
    cycle: tuple[tuple[str | None, ...], ...]
    crews: tuple[UUID, ...]
    anchor: date


@dataclass(frozen=True, slots=True)
class Turn:
    """A crew's turn; times in µs UTC, the end not included. It belongs to the day in which it starts."""

    day: date
    shift: ShiftTimes
    crew: UUID
    start_us: int
    end_us: int

    @property
    def key(self) -> str:
        """What names it for ever, but for the crew."""
        return f"{self.day.isoformat()}/{self.shift.code}"


def days(first: date, last: date) -> Iterator[date]:
    """Yield the days from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def turns(pattern: Pattern, first: date, last: date, zone: tzinfo) -> list[Turn]:
    """Return the turns that start on these days, by start; those of one shift in the crews' order."""
    by_code = {shift.code: shift for shift in pattern.shifts}
    found: list[Turn] = []
    for day in days(first, last):
        row = pattern.cycle[(day - pattern.anchor).days % len(pattern.cycle)]
        for crew, code in zip(pattern.crews, row, strict=True):
            if code is not None:
                found.append(Turn(day, by_code[code], crew, *span_us(by_code[code], day, zone)))
    return sorted(found, key=lambda turn: turn.start_us)


def span_us(shift: ShiftTimes, day: date, zone: tzinfo) -> tuple[int, int]:
    """Return when a shift of a day starts and ends."""
    start = datetime.combine(day, shift.start)
    end = start + timedelta(minutes=shift.minutes)
    return to_us(start.replace(tzinfo=zone)), to_us(end.replace(tzinfo=zone))


def checked(pattern: Pattern) -> Pattern:
    """Return a pattern that can be published; Invalid says what is wrong with it."""
    codes = {shift.code for shift in pattern.shifts}
    if not pattern.shifts or not pattern.crews or not 1 <= len(pattern.cycle) <= MOST_DAYS:
        raise Invalid("bad_pattern", f"a pattern has shifts, crews, and 1 to {MOST_DAYS} days")
    if len(codes) != len(pattern.shifts):
        raise Invalid("bad_pattern", "two shifts have the same code")
    if len(set(pattern.crews)) != len(pattern.crews):
        raise Invalid("bad_pattern", "a crew stands in it twice")
    for shift in pattern.shifts:
        if not 0 < shift.minutes <= LONGEST_TURN // timedelta(minutes=1):
            raise Invalid("bad_pattern", f"shift {shift.code} lasts more than 0 and at most 24 h")
    for number, row in enumerate(pattern.cycle, 1):
        if len(row) != len(pattern.crews):
            raise Invalid("bad_pattern", f"day {number} is of {len(row)} crews, not {len(pattern.crews)}")
        unknown = {code for code in row if code is not None} - codes
        if unknown:
            raise Invalid("bad_pattern", f"day {number} names shift {min(unknown)}, which it has not")
    _check_rest(pattern)
    return pattern


def _check_rest(pattern: Pattern) -> None:
    """Refuse a crew that would still be on its turn when its next one starts, over the cycle's end too."""
    last = pattern.anchor + len(pattern.cycle) * _DAY
    for crew in pattern.crews:
        own: Sequence[Turn] = [
            turn for turn in turns(pattern, pattern.anchor, last, UTC) if turn.crew == crew
        ]
        for turn, following in pairwise(own):
            if following.start_us < turn.end_us:
                number = (following.day - pattern.anchor).days % len(pattern.cycle) + 1
                raise Invalid(
                    "bad_pattern", f"on day {number} a crew's turn starts before its last one ended"
                )
