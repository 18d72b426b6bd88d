"""Hours of an item as they are judged now, from what the history says; days from hours."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np

from alarms.compliance.days import Day, judged_day, with_limits
from alarms.compliance.limits import NOT_KNOWN, DischargeLimit, Water
from alarms.compliance.records import DayJudgement
from alarms.compliance.rounding import exact
from alarms.uptime.hours import Figures, judged_hours
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.records import HourJudgement
from alarms.uptime.results import HOUR_US, LATE_US, Readings
from telemetry.calendar import Calendar, Period
from telemetry.clock import duration_us
from telemetry.held import NOTHING_HELD
from telemetry.protocols import FigureReader, HourMeans

TOUCHED_US: Final = LATE_US + HOUR_US
"""What is read in an hour may be the result of one that started so long before."""
_BEFORE_US: Final = 2 * HOUR_US
_HOLD_US: Final = 180_000_000
_SHARE: Final = Fraction(3, 4)
"""Of the hours of a day so many have to tell the water's temperature."""


class SharedMeans:
    """Hour means as one look has them: what several items need of a tag is read once."""

    def __init__(self, reader: FigureReader) -> None:
        self._reader = reader
        self._asked: dict[tuple[str, int, int, int], asyncio.Task[HourMeans]] = {}

    async def of(self, tag: str, from_us: int, to_us: int, now_us: int) -> HourMeans:
        """Return the hours of a tag that start in [from, to), the open one as far as it goes."""
        asked = tag, from_us, to_us, now_us
        if asked not in self._asked:
            self._asked[asked] = asyncio.create_task(
                self._reader.hour_means(*asked), name=f"hour means of {tag}"
            )
        return await self._asked[asked]


@dataclass(frozen=True, slots=True)
class Judged:
    """A day with its hours; `closed` when nothing of it can still come."""

    day: Day
    hours: tuple[HourJudgement, ...]
    judgement: DayJudgement
    closed: bool


