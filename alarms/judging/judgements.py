"""Judgements as they are asked for: what is decided from the store, what is open judged now."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from alarms.compliance.days import Day
from alarms.compliance.limits import DischargeLimit
from alarms.compliance.months import month_of_item
from alarms.compliance.months import month_of_plant as compliance_of_plant
from alarms.compliance.records import DayJudgement, PlantCompliance
from alarms.judging.assessor import Assessor, Judged
from alarms.judging.judge import Judge
from alarms.judging.store import JudgementStore
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.months import month_of_analyser
from alarms.uptime.months import month_of_plant as uptime_of_plant
from alarms.uptime.records import TARGET, HourJudgement, PlantUptime, ResultRecord
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
        for tag in wanted:
            for judged in await self._open_days(tag, from_day, to_day):
                # What was decided before stands until it is judged again.
                by_tag[tag].setdefault(judged.day.day, judged.judgement)
        return [by_tag[tag][day] for tag in wanted for day in sorted(by_tag[tag])]

    async def hours(self, tag: str, day: date) -> list[HourJudgement]:
        """Return the hours of a day that have begun, oldest first."""
        start_us = self._calendar.start_us(day)
        end_us = self._calendar.period_end_us(start_us, Period.DAY)
        return await self._hours(tag, start_us, end_us)

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
        analysers = [
            month_of_analyser(
                item, first, await self._hours(item.tag, from_us, to_us), self._calendar, target
            )
            for item in self._by_tag.values()
            if item.kind is not ItemKind.ENTERED
        ]
        return uptime_of_plant(first, analysers, target)

    async def _hours(self, tag: str, from_us: int, to_us: int) -> list[HourJudgement]:
        stored = await asyncio.to_thread(self._store.hours, tag, from_us, to_us)
        by_start = {hour.start_us: hour for hour in stored}
        last_us = min(to_us, self._clock.now_us()) - 1
        if last_us >= from_us:
            days = self._calendar.day_of(from_us), self._calendar.day_of(last_us)
            for judged in await self._open_days(tag, *days):
                for hour in judged.hours:
                    by_start.setdefault(hour.start_us, hour)
        return [by_start[start_us] for start_us in sorted(by_start)]

    async def _open_days(self, tag: str, from_day: date, to_day: date) -> list[Judged]:
        """Return of today and yesterday what of them is asked for, as they are now."""
        now_us, item = self._clock.now_us(), self._by_tag[tag]
        today = self._calendar.day_of(now_us)
        first, last = max(from_day, today - timedelta(days=_OPEN_DAYS - 1)), min(to_day, today)
        began_us = await self._judge.began_us(tag) if first <= last else None
        if began_us is None:
            return []
        found: list[Judged] = []
        async with self._turn:
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                start_us = self._calendar.start_us(day)
                span = Day(day, start_us, self._calendar.period_end_us(start_us, Period.DAY))
                if span.end_us > began_us:
                    found.append(await self._now(item, span, began_us, now_us))
        return found

    async def _now(self, item: JudgedItem, day: Day, began_us: int, now_us: int) -> Judged:
        at_us, kept = self._open.get((item.tag, day.day), (0, None))
        if kept is not None and at_us <= now_us < at_us + _FRESH_US:
            return kept
        (judged,) = await self._assessor.judged(item, [day], began_us, now_us - _SETTLE_US, now_us)
        if len(self._open) >= _MOST_KEPT:
            self._open.clear()
        self._open[item.tag, day.day] = now_us, judged
        return judged


def _month(day: date) -> tuple[date, date]:
    """Return the first days of a day's month and of the next one."""
    return day.replace(day=1), month_after(day)
