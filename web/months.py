"""A month that a page shows: read from its address, and the months beside it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import Query

from telemetry.calendar import month_after, month_named
from telemetry.errors import Invalid
from web.language import Language

MonthText = Annotated[str, Query(max_length=40, description="a month, YYYY-MM; this one if absent")]
_FIRST: Final = date(2000, 1, 1)
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the plant's calendar, and today."""

    first: date
    today: date

    ahead: int = 0
    """How many months ahead of this one it may lie."""

    @classmethod
    def asked(cls, text: str, today: date, ahead: int = 0) -> "Month":
        """Return the month that was asked for; Invalid for what is none, or lies too far ahead."""
        this = today.replace(day=1)
        if not text:
            return cls(this, today, ahead)
        month = cls(month_named(text), today, ahead)
        if month._months_ahead() > ahead:
            raise Invalid("month_out_of_reach", f"{text} lies ahead of what there is")
        return month

    @property
    def key(self) -> str:
        """The month as it is written in addresses."""
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> str | None:
        """The month before, None where there is none."""
        return f"{self.first - timedelta(days=1):%Y-%m}" if self.first > _FIRST else None

    @property
    def after(self) -> str | None:
        """The month after, None where it may not be asked for."""
        return None if self._months_ahead() >= self.ahead else f"{self.end:%Y-%m}"

    @property
    def end(self) -> date:
        """The first day of the month after."""
        return month_after(self.first)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def is_this(self) -> bool:
        """Whether it is the month in course."""
        return self.first == self.today.replace(day=1)

    def _months_ahead(self) -> int:
        return 12 * (self.first.year - self.today.year) + self.first.month - self.today.month

    def holds(self, day: date) -> bool:
        """Return whether a day is one of its own."""
        return self.first <= day < self.end

    def said(self, language: Language) -> str:
        """Return its name."""
        return month_name(self.first, language)


def month_name(day: date, language: Language) -> str:
    """Return the name of a day's month: `2026年11月`, or `Nov 2026`."""
    if language.tag.startswith("zh"):
        return f"{day.year}年{day.month}月"
    name = _MONTHS[3 * day.month - 3 :][:3]
    return f"{name} {day.year}"
