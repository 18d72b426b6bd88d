"""Limits as they hold on a day, and what lies beyond them. Equality complies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from alarms.compliance.limits import NOT_KNOWN, DischargeLimit, LimitBasis, Water
from alarms.compliance.records import DayJudgement, End, HeldLimit, WaterTold
from alarms.compliance.rounding import decimals_of, exact, rounded


@dataclass(frozen=True, slots=True)
class Beyond:
    """A limit that a value lies beyond, and the value as it was compared."""

    limit: HeldLimit
    end: End
    bound: Decimal
    rounded: Decimal

    @property
    def governs(self) -> bool:
        """Whether it is the strictest one of its basis."""
        return self.limit.high_governs if self.end is End.HIGH else self.limit.low_governs


def held_on(
    limits: Iterable[DischargeLimit], tag: str, day: date, water: Water = NOT_KNOWN
) -> tuple[HeldLimit, ...]:
    """Return the limits of a point in force on a day; of each basis the strictest ends govern.

    `water` is the day's mean temperatures by tag. Of two that are equally strict the first one governs.
    """
    mine = [limit for limit in limits if limit.tag == tag and limit.in_force(day)]
    found: list[HeldLimit] = []
    for basis in LimitBasis:
        of_basis = [limit for limit in mine if limit.basis is basis]
        high = _first_index([limit.high_on(day, water) for limit in of_basis], lambda one, best: one < best)
        low = _first_index([limit.low for limit in of_basis], lambda one, best: one > best)
        for place, limit in enumerate(of_basis):
            end = limit.high_on(day, water)
            found.append(
                HeldLimit(
                    basis=basis,
                    source=limit.source,
                    low=limit.low,
                    high=end,
                    low_governs=place == low,
                    high_governs=place == high,
                    alternative=end != limit.high,
                    water=_told(limit, water),
                )
            )
    return tuple(found)


def strictest(
    limits: Iterable[DischargeLimit], tag: str, basis: LimitBasis, day: date, water: Water = NOT_KNOWN
) -> tuple[Decimal | None, Decimal | None]:
    """Return the lower and the upper end of a basis that govern a point on a day, None for one without."""
    held = [limit for limit in held_on(limits, tag, day, water) if limit.basis is basis]
    low = next((limit.low for limit in held if limit.low_governs), None)
    return low, next((limit.high for limit in held if limit.high_governs), None)


def waters_of(days: Iterable[DayJudgement]) -> Mapping[date, Water]:
    """Return the mean water temperatures that days' limits follow, as the days are judged by them."""
    found: dict[date, dict[str, float]] = {}
    for judged in days:
        own = found.setdefault(judged.day, {})
        for limit in judged.limits:
            if limit.water is not None and limit.water.mean_c is not None:
                own[limit.water.tag] = limit.water.mean_c
    return found


def passed(value: float, low: Decimal | None, high: Decimal | None) -> End | None:
    """Return which end a finite value lies beyond, rounded half to even to its decimals; None within."""
    for end, bound in ((End.LOW, low), (End.HIGH, high)):
        if bound is not None:
            compared = rounded(exact(value), decimals_of(bound))
            if _lies_beyond(compared, bound, end):
                return end
    return None


def beyond(value: Fraction, limits: Sequence[HeldLimit], basis: LimitBasis) -> Beyond | None:
    """Return the limit of a basis that a value lies beyond, rounded to its decimals; None within all.

    The governing one, but where rounding lets a value pass that (4.4 is 4) and not a looser one (4.2).
    """
    found = [
        Beyond(limit, end, bound, compared)
        for limit in limits
        if limit.basis is basis
        for end, bound in ((End.LOW, limit.low), (End.HIGH, limit.high))
        if bound is not None
        for compared in (rounded(value, decimals_of(bound)),)
        if _lies_beyond(compared, bound, end)
    ]
    return min(found, key=lambda one: not one.governs, default=None)


def _lies_beyond(compared: Decimal, bound: Decimal, end: End) -> bool:
    return compared > bound if end is End.HIGH else compared < bound


def _told(limit: DischargeLimit, water: Water) -> WaterTold | None:
    cold = limit.cold_water
    return None if cold is None else WaterTold(cold.tag, cold.at_most, water.get(cold.tag))


def _first_index(ends: Sequence[Decimal | None], stricter: Callable[[Decimal, Decimal], bool]) -> int | None:
    best: int | None = None
    for place, end in enumerate(ends):
        if end is None:
            continue
        held = None if best is None else ends[best]
        if held is None or stricter(end, held):
            best = place
    return best
