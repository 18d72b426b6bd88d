"""Who was on shift while water left the plant, and while it was in it. Pure.

An exceedance of a mean spans its day, that of a result its hour. Water stays in a plant for most of a day,
so the turns of the sixteen hours before stand beside (plant-rules.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alarms.compliance.records import DayJudgement, Exceedance
from alarms.uptime.results import HOUR_US
from telemetry.duty import Duty, OnShift

BEFORE_US: Final = 16 * HOUR_US


@dataclass(frozen=True, slots=True)
class Crews:
    """People with their turns, oldest first: of a span, and of the hours before it."""

    then: tuple[OnShift, ...]
    before: tuple[OnShift, ...]


def span_of(day: DayJudgement, one: Exceedance) -> tuple[int, int]:
    """Return the [from, to) that an exceedance of a day is of."""
    return (day.start_us, day.end_us) if one.hour_us is None else (one.hour_us, one.hour_us + HOUR_US)


def crews_of(people: Sequence[OnShift], from_us: int, to_us: int) -> Crews:
    """Return those among some people whose turn overlaps with [from, to), or with the hours before."""
    ordered = sorted(people, key=lambda one: one.shift.start_us)
    here = [one for one in ordered if one.shift.start_us < to_us and one.shift.end_us > from_us - BEFORE_US]
    return Crews(
        tuple(one for one in here if one.shift.end_us > from_us),
        tuple(one for one in here if one.shift.end_us <= from_us),
    )


async def asked_crews(duty: Duty, from_us: int, to_us: int) -> Crews:
    """Return the same of everybody on the roster; StoreAway while it cannot be asked."""
    return crews_of(await duty.between(from_us - BEFORE_US, to_us), from_us, to_us)
