"""The discharge panel: what leaves the plant now, beside its limits of today.

It judges present values, each by itself. Whether the day complies is a matter of its mean and is
not said here. They are compared as judgements are, with the strictest limits in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from alarms.compliance.held import passed, strictest
from alarms.compliance.limits import NOT_KNOWN, DischargeLimit, LimitBasis, Water
from alarms.compliance.rounding import decimals_of
from config.folder import PlantFolder
from telemetry.plant import Point
from web import formats, naming
from web.bands import Band
from web.language import Language
from web.present import Present

WITHIN: Final = "within"
NOT_ENTERED: Final = "missing"
ABOVE_INTERNAL: Final = "internal"
ABOVE_DAILY: Final = "daily"
ABOVE_SINGLE: Final = "single"
UNKNOWN: Final = "unknown"
SEVERITY: Final = (WITHIN, NOT_ENTERED, UNKNOWN, ABOVE_INTERNAL, ABOVE_DAILY, ABOVE_SINGLE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A limit's two ends as they are written; None where it has none. Equality complies."""

    low: Decimal | None = None
    high: Decimal | None = None

    def breached_by(self, value: float) -> bool:
        """Return whether a value lies outside, rounded half to even to the decimals of the end."""
        return passed(value, self.low, self.high) is not None

    @property
    def text(self) -> str:
        """`50`, `6–9`, `≥ 2`, or nothing where nothing was entered."""
        if self.low is not None and self.high is not None:
            return f"{formats.limit(self.low)}–{formats.limit(self.high)}"
        if self.high is not None:
            return formats.limit(self.high)
        return "" if self.low is None else f"≥ {formats.limit(self.low)}"


@dataclass(frozen=True, slots=True)
class Item:
    """One regulated item with its limits of a day; a basis that was not entered is None."""

    point: Point
    label: str
    decimals: int
    daily: Bounds | None
    single: Bounds | None
    internal: Bounds | None
    seasonal: bool
    band: Band

    def verdict(self, present: Present) -> str:
        """Return how the present value stands: the gravest of what it breaches."""
        if self.daily is None and self.single is None and self.internal is None:
            return NOT_ENTERED
        if not present.holds or present.value != present.value:
            return UNKNOWN
        for verdict, bounds in (
            (ABOVE_SINGLE, self.single),
            (ABOVE_DAILY, self.daily),
            (ABOVE_INTERNAL, self.internal),
        ):
            if bounds is not None and bounds.breached_by(present.value):
                return verdict
        return WITHIN


def items(folder: PlantFolder, day: date, language: Language, water: Water = NOT_KNOWN) -> list[Item]:
    """Return what the folder limits, in its order, with the limits of a day at these water temperatures."""
    tags = dict.fromkeys(limit.tag for limit in folder.limits)
    return [item_of(folder, tag, day, language, water) for tag in tags]


def worst(verdicts: Sequence[str]) -> str:
    """Return the gravest of several verdicts."""
    return max(verdicts, key=SEVERITY.index, default=UNKNOWN)


def bounds_on(
    limits: Sequence[DischargeLimit], tag: str, basis: LimitBasis, day: date, water: Water = NOT_KNOWN
) -> Bounds | None:
    """Return the strictest ends of all limits of a basis in force on a day, None without one."""
    low, high = strictest(limits, tag, basis, day, water)
    return None if low is None and high is None else Bounds(low, high)


def item_of(folder: PlantFolder, tag: str, day: date, language: Language, water: Water = NOT_KNOWN) -> Item:
    """Return one item with its limits of a day."""
    point = folder.plant.point_by_tag[tag]
    unit = folder.plant.unit_by_id[point.unit]
    daily, single, internal = (
        bounds_on(folder.limits, tag, basis, day, water)
        for basis in (LimitBasis.DAILY, LimitBasis.SINGLE, LimitBasis.INTERNAL)
    )
    return Item(
        point=point,
        label=naming.short(language.name(point.name), language.name(unit.name)),
        decimals=_decimals(point, [b for b in (daily, single, internal) if b is not None]),
        daily=daily,
        single=single,
        internal=internal,
        seasonal=any(limit.tag == tag and limit.alternative_high is not None for limit in folder.limits),
        band=_band(point, daily or single, internal),
    )


def _decimals(point: Point, bounds: Sequence[Bounds]) -> int:
    """One more than the limits have, so that a value above its limit is seen to be above it."""
    ends = [end for b in bounds for end in (b.low, b.high) if end is not None]
    finest = max((decimals_of(end) for end in ends), default=-1) + 1
    return min(max(formats.decimals(point), finest), formats.MOST_DECIMALS)


def _band(point: Point, limit: Bounds | None, internal: Bounds | None) -> Band:
    outer, inner = limit or internal or Bounds(), internal or limit or Bounds()
    low = point.range_low if outer.low is None else float(outer.low)
    high = point.range_high if outer.high is None else float(outer.high)
    margin = (high - low) * 0.25
    return Band(
        low=max(low - margin, point.range_low) if outer.low is not None else point.range_low,
        high=min(high + margin, point.range_high),
        normal_low=low if inner.low is None else float(inner.low),
        normal_high=high if inner.high is None else float(inner.high),
    )
