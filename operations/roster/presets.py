"""The patterns plants use, to start from: four crews on three shifts, and turns of twelve hours."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final
from uuid import UUID

from operations.roster.pattern import Pattern, ShiftTimes
from telemetry.plant import Name

NIGHT: Final = ShiftTimes("night", Name("夜班", "Night"), time(0), 8 * 60)
DAY: Final = ShiftTimes("day", Name("白班", "Day"), time(8), 8 * 60)
EVENING: Final = ShiftTimes("evening", Name("中班", "Evening"), time(16), 8 * 60)
LONG_DAY: Final = ShiftTimes("day", Name("白班", "Day"), time(8), 12 * 60)
LONG_NIGHT: Final = ShiftTimes("night", Name("夜班", "Night"), time(20), 12 * 60)


def four_crews_three_shifts(crews: Sequence[UUID], anchor: date) -> Pattern:
    """四班三运转: two nights, two days, two evenings, two days off; nobody rests less than 24 h."""
    order = ("night", "night", "day", "day", "evening", "evening", None, None)
    return _staggered((NIGHT, DAY, EVENING), order, crews, anchor)


def twelve_hours(crews: Sequence[UUID], anchor: date) -> Pattern:
    """Two turns of twelve hours, four crews: day, night, two days off."""
    return _staggered((LONG_DAY, LONG_NIGHT), ("day", "night", None, None), crews, anchor)


def _staggered(
    shifts: tuple[ShiftTimes, ...], order: tuple[str | None, ...], crews: Sequence[UUID], anchor: date
) -> Pattern:
    """Return a pattern in which the crews follow each other evenly through one order."""
    apart = len(order) // len(crews)
    cycle = tuple(
        tuple(order[(day - number * apart) % len(order)] for number in range(len(crews)))
        for day in range(len(order))
    )
    return Pattern(shifts, cycle, tuple(crews), anchor)
