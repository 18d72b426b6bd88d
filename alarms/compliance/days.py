"""A report day of an item, from its hours and the limits of that day (domain.md 1.1, 3.1). Pure and exact.

mean       Σ(C·Q) / ΣQ of valid hours, where 75 % of the due ones are; of pH there is none
daily      compared with the mean; of pH with each value
single     compared with each valid result: one beyond makes the day exceed, however few there are
internal   the plant's own control values: shown, and decide nothing
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from alarms.compliance.held import Beyond, beyond, held_on
from alarms.compliance.limits import NOT_KNOWN, DischargeLimit, LimitBasis, Water
from alarms.compliance.records import DayJudgement, Exceedance, Forecast, HeldLimit, Verdict
from alarms.compliance.rounding import decimals_of, exact, rounded
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.records import Cause, HourJudgement, ResultRecord

_SHARE: Final = Fraction(3, 4)
"""Of the due results so many have to be valid (domain.md 3.1: 24 due, 18 valid)."""


@dataclass(frozen=True, slots=True)
class Day:
    """A report day; `hours` is how many it has."""

    day: date
    start_us: int
    end_us: int

    @property
    def hours(self) -> int:
        """24, but where clocks are set."""
        return (self.end_us - self.start_us) // 3_600_000_000


@dataclass(frozen=True, slots=True)
class _Mean:
    """What a mean is of: hours, their volume and Σ(C·Q); a weight of 1 each where there is no flow."""

    hours: int
    volume: Fraction
    load: Fraction

    @property
    def value(self) -> Fraction | None:
        return self.load / self.volume if self.volume else None


def judged_day(
    item: JudgedItem,
    day: Day,
    hours: Sequence[HourJudgement],
    limits: Sequence[DischargeLimit],
    *,
    still_open: bool,
    water: Water = NOT_KNOWN,
) -> DayJudgement:
    """Return a day from its hours, those that have begun; `still_open` while results may come."""
    held = held_on(limits, item.tag, day.day, water)
    due, valid = sum(hour.due for hour in hours), sum(hour.valid for hour in hours)
    mean = _mean_of(item, hours)
    # A day that readings began in is one of its 24 hours all the same.
    covered = item.kind is ItemKind.ENTERED or len(hours) >= _SHARE * day.hours
    judged = covered and mean.hours > 0 and mean.hours >= _SHARE * due
    shown = mean.value if item.averaged and (judged or still_open) else None
    exceedances = [*_singles(item, hours, held)]
    control = [*_each(hours, held, LimitBasis.INTERNAL)] if not item.averaged else []
    so_far = [*_of_mean(shown, held, LimitBasis.DAILY)] if shown is not None and still_open else []
    if shown is not None and judged and not still_open:
        exceedances[:0] = _of_mean(shown, held, LimitBasis.DAILY)
        control = [*_of_mean(shown, held, LimitBasis.INTERNAL)]
    values = [result.value for hour in hours if hour.valid for result in hour.results if result.valid]
    flows = [hour.flow_m3 for hour in hours if hour.flow_m3 is not None and hour.cause is not Cause.WAITING]
    return DayJudgement(
        tag=item.tag,
        day=day.day,
        start_us=day.start_us,
        end_us=day.end_us,
        verdict=_verdict(held, exceedances, judged, still_open),
        mean=None if shown is None else float(shown),
        rounded=None if shown is None else _as_compared(shown, held),
        lowest=min(values, default=None),
        highest=max(values, default=None),
        valid=valid,
        due=due,
        excused=sum(hour.excused for hour in hours),
        flow_m3=sum(flows) if flows else None,
        load_kg=_load_kg(item, shown, flows),
        limits=held,
        exceedances=tuple(exceedances),
        control=tuple(control),
        so_far=tuple(so_far),
        forecast=_forecast(item, day, hours, held, mean, exceedances) if still_open else None,
    )


def with_limits(
    item: JudgedItem,
    day: date,
    hours: Sequence[HourJudgement],
    limits: Sequence[DischargeLimit],
    water: Water = NOT_KNOWN,
) -> list[HourJudgement]:
    """Return a day's hours, each told whether its valid results are within the limits of single ones.

    Where none is entered, of items that have no mean and of what has only a daily limit the daily one.
    """
    held = held_on(limits, item.tag, day, water)
    basis = basis_of_results(held)
    return [
        hour if hour.within is (now := _within(hour, held, basis)) else replace(hour, within=now)
        for hour in hours
    ]


def basis_of_results(held: Sequence[HeldLimit]) -> LimitBasis | None:
    """Return which limits single results are compared with for the compliance rate; None without any."""
    entered = {limit.basis for limit in held}
    return next((basis for basis in (LimitBasis.SINGLE, LimitBasis.DAILY) if basis in entered), None)


def _within(hour: HourJudgement, held: Sequence[HeldLimit], basis: LimitBasis | None) -> bool | None:
    if basis is None or not hour.valid:
        return None
    return all(beyond(exact(result.value), held, basis) is None for result in hour.results if result.valid)


def _mean_of(item: JudgedItem, hours: Sequence[HourJudgement]) -> _Mean:
    volume, load, count = Fraction(0), Fraction(0), 0
    for hour in hours:
        if not hour.valid:
            continue
        # Less than nothing is none: an analyser tells such near its zero (domain.md 3.1).
        values = [max(exact(result.value), Fraction(0)) for result in hour.results if result.valid]
        if item.kind is ItemKind.ENTERED:
            volume, load, count = volume + len(values), load + sum(values), count + 1
            continue
        weight = Fraction(1) if not item.weighted else _volume(hour)
        if weight is None:
            continue
        mean = sum(values, Fraction(0)) / len(values)
        volume, load, count = volume + weight, load + mean * weight, count + 1
    return _Mean(count, volume, load)


def _load_kg(item: JudgedItem, mean: Fraction | None, flows: Sequence[float]) -> float | None:
    """Return a mean times what was discharged, so that an hour that was lost does not lower the load."""
    if mean is None or not item.weighted or not flows:
        return None
    return float(mean * sum(map(Fraction, flows)) / 1000)


def _volume(hour: HourJudgement) -> Fraction | None:
    return Fraction(hour.flow_m3) if hour.flow_m3 is not None and hour.flow_m3 > 0 else None


def _verdict(
    held: Sequence[HeldLimit], exceedances: Sequence[Exceedance], judged: bool, still_open: bool
) -> Verdict:
    if not any(limit.basis is not LimitBasis.INTERNAL for limit in held):
        return Verdict.NOT_ENTERED
    if still_open:
        return Verdict.OPEN
    if exceedances:
        return Verdict.EXCEEDS
    return Verdict.COMPLIES if judged else Verdict.NOT_JUDGED


def _singles(
    item: JudgedItem, hours: Sequence[HourJudgement], held: Sequence[HeldLimit]
) -> Iterator[Exceedance]:
    """Yield results beyond a limit of single ones; of what has no mean also those beyond a daily one."""
    found = {one.sample_us: one for one in _each(hours, held, LimitBasis.SINGLE)}
    if not item.averaged:
        for one in _each(hours, held, LimitBasis.DAILY):
            found.setdefault(one.sample_us, one)
    yield from sorted(found.values(), key=lambda one: one.sample_us or 0)


def _each(
    hours: Sequence[HourJudgement], held: Sequence[HeldLimit], basis: LimitBasis
) -> Iterator[Exceedance]:
    for hour in hours:
        # Nothing is discharged in an hour without flow, whatever stands in the pipe.
        if not hour.valid:
            continue
        for result in hour.results:
            if result.valid and (one := beyond(exact(result.value), held, basis)) is not None:
                yield _exceedance(one, result.value, hour, result)


def _of_mean(mean: Fraction, held: Sequence[HeldLimit], basis: LimitBasis) -> Iterator[Exceedance]:
    if (one := beyond(mean, held, basis)) is not None:
        yield _exceedance(one, float(mean), None, None)


def _exceedance(
    one: Beyond, value: float, hour: HourJudgement | None, result: ResultRecord | None
) -> Exceedance:
    return Exceedance(
        basis=one.limit.basis,
        end=one.end,
        limit=one.bound,
        source=one.limit.source,
        value=value,
        rounded=f"{one.rounded:f}",
        hour_us=hour.start_us if hour else None,
        sample_us=result.sample_us if result else None,
        read_us=result.read_us if result else None,
    )


def _governing_high(held: Sequence[HeldLimit], basis: LimitBasis) -> Decimal | None:
    return next((limit.high for limit in held if limit.basis is basis and limit.high_governs), None)


def _as_compared(mean: Fraction, held: Sequence[HeldLimit]) -> str | None:
    """Return a mean rounded to the decimals of the governing daily limit, None without one."""
    high = _governing_high(held, LimitBasis.DAILY)
    return None if high is None else f"{rounded(mean, decimals_of(high)):f}"


def _forecast(
    item: JudgedItem,
    day: Day,
    hours: Sequence[HourJudgement],
    held: Sequence[HeldLimit],
    mean: _Mean,
    exceedances: Sequence[Exceedance],
) -> Forecast:
    to_come = day.hours - sum(not hour.waiting for hour in hours)
    due = sum(hour.due for hour in hours)
    may_lose = int((due + to_come) * (1 - _SHARE)) - (due - mean.hours)
    high = _governing_high(held, LimitBasis.DAILY) if item.averaged else None
    single = _governing_high(held, LimitBasis.SINGLE)
    can_comply = not exceedances
    may_average: Fraction | None = None
    if high is not None and to_come:
        each = mean.volume / mean.hours if mean.hours else Fraction(1)
        coming = each * to_come
        # To the limit itself; a mean that is only rounded to it complies too, with clean water to come.
        may_average = max((Fraction(high) * (mean.volume + coming) - mean.load) / coming, Fraction(0))
        least = mean.load / (mean.volume + coming)
        can_comply = can_comply and beyond(least, held, LimitBasis.DAILY) is None
        if single is not None:
            may_average = min(may_average, Fraction(single))
    elif high is not None and mean.value is not None:
        can_comply = can_comply and beyond(mean.value, held, LimitBasis.DAILY) is None
    return Forecast(
        hours_to_come=to_come,
        may_average=float(may_average) if may_average is not None and can_comply else None,
        can_comply=can_comply,
        may_lose=min(may_lose, to_come),
    )
