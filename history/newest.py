"""The newest sample of each series: in the live table by a dense index, in the store by series id."""

from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry.quality import Quality, QualityArray
from telemetry.samples import SampleBatch, TimeArray, ValueArray

RowArray = npt.NDArray[np.intp]

NEVER_US: Final = int(np.iinfo(np.int64).min)


def newest_rows(index: RowArray, times_us: TimeArray) -> RowArray:
    """Return for each distinct index the row of its newest time; of equal times the last row."""
    order = np.lexsort((times_us, index))
    ordered = index[order]
    rows: RowArray = order[np.append(ordered[1:] != ordered[:-1], True)] if len(order) else order
    return rows


class NewestSamples:
    """Columns by series id; `times_us` is NEVER_US before a series' first sample."""

    def __init__(self) -> None:
        self.times_us: TimeArray = np.empty(0, dtype=np.int64)
        self.values: ValueArray = np.empty(0)
        self.quality: QualityArray = np.empty(0, dtype=np.uint8)

    def make_room(self, series: Collection[int]) -> None:
        """Have room for these ids."""
        more = max(series, default=-1) + 1 - len(self.times_us)
        if more > 0:
            self.times_us = np.append(self.times_us, np.full(more, NEVER_US))
            self.values = np.append(self.values, np.full(more, np.nan))
            self.quality = np.append(self.quality, np.full(more, Quality.WAITING, dtype=np.uint8))

    def take(self, samples: SampleBatch) -> None:
        """Take in what is not older than what is held; of equal times the last counts."""
        rows = newest_rows(samples.series.astype(np.intp), samples.times_us)
        rows = rows[samples.times_us[rows] >= self.times_us[samples.series[rows]]]
        series = samples.series[rows]
        self.times_us[series] = samples.times_us[rows]
        self.values[series] = samples.values[rows]
        self.quality[series] = samples.quality[rows]

    def samples(self) -> SampleBatch:
        """Return the newest sample of every series that has one."""
        series = np.flatnonzero(self.times_us != NEVER_US)
        return SampleBatch.of(series, self.times_us[series], self.values[series], self.quality[series])
