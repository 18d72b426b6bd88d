"""What somebody who keeps a copy of the figures is to be sent: what changed, and what follows from it.

A changed hour changes its 60 minutes, its day and its month; that of a flow also the flow-weighted days
and months of the concentrations that are weighted with it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.figures import HOUR_US, Frame, IntegerArray
from history.hour_store import Versioned, hours_in, state_of
from history.hours import NO_HOURS, Hours, hours_of
from history.leading import groups_of, led
from history.measures import Measures
from history.periods import Periods
from history.queries import Snapshot

MINUTE_US: Final = HOUR_US // 60

_WAITING: Final = "SELECT count(*) AS rows FROM hours WHERE version > ? AND version <= ?"
_BEFORE: Final = """
SELECT coalesce(min(version) - 1, (SELECT coalesce(max(version), 0) FROM figures)) AS version FROM (
    SELECT version FROM hours WHERE start_us >= $1 - $2
    UNION ALL SELECT version FROM former_hours WHERE changed_us >= $1
)
"""
_CLOSED_WITHIN_US: Final = 86_400_000_000
_KEPT: Final = """
SELECT hours.* EXCLUDE version FROM hours SEMI JOIN given USING (series)
WHERE start_us >= $1 AND start_us < $2 ORDER BY series, start_us
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Stored hour figures; hours that end after `through_us` are not closed yet."""

    hours: Hours
    through_us: int


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of an hour of some series, and how many samples the store has of each series in it."""

    minutes: Hours
    series: npt.NDArray[np.int32]
    readings: IntegerArray

    def of(self, series: npt.NDArray[np.int32]) -> IntegerArray:
        """Return how many samples there are of series, 0 where there are none."""
        found = np.zeros(len(series), np.int64)
        if len(self.series):
            place = np.searchsorted(self.series, series).clip(max=len(self.series) - 1)
            found = np.where(self.series[place] == series, self.readings[place], 0)
        return found


_NO_MINUTES: Final = Minutes(NO_HOURS, np.zeros(0, np.int32), np.zeros(0, np.int64))


class ChangedHours:
    """Reads the hour figures of a store by their versions."""

    def __init__(self, history: EmbeddedHistory, periods: Periods) -> None:
        self._history = history
        self._periods = periods

    async def waiting(self, after: int, through: int) -> int:
        """Return how many hours have a version in (after, through]."""

        def query(snapshot: Snapshot) -> int:
            return int(columns(snapshot.cursor, _WAITING, [after, through])["rows"][0])

        return await self._history.answer(query)

    async def newest(self) -> int:
        """Return the newest version there is."""
        return await self._history.answer(lambda snapshot: state_of(snapshot).version)

    async def version_before(self, at_us: int) -> int:
        """Return a version before the first that was stored at a time or later, as late a one as is sure."""

        def query(snapshot: Snapshot) -> int:
            return int(columns(snapshot.cursor, _BEFORE, [at_us, _CLOSED_WITHIN_US])["version"][0])

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

    async def minutes(self, series: npt.NDArray[np.int32], start_us: int) -> Minutes:
        """Return the minutes of an hour of some series, from samples; they need not be in order."""
        measures = self._periods.measures
        return await self._history.answer(
            lambda snapshot: self._minutes(snapshot, np.unique(series), start_us, measures)
        )

    def _minutes(
        self, snapshot: Snapshot, series: npt.NDArray[np.int32], start_us: int, measures: Measures
    ) -> Minutes:
        frame = Frame(start_us, start_us + HOUR_US, MINUTE_US)
        parts = [self._of_group(snapshot, group, frame, measures) for group in groups_of(series)]
        return Minutes(
            Hours.concat([NO_HOURS, *(part.minutes for part in parts)]),
            np.concatenate([np.zeros(0, np.int32), *(part.series for part in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(part.readings for part in parts)]),
        )

    def _of_group(
        self, snapshot: Snapshot, series: npt.NDArray[np.int32], frame: Frame, measures: Measures
    ) -> Minutes:
        samples, carry = led(snapshot, series, frame, measures, self._history.oldest_us)
        heard, counts = np.unique(samples.series, return_counts=True)
        if not len(heard):
            return _NO_MINUTES
        found = hours_of(samples, carry, frame, measures)
        own = np.isin(heard, series)
        return Minutes(found.select(np.isin(found.series, series)), heard[own], counts[own])
