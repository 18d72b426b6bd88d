"""Hour figures of any number of series, and what they add up to. Pure, and the same to the last bit.

A day's or a month's figures are its hours' folded in order: so what is stored for closed hours and
what is computed from samples agree, whoever asks.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from history.figures import HOUR_US, Frame, IntegerArray, Led, cells, changes, led_by, usable
from history.measures import Measures
from history.totals import gone_on
from telemetry.calendar import Calendar, Period
from telemetry.quality import BoolArray
from telemetry.samples import SampleBatch, SeriesArray, TimeArray, ValueArray


@dataclass(frozen=True, slots=True)
class Hours:
    """Figures of periods, by series, then time; the mean is `weighted` / `weight`.

    start_us  int64    start of the period, µs UTC
    count     int64    usable samples, or results
    good_us   int64    for how long the value was good
    weight    float64  µs that usable values held; for results their number
    weighted  float64  sum of value times µs; for results their sum; for a word µs that it ran
    total     float64  what a totaliser went on by
    resets    int64    how often it was set back
    starts    int64    how often a running bit became set

    Where the count is 0, minimum, maximum, first and last are NaN.
    """

    series: SeriesArray
    start_us: TimeArray
    count: IntegerArray
    good_us: IntegerArray
    weight: ValueArray
    weighted: ValueArray
    minimum: ValueArray
    maximum: ValueArray
    first: ValueArray
    last: ValueArray
    total: ValueArray
    resets: IntegerArray
    starts: IntegerArray

    def __len__(self) -> int:
        return len(self.series)

    @property
    def mean(self) -> ValueArray:
        """The mean by weight, NaN without any."""
        return np.where(self.weight > 0, self.weighted / np.where(self.weight > 0, self.weight, 1.0), np.nan)

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Hours":
        """Return the rows that a mask, an index or a slice picks."""
        return Hours(*(getattr(self, name)[rows] for name in NAMES))

    @classmethod
    def concat(cls, parts: "list[Hours]") -> "Hours":
        """Return the rows of all parts."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))


NAMES: Final = tuple(field.name for field in fields(Hours))
DTYPES: Final = {
    "series": np.int32,
    **dict.fromkeys(("start_us", "count", "good_us", "resets", "starts"), np.int64),
    **dict.fromkeys(("weight", "weighted", "minimum", "maximum", "first", "last", "total"), np.float64),
}
NO_HOURS: Final = Hours(*(np.zeros(0, DTYPES[name]) for name in NAMES))


def emptied(hours: Hours) -> Hours:
    """Return the same hours as they are without a sample."""
    of_nothing = {"minimum": np.nan, "maximum": np.nan, "first": np.nan, "last": np.nan}
    columns = {
        name: np.full(len(hours), of_nothing.get(name, 0), DTYPES[name])
        for name in NAMES
        if name not in ("series", "start_us")
    }
    return Hours(series=hours.series, start_us=hours.start_us, **columns)


@dataclass(frozen=True, slots=True)
class Carry:
    """What was before: of each series the last sample, and the last usable one.

    Of totalisers the usable ones of the hour before, where there are any: see totals.py.
    """

    last: SampleBatch
    last_usable: SampleBatch


def carried(carry: Carry, samples: SampleBatch, at_us: int, measures: Measures) -> Carry:
    """Return what was before a time that some samples led up to; they may be in the carry already."""
    last, usable_ones = _ordered([carry.last, samples]), _ordered([carry.last_usable, samples])
    usable_ones = usable_ones.select(usable(usable_ones))
    recent = measures.totals[usable_ones.series] & (usable_ones.times_us >= at_us - HOUR_US)
    return Carry(last.select(_is_last(last)), usable_ones.select(recent | _is_last(usable_ones)))


def _ordered(parts: list[SampleBatch]) -> SampleBatch:
    """Return samples by series, then time, each once."""
    samples = SampleBatch.concat(parts)
    ordered = samples.select(np.lexsort((samples.times_us, samples.series)))
    return ordered.select(np.append(changes(ordered.series, ordered.times_us), True)[: len(ordered)])


def _is_last(ordered: SampleBatch) -> BoolArray:
    found: BoolArray = np.append(ordered.series[1:] != ordered.series[:-1], True)[: len(ordered)]
    return found


