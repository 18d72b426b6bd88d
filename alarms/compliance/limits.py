"""Discharge limits as effective-dated data (domain.md 1.1; plant-rules.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Water = Mapping[str, float]
"""A day's mean temperature by the tag that tells it, °C; what is not known is missing."""
NOT_KNOWN: Final[Water] = MappingProxyType({})


class LimitBasis(StrEnum):
    """What a limit is compared with."""

    DAILY = "daily"
    SINGLE = "single"
    INTERNAL = "internal"
    """The plant's own control value (内控值): met before the limit is."""


@dataclass(frozen=True, slots=True)
class ColdWater:
    """Brackets that hold on days whose mean water temperature, as `tag` tells it, is at most so many °C."""

    tag: str
    at_most: Decimal


@dataclass(frozen=True, slots=True)
class DischargeLimit:
    """One limit of one point, its ends with the decimals that they are written with. Equality complies.

    `alternative_high` holds from `alternative_from` to `alternative_to` (month, day), both
    included, over the turn of the year where from is later: DB32/4440-2022's 1 Nov to 31 Mar.
    Or it holds in `cold_water`: GB 18918-2002's 5(8) for NH3-N.
    """

    tag: str
    basis: LimitBasis
    source: str
    valid_from: date
    valid_to: date | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    alternative_high: Decimal | None = None
    alternative_from: tuple[int, int] | None = None
    alternative_to: tuple[int, int] | None = None
    cold_water: ColdWater | None = None

    def high_on(self, day: date, water: Water = NOT_KNOWN) -> Decimal | None:
        """Return the upper limit on a day of the plant's calendar.

        Where it follows a water temperature that is not known, the stricter of the two.
        """
        if self.high is None or self.alternative_high is None:
            return self.high
        if self.cold_water is None:
            return self.alternative_high if self._alternative_holds(day) else self.high
        mean = water.get(self.cold_water.tag)
        if mean is None:
            return min(self.high, self.alternative_high)
        # Read with the folder, where numpy is not loaded.
        from alarms.compliance.rounding import decimal_of

        return self.alternative_high if decimal_of(mean) <= self.cold_water.at_most else self.high

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
