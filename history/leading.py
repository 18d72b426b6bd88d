"""What led up to a time: figures begin with what their series said before."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from history.figures import FOREVER_US, HOUR_US, Frame, usable
from history.hours import NO_HOURS, Carry, Hours, carried, hours_of
from history.measures import MeasureKind, Measures
from history.queries import Snapshot, last_before, last_usable_before, next_after
from telemetry.samples import SampleBatch

_ONE_BY_ONE: Final = 4
_SERIES_AT_ONCE: Final = 256
"""So many series, read each second, have a million samples an hour: enough to hold at once."""
NEAR_US: Final = 600_000_000
"""How far back most series have a sample."""


def looked_up(
    snapshot: Snapshot, series: Sequence[int], at_us: int, measures: Measures, oldest_us: int
) -> Carry:
    """Return what was before a time, of some series; of values no further back than they hold."""
    last, last_usable = [SampleBatch.empty()], [SampleBatch.empty()]
    for one in series:
        hold_us = int(measures.hold_us[one])
        last.append(last_before(snapshot, one, at_us, max(oldest_us, at_us - hold_us)))
        measure = measures.by_series.get(one)
        if measures.totals[one]:
            recent = snapshot.of_times(at_us - HOUR_US, at_us, one, one)
            last_usable.append(recent.select(usable(recent)))
            if len(last_usable[-1]):
                continue
        if (measure is not None and measure.kind is not MeasureKind.VALUE) or is_trigger(one, measures):
            last_usable.append(last_usable_before(snapshot, one, at_us, oldest_us))
    return Carry(SampleBatch.concat(last), SampleBatch.concat(last_usable))


def carry_before(
    snapshot: Snapshot,
    near: SampleBatch,
    series: npt.NDArray[np.integer[Any]],
    at_us: int,
    measures: Measures,
    oldest_us: int,
) -> Carry:
    """Return what was before a time, of series most of which have it in `near`, the samples just before."""
    carry = carried(Carry(SampleBatch.empty(), SampleBatch.empty()), near, at_us, measures)
    has = np.intersect1d(carry.last.series, carry.last_usable.series)
    missing: list[int] = np.setdiff1d(series, has[~measures.totals[has]]).tolist()
    return carried(looked_up(snapshot, missing, at_us, measures, oldest_us), near, at_us, measures)


def is_trigger(series: int, measures: Measures) -> bool:
    """Return whether a series' change says that another has a new result."""
    return bool((measures.sampled_by == series).any())


def groups_of(series: npt.NDArray[np.int32]) -> Iterator[npt.NDArray[np.int32]]:
    """Yield series, which are in order, in groups that are read at once."""
    group = (series - 1) // _SERIES_AT_ONCE
    yield from np.split(series, np.flatnonzero(group[1:] != group[:-1]) + 1)


def led(
    snapshot: Snapshot, series: npt.NDArray[np.int32], frame: Frame, measures: Measures, oldest_us: int
) -> tuple[SampleBatch, Carry]:
    """Return the samples of a group in a frame, with those that tell of them, and what was before."""
    wanted = sorted({*series.tolist(), *measures.sampled_by[series].tolist()} - {0})
    ranges = [(one, one) for one in wanted]
    if len(series) > _ONE_BY_ONE:
        first, last = int(series[0]), int(series[-1])
        ranges = [(first, last), *((one, one) for one in wanted if not first <= one <= last)]
    from_us = frame.from_us - NEAR_US
    rows = SampleBatch.concat([snapshot.of_times(from_us, frame.to_us, *ids) for ids in ranges])
    before, samples = _parted(rows.select(np.isin(rows.series, wanted)), frame.from_us)
    heard = np.unique(samples.series)
    return samples, carry_before(snapshot, before, heard, frame.from_us, measures, oldest_us)


def _parted(samples: SampleBatch, at_us: int) -> tuple[SampleBatch, SampleBatch]:
    """Return the samples before a time and the others, those by series, then time."""
    ordered = samples.select(np.lexsort((samples.times_us, samples.series)))
    is_before = ordered.times_us < at_us
    return ordered.select(is_before), ordered.select(~is_before)


def computed(
    snapshot: Snapshot, series: npt.NDArray[np.int32], frame: Frame, measures: Measures, oldest_us: int
) -> Hours:
    """Return figures of a group of series, which are in order, from their samples."""
    samples, carry = led(snapshot, series, frame, measures, oldest_us)
    if not len(samples):
        return NO_HOURS
    found = hours_of(samples, carry, frame, measures)
    return found.select(np.isin(found.series, series))


def next_hours(
    snapshot: Snapshot, series: int, from_us: int, through_us: int, measures: Measures
) -> set[int]:
    """Return the closed hours that begin with what a series said before a time.

    The next one with a sample, while that held; the next with a usable one, where steps count.
    """
    held_us = min(through_us, from_us + min(int(measures.hold_us[series]), FOREVER_US) + HOUR_US)
    found = {next_after(snapshot, series, from_us, held_us)}
    measure = measures.by_series.get(series)
    if (measure is not None and measure.kind is not MeasureKind.VALUE) or is_trigger(series, measures):
        found.add(next_after(snapshot, series, from_us, through_us, only_usable=True))
    return {at_us // HOUR_US * HOUR_US for at_us in found if at_us is not None}
