"""Samples as columns: what travels from the devices to the store, the live table and the alarms.

    series   int32    persistent series id, given once by the store, never reused
    times_us int64    µs since the epoch, UTC
    values   float64  engineering units; NaN where there is no value
    quality  uint8    OPC byte, see quality.py

One object per reading exists nowhere on this way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from telemetry.quality import QualityArray

SeriesArray = npt.NDArray[np.int32]
TimeArray = npt.NDArray[np.int64]
ValueArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleBatch:
    """Parallel columns of equal length; rows in any order."""

    series: SeriesArray
    times_us: TimeArray
    values: ValueArray
    quality: QualityArray

    def __post_init__(self) -> None:
        lengths = {len(self.series), len(self.times_us), len(self.values), len(self.quality)}
        if len(lengths) != 1:
            raise ValueError(f"columns of a batch differ in length: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.series)

    @classmethod
    def of(
        cls,
        series: npt.ArrayLike,
        times_us: npt.ArrayLike,
        values: npt.ArrayLike,
        quality: npt.ArrayLike,
    ) -> "SampleBatch":
        """Return a batch from anything array-like; scalars spread over the rows."""
        columns = np.broadcast_arrays(
            np.atleast_1d(np.asarray(series, dtype=np.int32)),
            np.asarray(times_us, dtype=np.int64),
            np.asarray(values, dtype=np.float64),
            np.asarray(quality, dtype=np.uint8),
        )
        return cls(*(np.ascontiguousarray(column) for column in columns))

    @classmethod
    def empty(cls) -> "SampleBatch":
        """Return a batch without rows."""
        return cls.of([], [], [], [])

    @classmethod
    def concat(cls, batches: Sequence["SampleBatch"]) -> "SampleBatch":
        """Return the rows of all batches, in their order."""
        if not batches:
            return cls.empty()
        if len(batches) == 1:
            return batches[0]
        return cls(
            np.concatenate([b.series for b in batches]),
            np.concatenate([b.times_us for b in batches]),
            np.concatenate([b.values for b in batches]),
            np.concatenate([b.quality for b in batches]),
        )

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "SampleBatch":
        """Return the rows that a mask, an index or a slice picks."""
        return SampleBatch(self.series[rows], self.times_us[rows], self.values[rows], self.quality[rows])

    @cached_property
    def latest_us(self) -> int:
        """The newest time in the batch; 0 without rows."""
        return int(self.times_us.max()) if len(self) else 0


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """A batch the store holds durably.

    `number` grows by one with each commit and is never reused; `committed_us` is the node's time
    of the commit. Replays and cursors go by the number.
    """

    number: int
    committed_us: int
    samples: SampleBatch
