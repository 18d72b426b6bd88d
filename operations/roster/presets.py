"""The pattern of most plants, to start from: four crews on three shifts."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final
from uuid import UUID

from operations.roster.pattern import Pattern, ShiftTimes
from telemetry.plant import Name

NIGHT: Final = ShiftTimes("night", Name("夜班", "Night"), time(0), 8 * 60)
DAY: Final = ShiftTimes("day", Name("白班", "Day"), time(8), 8 * 60)
EVENING: Final = ShiftTimes("evening", Name("中班", "Evening"), time(16), 8 * 60)


def four_crews_three_shifts(crews: Sequence[UUID], anchor: date) -> Pattern:
    """四班三运转: two nights, two days, two evenings, two days off; nobody rests less than 24 h."""
    order = ("night", "night", "day", "day", "evening", "evening", None, None)
    return staggered((NIGHT, DAY, EVENING), order, crews, anchor)


def staggered(
    shifts: tuple[ShiftTimes, ...], order: tuple[str | None, ...], crews: Sequence[UUID], anchor: date
) -> Pattern:
    """Return a pattern in which the crews follow each other evenly through one order."""
    apart = len(order) // len(crews)
    cycle = tuple(
        tuple(order[(day - number * apart) % len(order)] for number in range(len(crews)))
        for day in range(len(order))
    )
    return Pattern(shifts, cycle, tuple(crews), anchor)
