"""Figures of equal windows from samples. Pure, and to the last bit the same for the same samples.

Sums run over cells, the parts of a window within one day, and then over a window's cells: so it does
not matter in which portions the store gave the samples, as long as they are cut at days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry.protocols import Aggregate, Windows
from telemetry.quality import is_bad, is_good
from telemetry.samples import SampleBatch, ValueArray

DAY_US: Final = 86_400_000_000

IntegerArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Partial figures, oldest first: of a sample, of a window's part in one day, or of a window.

    `usable` counts the samples that are not bad and have a value; only these are in the figures,
    and where there is none, `total` is 0, the others mean nothing.
    """

    window: IntegerArray
    rows: IntegerArray
    good: IntegerArray
    usable: IntegerArray
    total: ValueArray
    minimum: ValueArray
    maximum: ValueArray
    first: ValueArray
    last: ValueArray


def cells(samples: SampleBatch, every_us: int, offset_us: int = 0) -> Cells:
    """Return the cells of one series' samples, oldest first and each time once."""
    usable = ~is_bad(samples.quality) & ~np.isnan(samples.values)
    window = (samples.times_us + offset_us) // every_us
    day = samples.times_us // DAY_US
    each = Cells(
        window=window,
        rows=np.ones(len(samples), dtype=np.int64),
        good=is_good(samples.quality).astype(np.int64),
        usable=usable.astype(np.int64),
        total=np.where(usable, samples.values, 0.0),
        minimum=np.where(usable, samples.values, np.inf),
        maximum=np.where(usable, samples.values, -np.inf),
        first=samples.values,
        last=samples.values,
    )
    return _merged(each, (window[1:] != window[:-1]) | (day[1:] != day[:-1]))


def windows(portions: Sequence[Cells], every_us: int, aggregate: Aggregate, offset_us: int = 0) -> Windows:
    """Return the windows of consecutive portions; NaN where none was usable, but 0 for a count."""
    joined = Cells(
        *(np.concatenate([getattr(part, field.name) for part in portions]) for field in fields(Cells))
    )
    whole = _merged(joined, joined.window[1:] != joined.window[:-1])
    return Windows(
        times_us=whole.window * every_us - offset_us,
        values=_values(whole, aggregate),
        good=whole.good / np.maximum(whole.rows, 1),
    )


def _values(of: Cells, aggregate: Aggregate) -> ValueArray:
    if aggregate is Aggregate.COUNT:
        return of.usable.astype(np.float64)
    figures: ValueArray = {
        Aggregate.MEAN: of.total / np.maximum(of.usable, 1),
        Aggregate.MIN: of.minimum,
        Aggregate.MAX: of.maximum,
        Aggregate.FIRST: of.first,
        Aggregate.LAST: of.last,
    }[aggregate]
    return np.where(of.usable > 0, figures, np.nan)


def _merged(parts: Cells, ends: npt.NDArray[np.bool_]) -> Cells:
    """Return runs of cells as one each; `ends` tells for all but the last whether a run ends there."""
    if not len(parts.window):
        return parts
    starts = np.flatnonzero(np.append(True, ends))
    position = np.arange(len(parts.window))
    # Where no part of a run is usable these point somewhere, and nobody looks.
    first = np.minimum.reduceat(np.where(parts.usable > 0, position, len(position) - 1), starts)
    last = np.maximum.reduceat(np.where(parts.usable > 0, position, 0), starts)
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        total = np.add.reduceat(parts.total, starts)
    return Cells(
        window=parts.window[starts],
        rows=np.add.reduceat(parts.rows, starts),
        good=np.add.reduceat(parts.good, starts),
        usable=np.add.reduceat(parts.usable, starts),
        total=total,
        minimum=np.minimum.reduceat(parts.minimum, starts),
        maximum=np.maximum.reduceat(parts.maximum, starts),
        first=parts.first[first],
        last=parts.last[last],
    )
