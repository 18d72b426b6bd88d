"""How a point's samples become figures of a period.

value    a process value: the mean is weighted by time
result   what an analyser or a person finds now and then: each result counts once
total    a totaliser: what it went on by, over its roll-over
word     a status word: how long its running bit was set, and how often it became so
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from history.figures import FOREVER_US, ONCE_US
from telemetry.clock import duration_us
from telemetry.plant import Plant, Point, PointKind

RUNNING: Final = "running"
_WORDS: Final = (16, 32, 64)
_SCALES: Final = (1.0, 0.1, 0.01, 0.001, 10.0, 100.0, 1000.0)


class MeasureKind(StrEnum):
    """The ways above."""

    VALUE = "value"
    RESULT = "result"
    TOTAL = "total"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Measure:
    """How one series becomes figures.

    A sample holds for `hold_us` at most. `modulus` is by what a totaliser falls as it rolls over, in its
    unit, and `is_told` whether the plant folder says it, not its range; `run_mask` the running bit of a
    word; `sampled_by` the tag whose change says that there is a new result, None where every sample is
    one.
    """

    kind: MeasureKind
    hold_us: int = FOREVER_US
    modulus: float = np.inf
    is_told: bool = False
    run_mask: int = 0
    sampled_by: str | None = None


def measures_of(plant: Plant) -> dict[str, Measure]:
    """Return how each point of a plant becomes figures."""
    return {point.tag: _measure(point, plant) for point in plant.points}


def _measure(point: Point, plant: Plant) -> Measure:
    hold_us = FOREVER_US if point.holds_for is None else duration_us(point.holds_for)
    sampled_by = plant.sample_time_of(point.equipment)
    if point.kind is PointKind.MANUAL:
        return Measure(MeasureKind.RESULT, ONCE_US)
    if point.kind is PointKind.TOTAL:
        if point.rollover is not None:
            return Measure(MeasureKind.TOTAL, hold_us, modulus=point.rollover, is_told=True)
        return Measure(MeasureKind.TOTAL, hold_us, modulus=_modulus(point.range_high))
    if point.kind is PointKind.STATUS:
        bit = point.bit(RUNNING)
        return Measure(MeasureKind.WORD, hold_us, run_mask=bit.mask if bit else 0)
    if point.kind is PointKind.ANALOG and sampled_by is not None:
        return Measure(MeasureKind.RESULT, hold_us, sampled_by=sampled_by)
    return Measure(MeasureKind.VALUE, hold_us)


def _modulus(range_high: float) -> float:
    """Return where a counter that shows up to `range_high` rolls over: a register's width, scaled."""
    for width in _WORDS:
        for scale in _SCALES:
            if 0 <= 2**width * scale - range_high <= max(scale, 1.0):
                return 2**width * scale
    return range_high


@dataclass(frozen=True)
class Measures:
    """The measures of a store's series as columns by series id; a series not named is a value."""

    by_series: Mapping[int, Measure]
    hold_us: npt.NDArray[np.int64]
    modulus: npt.NDArray[np.float64]
    told: npt.NDArray[np.bool_]
    """Which moduli are told, not guessed."""
    run_mask: npt.NDArray[np.int64]
    totals: npt.NDArray[np.bool_]
    words: npt.NDArray[np.bool_]
    results: npt.NDArray[np.bool_]
    sampled_by: npt.NDArray[np.int64]
    """Series id that says that there is a new result, 0 for none."""

    @classmethod
    def of(cls, measures: Mapping[str, Measure], ids: Mapping[str, int], count: int) -> "Measures":
        """Return the measures of tags with these ids, of `count` series in all."""
        by_series = {ids[tag]: measure for tag, measure in measures.items() if tag in ids}
        hold_us = np.full(count + 1, FOREVER_US, dtype=np.int64)
        modulus, run_mask = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=np.int64)
        sampled_by = np.zeros(count + 1, dtype=np.int64)
        for series, measure in by_series.items():
            hold_us[series], modulus[series] = measure.hold_us, measure.modulus
            run_mask[series] = measure.run_mask
            sampled_by[series] = ids.get(measure.sampled_by or "", 0)

        def which(kind: MeasureKind) -> npt.NDArray[np.bool_]:
            return _mask(count, (series for series, its in by_series.items() if its.kind is kind))

        return cls(
            by_series,
            hold_us,
            modulus,
            _mask(count, (series for series, its in by_series.items() if its.is_told)),
            run_mask,
            totals=which(MeasureKind.TOTAL),
            words=which(MeasureKind.WORD),
            results=which(MeasureKind.RESULT),
            sampled_by=sampled_by,
        )


def _mask(count: int, series: Iterable[int]) -> npt.NDArray[np.bool_]:
    found = np.zeros(count + 1, dtype=np.bool_)
    found[list(series)] = True
    return found
