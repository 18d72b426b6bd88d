"""What the plant showed when people wrote: of the past from one pass over its history, of now live."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import numpy as np

from history.embedded import EmbeddedHistory
from history.live import Latest, LiveTable
from telemetry.clock import Clock, duration_us
from telemetry.plant import Plant, PointKind
from telemetry.protocols import Aggregate, Windows
from telemetry.quality import Quality, major
from telemetry.samples import SampleBatch, TimeArray

_DAY_US: Final = duration_us(timedelta(days=1))
_PIECE_US: Final = _DAY_US // 2
_ALL_SERIES: Final = (0, 1 << 30)
_LOOK_BACK_US: Final = duration_us(timedelta(minutes=10))
_ENTERED_US: Final = 2 * _DAY_US
_NOW_US: Final = duration_us(timedelta(minutes=3))
_BREATH_S: Final = 0.02


async def every_sample(history: EmbeddedHistory, from_us: int, to_us: int) -> SampleBatch:
    """Return what holds in [from, to) of all series, by series, then time."""
    return await history.answer(lambda snapshot: snapshot.of_times(from_us, to_us, *_ALL_SERIES))


class PastReadings:
    """Implements `HistoryReader`; what it was told to look up before it knows without asking.

    A handover reads every point and the log twelve an entry: of a month that is one pass by point
    instead of 30,000 questions.
    """

    def __init__(self, history: EmbeddedHistory, live: LiveTable, plant: Plant, clock: Clock) -> None:
        self._history = history
        self._live = live
        self._plant = plant
        self._clock = clock
        self._row: dict[int, int] = {}
        self._column = {point.tag: column for column, point in enumerate(plant.points)}
        self._values = np.empty((0, len(plant.points)))
        self._times = np.zeros((0, len(plant.points)), dtype=np.int64)
        self._quality = np.zeros((0, len(plant.points)), dtype=np.uint8)

    async def look_up(self, times_us: Iterable[int]) -> None:
        """Look up what every point showed at these times, in place of those of before."""
        wanted = np.array(sorted(set(times_us)), dtype=np.int64)
        shape = (len(wanted), len(self._column))
        self._row = {int(at_us): row for row, at_us in enumerate(wanted)}
        self._values, self._times = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
        self._quality = np.full(shape, Quality.WAITING, dtype=np.uint8)
        if not len(wanted):
            return
        # What is entered by hand once a day holds longer than what is measured.
        before_us = int(wanted[0]) - _ENTERED_US
        newest: dict[int, SampleBatch] = {}
        for from_us in range(before_us, int(wanted[-1]) + 1, _PIECE_US):
            to_us = min(from_us + _PIECE_US, int(wanted[-1]) + 1)
            found = await every_sample(self._history, from_us, to_us)
            await asyncio.to_thread(self._take, found, wanted, from_us, to_us, newest)
            # What is live comes first.
            await asyncio.sleep(_BREATH_S)

    def _take(
        self, found: SampleBatch, wanted: TimeArray, from_us: int, to_us: int, newest: dict[int, SampleBatch]
    ) -> None:
        """Take in what showed in [from, to); `newest` is what each series showed last before."""
        rows = slice(*np.searchsorted(wanted, (from_us, to_us)).tolist())
        for tag, series in self._history.tags.items():
            if tag not in self._column:
                continue
            first, end = np.searchsorted(found.series, (series, series + 1)).tolist()
            own = found.select(slice(first, end))
            if series in newest:
                own = SampleBatch.concat([newest[series], own])
            if not len(own):
                continue
            newest[series] = own.select(slice(len(own) - 1, len(own)))
            place = np.searchsorted(own.times_us, wanted[rows], side="right") - 1
            there, column = place >= 0, self._column[tag]
            for kept, said in (
                (self._values, own.values),
                (self._times, own.times_us),
                (self._quality, own.quality),
            ):
                kept[rows, column] = np.where(there, said[place], kept[rows, column])

    def latest(self, tag: str, at_us: int) -> Latest:
        """Return what a point showed at a time that was looked up, or shows now."""
        row = self._row.get(at_us)
        if row is None:
            if abs(self._clock.now_us() - at_us) <= _NOW_US:
                return self._live.latest(tag, self._clock.now_us())
            return Latest(tag, float("nan"), 0, Quality.WAITING, True)
        column = self._column[tag]
        time_us = int(self._times[row, column])
        point = self._plant.point_by_tag[tag]
        holds_us = _ENTERED_US if point.kind is PointKind.MANUAL else _LOOK_BACK_US
        stale = not time_us or at_us - time_us > holds_us
        value, quality = float(self._values[row, column]), int(self._quality[row, column])
        return Latest(tag, value, time_us, quality, stale)

    def value(self, tag: str, at_us: int) -> float | None:
        """Return the number that a point showed, None where there was none to be trusted."""
        found = self.latest(tag, at_us)
        good = found.time_us and not found.stale and major(found.quality) != "bad"
        return found.value if good and np.isfinite(found.value) else None

    async def samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        """Return the samples of [from, to): of a time that was looked up the one that stood then."""
        row = self._row.get(to_us - 1)
        if row is None:
            return await self._history.samples(tag, from_us, to_us, limit)
        column = self._column[tag]
        time_us = int(self._times[row, column])
        if not from_us <= time_us < to_us:
            return SampleBatch.empty()
        series = self._live.index_by_tag[tag]
        return SampleBatch.of(series, time_us, self._values[row, column], self._quality[row, column])

    async def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int, aggregate: Aggregate, offset_us: int = 0
    ) -> Windows:
        """Return figures of the history."""
        return await self._history.windows(tag, from_us, to_us, every_us, aggregate, offset_us)
