"""Hours of an item: due or not, valid or lost, and why (domain.md 3.1, 3.2, 3.5). Pure.

What says why an hour has no result is looked for where its result would have come: in the hour after
it, while the analyser digests what was drawn in it. An automatic standard check at 01:00 takes the
sample of 00:00 to 01:00.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.records import Cause, HourJudgement, ResultRecord
from alarms.uptime.results import (
    HOUR_US,
    MARK_CAUSES,
    Readings,
    Results,
    cause_of_quality,
    cause_of_word,
    counts_at,
    hour_of,
    readings_of,
    results_of,
)
from telemetry.calendar import Calendar
from telemetry.held import Held, held_of
from telemetry.marked import MarkedSpan
from telemetry.quality import is_bad, is_good

_NO_DISCHARGE_M3: Final = 0.5
"""Less in an hour is nothing: no flume tells it from zero."""
_GOOD_SHARE: Final = (3, 4)
_SILENT_US: Final = 5 * 60_000_000
"""A shorter silence loses no result: it is held for an hour."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An hour's figures of a continuous value: its mean, and for how long it was good."""

    mean: float
    good_us: int


def judged_hours(
    item: JudgedItem,
    starts_us: Sequence[int],
    readings: Readings,
    flow_m3: Mapping[int, float],
    figures: Mapping[int, Figures],
    decided_us: int,
    calendar: Calendar,
    hold_us: int,
) -> list[HourJudgement]:
    """Return some hours, which are those of whole days so far, oldest first.

    `flow_m3` is what was discharged by hour, `figures` those of a continuous value; what was not measured
    is missing. `decided_us` is up to when everything that was to come has come.
    """
    if item.kind is ItemKind.CONTINUOUS:
        judge = _Continuous(item, readings, figures, hold_us)
        hours = [_hour(item, start, judge.of(start), flow_m3, decided_us) for start in starts_us]
    elif item.kind is ItemKind.ENTERED:
        found = _by_hour(readings_of(readings, item).records)
        hours = [_entered(item, start, found.get(start, ())) for start in starts_us]
        return [hour for hour in hours if hour.results]
    else:
        sampled = _Sampled(item, readings, results_of(readings, item), starts_us, hold_us)
        hours = [_hour(item, start, sampled.of(start), flow_m3, decided_us) for start in starts_us]
    return _excused(hours, calendar)


@dataclass(frozen=True, slots=True)
class _Found:
    """Results of an hour, and the cause where none is valid; decided when all before a time has come."""

    results: tuple[ResultRecord, ...]
    cause: Cause | None
    decided_us: int


def _hour(
    item: JudgedItem, start_us: int, found: _Found, flow_m3: Mapping[int, float], decided_us: int
) -> HourJudgement:
    flow = flow_m3.get(start_us)
    valid = [result.value for result in found.results if result.valid]
    hour = HourJudgement(
        tag=item.tag,
        start_us=start_us,
        value=sum(valid) / len(valid) if valid else None,
        due=True,
        valid=bool(valid),
        cause=None if valid else found.cause,
        flow_m3=flow,
        results=found.results,
    )
    over = start_us + HOUR_US <= decided_us
    if over and flow is not None and flow < _NO_DISCHARGE_M3:
        return replace(hour, due=False, valid=False, cause=Cause.ZERO_FLOW)
    # A valid result decides: what comes later of the hour changes its mean at most.
    if (not valid and decided_us < found.decided_us) or not over:
        return replace(hour, due=False, valid=False, cause=Cause.WAITING)
    return hour


def _entered(item: JudgedItem, start_us: int, results: Sequence[ResultRecord]) -> HourJudgement:
    valid = [result.value for result in results if result.valid]
    return HourJudgement(
        tag=item.tag,
        start_us=start_us,
        value=sum(valid) / len(valid) if valid else None,
        due=bool(valid),
        valid=bool(valid),
        cause=None if valid else Cause.QUALITY,
        flow_m3=None,
        results=tuple(results),
    )


