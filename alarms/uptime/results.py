"""What an analyser's registers said, as results: each sample time once, whenever it was read.

The value stands until the next result, so that it is read a hundred times; the sample time says when
there is a new one. The reading that brings a result is the first usable one of the value since its
sample time is told: later ones of the same, after a restart too, are held.

    told ──────────▶ sample time missing, ahead, too old?   no result: SAMPLE_TIME
    no usable value before the next one is told             COMMUNICATION, FAULT … by the reading's quality
    the reading lies in a mark                              the mark's kind
    the status word says so at the reading                  FAULT, NO_SAMPLE, MAINTENANCE …
    otherwise                                               valid; outside of the range it is suspect
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from alarms.uptime.items import JudgedItem
from alarms.uptime.records import Cause, ResultRecord
from telemetry.held import NOTHING_HELD, Held
from telemetry.marked import MarkedSpan
from telemetry.quality import STATUS_MASK, Quality, is_bad
from telemetry.samples import SampleBatch, TimeArray

HOUR_US: Final = 3_600_000_000
AHEAD_US: Final = 5 * 60_000_000
"""How far a sample time may lie ahead of its reading: clocks of two cabinets differ by less."""
LATE_US: Final = 24 * HOUR_US
"""How long after its sample a result still counts as transmitted."""
_EARLIEST_US: Final = 946_684_800_000_000
"""2000: an analyser that lost its clock tells times before."""
_TOGETHER_US: Final = 5 * 60_000_000
"""Registers of one result are read within so long of each other."""
_ROUNDING: Final = 1e-6

MARK_CAUSES: Final[Mapping[str, Cause]] = {
    "maintenance": Cause.MAINTENANCE,
    "calibration": Cause.CALIBRATION,
    "fault": Cause.FAULT,
    "stopped": Cause.STOPPED,
    "qc_failed": Cause.QC_FAILED,
    "invalid": Cause.MARKED,
}
"""All of them lose the hour, `stopped` too: it is the flag F of an analyser; a plant that stands still
discharges nothing, which its flow says."""

_QUALITY_CAUSES: Final[Mapping[int, Cause]] = {
    Quality.NOT_CONNECTED: Cause.COMMUNICATION,
    Quality.COMM_FAILURE: Cause.COMMUNICATION,
    Quality.LAST_KNOWN: Cause.COMMUNICATION,
    Quality.WAITING: Cause.COMMUNICATION,
    Quality.DEVICE_FAILURE: Cause.FAULT,
    Quality.SENSOR_FAILURE: Cause.FAULT,
    Quality.OUT_OF_SERVICE: Cause.MAINTENANCE,
    Quality.RANGE_EXCEEDED: Cause.RANGE,
}


@dataclass(frozen=True)
class Readings:
    """What was read of an item, and what people marked of it.

    `values` are the readings of its value by time with the quality of their own, as if nothing was
    marked; the others are what its registers held.
    """

    values: SampleBatch
    sample_times: Held = NOTHING_HELD
    counter: Held = NOTHING_HELD
    status: Held = NOTHING_HELD
    marks: Sequence[MarkedSpan] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A sample time that the analyser told, from when until the next one."""

    sample_us: int
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Results:
    """Results by sample time, and when something came that has no sample time to be believed."""

    records: tuple[ResultRecord, ...]
    untimed_us: tuple[int, ...]


