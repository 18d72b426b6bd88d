"""The demo's roster from its month before on, such that crew A is on shift when the demo begins. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from operations.roster.pattern import Pattern
from operations.roster.presets import four_crews_three_shifts
from telemetry.calendar import Calendar
from telemetry.clock import from_us

_CYCLE_DAYS = 8
_PAST_DAYS = 30


def pattern_with_first_on_shift(crews: Sequence[UUID], at_us: int, calendar: Calendar) -> Pattern:
    """Return the pattern whose first crew stands on the turn of a time."""
    day = calendar.day_of(at_us)
    code = shift_at(at_us, calendar)
    for back in range(_CYCLE_DAYS):
        pattern = four_crews_three_shifts(crews, day - timedelta(days=back))
        if pattern.cycle[back][0] == code:
            return pattern
    raise AssertionError("every crew stands on every shift within a cycle")


def shift_at(at_us: int, calendar: Calendar) -> str:
    """Return the code of the shift of three that a time lies in."""
    return ("night", "day", "evening")[from_us(at_us).astimezone(calendar.zone).hour // 8]


def published(begun_us: int, calendar: Calendar) -> tuple[date, date]:
    """Return the days that are published: from a month before to the end of the month after.

    Not a day earlier than people come: who stands on the roster and signs nothing was absent.
    """
    day = calendar.day_of(begun_us)
    return day - timedelta(days=_PAST_DAYS), (day.replace(day=1) + timedelta(days=62)).replace(
        day=1
    ) - timedelta(days=1)
