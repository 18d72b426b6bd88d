"""What changed hours mean for figures kept elsewhere: themselves, their days, months and minutes.

Days and months are folded anew from all their stored hours; one that has not ended is of the hours
that are closed, and comes again as the next ones close.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from history.changed_hours import MINUTE_US, ChangedHours, Kept
from history.figures import HOUR_US, IntegerArray
from history.hours import Hours, flow_weighted, folded, period_starts
from telemetry.calendar import Calendar, Period
from telemetry.plant import Plant
from telemetry.samples import TimeArray, ValueArray

_SERIES_AT_ONCE: Final = 200
"""A month of so many has 150,000 hours: 15 MB."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Figures of one kind of period; `ends_us` is how far each has come, NaN `weighted` is none.

    `readings` is how many samples the store has of each, good and bad ones.
    """

    period: Period
    figures: Hours
    ends_us: TimeArray
    weighted: ValueArray | None = None
    readings: IntegerArray | None = None


class FigureFeed:
    """Tells what is to be sent for changed hours, in pieces that fit the memory."""

    def __init__(
        self, changed: ChangedHours, plant: Plant, series_ids: Mapping[str, int], calendar: Calendar
    ) -> None:
        self._changed = changed
        self._calendar = calendar
        flows = {tag: plant.flow_of(tag) for tag in plant.point_by_tag}
        self._flow_of = {series_ids[tag]: series_ids[flow] for tag, flow in flows.items() if flow is not None}
        self._weighted_with: dict[int, list[int]] = defaultdict(list)
        for series, flow in self._flow_of.items():
            self._weighted_with[flow].append(series)

    async def pieces(self, hours: Hours) -> AsyncIterator[Piece]:
        """Yield what changed hours change: each hour before its minutes, days and months last."""
        for start_us in np.unique(hours.start_us).tolist():
            of_hour = hours.select(hours.start_us == start_us)
            found = await self._changed.minutes(of_hour.series, start_us)
            readings = found.of(of_hour.series)
            yield Piece(Period.HOUR, of_hour, of_hour.start_us + HOUR_US, readings=readings)
            yield Piece(Period.MINUTE, found.minutes, found.minutes.start_us + MINUTE_US)
        async for piece in self._days_and_months(hours):
            yield piece

    async def _days_and_months(self, hours: Hours) -> AsyncIterator[Piece]:
        months = await asyncio.to_thread(period_starts, hours.start_us, self._calendar, Period.MONTH)
        for month_us in np.unique(months).tolist():
            here = hours.select(months == month_us)
            days_us = np.unique(period_starts(np.unique(here.start_us), self._calendar, Period.DAY))
            end_us = self._calendar.period_end_us(month_us, Period.MONTH)
            series = self._and_dependants(np.unique(here.series))
            for first in range(0, len(series), _SERIES_AT_ONCE):
                group = series[first : first + _SERIES_AT_ONCE]
                kept = await self._changed.kept(self._and_flows(group), month_us, end_us)
                yield await asyncio.to_thread(self._folded, kept, group, Period.DAY, days_us)
                yield await asyncio.to_thread(self._folded, kept, group, Period.MONTH, None)

    def _folded(
        self, kept: Kept, group: npt.NDArray[np.int32], period: Period, only_us: TimeArray | None
    ) -> Piece:
        starts_us = period_starts(kept.hours.start_us, self._calendar, period)
        wanted = np.isin(kept.hours.series, group)
        if only_us is not None:
            wanted &= np.isin(starts_us, only_us)
        hours, starts_us = kept.hours.select(wanted), starts_us[wanted]
        found = folded(hours, starts_us)
        ends = {at: self._calendar.period_end_us(at, period) for at in np.unique(found.start_us).tolist()}
        ends_us = np.array([ends[at] for at in found.start_us.tolist()], np.int64)
        return Piece(
            period,
            found,
            np.minimum(ends_us, kept.through_us),
            self._weighted(found, hours, starts_us, kept.hours),
        )

    def _weighted(self, found: Hours, hours: Hours, starts_us: TimeArray, every: Hours) -> ValueArray:
        """Return the flow-weighted means of found periods, NaN where a series has none."""
        weighted = np.full(len(found), np.nan)
        for series in np.unique(found.series).tolist():
            if series in self._flow_of:
                own = hours.series == series
                flow = every.select(every.series == self._flow_of[series])
                _, means = flow_weighted(hours.select(own), flow, starts_us[own])
                if len(means):
                    weighted[found.series == series] = means
        return weighted

    def _and_dependants(self, series: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        more = [one for flow in series.tolist() for one in self._weighted_with.get(flow, ())]
        return np.union1d(series, np.array(more, np.int32)).astype(np.int32)

    def _and_flows(self, series: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        flows = [self._flow_of[one] for one in series.tolist() if one in self._flow_of]
        return np.union1d(series, np.array(flows, np.int32)).astype(np.int32)