class Assessor:
    """Judges spans of whole days. Asks the history off the loop, and judges there too."""

    def __init__(self, reader: FigureReader, limits: Sequence[DischargeLimit], calendar: Calendar) -> None:
        self._reader = reader
        self._limits = limits
        self._calendar = calendar

    def days_of(self, from_us: int, to_us: int) -> list[Day]:
        """Return the report days that have a part in [from, to), oldest first."""
        found: list[Day] = []
        while from_us < to_us:
            start_us = self._calendar.period_start_us(from_us, Period.DAY)
            end_us = self._calendar.period_end_us(from_us, Period.DAY)
            found.append(Day(self._calendar.day_of(from_us), start_us, end_us))
            from_us = end_us
        return found

    def shared(self) -> SharedMeans:
        """Return hour means to be shared by what one look asks for."""
        return SharedMeans(self._reader)

    async def judged(
        self,
        item: JudgedItem,
        days: Sequence[Day],
        began_us: int,
        decided_us: int,
        now_us: int,
        means: SharedMeans | None = None,
    ) -> list[Judged]:
        """Return consecutive days, from the hour on in which readings began, up to a time that is decided."""
        means = means or self.shared()
        from_us, to_us = max(days[0].start_us, began_us), min(days[-1].end_us, now_us)
        until_us = min(days[-1].end_us + TOUCHED_US, now_us)
        beside = [tag for tag in (item.sample_time, item.counter, item.status) if tag]
        read = await self._reader.as_read(item.tag, beside, from_us - _BEFORE_US, until_us)
        held = read.held
        readings = Readings(
            read.values,
            held.get(item.sample_time or "", NOTHING_HELD),
            held.get(item.counter or "", NOTHING_HELD),
            held.get(item.status or "", NOTHING_HELD),
            read.marks,
        )
        flow_m3 = await self._flow(item, from_us, to_us, now_us, means)
        water = await self.water(item, days, now_us, means)
        figures = await self._figures(item, from_us, to_us, now_us, means)
        starts = range(from_us, to_us, HOUR_US)

        def work() -> list[Judged]:
            hours = judged_hours(
                item, starts, readings, flow_m3, figures, decided_us, self._calendar, _hold_us(item)
            )
            return [self.of_day(item, day, hours, decided_us, water.get(day.day, NOT_KNOWN)) for day in days]

        return await asyncio.to_thread(work)

    def of_day(
        self,
        item: JudgedItem,
        day: Day,
        hours: Sequence[HourJudgement],
        decided_us: int,
        water: Water = NOT_KNOWN,
    ) -> Judged:
        """Return a day from hours, those of others among them."""
        own = [hour for hour in hours if day.start_us <= hour.start_us < day.end_us]
        own = with_limits(item, day.day, own, self._limits, water)
        closed = decided_us >= day.end_us and not any(hour.waiting for hour in own)
        judgement = judged_day(item, day, own, self._limits, still_open=not closed, water=water)
        return Judged(day, tuple(own), judgement, closed)

    def sources(self, item: JudgedItem) -> tuple[str, ...]:
        """Return the tags whose readings decide about its hours and its limits."""
        return tuple(dict.fromkeys((*item.sources, *self._told_by(item))))

    async def water(
        self, item: JudgedItem, days: Sequence[Day], now_us: int, means: SharedMeans | None = None
    ) -> Mapping[date, Water]:
        """Return the mean temperatures that its limits follow, by day: of consecutive days, as they are now.

        Known where 75 % of the day's hours that have begun are.
        """
        found: dict[date, dict[str, float]] = {day.day: {} for day in days}
        from_us, to_us = days[0].start_us, min(days[-1].end_us, now_us)
        if from_us >= to_us:
            return found
        shared = means or self.shared()
        for tag in self._told_by(item):
            hours = await shared.of(tag, from_us, to_us, now_us)
            known = np.isfinite(hours.mean)
            starts_us, celsius = hours.start_us[known], hours.mean[known]
            for day in days:
                own = celsius[(starts_us >= day.start_us) & (starts_us < day.end_us)].tolist()
                begun = -((day.start_us - min(day.end_us, now_us)) // HOUR_US)
                if own and len(own) >= _SHARE * begun:
                    found[day.day][tag] = float(sum(map(exact, own), Fraction(0)) / len(own))
        return found

    def _told_by(self, item: JudgedItem) -> tuple[str, ...]:
        cold = (limit.cold_water for limit in self._limits if limit.tag == item.tag)
        return tuple(dict.fromkeys(each.tag for each in cold if each is not None))

    async def _flow(
        self, item: JudgedItem, from_us: int, to_us: int, now_us: int, means: SharedMeans
    ) -> dict[int, float]:
        """Return what was discharged by hour: what was measured of an hour stands for it."""
        if item.flow is None or from_us >= to_us:
            return {}
        found = await means.of(item.flow, from_us, to_us, now_us)
        known = np.isfinite(found.mean)
        volumes = np.maximum(found.mean[known], 0.0).tolist()
        return dict(zip(found.start_us[known].tolist(), volumes, strict=True))

    async def _figures(
        self, item: JudgedItem, from_us: int, to_us: int, now_us: int, means: SharedMeans
    ) -> dict[int, Figures]:
        if item.kind is not ItemKind.CONTINUOUS or from_us >= to_us:
            return {}
        found = await means.of(item.tag, from_us, to_us, now_us)
        columns = zip(found.start_us.tolist(), found.mean.tolist(), found.good_us.tolist(), strict=True)
        return {start_us: Figures(mean, good_us) for start_us, mean, good_us in columns}


def _hold_us(item: JudgedItem) -> int:
    """Return how long a reading of the value holds, as the plant's figures take it."""
    every_us = 0 if item.expected_every is None else duration_us(item.expected_every)
    return max(3 * every_us, _HOLD_US)
