"""The patterns of most plants, to start from, by how many crews there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

from operations.roster.pattern import Pattern, ShiftTimes
from telemetry.plant import Name

NIGHT: Final = ShiftTimes("night", Name("夜班", "Night"), time(0), 8 * 60)
DAY: Final = ShiftTimes("day", Name("白班", "Day"), time(8), 8 * 60)
EVENING: Final = ShiftTimes("evening", Name("中班", "Evening"), time(16), 8 * 60)


LONG_DAY: Final = ShiftTimes("day", Name("白班", "Day"), time(8), 12 * 60)
LONG_NIGHT: Final = ShiftTimes("night", Name("夜班", "Night"), time(20), 12 * 60)
WHOLE_DAY: Final = ShiftTimes("full", Name("全天班", "Whole day"), time(8), 24 * 60)
_NUMBERS: Final = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Preset:
    """A pattern to choose: its code and name, its shifts, and its cycle for so many crews.

    One that goes `by_week` begins on a Monday: its cycle is of weeks.
    """

    code: str
    name: Name
    shifts: tuple[ShiftTimes, ...]
    cycle: tuple[tuple[str | None, ...], ...]
    by_week: bool = False

    def begins(self, day: date) -> date:
        """Return the first day from `day` on that its cycle may begin on."""
        return day + timedelta(days=-day.weekday() % 7) if self.by_week else day


def presets(crews: int) -> tuple[Preset, ...]:
    """Return the patterns that so many crews can work, the usual one first; none for no crew."""
    found: list[Preset] = []
    said = _NUMBERS[crews] if crews < len(_NUMBERS) else str(crews)
    if crews >= 4:
        order = _three_shifts(crews)
        name = Name(f"{said}班三运转", f"{crews} crews, three shifts")
        found.append(Preset(f"{crews}x3", name, (NIGHT, DAY, EVENING), _cycle(order, crews)))
    if crews >= 3:
        order = ("day", "night", *(None,) * (crews - 2))
        name = Name(f"{said}班两运转", f"{crews} crews, turns of twelve hours")
        found.append(Preset(f"{crews}x12", name, (LONG_DAY, LONG_NIGHT), _cycle(order, crews)))
    if crews == 3:
        week = ("evening",) * 7 + ("day",) * 7 + ("night",) * 7
        name = Name("三班三运转（周轮换）", "3 crews, three shifts, a week each")
        found.append(Preset("3x3", name, (NIGHT, DAY, EVENING), _cycle(week, crews), by_week=True))
    if crews >= 2:
        order = ("full", *(None,) * (crews - 1))
        name = Name(f"{said}班轮值（24小时）", f"{crews} crews, turns of 24 hours")
        found.append(Preset(f"{crews}x24", name, (WHOLE_DAY,), _cycle(order, crews)))
    if crews >= 1:
        five = tuple((code,) * crews for code in ("day",) * 5 + (None,) * 2)
        name = Name("常白班（五天工作）", "By day, five days of seven")
        found.append(Preset("days", name, (DAY,), five, by_week=True))
    return tuple(found)


def four_crews_three_shifts(crews: Sequence[UUID], anchor: date) -> Pattern:
    """四班三运转: two nights, two days, two evenings, two days off; nobody rests less than 24 h."""
    return staggered((NIGHT, DAY, EVENING), _three_shifts(4), crews, anchor)


def staggered(
    shifts: tuple[ShiftTimes, ...], order: tuple[str | None, ...], crews: Sequence[UUID], anchor: date
) -> Pattern:
    """Return a pattern in which the crews follow each other evenly through one order."""
    return Pattern(shifts, _cycle(order, len(crews)), tuple(crews), anchor)


def _three_shifts(crews: int) -> tuple[str | None, ...]:
    return ("night", "night", "day", "day", "evening", "evening", *(None,) * (2 * crews - 6))


def _cycle(order: tuple[str | None, ...], crews: int) -> tuple[tuple[str | None, ...], ...]:
    apart = len(order) // crews
    return tuple(
        tuple(order[(day - number * apart) % len(order)] for number in range(crews))
        for day in range(len(order))
    )
