"""What the engine knows of each point, and the order in which it takes in a batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from alarms.rules import bits
from telemetry.clock import duration_us
from telemetry.plant import Point
from telemetry.quality import BoolArray, Quality
from telemetry.samples import SampleBatch, TimeArray, ValueArray

IndexArray = npt.NDArray[np.intp]

_NEVER_STALE: Final = 1 << 61


@dataclass(frozen=True)
class Round:
    """Rows with at most one sample a point, to be taken in together; `usable` is neither bad nor NaN."""

    points: IndexArray
    times_us: TimeArray
    values: ValueArray
    usable: BoolArray

    def pick(self, rows: IndexArray | BoolArray) -> "Round":
        """Return some of the rows."""
        return Round(self.points[rows], self.times_us[rows], self.values[rows], self.usable[rows])


class PointTable:
    """Columns by a dense index.

    times_us   the newest sample's time, 0 before the first
    heard_us   when that sample came: its device's clock may be late, or it had to wait
    usable     whether that sample was neither bad nor NaN
    values     the newest usable value, and as a status word
    row_us     within a round, the time of the point's row; -1 without one
    fresh      within a round, whether the point has a usable row
    """

    def __init__(self, points: Sequence[Point], series_ids: Mapping[str, int]) -> None:
        count = len(points)
        self.index_by_tag: dict[str, int] = {point.tag: index for index, point in enumerate(points)}
        self.series = np.array([series_ids[point.tag] for point in points], dtype=np.int32)
        self.times_us: TimeArray = np.zeros(count, dtype=np.int64)
        self.heard_us: TimeArray = np.zeros(count, dtype=np.int64)
        self.usable: BoolArray = np.zeros(count, dtype=np.bool_)
        self.values: ValueArray = np.full(count, np.nan)
        self.words: bits.WordArray = np.zeros(count, dtype=np.int64)
        self.row_us: TimeArray = np.full(count, -1, dtype=np.int64)
        self.fresh: BoolArray = np.zeros(count, dtype=np.bool_)
        self.stale_after_us: TimeArray = np.array(
            [_stale_after_us(point) for point in points], dtype=np.int64
        )
        self.steering: BoolArray = np.zeros(count, dtype=np.bool_)
        self._mark = np.zeros(count, dtype=np.intp)
        # One unknown entry below and above, so that clipping finds it for every foreign id.
        self._index_by_series = np.full(int(self.series.max(initial=-1)) + 3, -1, dtype=np.intp)
        self._index_by_series[self.series + 1] = np.arange(count)

    def __len__(self) -> int:
        return len(self.times_us)

    def indices(self, series: npt.NDArray[np.int32]) -> IndexArray:
        """Return the dense index of each series id, -1 for an unknown one."""
        return self._index_by_series.take(series + np.int32(1), mode="clip")

    def rounds(self, samples: SampleBatch, at_us: int) -> Iterator[Round]:
        """Yield the rows that count, in order of time.

        No sample is later than its commit: what claims to be counts as of `at_us`. Rows older than
        the point's newest do not count, nor do `marked` ones, nor does a first sample that is stale on
        arrival: that is history being filled in. Of several of one time the last counts. Rows of
        different times share a round unless it matters: a point occurs twice, or a word changes that
        enables other rules.
        """
        if len(self) == 0 or len(samples) == 0:
            return
        rows = self._relevant(samples, at_us)
        if len(rows.points) == 0:
            return
        if self._one_round(rows):
            yield rows
            return
        rows = rows.pick(_last_of_equals(rows))
        cuts = self._steering_times(rows)
        segments = np.searchsorted(cuts, rows.times_us, side="right")
        # Nth row of its point within its segment goes to the segment's nth round.
        order = np.lexsort((rows.points, segments))
        first = np.empty(len(order), dtype=np.bool_)
        first[0] = True
        first[1:] = (np.diff(rows.points[order]) != 0) | (np.diff(segments[order]) != 0)
        starts = np.flatnonzero(first)
        nth = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        number = segments[order] * (int(nth.max()) + 1) + nth
        by_round = np.argsort(number, kind="stable")
        for part in np.split(by_round, np.flatnonzero(np.diff(number[by_round])) + 1):
            yield rows.pick(order[part])

    def marked(self, samples: SampleBatch) -> Round:
        """Return the rows that say of a point's newest sample, which was usable, that it is not."""
        points = self.indices(samples.series)
        bad = self._again_bad(samples, points)
        found = points[bad]
        return Round(found, samples.times_us[bad], samples.values[bad], np.zeros(len(found), dtype=np.bool_))

    def _again_bad(self, samples: SampleBatch, points: IndexArray) -> BoolArray:
        bad = (samples.quality < Quality.UNCERTAIN) & (points >= 0)
        if not bad.any():
            return bad
        again: BoolArray = bad & self.usable[points] & (samples.times_us == self.times_us[points])
        return again

    def _relevant(self, samples: SampleBatch, at_us: int) -> Round:
        ahead = samples.times_us > at_us
        if ahead.any():
            samples = samples.select(np.argsort(samples.times_us, kind="stable"))
        points = self.indices(samples.series)
        times = np.minimum(samples.times_us, at_us)
        usable = (samples.quality >= Quality.UNCERTAIN) & np.isfinite(samples.values)
        rows = Round(points, times, samples.values, usable)
        known = self.times_us[points]
        counts = (points >= 0) & (times >= known)
        if not usable.all():
            counts &= ~self._again_bad(samples, points)
        first = known == 0
        if first.any():
            counts &= ~first | (at_us - times <= self.stale_after_us[points])
        return rows if counts.all() else rows.pick(counts)

    def _one_round(self, rows: Round) -> bool:
        numbers = np.arange(len(rows.points))
        self._mark[rows.points] = numbers
        if not np.array_equal(self._mark[rows.points], numbers):
            return False
        return len(self._steering_times(rows)) == 0 or int(rows.times_us.min()) == int(rows.times_us.max())

    def _steering_times(self, rows: Round) -> TimeArray:
        """Return the times at which words change that enable rules; the rows are in order of time."""
        steering = np.flatnonzero(self.steering[rows.points] & rows.usable)
        if len(steering) == 0:
            return np.empty(0, dtype=np.int64)
        points = rows.points[steering]
        words = bits.words(rows.values[steering])
        order = np.argsort(points, kind="stable")
        before = self.words[points[order]]
        again = np.flatnonzero(np.diff(points[order]) == 0) + 1
        before[again] = words[order][again - 1]
        return np.unique(rows.times_us[steering][order][words[order] != before])

    def begin(self, rows: Round) -> None:
        """Note whose turn it is."""
        self.row_us[rows.points] = rows.times_us

    def store(self, rows: Round, at_us: int) -> None:
        """Take the values in that came at a time."""
        self.times_us[rows.points] = rows.times_us
        self.heard_us[rows.points] = at_us
        self.usable[rows.points] = rows.usable
        if not rows.usable.all():
            rows = rows.pick(rows.usable)
        self.values[rows.points] = rows.values
        self.words[rows.points] = bits.words(rows.values)
        self.fresh[rows.points] = True

    def end(self, rows: Round) -> None:
        """Forget whose turn it was."""
        self.row_us[rows.points] = -1
        self.fresh[rows.points] = False

    def describe(self) -> dict[str, Any]:
        """Return what is known of the points seen so far, for a snapshot."""
        seen = self.times_us > 0
        return {
            "series": self.series[seen],
            "time_us": self.times_us[seen],
            "heard_us": self.heard_us[seen],
            "usable": self.usable[seen],
            "value": self.values[seen],
        }

    def recall(self, described: Mapping[str, Any]) -> None:
        """Take a description back; series of points that are gone are passed over."""
        points = self.indices(np.array(described["series"], dtype=np.int32))
        here = points >= 0
        points = points[here]
        values = np.array(described["value"], dtype=np.float64)[here]
        self.times_us[points] = np.array(described["time_us"], dtype=np.int64)[here]
        self.heard_us[points] = np.array(described["heard_us"], dtype=np.int64)[here]
        self.usable[points] = np.array(described["usable"], dtype=np.bool_)[here]
        self.values[points] = values
        self.words[points] = bits.words(values)

    def set_back(self, at_us: int) -> None:
        """Take what came later than a time as of that time."""
        np.minimum(self.times_us, at_us, out=self.times_us)
        np.minimum(self.heard_us, at_us, out=self.heard_us)


def _last_of_equals(rows: Round) -> IndexArray:
    """Return the rows in order of time, of several of one point and time the last one only."""
    order = np.lexsort((rows.points, rows.times_us))
    points, times = rows.points[order], rows.times_us[order]
    last = np.append((points[1:] != points[:-1]) | (times[1:] != times[:-1]), True)
    kept: IndexArray = order[last]
    return kept


def _stale_after_us(point: Point) -> int:
    return _NEVER_STALE if point.stale_after is None else duration_us(point.stale_after)
