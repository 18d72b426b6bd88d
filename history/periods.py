"""Hour figures, kept: of every closed hour, computed again when a sample of it comes late or changes.

    closed      hours that ended a while ago, of all series at once, one transaction with `through_us`
    dirty       (series, hour) marked by the commit that touched a closed hour; computed again with the
                next hour of the series that has a sample, since that one begins with the last before
    asked for   what is stored; of open and dirty hours what samples say now

so that whoever asks gets what a computation from all samples would give, at any moment. Hours whose
samples were given up by age stay as they are.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import duckdb
import numpy as np

from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.figures import HOUR_US, Frame
from history.hour_store import (
    Change,
    Columns,
    GivenUp,
    Versioned,
    among,
    changes_of,
    differing,
    dirty_of,
    first_dirty,
    forget_dirty,
    state_of,
    stored_after,
    stored_hours,
    write_again,
    write_closed,
)
from history.hours import NO_HOURS, Carry, Hours, carried, hours_of
from history.leading import NEAR_US, carry_before, computed, groups_of, next_hours
from history.measures import Measure, MeasureKind, Measures
from history.queries import Snapshot
from telemetry.clock import duration_us
from telemetry.errors import Invalid
from telemetry.samples import SampleBatch, TimeArray

GRACE_US: Final = 60_000_000
"""How long after its end an hour is closed: what was on its way has come by then."""
_MOST_HOURS: Final = 24
_ROWS_AT_ONCE: Final = 500_000
_DIRTY_AT_ONCE: Final = 1_000
NO_END: Final = (1 << 62) - 1

_FIRST_OF_ANY: Final = """
SELECT coalesce(min(t_us), $2) AS t_us FROM (
    SELECT min(t_us) AS t_us FROM readings WHERE t_us >= $1
    UNION ALL SELECT min(t_us) FROM overlay WHERE t_us >= $1
    UNION ALL SELECT min(greatest(from_us, $1)) FROM segments WHERE to_us > $1
)
"""
_COUNT: Final = "SELECT count(*) AS rows FROM readings WHERE t_us >= ? AND t_us < ?"


class Periods:
    """The hour figures of a store. `bring_up` belongs to one thread; questions come from anywhere."""

    def __init__(
        self, history: EmbeddedHistory, measures: Mapping[str, Measure], settle: timedelta = timedelta(0)
    ) -> None:
        self._history = history
        self._given = dict(measures)
        self._carry: tuple[int, Carry] | None = None
        self._again: tuple[int, Carry] | None = None
        self._measures: tuple[Mapping[str, int], int, Measures] | None = None
        self._settle_us = duration_us(settle)
        self._settled = history.last_number
        self._numbers: deque[tuple[int, int]] = deque()
        self.through_us = 0

    @property
    def measures(self) -> Measures:
        """The measures by series id."""
        tags, count = self._history.tags, self._history.series_count
        if self._measures is None or self._measures[0] is not tags or self._measures[1] != count:
            self._measures = (tags, count, Measures.of(self._given, tags, count))
        return self._measures[2]

    def bring_up(self, now_us: int) -> bool:
        """Do a piece of the work that is due; True while there may be more.

        StoreError leaves everything as it was.
        """
        over_us = self._over_us(now_us)
        self._let_settle(now_us)
        return self._close_hours(over_us) or self._compute_dirty(over_us, now_us)

    def _let_settle(self, now_us: int) -> None:
        """Know through which batch marks have stood long enough: what trickles is computed once."""
        numbers = self._numbers
        if numbers and now_us < numbers[-1][0]:  # the clock was set back
            self._settled = numbers[-1][1]
            numbers.clear()
        numbers.append((now_us, self._history.last_number))
        while numbers and numbers[0][0] <= now_us - self._settle_us:
            self._settled = numbers.popleft()[1]

    def behind_us(self, now_us: int) -> int:
        """Return by how much the closing of hours is behind; 0 before `bring_up` has looked."""
        return max(self._over_us(now_us) - self.through_us, 0) if self.through_us else 0

    def _over_us(self, now_us: int) -> int:
        """Return by when hours are over: by the clock, and by what has come since.

        A clock that is ahead would close hours that are still filling, and have every commit mark them.
        While readings come, an hour is over with one of the next; when none come, by the clock.
        """
        newest_us, silent_us = self._history.newest_us, now_us - self._history.last_committed_us
        if not 0 <= silent_us < GRACE_US:
            newest_us += HOUR_US
        return _hour(min(now_us - GRACE_US, newest_us))

    async def hours(self, tag: str, from_us: int, to_us: int, now_us: int) -> Hours:
        """Return a tag's hours that start in [from, to), the open one as far as it goes."""
        series = self._history.tags.get(tag)
        if series is None:
            return NO_HOURS
        measures = self.measures
        return await self._history.answer(
            lambda snapshot: self._of_series(snapshot, series, _hour(from_us), to_us, now_us, measures)
        )

    async def hours_of_many(
        self, tags: Sequence[str], from_us: int, to_us: int, now_us: int
    ) -> dict[str, Hours]:
        """Return the hours of many tags that start in [from, to), all of one state of the store.

        What is stored comes in one go; hours are computed where they are open or late samples touched them.
        """
        ids = {tag: self._history.tags[tag] for tag in tags if tag in self._history.tags}
        measures = self.measures
        found = await self._history.answer(
            lambda snapshot: self._of_many(
                snapshot, list(ids.values()), _hour(from_us), to_us, now_us, measures
            )
        )
        return {tag: found[series] for tag, series in ids.items()}

    async def minutes(self, tag: str, from_us: int, to_us: int, now_us: int) -> Hours:
        """Return the same of minutes, at most 62 days of them; computed from samples, never stored."""
        minute_us = HOUR_US // 60
        series = self._history.tags.get(tag)
        if to_us - from_us > 62 * 24 * HOUR_US:
            raise Invalid("too_many_windows", "at most 62 days of minutes: ask for a shorter time")
        if series is None:
            return NO_HOURS
        # Of whole hours, since what an hour's end says of a totaliser's start holds for its minutes too.
        frame = Frame(_hour(from_us), min(_hour(to_us + HOUR_US - 1), now_us), minute_us)
        measures = self.measures
        found = await self._history.answer(
            lambda snapshot: self.computed(snapshot, [series], frame, measures)
        )
        asked = (found.start_us >= from_us // minute_us * minute_us) & (found.start_us < to_us)
        return found.select(asked)

    def measure(self, tag: str) -> Measure:
        """Return how a tag's samples become figures."""
        return self._given.get(tag, Measure(MeasureKind.VALUE))

    async def changed(self, before: int | None, limit: int) -> list[Change]:
        """Return the plant's closed hours that were computed anew, newest first; `before` is a position."""
        tags = {series: tag for tag, series in self._history.tags.items()}
        return await self._history.answer(lambda snapshot: changes_of(snapshot, tags, before, limit))

    async def after(self, version: int, limit: int) -> Versioned:
        """Return the figures that were stored since a version, whole versions of about `limit` rows."""
        return await self._history.answer(lambda snapshot: stored_after(snapshot, version, limit))

    def _of_series(
        self, snapshot: Snapshot, series: int, from_us: int, to_us: int, now_us: int, measures: Measures
    ) -> Hours:
        through_us = state_of(snapshot).through_us
        stored = stored_hours(snapshot, series, series, from_us, min(through_us, to_us))
        stale = self._stale(snapshot, series, from_us, to_us, through_us, measures)
        lost = GivenUp(snapshot).covers(np.full_like(stale, series), stale)
        stale = stale[~(np.isin(stale, stored.start_us) & lost)]
        parts = [stored.select(~np.isin(stored.start_us, stale))]
        for start_us, end_us in [*_runs(stale.tolist()), (max(through_us, from_us), to_us)]:
            for at_us in range(start_us, min(end_us, now_us), _MOST_HOURS * HOUR_US):
                frame = Frame(at_us, min(at_us + _MOST_HOURS * HOUR_US, end_us, now_us), HOUR_US)
                parts.append(self.computed(snapshot, [series], frame, measures))
        found = Hours.concat(parts)
        return found.select(np.argsort(found.start_us, kind="stable"))

    def _of_many(
        self,
        snapshot: Snapshot,
        series: Sequence[int],
        from_us: int,
        to_us: int,
        now_us: int,
        measures: Measures,
    ) -> dict[int, Hours]:
        """Return the same for many series as `_of_series` for each."""
        if not series:
            return {}
        through_us = state_of(snapshot).through_us
        touched = _touched(snapshot, series, min(through_us, to_us), measures)
        found = {
            one: self._of_series(snapshot, one, from_us, to_us, now_us, measures) for one in sorted(touched)
        }
        others = np.setdiff1d(np.array(series, dtype=np.int32), np.array(sorted(touched), dtype=np.int32))
        if not len(others):
            return found
        ends = int(others[0]), int(others[-1])
        parts = [stored_hours(snapshot, *ends, from_us, min(through_us, to_us))]
        until_us = min(to_us, now_us)
        for at_us in range(max(through_us, from_us), until_us, HOUR_US):
            frame = Frame(at_us, min(at_us + HOUR_US, until_us), HOUR_US)
            parts += [
                computed(snapshot, group, frame, measures, self._history.oldest_us)
                for group in groups_of(others)
            ]
        rows = Hours.concat(parts)
        rows = rows.select(np.lexsort((rows.start_us, rows.series)))
        begins = np.searchsorted(rows.series, others, side="left")
        ends_at = np.searchsorted(rows.series, others, side="right")
        for one, begin, end in zip(others.tolist(), begins.tolist(), ends_at.tolist(), strict=True):
            found[one] = rows.select(slice(begin, end))
        return found

    def _stale(
        self,
        snapshot: Snapshot,
        series: int,
        from_us: int,
        to_us: int,
        through_us: int,
        measures: Measures,
    ) -> TimeArray:
        """Return the closed hours of [from, to) that are to be computed again, oldest first."""
        sampled_by = int(measures.sampled_by[series])
        dirty = dirty_of(snapshot, (series, sampled_by or series), min(through_us, to_us))
        found = set(dirty)
        for _, end_us in _runs(dirty):
            found |= next_hours(snapshot, series, end_us, through_us, measures)
        return np.array(sorted(start for start in found if from_us <= start < to_us), dtype=np.int64)

    def computed(self, snapshot: Snapshot, series: Sequence[int], frame: Frame, measures: Measures) -> Hours:
        """Return figures of a few series from their samples."""
        group = np.unique(np.array(series, dtype=np.int32))
        return computed(snapshot, group, frame, measures, self._history.oldest_us)

    def _close_hours(self, end_us: int) -> bool:
        state = self._history.ask(state_of)
        begin_us = state.through_us or _hour(max(self._history.oldest_us, 0))
        self.through_us = begin_us
        if not self._history.last_number or begin_us >= end_us:
            return False
        measures = self.measures
        # From here on commits mark what they touch of these hours, so none slips past the snapshot.
        self._history.mark_until(end_us)

        def work(snapshot: Snapshot) -> tuple[Hours, int, Carry | None]:
            rows = _rows_between(snapshot, begin_us, begin_us + HOUR_US)
            hours = max(min(_MOST_HOURS, _ROWS_AT_ONCE // max(rows, 1)), 1)
            frame = Frame(begin_us, min(begin_us + hours * HOUR_US, end_us), HOUR_US)
            held = self._carry[1] if self._carry and self._carry[0] == begin_us else None
            found, carry = self._of_all(snapshot, frame, measures, held)
            if len(found):
                return found, frame.to_us, carry
            return found, _next_hour_of_any(snapshot, frame.to_us, end_us), None

        found, until_us, carry = self._history.ask(work)
        self._history.amend(lambda connection: write_closed(connection, found, until_us, state.version + 1))
        self._carry = None if carry is None else (until_us, carry)
        self.through_us = until_us
        return True

    def _of_all(
        self, snapshot: Snapshot, frame: Frame, measures: Measures, carry: Carry | None
    ) -> tuple[Hours, Carry]:
        """Return figures of every series, and what was before the frame's end; in groups that fit."""
        rows = _rows_between(snapshot, frame.from_us, frame.to_us)
        found: list[Hours] = [NO_HOURS]
        after: list[Carry] = []
        for first, last in _groups(self._history.series_count, rows, measures):
            if carry is None:
                own = self._carry_at(snapshot, frame.from_us, first, last, measures)
            else:
                own = Carry(_between(carry.last, first, last), _between(carry.last_usable, first, last))
            samples = snapshot.of_times(frame.from_us, frame.to_us, first, last)
            if len(samples):
                found.append(hours_of(samples, own, frame, measures))
            after.append(carried(own, samples, frame.to_us, measures))
        last_ones = SampleBatch.concat([part.last for part in after])
        return Hours.concat(found), Carry(last_ones, SampleBatch.concat([part.last_usable for part in after]))

    def _carry_at(self, snapshot: Snapshot, at_us: int, first: int, last: int, measures: Measures) -> Carry:
        """Return what was before a time, of the series first to last."""
        near = snapshot.of_times(at_us - NEAR_US, at_us, first, last)
        return carry_before(
            snapshot, near, np.arange(first, last + 1), at_us, measures, self._history.oldest_us
        )

    def _compute_dirty(self, over_us: int, now_us: int) -> bool:
        if not len(
            self._history.ask(lambda snapshot: first_dirty(snapshot, over_us, self._settled, 1))["series"]
        ):
            return False
        # What is touched while these are computed is marked anew.
        number = self._history.mark_until(self.through_us)
        rows, found, stored, given_up = self._history.ask(lambda snapshot: self._dirty(snapshot, over_us))
        lost = given_up.covers(found.series, found.start_us) & among(found, stored)
        new, former = differing(found.select(~lost), stored)
        quietly = bool((rows["series"] == 0).any())

        def write(connection: duckdb.DuckDBPyConnection) -> None:
            write_again(connection, new, NO_HOURS if quietly else former, now_us)
            forget_dirty(connection, rows, number)

        self._history.amend(write)
        # It was taken before what made these hours dirty came.
        self._carry = None
        return True

    def _dirty(self, snapshot: Snapshot, over_us: int) -> tuple[Columns, Hours, Hours, "GivenUp"]:
        """Return some of the dirty hours that are over, their figures anew and as they are stored."""
        measures, given_up = self.measures, GivenUp(snapshot)
        rows = first_dirty(snapshot, over_us, self._settled, _DIRTY_AT_ONCE)
        marked = np.unique(rows["start_us"][rows["series"] == 0]).tolist()
        if not marked:
            self._again = None
            return rows, *self._dirty_ones(snapshot, rows, measures), given_up
        begin_us = marked[0]
        hours = max(_ROWS_AT_ONCE // max(_rows_between(snapshot, begin_us, begin_us + HOUR_US), 1), 1)
        until_us = _runs(marked[: min(hours, _MOST_HOURS)])[0][1]
        taken = (rows["series"] == 0) & (rows["start_us"] < until_us)
        rows = {name: column[taken] for name, column in rows.items()}
        frame = Frame(begin_us, min(until_us, self.through_us), HOUR_US)
        if frame.from_us >= frame.to_us:
            return rows, NO_HOURS, NO_HOURS, given_up
        held = self._again[1] if self._again and self._again[0] == begin_us else None
        found, carry = self._of_all(snapshot, frame, measures, held)
        self._again = (frame.to_us, carry)
        stored = stored_hours(snapshot, 1, self._history.series_count, frame.from_us, frame.to_us)
        following, their_stored = self._after_run(snapshot, frame.to_us, measures)
        return rows, Hours.concat([found, following]), Hours.concat([stored, their_stored]), given_up

    def _after_run(self, snapshot: Snapshot, end_us: int, measures: Measures) -> tuple[Hours, Hours]:
        """Return the next hour of every series after a run of hours, anew and as it is stored."""
        pairs = [
            (series, start_us)
            for series in range(1, self._history.series_count + 1)
            for start_us in next_hours(snapshot, series, end_us, self.through_us, measures)
        ]
        return self._ones(snapshot, pairs, measures)

    def _dirty_ones(self, snapshot: Snapshot, rows: Columns, measures: Measures) -> tuple[Hours, Hours]:
        """Return dirty (series, hour) computed again, with the next hour of each, and as they are stored."""
        hours: dict[int, set[int]] = defaultdict(set)
        for series, start_us in zip(rows["series"].tolist(), rows["start_us"].tolist(), strict=True):
            for one in (series, *np.flatnonzero(measures.sampled_by == series).tolist()):
                hours[one].add(start_us)
        for series, starts in hours.items():
            for _, end_us in _runs(sorted(starts)):
                starts |= next_hours(snapshot, series, end_us, self.through_us, measures)
        return self._ones(
            snapshot, [(series, start) for series in hours for start in hours[series]], measures
        )

    def _ones(
        self, snapshot: Snapshot, pairs: Sequence[tuple[int, int]], measures: Measures
    ) -> tuple[Hours, Hours]:
        """Return some closed (series, hour), anew and as they are stored; those of an hour at once."""
        by_hour: dict[int, list[int]] = defaultdict(list)
        for series, start_us in pairs:
            if start_us < self.through_us:
                by_hour[start_us].append(series)
        found, stored = [NO_HOURS], [NO_HOURS]
        for start_us, series_of_hour in sorted(by_hour.items()):
            frame = Frame(start_us, start_us + HOUR_US, HOUR_US)
            for group in groups_of(np.unique(np.array(series_of_hour, dtype=np.int32))):
                found.append(computed(snapshot, group, frame, measures, self._history.oldest_us))
                before = stored_hours(snapshot, int(group[0]), int(group[-1]), start_us, frame.to_us)
                stored.append(before.select(np.isin(before.series, group)))
        return Hours.concat(found), Hours.concat(stored)


def _rows_between(snapshot: Snapshot, from_us: int, to_us: int) -> int:
    """Return about how many rows there are in [from, to)."""
    rows = int(columns(snapshot.cursor, _COUNT, [from_us, to_us])["rows"][0])
    for item in snapshot.segments.of_times(from_us, to_us):
        overlap_us = min(item.to_us, to_us) - max(item.from_us, from_us)
        rows += item.rows * overlap_us // (item.to_us - item.from_us)
    return rows


def _touched(snapshot: Snapshot, series: Sequence[int], before_us: int, measures: Measures) -> set[int]:
    """Return which series have hours before a time that late samples may have touched."""
    dirty = set(first_dirty(snapshot, before_us, NO_END, NO_END)["series"].tolist())
    if 0 in dirty:
        return set(series)
    return {one for one in series if one in dirty or int(measures.sampled_by[one]) in dirty}


def _hour(time_us: int) -> int:
    return time_us // HOUR_US * HOUR_US


def _next_hour_of_any(snapshot: Snapshot, from_us: int, end_us: int) -> int:
    """Return the first hour from a time on that may have a sample, at most the end."""
    found = columns(snapshot.cursor, _FIRST_OF_ANY, [from_us, end_us])
    return min(_hour(int(found["t_us"][0])), end_us)


def _between(samples: SampleBatch, first: int, last: int) -> SampleBatch:
    return samples.select((samples.series >= first) & (samples.series <= last))


def _groups(count: int, rows: int, measures: Measures) -> list[tuple[int, int]]:
    """Return series in groups of about the rows that fit; those that tell of each other stay together."""
    size = max(count * _ROWS_AT_ONCE // max(rows, 1), 1)
    if size >= count:
        return [(1, count)]
    found: list[tuple[int, int]] = []
    first = 1
    pairs = [(int(measures.sampled_by[one]), one) for one in np.flatnonzero(measures.sampled_by).tolist()]
    reaches = [(min(pair), max(pair)) for pair in pairs]
    while first <= count:
        last = min(first + size - 1, count)
        while (further := max((to for one, to in reaches if first <= one <= last), default=last)) > last:
            last = further
        found.append((first, last))
        first = last + 1
    return found


def _runs(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Return [from, to) of hours that follow each other."""
    found: list[tuple[int, int]] = []
    for start_us in hours:
        if found and found[-1][1] == start_us:
            found[-1] = (found[-1][0], start_us + HOUR_US)
        else:
            found.append((start_us, start_us + HOUR_US))
    return found
