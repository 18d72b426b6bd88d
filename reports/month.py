"""A month of the plant's calendar: its days, and whether it has gone by."""

from dataclasses import dataclass
from datetime import date, timedelta

from telemetry.calendar import Calendar, month_after, month_named


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
    first = month_named(name)
    following = month_after(first)
    days = tuple(first + timedelta(days=index) for index in range((following - first).days))
    starts_us = tuple(calendar.start_us(day) for day in days)
    return Month(name, days, starts_us, starts_us[0], calendar.start_us(following))
