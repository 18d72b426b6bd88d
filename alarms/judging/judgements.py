"""Judgements as they are asked for: what is decided from the store, what is open judged now."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from alarms.compliance.days import Day
from alarms.compliance.held import waters_of
from alarms.compliance.limits import DischargeLimit, Water
from alarms.compliance.months import month_of_item
from alarms.compliance.months import month_of_plant as compliance_of_plant
from alarms.compliance.records import DayJudgement, PlantCompliance
from alarms.judging.assessor import Assessor, Judged, SharedMeans
from alarms.judging.judge import Judge
from alarms.judging.store import JudgementStore
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.months import month_of_analyser
from alarms.uptime.months import month_of_plant as uptime_of_plant
from alarms.uptime.records import TARGET, HourJudgement, PlantUptime, ResultRecord
from alarms.uptime.results import HOUR_US
from telemetry.calendar import Calendar, Period, month_after
from telemetry.clock import Clock

_SETTLE_US: Final = 120_000_000
"""How long after it was due a result is still on its way here."""
_FRESH_US: Final = 30_000_000
"""For how long, by the plant's clock, an open day is not judged anew."""
_OPEN_DAYS: Final = 2
"""Today, and yesterday whose last result may still come."""
_MOST_KEPT: Final = 256


class Judgements:
    """Implements `JudgementReader`."""

    def __init__(
        self,
        items: Sequence[JudgedItem],
        limits: Sequence[DischargeLimit],
        judge: Judge,
        store: JudgementStore,
        assessor: Assessor,
        calendar: Calendar,
        clock: Clock,
        target_on: Callable[[date], Fraction] = lambda _: TARGET,
    ) -> None:
        self._by_tag = {item.tag: item for item in items}
        limited = {limit.tag for limit in limits}
        self._limited = tuple(tag for tag in self._by_tag if tag in limited)
        cold = {limit.tag for limit in limits if limit.cold_water is not None}
        self._following_water = tuple(tag for tag in self._limited if tag in cold)
        self._judge = judge
        self._store = store
        self._assessor = assessor
        self._calendar = calendar
        self._clock = clock
        self._target_on = target_on
        self._open: dict[tuple[str, date], tuple[int, Judged]] = {}
        self._turn = asyncio.Lock()

    @property
    def items(self) -> tuple[str, ...]:
        """Tags of what is judged, discharged items first."""
        return tuple(self._by_tag)

    @property
    def limited(self) -> tuple[str, ...]:
        """Tags of what has had a discharge limit at any time."""
        return self._limited

    async def days(
        self, from_day: date, to_day: date, tags: Sequence[str] | None = None
    ) -> list[DayJudgement]:
        """Return the days of [from, to], by tag, then day; today so far among them."""
        wanted = list(self._limited if tags is None else tags)
        stored = await asyncio.to_thread(self._store.days, wanted, from_day, to_day)
        by_tag: dict[str, dict[date, DayJudgement]] = {tag: {} for tag in wanted}
        for judgement in stored:
            by_tag[judgement.tag][judgement.day] = judgement

        # What was decided before stands until it is judged again.
        def missing(tag: str, day: Day, _: int) -> bool:
            return day.day not in by_tag[tag]

        for tag, judged in await self._open_days(wanted, from_day, to_day, missing):
            by_tag[tag][judged.day.day] = judged.judgement
        return [by_tag[tag][day] for tag in wanted for day in sorted(by_tag[tag])]

    async def water(self, from_day: date, to_day: date) -> Mapping[date, Water]:
        """Return the mean water temperatures that limits follow, by day of [from, to], as days are judged."""
        if not self._following_water:
            return {}
        return waters_of(await self.days(from_day, to_day, self._following_water))

    async def hours(self, tag: str, day: date) -> list[HourJudgement]:
        """Return the hours of a day that have begun, oldest first."""
        start_us = self._calendar.start_us(day)
        end_us = self._calendar.period_end_us(start_us, Period.DAY)
        return (await self._hours([tag], start_us, end_us))[tag]

    async def results(self, tag: str, hour_us: int) -> list[ResultRecord]:
        """Return the results of the hour that starts then, by sample time."""
        hours = await self.hours(tag, self._calendar.day_of(hour_us))
        return [result for hour in hours if hour.start_us == hour_us for result in hour.results]

    async def months(self, month: date) -> PlantCompliance:
        """Return the report month that a day lies in, of all items that can have limits."""
        first, end = _month(month)
        found = await self.days(first, end - timedelta(days=1))
        items = [
            month_of_item(tag, first, [day for day in found if day.tag == tag], (end - first).days)
            for tag in self._limited
        ]
        return compliance_of_plant(first, items)

    async def uptime(self, month: date) -> PlantUptime:
        """Return the report month that a day lies in, of all analysers and regulated instruments."""
        first, end = _month(month)
        from_us, to_us = self._calendar.start_us(first), self._calendar.start_us(end)
        target = self._target_on(first)
        items = [item for item in self._by_tag.values() if item.kind is not ItemKind.ENTERED]
        hours = await self._hours([item.tag for item in items], from_us, to_us)
        analysers = [
            month_of_analyser(item, first, hours[item.tag], self._calendar, target) for item in items
        ]
        return uptime_of_plant(first, analysers, target)

    async def _hours(self, tags: Sequence[str], from_us: int, to_us: int) -> dict[str, list[HourJudgement]]:
        """Return the hours of [from, to), which are whole days, by tag; what was decided before stands."""
        by_tag = await asyncio.to_thread(self._stored_hours, tags, from_us, to_us)
        now_us = self._clock.now_us()
        last_us = min(to_us, now_us) - 1
        if last_us >= from_us:

            def missing(tag: str, day: Day, began_us: int) -> bool:
                starts_us = range(max(day.start_us, began_us), min(day.end_us, now_us), HOUR_US)
                return any(start_us not in by_tag[tag] for start_us in starts_us)

            days = self._calendar.day_of(from_us), self._calendar.day_of(last_us)
            for tag, judged in await self._open_days(tags, *days, missing):
                for hour in judged.hours:
                    by_tag[tag].setdefault(hour.start_us, hour)
        return {tag: [found[start_us] for start_us in sorted(found)] for tag, found in by_tag.items()}

    def _stored_hours(
        self, tags: Sequence[str], from_us: int, to_us: int
    ) -> dict[str, dict[int, HourJudgement]]:
        return {tag: {hour.start_us: hour for hour in self._store.hours(tag, from_us, to_us)} for tag in tags}

    async def _open_days(
        self,
        tags: Sequence[str],
        from_day: date,
        to_day: date,
        missing: Callable[[str, Day, int], bool],
    ) -> list[tuple[str, Judged]]:
        """Return of today and yesterday what of them is asked for and missing, as they are now.

        `missing` is asked with the time from which on the item has hours.
        """
        now_us = self._clock.now_us()
        today = self._calendar.day_of(now_us)
        first, last = max(from_day, today - timedelta(days=_OPEN_DAYS - 1)), min(to_day, today)
        spans = [self._span(first + timedelta(days=number)) for number in range((last - first).days + 1)]
        due: list[tuple[str, Day, int]] = []
        for tag in tags if spans else ():
            began_us = await self._judge.began_us(tag)
            if began_us is not None:
                due += [
                    (tag, span, began_us)
                    for span in spans
                    if span.end_us > began_us and missing(tag, span, began_us)
                ]
        async with self._turn:
            means, now_us = self._assessor.shared(), self._clock.now_us()
            judged = await asyncio.gather(
                *(self._now(self._by_tag[tag], span, began_us, now_us, means) for tag, span, began_us in due)
            )
        return [(tag, one) for (tag, _, _), one in zip(due, judged, strict=True)]

    def _span(self, day: date) -> Day:
        start_us = self._calendar.start_us(day)
        return Day(day, start_us, self._calendar.period_end_us(start_us, Period.DAY))

    async def _now(
        self, item: JudgedItem, day: Day, began_us: int, now_us: int, means: SharedMeans
    ) -> Judged:
        at_us, kept = self._open.get((item.tag, day.day), (0, None))
        if kept is not None and at_us <= now_us < at_us + _FRESH_US:
            return kept
        (judged,) = await self._assessor.judged(item, [day], began_us, now_us - _SETTLE_US, now_us, means)
        if len(self._open) >= _MOST_KEPT:
            self._open.clear()
        self._open[item.tag, day.day] = now_us, judged
        return judged


def _month(day: date) -> tuple[date, date]:
    """Return the first days of a day's month and of the next one."""
    return day.replace(day=1), month_after(day)