def _by_hour(records: Sequence[ResultRecord]) -> dict[int, list[ResultRecord]]:
    found: dict[int, list[ResultRecord]] = {}
    for record in records:
        found.setdefault(record.sample_us // HOUR_US * HOUR_US, []).append(record)
    return found


def _excused(hours: Sequence[HourJudgement], calendar: Calendar) -> list[HourJudgement]:
    """Take one hour of automatic standard check a day from those that are due (plant-rules.md, 95 %)."""
    days: set[object] = set()
    found: list[HourJudgement] = []
    for hour in hours:
        if hour.lost and hour.cause is Cause.STANDARD_CHECK:
            day = calendar.day_of(hour.start_us)
            if day not in days:
                days.add(day)
                hour = replace(hour, due=False, excused=True)
        found.append(hour)
    return found


class _Sampled:
    """The hours of an analyser whose results have sample times."""

    def __init__(
        self, item: JudgedItem, readings: Readings, results: Results, starts_us: Sequence[int], hold_us: int
    ) -> None:
        self._item = item
        self._readings = readings
        self._untimed = np.array(results.untimed_us, np.int64)
        values = readings.values
        self._values = held_of(values.times_us, values.values, values.quality, hold_us)
        self._results: dict[int, list[ResultRecord]] = {}
        for record in results.records:
            self._results.setdefault(hour_of(record.sample_us), []).append(record)
        self._made = _made_unheard(results.records, readings.counter, item.counter_modulus)

    def of(self, start_us: int) -> _Found:
        results = tuple(self._results.get(start_us, ()))
        decided_us = start_us + 2 * HOUR_US
        if results:
            valid = any(result.valid for result in results)
            return _Found(results, None if valid else results[0].cause, decided_us)
        return _Found((), self._why_missing(start_us), decided_us)

    def _why_missing(self, start_us: int) -> Cause:
        from_us, to_us = start_us + HOUR_US, start_us + 2 * HOUR_US
        if ((self._untimed >= from_us) & (self._untimed < to_us)).any():
            return Cause.SAMPLE_TIME
        if start_us in self._made:
            return Cause.COMMUNICATION
        marked = _most_marked(self._readings, from_us, to_us)
        if marked is not None:
            return marked
        took: dict[Cause, int] = {cause: 0 for _, cause in self._item.causes} | {
            Cause.STOPPED: 0,
            Cause.COMMUNICATION: 0,
        }
        self._add_states(took, from_us, to_us)
        silent_us = to_us - from_us - _heard_us(self._source, from_us, to_us)
        if silent_us >= _SILENT_US:
            took[Cause.COMMUNICATION] = silent_us
        cause, longest_us = max(took.items(), key=lambda each: each[1])
        return cause if longest_us else Cause.NO_RESULT

    @property
    def _source(self) -> Held:
        """What would have told of a result."""
        times = self._readings.sample_times
        return times if len(times) else self._values

    def _add_states(self, took: dict[Cause, int], from_us: int, to_us: int) -> None:
        status = self._readings.status
        for place, us in _overlapping(status, from_us, to_us):
            if is_bad(status.quality[place : place + 1])[0]:
                continue
            word = float(status.values[place])
            cause = cause_of_word(word, self._item)
            if cause is None and self._item.states_mask and not int(word) & self._item.states_mask:
                cause = Cause.STOPPED
            if cause is not None:
                took[cause] += us


class _Continuous:
    """The hours of an instrument that measures all the time."""

    def __init__(
        self, item: JudgedItem, readings: Readings, figures: Mapping[int, Figures], hold_us: int
    ) -> None:
        self._item = item
        self._readings = readings
        self._figures = figures
        values = readings.values
        self._held = held_of(values.times_us, values.values, values.quality, hold_us)

    def of(self, start_us: int) -> _Found:
        end_us = start_us + HOUR_US
        figures = self._figures.get(start_us)
        share, of = _GOOD_SHARE
        if figures is not None and figures.good_us * of >= HOUR_US * share and np.isfinite(figures.mean):
            return _Found((ResultRecord(end_us, end_us, figures.mean),), None, end_us)
        return _Found((), self._why_not(start_us, end_us), end_us)

    def _why_not(self, from_us: int, to_us: int) -> Cause:
        heard_us = _heard_us(self._held, from_us, to_us)
        took = {Cause.COMMUNICATION: to_us - from_us - heard_us}
        for us, mark in _marked(self._readings, from_us, to_us):
            cause = MARK_CAUSES.get(mark.kind, Cause.MARKED)
            # A check that failed takes what was measured only.
            us = min(us, heard_us) if cause is Cause.QC_FAILED else us
            took[cause] = took.get(cause, 0) + us
        for place, us in _overlapping(self._held, from_us, to_us):
            if not is_good(self._held.quality[place : place + 1])[0]:
                cause = cause_of_quality(int(self._held.quality[place]))
                if cause is not Cause.COMMUNICATION:
                    took[cause] = took.get(cause, 0) + us
        cause, longest_us = max(took.items(), key=lambda each: each[1])
        return cause if longest_us else Cause.QUALITY


def _marked(readings: Readings, from_us: int, to_us: int) -> list[tuple[int, MarkedSpan]]:
    """Return for how long each mark takes part of a time."""
    return [
        (min(mark.to_us, to_us) - max(mark.from_us, from_us), mark)
        for mark in readings.marks
        if mark.from_us < to_us and mark.to_us > from_us
    ]


def _most_marked(readings: Readings, from_us: int, to_us: int) -> Cause | None:
    """Return the cause of a mark that takes half of a time or more, and says why nothing came in it."""
    # A check that failed makes results wrong. The hour of a standard check among them stays one.
    marked = [
        each for each in _marked(readings, from_us, to_us) if MARK_CAUSES.get(each[1].kind) != Cause.QC_FAILED
    ]
    longest_us, mark = max(marked, key=lambda each: each[0], default=(0, None))
    if mark is None or longest_us * 2 < to_us - from_us:
        return None
    return MARK_CAUSES.get(mark.kind, Cause.MARKED)


def _heard_us(held: Held, from_us: int, to_us: int) -> int:
    """Return for how long of a time something was heard that was not the line's silence."""
    heard = [
        us
        for place, us in _overlapping(held, from_us, to_us)
        if not is_bad(held.quality[place : place + 1])[0]
        or cause_of_quality(int(held.quality[place])) is not Cause.COMMUNICATION
    ]
    return sum(heard)


def _overlapping(held: Held, from_us: int, to_us: int) -> list[tuple[int, int]]:
    """Return the places of runs that have a part in a time, and how long that is."""
    first = int(np.searchsorted(held.end_us, from_us, side="right"))
    last = int(np.searchsorted(held.start_us, to_us))
    took = held.select(slice(first, last)).within(from_us, to_us).tolist()
    return list(zip(range(first, last), took, strict=True))


def _made_unheard(records: Sequence[ResultRecord], counter: Held, modulus: int) -> set[int]:
    """Return hours whose results were made and never came here, as the counter of results tells.

    Between two results that came it went on by more than one: where it did by as many as hours are
    missing, all of those were made.
    """
    if len(records) < 2 or not len(counter):
        return set()
    counts = counts_at(counter, np.array([record.read_us for record in records], np.int64))
    found: set[int] = set()
    for place in range(1, len(records)):
        before, after = counts[place - 1], counts[place]
        first_us, last_us = hour_of(records[place - 1].sample_us), hour_of(records[place].sample_us)
        missing = (last_us - first_us) // HOUR_US - 1
        if before is None or after is None or missing < 1:
            continue
        if (after - before) % modulus - 1 == missing:
            found.update(range(first_us + HOUR_US, last_us, HOUR_US))
    return found
