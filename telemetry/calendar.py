"""The plant's calendar: which report day and month an hour belongs to.

A report day starts at a full hour of the plant's clock; what lies before it on a date belongs to the
day before (domain.md 5: usually 00:00–24:00, at some plants 08:00).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from telemetry.clock import from_us, to_us
from telemetry.errors import Invalid

_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


class Period(StrEnum):
    """What figures are of."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone, and the hour of its clock at which the report day starts."""

    zone: ZoneInfo
    starts_at: int = 0

    def day_of(self, at_us: int) -> date:
        """Return the report day that a time belongs to."""
        return (from_us(at_us).astimezone(self.zone) - timedelta(hours=self.starts_at)).date()

    def start_us(self, day: date) -> int:
        """Return when a report day starts."""
        return to_us(datetime(day.year, day.month, day.day, self.starts_at, tzinfo=self.zone))

    def period_start_us(self, at_us: int, period: Period) -> int:
        """Return when the day or month that a time belongs to started."""
        day = self.day_of(at_us)
        return self.start_us(day.replace(day=1) if period is Period.MONTH else day)

    def period_end_us(self, at_us: int, period: Period) -> int:
        """Return when the day or month that a time belongs to ends."""
        day = self.day_of(at_us)
        if period is Period.MONTH:
            return self.start_us(month_after(day))
        return self.start_us(day + timedelta(days=1))


def month_named(text: str) -> date:
    """Return the first day of a month written 2026-10; Invalid "bad_month" for anything else."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise Invalid("bad_month", f"{text[:20]!r} is not a month; write one such as 2026-10")
    return date(int(match[1]), int(match[2]), 1)


def month_after(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
