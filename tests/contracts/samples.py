"""Samples as tests write and compare them."""

import math
from collections.abc import Iterable

from telemetry.samples import SampleBatch

Row = tuple[int, int, float | None, int]


def batch_of(rows: Iterable[Row]) -> SampleBatch:
    """Return a batch of (series, time in µs, value or None for NaN, quality)."""
    listed = list(rows)
    return SampleBatch.of(
        [series for series, _, _, _ in listed],
        [time_us for _, time_us, _, _ in listed],
        [math.nan if value is None else value for _, _, value, _ in listed],
        [quality for _, _, _, quality in listed],
    )


def rows_of(batch: SampleBatch) -> list[Row]:
    """Return a batch as such rows, which compare as a whole."""
    columns = (batch.series, batch.times_us, batch.values, batch.quality)
    return [
        (series, time_us, None if math.isnan(value) else value, quality)
        for series, time_us, value, quality in zip(*(column.tolist() for column in columns), strict=True)
    ]
