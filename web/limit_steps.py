"""The limits of points over a period: where the calendar or the water changes them, they change in steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from alarms.compliance.limits import NOT_KNOWN, LimitBasis, Water
from config.folder import PlantFolder
from web import bands
from web.discharge import bounds_on

DAILY: Final = "daily"
_NO_WATERS: Final[Mapping[date, Water]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Step:
    """A limit as long as it stays the same, [from, to) in µs UTC; None where the period ends first."""

    kind: str
    value: float
    from_us: int | None
    to_us: int | None


def limits_of(folder: PlantFolder, tag: str, day: date, water: Water = NOT_KNOWN) -> dict[str, float]:
    """Return the limits of a point on a report day: its alarms', and its daily mean's."""
    own = bands.limits_by_tag(rule for rule in folder.rules_on(day) if rule.tag == tag).get(tag, {})
    limits = {kind.value: rule.threshold for kind, rule in own.items()}
    daily = bounds_on(folder.limits, tag, LimitBasis.DAILY, day, water)
    if daily is not None and daily.high is not None:
        limits[DAILY] = float(daily.high)
    return limits


def days_of(folder: PlantFolder, from_us_: int, to_us_: int) -> tuple[date, date]:
    """Return the first and the last report day of [from, to)."""
    day_of = folder.calendar.day_of
    return day_of(from_us_), day_of(max(to_us_ - 1, from_us_))


def steps(
    folder: PlantFolder, tag: str, from_us_: int, to_us_: int, waters: Mapping[date, Water] = _NO_WATERS
) -> list[Step]:
    """Return the limits of a point in [from, to), oldest first; `waters` as the days are judged by them."""
    first, last = days_of(folder, from_us_, to_us_)
    open_steps: dict[str, Step] = {}
    done: list[Step] = []
    for day in _days_of_change(folder, tag, first, last, waters):
        at_us = None if day == first else folder.calendar.start_us(day)
        limits = limits_of(folder, tag, day, waters.get(day, NOT_KNOWN))
        for kind, step in list(open_steps.items()):
            if limits.get(kind) != step.value:
                done.append(Step(kind, step.value, step.from_us, at_us))
                del open_steps[kind]
        for kind, value in limits.items():
            open_steps.setdefault(kind, Step(kind, value, at_us, None))
    return [*done, *open_steps.values()]


def _days_of_change(
    folder: PlantFolder, tag: str, first: date, last: date, waters: Mapping[date, Water]
) -> Iterator[date]:
    """Yield the first day, and every later one on which a limit of the point is not what it was."""
    limits = [limit for limit in folder.limits if limit.tag == tag]
    before: Sequence[object] | None = None
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        water = waters.get(day, NOT_KNOWN)
        here = [(limit.in_force(day), limit.high_on(day, water)) for limit in limits]
        if here != before:
            yield day
        before = here
