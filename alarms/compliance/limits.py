"""Discharge limits as effective-dated data (domain.md 1.1; plant-rules.md)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LimitBasis(StrEnum):
    """What a limit is compared with."""

    DAILY = "daily"
    SINGLE = "single"
    INTERNAL = "internal"
    """The plant's own control value (内控值): met before the limit is."""


@dataclass(frozen=True, slots=True)
class DischargeLimit:
    """One limit of one point. Equality complies.

    `alternative_high` holds from `alternative_from` to `alternative_to` (month, day), both
    included, over the turn of the year where from is later: DB32/4440-2022's 1 Nov to 31 Mar.
    """

    tag: str
    basis: LimitBasis
    source: str
    valid_from: date
    valid_to: date | None = None
    low: float | None = None
    high: float | None = None
    alternative_high: float | None = None
    alternative_from: tuple[int, int] | None = None
    alternative_to: tuple[int, int] | None = None

    def high_on(self, day: date) -> float | None:
        """Return the upper limit on a day of the plant's calendar."""
        if self.alternative_high is None or not self._alternative_holds(day):
            return self.high
        return self.alternative_high

    def in_force(self, day: date) -> bool:
        """Return whether the limit holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def _alternative_holds(self, day: date) -> bool:
        if self.alternative_from is None or self.alternative_to is None:
            return False
        here = (day.month, day.day)
        if self.alternative_from <= self.alternative_to:
            return self.alternative_from <= here <= self.alternative_to
        return here >= self.alternative_from or here <= self.alternative_to
