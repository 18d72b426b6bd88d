"""What somebody who keeps a copy of the figures is to be sent: what changed, and what follows from it.

A changed hour changes its 60 minutes, its day and its month; that of a flow also the flow-weighted days
and months of the concentrations that are weighted with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.figures import HOUR_US, Frame
from history.hour_store import Versioned, hours_in, state_of
from history.hours import NO_HOURS, Hours, hours_of
from history.leading import NEAR_US, carry_before
from history.measures import Measures
from history.periods import Periods
from history.queries import Snapshot
from telemetry.samples import SampleBatch

MINUTE_US: Final = HOUR_US // 60
_ONE_BY_ONE: Final = 4
_SERIES_AT_ONCE: Final = 256
"""So many series, read each second, have a million samples an hour: enough to hold at once."""

_WAITING: Final = "SELECT count(*) AS rows FROM hours WHERE version > ?"
_KEPT: Final = """
SELECT hours.* EXCLUDE version FROM hours SEMI JOIN given USING (series)
WHERE start_us >= $1 AND start_us < $2 ORDER BY series, start_us
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many hour figures have a version above one asked for, and the newest version there is."""

    rows: int
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Stored hour figures; hours that end after `through_us` are not closed yet."""

    hours: Hours
    through_us: int


class ChangedHours:
    """Reads the hour figures of a store by their versions."""

    def __init__(self, history: EmbeddedHistory, periods: Periods) -> None:
        self._history = history
        self._periods = periods

    async def waiting(self, version: int) -> Waiting:
        """Return how much has changed since a version."""

        def query(snapshot: Snapshot) -> Waiting:
            rows = int(columns(snapshot.cursor, _WAITING, [version])["rows"][0])
            return Waiting(rows, state_of(snapshot).version)

        return await self._history.answer(query)

    async def after(self, version: int, limit: int) -> Versioned:
        """Return the hours that changed since a version, whole versions of about `limit` rows."""
        return await self._periods.after(version, limit)

    async def kept(self, series: npt.NDArray[np.int32], from_us: int, to_us: int) -> Kept:
        """Return the stored hours of some series that start in [from, to), by series, then time."""

        def query(snapshot: Snapshot) -> Kept:
            snapshot.cursor.register("given", {"series": series})
            try:
                found = hours_in(columns(snapshot.cursor, _KEPT, [from_us, to_us]))
            finally:
                snapshot.cursor.unregister("given")
            return Kept(found, state_of(snapshot).through_us)

        return await self._history.answer(query)

    async def minutes(self, series: npt.NDArray[np.int32], start_us: int) -> Hours:
        """Return the minutes of an hour of some series, from samples; they need not be in order."""
        measures = self._periods.measures
        return await self._history.answer(
            lambda snapshot: self._minutes(snapshot, np.unique(series), start_us, measures)
        )

    def _minutes(
        self, snapshot: Snapshot, series: npt.NDArray[np.int32], start_us: int, measures: Measures
    ) -> Hours:
        frame = Frame(start_us, start_us + HOUR_US, MINUTE_US)
        parts = [
            self._of_group(snapshot, group, frame, measures)
            for group in _split(series, (series - 1) // _SERIES_AT_ONCE)
        ]
        return Hours.concat([NO_HOURS, *parts])

    def _of_group(
        self, snapshot: Snapshot, series: npt.NDArray[np.int32], frame: Frame, measures: Measures
    ) -> Hours:
        """Return the minutes of series whose ids lie close together, read as one if they are many."""
        wanted = sorted({*series.tolist(), *measures.sampled_by[series].tolist()} - {0})
        ranges = [(one, one) for one in wanted]
        if len(series) > _ONE_BY_ONE:
            first, last = int(series[0]), int(series[-1])
            ranges = [(first, last), *((one, one) for one in wanted if not first <= one <= last)]
        from_us = frame.from_us - NEAR_US
        rows = SampleBatch.concat([snapshot.of_times(from_us, frame.to_us, *ids) for ids in ranges])
        before, samples = _parted(rows.select(np.isin(rows.series, wanted)), frame.from_us)
        if not len(samples):
            return NO_HOURS
        heard = np.unique(samples.series)
        oldest_us = self._history.oldest_us
        carry = carry_before(snapshot, before, heard, frame.from_us, measures, oldest_us)
        found = hours_of(samples, carry, frame, measures)
        return found.select(np.isin(found.series, series))


def _parted(samples: SampleBatch, at_us: int) -> tuple[SampleBatch, SampleBatch]:
    """Return the samples before a time and the others, those by series, then time."""
    ordered = samples.select(np.lexsort((samples.times_us, samples.series)))
    is_before = ordered.times_us < at_us
    return ordered.select(is_before), ordered.select(~is_before)


def _split(values: npt.NDArray[np.int32], group: npt.NDArray[np.int32]) -> Iterator[npt.NDArray[np.int32]]:
    yield from np.split(values, np.flatnonzero(group[1:] != group[:-1]) + 1)