def hour_of(sample_us: int) -> int:
    """Return the start of the hour in which most of a sample was drawn, the hour before its time."""
    return (sample_us - HOUR_US // 2) // HOUR_US * HOUR_US


def cause_of_quality(quality: int) -> Cause:
    """Return why a reading of a quality is none."""
    return _QUALITY_CAUSES.get(quality & STATUS_MASK, Cause.QUALITY)


def cause_of_word(word: float, item: JudgedItem) -> Cause | None:
    """Return what a status word says against a result; None where it says nothing."""
    if not np.isfinite(word) or not 0 <= word < 2**53:
        return None
    bits = int(word)
    return next((cause for mask, cause in item.causes if bits & mask), None)


def results_of(readings: Readings, item: JudgedItem) -> Results:
    """Return the results of an analyser that tells sample times."""
    found: dict[int, ResultRecord] = {}
    untimed = list(_counted_without_time(readings))
    for told in _told(readings.sample_times):
        if not _believed(told):
            untimed.append(told.from_us)
        elif told.sample_us not in found:
            record = _record(told, readings, item)
            if record is not None:
                found[told.sample_us] = record
    return Results(tuple(found[at] for at in sorted(found)), tuple(sorted(untimed)))


def readings_of(readings: Readings, item: JudgedItem) -> Results:
    """Return the results of what people enter: each usable reading is one, of its own time."""
    usable = ~is_bad(readings.values.quality) & np.isfinite(readings.values.values)
    rows = readings.values.select(usable)
    records = (
        ResultRecord(at, at, value, suspect=_out_of_range(value, item))
        for at, value in zip(rows.times_us.tolist(), rows.values.tolist(), strict=True)
    )
    return Results(tuple(records), ())


def mark_at(marks: Sequence[MarkedSpan], time_us: int) -> MarkedSpan | None:
    """Return the first mark that a reading of a time lies in."""
    return next((mark for mark in marks if mark.from_us <= time_us < mark.to_us), None)


def _told(held: Held) -> Iterator[Told]:
    """Yield every sample time that follows another one, each until the next."""
    usable = held.select(~is_bad(held.quality) & np.isfinite(held.values))
    if not len(usable):
        return
    begins = np.flatnonzero(np.append(True, usable.values[1:] != usable.values[:-1]))
    starts = usable.start_us[begins].tolist()
    ends = [*starts[1:], np.iinfo(np.int64).max]
    for seconds, start_us, end_us in zip(usable.values[begins].tolist(), starts, ends, strict=True):
        # Beyond what 64 bits hold in µs it is no time, and as one of 1970 it is not believed.
        sample_us = round(seconds * 1_000_000) if 0 <= seconds < 2**42 else 0
        yield Told(sample_us, start_us, end_us)


def _believed(told: Told) -> bool:
    age_us = told.from_us - told.sample_us
    return told.sample_us >= _EARLIEST_US and -AHEAD_US <= age_us <= LATE_US


def _record(told: Told, readings: Readings, item: JudgedItem) -> ResultRecord | None:
    """Return the result of a sample time; None while no reading of the value has come since."""
    values = readings.values
    first = int(np.searchsorted(values.times_us, told.from_us))
    last = int(np.searchsorted(values.times_us, min(told.until_us, told.sample_us + LATE_US)))
    rows = values.select(slice(first, last))
    if not len(rows):
        return None
    usable = np.flatnonzero(~is_bad(rows.quality) & np.isfinite(rows.values))
    if not len(usable):
        cause = cause_of_quality(int(rows.quality[0]))
        return ResultRecord(told.sample_us, int(rows.times_us[0]), float("nan"), cause)
    place = int(usable[0])
    read_us, value = int(rows.times_us[place]), float(rows.values[place])
    mark = mark_at(readings.marks, read_us)
    if mark is not None:
        cause = MARK_CAUSES.get(mark.kind, Cause.MARKED)
        return ResultRecord(told.sample_us, read_us, value, cause, mark.id)
    suspect = rows.quality[place] & STATUS_MASK == Quality.RANGE_EXCEEDED or _out_of_range(value, item)
    cause_by_word = _said_at(read_us, readings, item)
    return ResultRecord(told.sample_us, read_us, value, cause_by_word, suspect=bool(suspect))


def _said_at(read_us: int, readings: Readings, item: JudgedItem) -> Cause | None:
    """Return what the status word said against a value as it was read."""
    status = readings.status
    place = status.at(read_us)
    if place is None or is_bad(status.quality[place : place + 1])[0]:
        return None
    return cause_of_word(float(status.values[place]), item)


def _out_of_range(value: float, item: JudgedItem) -> bool:
    slack = _ROUNDING * max(abs(item.range_low), abs(item.range_high))
    return not item.range_low - slack <= value <= item.range_high + slack


def _counted_without_time(readings: Readings) -> Iterator[int]:
    """Yield when the counter went on and no other sample time was told with it."""
    counter = readings.counter
    usable = counter.select(~is_bad(counter.quality) & np.isfinite(counter.values))
    told_us = np.array([told.from_us for told in _told(readings.sample_times)], np.int64)
    went_on = np.flatnonzero(usable.values[1:] != usable.values[:-1]) + 1
    for at_us in usable.start_us[went_on].tolist():
        if not ((told_us >= at_us - _TOGETHER_US) & (told_us <= at_us + _TOGETHER_US)).any():
            yield at_us


def counts_at(counter: Held, times_us: TimeArray) -> list[int | None]:
    """Return what a counter said last at or before some times, None where it said nothing."""
    usable = counter.select(~is_bad(counter.quality) & np.isfinite(counter.values))
    places = np.searchsorted(usable.start_us, times_us, side="right") - 1
    return [int(usable.values[place]) if place >= 0 else None for place in places.tolist()]
