"""Judgements as rows for whoever keeps a copy of the figures.

compliance_day     start of the day: mean, limit, valid, due, verdict, load_kg
compliance_single  start of the hour: value, limit, exceeds; of valid hours
analyser_hour      start of the hour: value, due, valid; cause where it is not valid
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from alarms.compliance.held import held_on
from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.compliance.records import DayJudgement, End, HeldLimit, Verdict
from alarms.judging.store import Changed, JudgementStore
from alarms.uptime.records import HourJudgement
from telemetry.calendar import Calendar
from telemetry.rows import Row, VersionedRows

COMPLIANCE_DAY: Final = "compliance_day"
COMPLIANCE_SINGLE: Final = "compliance_single"
ANALYSER_HOUR: Final = "analyser_hour"
VERDICTS: Final[Mapping[Verdict, int]] = {
    Verdict.COMPLIES: 0,
    Verdict.EXCEEDS: 1,
    Verdict.NOT_JUDGED: 2,
    Verdict.NOT_ENTERED: 3,
}
_DAY_US: Final = 86_400_000_000


class JudgedRows:
    """Implements telemetry.rows.RowSource; a change is an hour or a day."""

    def __init__(self, store: JudgementStore, limits: Sequence[DischargeLimit], calendar: Calendar) -> None:
        self._store = store
        self._limits = limits
        self._calendar = calendar

    async def newest(self) -> int:
        """Return the newest version there is."""
        return await asyncio.to_thread(self._store.newest)

    async def waiting(self, after: int, through: int) -> int:
        """Return how many hours and days have a version in (after, through]."""
        return await asyncio.to_thread(self._store.waiting, after, through)

    async def version_before(self, at_us: int) -> int:
        """Return a version before those of all hours and days of a time or later."""
        # A day is judged a day and an hour after its start at the earliest.
        return await asyncio.to_thread(self._store.version_before, at_us - 2 * _DAY_US)

    async def after(self, version: int, limit: int) -> VersionedRows:
        """Return what changed since a version."""

        def work() -> VersionedRows:
            found = self._store.changed_after(version, limit)
            rows = [*self._of_hours(found.hours), *map(day_row, found.days), *self._with_days(found)]
            return VersionedRows(rows, found.version)

        return await asyncio.to_thread(work)

    def _of_hours(self, hours: Sequence[HourJudgement]) -> Iterator[Row]:
        highs: dict[tuple[str, date], Decimal | None] = {}
        for hour in hours:
            yield hour_row(hour)
            key = (hour.tag, self._calendar.day_of(hour.start_us))
            if key not in highs:
                highs[key] = self._single_high(*key)
            yield single_row(hour, highs[key])

    def _with_days(self, changed: Changed) -> Iterator[Row]:
        """Yield the results of days whose water is known now: sent before, they had the stricter limit."""
        sent = {(hour.tag, hour.start_us) for hour in changed.hours}
        for day in changed.days:
            if any(limit.water is not None and limit.basis is LimitBasis.SINGLE for limit in day.limits):
                for hour in self._store.hours(day.tag, day.start_us, day.end_us):
                    if (hour.tag, hour.start_us) not in sent:
                        yield single_row(hour, _single_of(day.limits))

    def _single_high(self, tag: str, day: date) -> Decimal | None:
        held: Sequence[HeldLimit] = held_on(self._limits, tag, day)
        if any(limit.water is not None for limit in held):
            # What the water's temperature made of them is told by the day, as far as it is judged.
            held = next((known.limits for known in self._store.days([tag], day, day)), held)
        return _single_of(held)


def _single_of(held: Sequence[HeldLimit]) -> Decimal | None:
    of_single = (limit for limit in held if limit.basis is LimitBasis.SINGLE and limit.high_governs)
    return next((limit.high for limit in of_single), None)


def hour_row(hour: HourJudgement) -> Row:
    """Return what an analyser's hour came to."""
    fields = {
        "value": hour.value,
        "due": int(hour.due),
        "valid": int(hour.valid),
        "cause": hour.cause.value if hour.cause else None,
    }
    return Row(ANALYSER_HOUR, hour.tag, hour.start_us, fields)


def single_row(hour: HourJudgement, limit: Decimal | None) -> Row:
    """Return an hour's value beside the limit of single ones; no field where it is not valid."""
    if not hour.valid:
        return Row(COMPLIANCE_SINGLE, hour.tag, hour.start_us, {})
    fields = {"value": hour.value, "limit": _number(limit), "exceeds": int(hour.within is False)}
    return Row(COMPLIANCE_SINGLE, hour.tag, hour.start_us, fields)


def day_row(day: DayJudgement) -> Row:
    """Return what a day came to, beside the strictest upper limit that its values have."""
    governing = day.governing(LimitBasis.DAILY, End.HIGH) or day.governing(LimitBasis.SINGLE, End.HIGH)
    fields = {
        "mean": day.mean,
        "limit": _number(governing.high) if governing else None,
        "valid": day.valid,
        "due": day.due,
        "verdict": VERDICTS[day.verdict],
        "load_kg": day.load_kg,
    }
    return Row(COMPLIANCE_DAY, day.tag, day.start_us, fields)


def _number(value: Decimal | None) -> float | None:
    """Return a limit as a float: a field holds no decimal, and one that was a float can be no integer."""
    return None if value is None else float(value)
