"""Figures of equal windows from samples. Pure, and to the last bit the same for the same samples.

Sums run over cells, the parts of a window within one day, and then over a window's cells: so it does
not matter in which portions the store gave the samples, as long as they are cut at days.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry.protocols import Aggregate, Windows
from telemetry.quality import BoolArray, Quality, is_bad, is_good
from telemetry.samples import SampleBatch, TimeArray, ValueArray

DAY_US: Final = 86_400_000_000

IntegerArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """Windows of `every_us` within [from, to) that start at k * every - offset."""

    from_us: int
    to_us: int
    every_us: int
    offset_us: int = 0

    def windows(self, times_us: TimeArray) -> IntegerArray:
        """Return the number of the window that each time lies in."""
        numbers: IntegerArray = (times_us + self.offset_us) // self.every_us
        return numbers

    def starts(self, windows: IntegerArray) -> TimeArray:
        """Return where windows start; the first may start before `from`."""
        starts: TimeArray = windows * self.every_us - self.offset_us
        return starts

    def spans(self, windows: IntegerArray) -> tuple[TimeArray, TimeArray]:
        """Return what of windows lies in the frame, its starts and its ends."""
        starts = self.starts(windows)
        return np.maximum(starts, self.from_us), np.minimum(starts + self.every_us, self.to_us)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Partial figures, oldest first: of a sample, of a window's part in one day, or of a window.

    `usable` counts the samples that are not bad and have a value; only these are in the figures,
    and where there is none, the extremes, first and last mean nothing. `held_us` is how long usable
    values held, and `integral` the sum of value times µs over it.
    """

    window: IntegerArray
    good_us: IntegerArray
    held_us: IntegerArray
    integral: ValueArray
    usable: IntegerArray
    minimum: ValueArray
    maximum: ValueArray
    first: ValueArray
    last: ValueArray


def windows(
    portions: Iterable[SampleBatch], before: SampleBatch, frame: Frame, aggregate: Aggregate
) -> Windows:
    """Return the windows of one series' consecutive portions; NaN where none was usable, but 0 for a count.

    No portion is empty; in each are the samples oldest first, each time once. `before` is the last
    sample before the frame, or empty where there is none.
    """
    if not len(before):
        before = SampleBatch.of(0, frame.from_us, np.nan, Quality.BAD)
    parts: list[_Cells] = []
    waiting: SampleBatch | None = None
    for portion in portions:
        if waiting is not None:
            parts.append(_cells(before, waiting, int(portion.times_us[0]), frame))
            before = waiting.select(slice(-1, None))
        waiting = portion
    if waiting is None:
        return Windows(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    parts.append(_cells(before, waiting, frame.to_us, frame))
    joined = _Cells(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Cells))
    )
    whole = _merged(joined, joined.window[1:] != joined.window[:-1])
    starts, ends = frame.spans(whole.window)
    return Windows(
        times_us=frame.starts(whole.window),
        values=_values(whole, aggregate),
        good=whole.good_us / (ends - starts),
    )


def _cells(before: SampleBatch, samples: SampleBatch, next_us: int, frame: Frame) -> _Cells:
    """Return the cells of samples that lie between the sample before them and the time of the next.

    A sample holds until the next one. Of that, its own window has what lies in it, and the next
    sample's window what lies in it; windows between have no sample and are left out.
    """
    window = frame.windows(samples.times_us)
    starts, ends = frame.spans(window)
    own_us = np.minimum(np.append(samples.times_us[1:], next_us), ends) - samples.times_us
    led = SampleBatch.concat([before, samples.select(slice(-1))])
    led_us = np.where(led.times_us < starts, samples.times_us - starts, 0)
    usable, led_usable = _usable(samples), _usable(led) & (led_us > 0)
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        integral = (
            np.where(usable, samples.values, 0.0) * own_us + np.where(led_usable, led.values, 0.0) * led_us
        )
    each = _Cells(
        window=window,
        good_us=is_good(samples.quality) * own_us + is_good(led.quality) * led_us,
        held_us=usable * own_us + led_usable * led_us,
        integral=integral,
        usable=usable.astype(np.int64),
        minimum=np.where(usable, samples.values, np.inf),
        maximum=np.where(usable, samples.values, -np.inf),
        first=samples.values,
        last=samples.values,
    )
    day = samples.times_us // DAY_US
    return _merged(each, (window[1:] != window[:-1]) | (day[1:] != day[:-1]))


def _usable(samples: SampleBatch) -> BoolArray:
    usable: BoolArray = ~is_bad(samples.quality) & ~np.isnan(samples.values)
    return usable


def _values(of: _Cells, aggregate: Aggregate) -> ValueArray:
    if aggregate is Aggregate.COUNT:
        return of.usable.astype(np.float64)
    if aggregate is Aggregate.MEAN:
        return np.where(of.held_us > 0, of.integral / np.maximum(of.held_us, 1), np.nan)
    figures: ValueArray = {
        Aggregate.MIN: of.minimum,
        Aggregate.MAX: of.maximum,
        Aggregate.FIRST: of.first,
        Aggregate.LAST: of.last,
    }[aggregate]
    return np.where(of.usable > 0, figures, np.nan)


def _merged(parts: _Cells, ends: BoolArray) -> _Cells:
    """Return runs of cells as one each; `ends` tells for all but the last whether a run ends there."""
    starts = np.flatnonzero(np.append(True, ends))
    position = np.arange(len(parts.window))
    # Where no part of a run is usable these point somewhere, and nobody looks.
    first = np.minimum.reduceat(np.where(parts.usable > 0, position, len(position) - 1), starts)
    last = np.maximum.reduceat(np.where(parts.usable > 0, position, 0), starts)
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        integral = np.add.reduceat(parts.integral, starts)
    return _Cells(
        window=parts.window[starts],
        good_us=np.add.reduceat(parts.good_us, starts),
        held_us=np.add.reduceat(parts.held_us, starts),
        integral=integral,
        usable=np.add.reduceat(parts.usable, starts),
        minimum=np.minimum.reduceat(parts.minimum, starts),
        maximum=np.maximum.reduceat(parts.maximum, starts),
        first=parts.first[first],
        last=parts.last[last],
    )
