"""Figures of equal windows from samples. Pure, and to the last bit the same for the same samples.

A sample holds until the next one of its series, but no longer than its hold: what nobody measured is
not taken for good. Sums run over cells, the parts of a window within one hour, and then over a
window's cells: so a day's figures are those of its hours, and it does not matter in which portions
the store gave the samples, as long as they are cut at days.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telemetry.protocols import Aggregate, Windows
from telemetry.quality import BoolArray, Quality, is_bad, is_good
from telemetry.samples import SampleBatch, SeriesArray, TimeArray, ValueArray

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
FOREVER_US: Final = 1 << 60
ONCE_US: Final = 0
"""The hold of what is found now and then, in a laboratory: it holds no time, and each counts once."""

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
class Led:
    """Samples by series, then time, each with the one before it of its series, bad where there is none.

    `next_us` is the time of the next one of the series, or the end; `hold_us` how long each holds.
    """

    samples: SampleBatch
    before: SampleBatch
    next_us: TimeArray
    hold_us: IntegerArray


def led_by(before: SampleBatch, samples: SampleBatch, end_us: int, hold_us: IntegerArray) -> Led:
    """Return samples in order, led by `before`, earlier ones of the same series; `hold_us` by series id."""
    rows = SampleBatch.concat([before, samples])
    order = np.lexsort((rows.times_us, rows.series))
    rows, own = rows.select(order), order >= len(before)
    same = rows.series[1:] == rows.series[:-1]
    alone = np.append(True, ~same)[: len(rows)]
    following = np.append(np.where(same, rows.times_us[1:], end_us), end_us)[: len(rows)]
    led = rows.select(np.arange(len(rows)) - 1)
    led = SampleBatch(
        rows.series,
        np.where(alone, 0, led.times_us),
        np.where(alone, np.nan, led.values),
        np.where(alone, np.uint8(Quality.BAD), led.quality),
    )
    return Led(rows.select(own), led.select(own), following[own], hold_us[rows.series[own]])


@dataclass(frozen=True, slots=True)
class Cells:
    """Partial figures, by series, oldest first: of a sample, of a window's part in an hour, of a window.

    `usable` counts the samples that are not bad and have a value; only these are in the figures,
    and where there is none, the extremes, first and last mean nothing. `held_us` is how long usable
    values held, and `integral` the sum of value times µs over it; what counts once has 1 µs each.
    """

    series: SeriesArray
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
    portions: Iterable[SampleBatch],
    before: SampleBatch,
    frame: Frame,
    aggregate: Aggregate,
    hold_us: int = FOREVER_US,
) -> Windows:
    """Return the windows of one series' consecutive portions; NaN where none was usable, but 0 for a count.

    Of what counts once the mean is that of the results, and a window with a good one is good.
    No portion is empty; in each are the samples oldest first, each time once. `before` is the last
    sample before the frame, or empty where there is none.
    """
    parts: list[Cells] = []
    waiting: SampleBatch | None = None
    for portion in portions:
        if waiting is not None:
            parts.append(_of_portion(before, waiting, int(portion.times_us[0]), hold_us, frame))
            before = waiting.select(slice(-1, None))
        waiting = portion
    if waiting is None:
        return Windows(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    parts.append(_of_portion(before, waiting, frame.to_us, hold_us, frame))
    joined = Cells(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Cells))
    )
    whole = merged(joined, joined.window[1:] != joined.window[:-1])
    starts, ends = frame.spans(whole.window)
    return Windows(
        times_us=frame.starts(whole.window),
        values=_values(whole, aggregate),
        good=np.minimum(whole.good_us, 1.0) if hold_us == ONCE_US else whole.good_us / (ends - starts),
    )


def _of_portion(before: SampleBatch, samples: SampleBatch, next_us: int, hold_us: int, frame: Frame) -> Cells:
    holds = np.full(int(samples.series[0]) + 1, hold_us, dtype=np.int64)
    return cells(led_by(before, samples, next_us, holds), frame)


def cells(led: Led, frame: Frame) -> Cells:
    """Return the cells of samples.

    A sample holds until the next one. Of that, its own window has what lies in it, and the next
    sample's window what lies in it; windows between have no sample and are left out.
    """
    samples, before = led.samples, led.before
    window = frame.windows(samples.times_us)
    starts, ends = frame.spans(window)
    own_us = np.minimum(np.minimum(led.next_us, ends) - samples.times_us, led.hold_us)
    own_us = np.where(led.hold_us == ONCE_US, 1, own_us)
    led_until_us = np.minimum(samples.times_us, before.times_us + led.hold_us)
    led_us = np.where(before.times_us < starts, np.maximum(led_until_us - starts, 0), 0)
    is_usable, led_is_usable = usable(samples), usable(before) & (led_us > 0)
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        integral = (
            np.where(is_usable, samples.values, 0.0) * own_us
            + np.where(led_is_usable, before.values, 0.0) * led_us
        )
    each = Cells(
        series=samples.series,
        window=window,
        good_us=np.where(is_good(samples.quality), own_us, 0) + np.where(is_good(before.quality), led_us, 0),
        held_us=np.where(is_usable, own_us, 0) + np.where(led_is_usable, led_us, 0),
        integral=integral,
        usable=is_usable.astype(np.int64),
        minimum=np.where(is_usable, samples.values, np.inf),
        maximum=np.where(is_usable, samples.values, -np.inf),
        first=samples.values,
        last=samples.values,
    )
    hour = (samples.times_us + frame.offset_us) // HOUR_US
    return merged(each, changes(samples.series, window, hour))


def changes(*columns: npt.NDArray[Any]) -> BoolArray:
    """Return for all rows but the last whether the next one differs in some column."""
    found: BoolArray = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return found


def usable(samples: SampleBatch) -> BoolArray:
    """Return which samples say something: not bad, and with a value."""
    found: BoolArray = ~is_bad(samples.quality) & ~np.isnan(samples.values)
    return found


def _values(of: Cells, aggregate: Aggregate) -> ValueArray:
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


def merged(parts: Cells, ends: BoolArray) -> Cells:
    """Return runs of cells as one each; `ends` tells for all but the last whether a run ends there."""
    starts = np.flatnonzero(np.append(True, ends)[: len(parts.window)])
    position = np.arange(len(parts.window))
    # Where no part of a run is usable these point somewhere, and nobody looks.
    first = np.minimum.reduceat(np.where(parts.usable > 0, position, len(position) - 1), starts)
    last = np.maximum.reduceat(np.where(parts.usable > 0, position, 0), starts)
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        integral = np.add.reduceat(parts.integral, starts)
    return Cells(
        series=parts.series[starts],
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