def hours_of(samples: SampleBatch, carry: Carry, frame: Frame, measures: Measures) -> Hours:
    """Return the hours of a frame that have a sample; each (series, time) stands once in the samples.

    With windows of another length the same for these; those must not lie across hours.
    """
    shown = _shown(samples, measures)
    led = led_by(_shown(carry.last, measures), shown, frame.to_us, measures.hold_us)
    found = cells(led, frame)
    have = found.usable > 0
    hours = Hours(
        series=found.series,
        start_us=frame.starts(found.window),
        count=found.usable,
        good_us=found.good_us,
        weight=found.held_us.astype(np.float64),
        weighted=found.integral,
        minimum=np.where(have, found.minimum, np.nan),
        maximum=np.where(have, found.maximum, np.nan),
        first=np.where(have, found.first, np.nan),
        last=np.where(have, found.last, np.nan),
        total=np.zeros(len(found.series)),
        resets=np.zeros(len(found.series), np.int64),
        starts=np.zeros(len(found.series), np.int64),
    )
    steps = led_by(carry.last_usable, samples.select(usable(samples)), frame.to_us, measures.hold_us)
    hours = _with_totals(hours, carry, samples, frame, measures)
    hours = _with_starts(hours, steps, frame, measures)
    return _with_results(hours, steps, frame, measures)


def folded(hours: Hours, period_us: TimeArray) -> Hours:
    """Return periods from hours, by series, then time; `period_us` is the start of each hour's period."""
    if not len(hours):
        return hours
    starts = np.flatnonzero(np.append(True, changes(hours.series, period_us)))
    position = np.arange(len(hours))
    has = hours.count > 0
    first = np.minimum.reduceat(np.where(has, position, len(position) - 1), starts)
    last = np.maximum.reduceat(np.where(has, position, 0), starts)
    some = np.add.reduceat(hours.count, starts) > 0
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        sums = {
            name: np.add.reduceat(getattr(hours, name), starts)
            for name in ("count", "good_us", "weight", "weighted", "total", "resets", "starts")
        }
    return Hours(
        series=hours.series[starts],
        start_us=period_us[starts],
        minimum=np.fmin.reduceat(hours.minimum, starts),
        maximum=np.fmax.reduceat(hours.maximum, starts),
        first=np.where(some, hours.first[first], np.nan),
        last=np.where(some, hours.last[last], np.nan),
        **sums,
    )


def period_starts(times_us: TimeArray, calendar: Calendar, period: Period) -> TimeArray:
    """Return when the day or month of each time started."""
    start_by_time = {at: calendar.period_start_us(at, period) for at in np.unique(times_us).tolist()}
    return np.array([start_by_time[at] for at in times_us.tolist()], dtype=np.int64)


def flow_weighted(concentration: Hours, flow: Hours, period_us: TimeArray) -> tuple[TimeArray, ValueArray]:
    """Return the flow-weighted means of periods, Σ(C·Q) / ΣQ over the hours that have both.

    `flow` is in a unit per hour; `period_us` is the start of the period of each of `concentration`'s
    hours (domain.md 3.1: valid hourly values, weighted by the hour's volume).
    """
    place = np.searchsorted(flow.start_us, concentration.start_us).clip(max=max(len(flow) - 1, 0))
    mean = concentration.mean
    if not len(flow) or not len(concentration):
        return np.zeros(0, np.int64), np.zeros(0)
    volume = np.where(flow.start_us[place] == concentration.start_us, flow.weighted[place] / HOUR_US, np.nan)
    both = ~np.isnan(mean) & ~np.isnan(volume)
    starts = np.flatnonzero(np.append(True, changes(period_us)))
    volumes = np.add.reduceat(np.where(both, volume, 0.0), starts)
    loads = np.add.reduceat(np.where(both, mean * volume, 0.0), starts)
    return period_us[starts], np.where(volumes > 0, loads / np.where(volumes > 0, volumes, 1.0), np.nan)


def _shown(samples: SampleBatch, measures: Measures) -> SampleBatch:
    """Return samples with words as 1 while their running bit is set, and 0 while it is not."""
    words = measures.words[samples.series]
    if not words.any():
        return samples
    running = np.where(_running(samples, measures), 1.0, 0.0)
    values = np.where(words & ~np.isnan(samples.values), running, samples.values)
    return SampleBatch(samples.series, samples.times_us, values, samples.quality)


def _running(samples: SampleBatch, measures: Measures) -> BoolArray:
    finite = np.isfinite(samples.values) & (np.abs(samples.values) < 2**53)
    words = np.where(finite, samples.values, 0.0).astype(np.int64)
    running: BoolArray = (words & measures.run_mask[samples.series]) != 0
    return running


def _with_totals(hours: Hours, carry: Carry, samples: SampleBatch, frame: Frame, measures: Measures) -> Hours:
    counted = samples.select(usable(samples) & measures.totals[samples.series])
    if not len(counted):
        return hours
    rows = _ordered([carry.last_usable.select(measures.totals[carry.last_usable.series]), counted])
    went, back = gone_on(rows, measures.modulus[rows.series], measures.told[rows.series])
    own = rows.times_us >= frame.from_us
    return replace(
        hours,
        total=_summed(hours, rows.select(own), frame, went[own]),
        resets=_summed(hours, rows.select(own), frame, back[own].astype(np.int64)),
    )


