"""The latest sample of every point, in memory: the store would take 60 to 500 ms to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from history.newest import newest_rows
from telemetry.clock import duration_us
from telemetry.plant import Point
from telemetry.quality import BoolArray, Quality, QualityArray, major
from telemetry.samples import SampleBatch, TimeArray, ValueArray

_AHEAD_US: Final = duration_us(timedelta(seconds=10))
_LONG_US: Final = 1 << 61


class Condition(StrEnum):
    """Whether a point's newest sample says something about the plant now; it does in the first two."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest sample of a point; `time_us` 0 and quality WAITING before the first one."""

    tag: str
    value: float
    time_us: int
    quality: int
    stale: bool

    @property
    def condition(self) -> Condition:
        """How it stands. A bad sample stands until a better one comes: its reason says more than its age."""
        if self.time_us == 0:
            return Condition.WAITING
        quality = Condition(major(self.quality))
        return Condition.STALE if self.stale and quality is not Condition.BAD else quality


class LiveTable:
    """Columns by a dense index, in the order of the points given.

    A sample replaces another when it is not older. `times_us` is 0 before the first. `version`
    grows with every update, and `changed` holds for each point the version of its last change, so
    that readers of any number find what is new for them.
    """

    def __init__(self, points: Sequence[Point], series_ids: Mapping[str, int]) -> None:
        count = len(points)
        self.tags: tuple[str, ...] = tuple(point.tag for point in points)
        self.index_by_tag: dict[str, int] = {tag: index for index, tag in enumerate(self.tags)}
        self.values: ValueArray = np.full(count, np.nan)
        self.times_us: TimeArray = np.zeros(count, dtype=np.int64)
        self.quality: QualityArray = np.full(count, Quality.WAITING, dtype=np.uint8)
        self.changed: npt.NDArray[np.int64] = np.zeros(count, dtype=np.int64)
        self.version = 0
        self._fresh_us: TimeArray = np.zeros(count, dtype=np.int64)
        self._stale_after_us = np.array([_stale_after_us(point) for point in points], dtype=np.int64)
        ids = [series_ids[tag] for tag in self.tags]
        self._index_by_series = np.full(max(ids, default=0) + 1, -1, dtype=np.intp)
        self._index_by_series[ids] = np.arange(count)

    def indices(self, series: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
        """Return the dense index of each series id, -1 for one that is not in the table."""
        known = (series >= 0) & (series < len(self._index_by_series))
        return np.where(known, self._index_by_series[np.where(known, series, 0)], -1)

    def update(self, samples: SampleBatch, at_us: int | None = None) -> None:
        """Take in a batch; of several samples of a point the newest counts, of equals the last.

        Given the node's time of the commit, a sample from after it ages from then on; and what is
        held from well after it gives way to anything: the node's clock was set back, or a device's
        runs ahead, and the table would stand still. Within a batch, too.
        """
        index = self.indices(samples.series)
        known = np.flatnonzero(index >= 0)
        times_us = samples.times_us
        if at_us is not None and samples.latest_us > at_us + _AHEAD_US:
            times_us = np.where(times_us > at_us + _AHEAD_US, times_us - _LONG_US, times_us)
        rows = known[newest_rows(index[known], times_us[known])]
        index = index[rows]
        takes = samples.times_us[rows] >= self.times_us[index]
        if at_us is not None:
            takes |= self.times_us[index] > at_us + _AHEAD_US
        rows, index = rows[takes], index[takes]
        self.version += 1
        self.values[index] = samples.values[rows]
        self.times_us[index] = samples.times_us[rows]
        self.quality[index] = samples.quality[rows]
        self._fresh_us[index] = (
            samples.times_us[rows] if at_us is None else samples.times_us[rows].clip(max=at_us)
        )
        self.changed[index] = self.version

    def stale(self, now_us: int) -> BoolArray:
        """Return which points are older than three of their intervals; those people enter never are."""
        old: BoolArray = (now_us - self._fresh_us > self._stale_after_us) & (self.times_us > 0)
        return old

    def latest(self, tag: str, now_us: int) -> Latest:
        """Return one point's newest sample; KeyError for an unknown tag."""
        index = self.index_by_tag[tag]
        time_us = int(self.times_us[index])
        return Latest(
            tag=tag,
            value=float(self.values[index]),
            time_us=time_us,
            quality=int(self.quality[index]),
            stale=time_us > 0 and now_us - int(self._fresh_us[index]) > int(self._stale_after_us[index]),
        )


def _stale_after_us(point: Point) -> int:
    after = point.stale_after
    return int(np.iinfo(np.int64).max) if after is None else duration_us(after)
