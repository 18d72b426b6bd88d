"""A month of the plant's calendar: its days, and whether it has gone by."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from telemetry.calendar import Calendar
from telemetry.errors import Invalid

_WRITTEN: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Month:
    """A month, [from, to), with the start of each of its days, µs UTC."""

    name: str
    days: tuple[date, ...]
    starts_us: tuple[int, ...]
    from_us: int
    to_us: int

    def ends_us(self) -> tuple[int, ...]:
        """Return the end of each day."""
        return (*self.starts_us[1:], self.to_us)


def month_of(name: str, calendar: Calendar) -> Month:
    """Return a month written 2026-10; Invalid for anything else."""
    match = _WRITTEN.fullmatch(name)
    if match is None:
        raise Invalid("bad_month", f"{name!r} is not a month; write one such as 2026-10")
    first = date(int(match[1]), int(match[2]), 1)
    following = (first + timedelta(days=32)).replace(day=1)
    days = tuple(first + timedelta(days=index) for index in range((following - first).days))
    starts_us = tuple(calendar.start_us(day) for day in days)
    return Month(name, days, starts_us, starts_us[0], calendar.start_us(following))