def _with_starts(hours: Hours, steps: Led, frame: Frame, measures: Measures) -> Hours:
    known = measures.words[steps.samples.series] & ~np.isnan(steps.before.values)
    began = known & _running(steps.samples, measures) & ~_running(steps.before, measures)
    return replace(hours, starts=_summed(hours, steps.samples, frame, began.astype(np.int64)))


def _with_results(hours: Hours, steps: Led, frame: Frame, measures: Measures) -> Hours:
    """Return the hours with figures of results where there are such series."""
    is_result = measures.results[steps.samples.series]
    wanted = measures.results[hours.series]
    if not wanted.any():
        return hours
    rows = _result_rows(steps, measures, np.flatnonzero(is_result), frame)
    results = steps.samples.select(rows)
    counted = _summed(hours, results, frame, np.ones(len(results), np.int64))
    lowest = _reduced(hours, results, frame, np.fmin, results.values)
    highest = _reduced(hours, results, frame, np.fmax, results.values)
    has = counted > 0
    keys, inverse = _runs(results, frame)
    place = _place(hours, keys, frame.every_us)
    first, last = np.full(len(hours), np.nan), np.full(len(hours), np.nan)
    if len(inverse):
        ends = np.append(inverse[1:], len(results)) - 1
        first[place], last[place] = results.values[inverse], results.values[ends]
    return replace(
        hours,
        count=np.where(wanted, counted, hours.count),
        weight=np.where(wanted, counted, hours.weight),
        weighted=np.where(wanted, _summed(hours, results, frame, results.values), hours.weighted),
        minimum=np.where(wanted, np.where(has, lowest, np.nan), hours.minimum),
        maximum=np.where(wanted, np.where(has, highest, np.nan), hours.maximum),
        first=np.where(wanted, first, hours.first),
        last=np.where(wanted, last, hours.last),
    )


def _result_rows(
    steps: Led, measures: Measures, rows: npt.NDArray[np.intp], frame: Frame
) -> npt.NDArray[np.intp]:
    """Return which rows are results: of those sampled by another series the first after it changed.

    The two are read together, so both lie in one hour; what is cut apart by its end is no result.
    """
    samples = steps.samples
    windows = frame.windows(samples.times_us)
    sampled_by = measures.sampled_by[samples.series[rows]]
    found = [rows[sampled_by == 0]]
    changed = samples.values != steps.before.values
    for series in np.unique(samples.series[rows[sampled_by > 0]]):
        own = rows[samples.series[rows] == series]
        triggers = np.flatnonzero((samples.series == measures.sampled_by[series]) & changed)
        place = np.searchsorted(samples.times_us[own], samples.times_us[triggers])
        triggers, place = triggers[place < len(own)], place[place < len(own)]
        found.append(np.unique(own[place][windows[own[place]] == windows[triggers]]))
    return np.sort(np.concatenate(found))


def _runs(samples: SampleBatch, frame: Frame) -> tuple[tuple[SeriesArray, TimeArray], npt.NDArray[np.intp]]:
    """Return the (series, hour) of runs of samples, and where each begins."""
    start_us = frame.starts(frame.windows(samples.times_us))
    if not len(samples):
        return (samples.series, start_us), np.zeros(0, np.intp)
    begins = np.flatnonzero(np.append(True, changes(samples.series, start_us)))
    return (samples.series[begins], start_us[begins]), begins


def _place(hours: Hours, keys: tuple[SeriesArray, TimeArray], every_us: int) -> npt.NDArray[np.intp]:
    """Return where the hours of keys stand; every sample's hour is there."""
    low_us = int(hours.start_us.min(initial=0))
    span = (int(hours.start_us.max(initial=0)) - low_us) // every_us + 1
    series, start_us = keys
    whole = hours.series.astype(np.int64) * span + (hours.start_us - low_us) // every_us
    place: npt.NDArray[np.intp] = np.searchsorted(
        whole, series.astype(np.int64) * span + (start_us - low_us) // every_us
    )
    return place


def _summed(hours: Hours, samples: SampleBatch, frame: Frame, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return _reduced(hours, samples, frame, np.add, values)


def _reduced(
    hours: Hours, samples: SampleBatch, frame: Frame, how: np.ufunc, values: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Return a figure of the samples of each hour, 0 where it has none."""
    found = np.zeros(len(hours), values.dtype)
    keys, begins = _runs(samples, frame)
    if len(begins):
        with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
            found[_place(hours, keys, frame.every_us)] = how.reduceat(values, begins)
    return found
