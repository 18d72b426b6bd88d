"""What is asked of the embedded history, of a snapshot of it; results are always drained."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns, samples_in
from history.emptied import emptied_in
from history.figures import DAY_US, FOREVER_US, Frame, changes, usable, windows
from history.segments import NO_END_US, listed
from telemetry.protocols import Aggregate, Piece, Standing, Windows
from telemetry.samples import CommittedBatch, SampleBatch

Cursor = duckdb.DuckDBPyConnection

# A portion is some days of one series: enough rows to be worth a query, few enough to hold.
_FEW_ROWS: Final = 50_000
_MANY_ROWS: Final = 400_000
_MOST_DAYS: Final = 1024
_BATCH_ROWS: Final = 500_000

# Of equal times the highest rank holds: see schema.py.
_OF_SERIES: Final = """
SELECT t_us, value, quality, 0::BIGINT AS rank FROM readings WHERE series = $1 AND t_us >= $2 AND t_us < $3
UNION ALL
SELECT t_us, value, quality, if(replaces, batch + 1, -batch) FROM overlay
WHERE series = $1 AND t_us >= $2 AND t_us < $3
"""
_OF_SERIES_IN_FILES: Final = """
UNION ALL
SELECT t_us, value, quality, 1 FROM read_parquet($4::VARCHAR[])
WHERE series = $1 AND t_us >= $2 AND t_us < $3
"""
_OF_TIMES: Final = """
SELECT series, t_us, value, quality, 0::BIGINT AS rank FROM readings
WHERE t_us >= $1 AND t_us < $2 AND series >= $3 AND series <= $4
UNION ALL
SELECT series, t_us, value, quality, if(replaces, batch + 1, -batch) FROM overlay
WHERE t_us >= $1 AND t_us < $2 AND series >= $3 AND series <= $4
"""
_OF_TIMES_IN_FILES: Final = """
UNION ALL
SELECT series, t_us, value, quality, 1 FROM read_parquet($5::VARCHAR[])
WHERE t_us >= $1 AND t_us < $2 AND series >= $3 AND series <= $4
"""
_OF_BATCHES: Final = """
SELECT batch, series, t_us, value, quality, 0::BIGINT AS rank FROM readings
WHERE batch > $1 AND batch <= $2
UNION ALL
SELECT batch, series, t_us, value, quality, if(replaces, batch + 1, -batch) FROM overlay
WHERE batch > $1 AND batch <= $2
"""
_OF_BATCHES_IN_FILES: Final = """
UNION ALL
SELECT batch, series, t_us, value, quality, 1 FROM ({rows}) WHERE batch > $1 AND batch <= $2
"""
_OF_BATCH: Final = "SELECT * FROM ({rows}) WHERE series = $3 AND t_us > $4 ORDER BY t_us LIMIT $5"
_NEXT_SERIES: Final = "SELECT coalesce(min(series), 0) AS series FROM ({rows}) WHERE series > $3"
_BEFORE: Final = """
SELECT coalesce(min(number) FILTER (committed_us >= $1) - 1, max(number), 0) AS number FROM batches
"""
_SUPERSEDED: Final = """
UNION ALL
SELECT batch, series, t_us, value, quality, -batch FROM superseded WHERE batch > $1 AND batch <= $2
"""
_HEAD: Final = """
SELECT number, committed_us, rows, origin IS NOT NULL AS adopted FROM batches
WHERE number > ? AND number <= ? ORDER BY number
"""
_LAST_BATCH: Final = "SELECT coalesce(max(number), 0) AS last FROM batches"
_TOP_OF_OVERLAY: Final = """
SELECT series, t_us, max(if(replaces, batch + 1, -batch)) AS top FROM overlay
WHERE t_us >= $1 AND t_us <= $2 GROUP BY series, t_us
"""
_TIMES: Final = "SELECT series, t_us FROM readings WHERE t_us >= $1 AND t_us <= $2"
_TIMES_IN_FILES: Final = """
UNION ALL SELECT series, t_us FROM read_parquet($3::VARCHAR[]) WHERE t_us >= $1 AND t_us <= $2
"""


class Snapshot:
    """What a cursor sees, the same whatever is written meanwhile: tables and month files.

    One that `began` is in a transaction already, and sees what that has written.
    """

    def __init__(self, cursor: Cursor, folder: Path, *, began: bool = False) -> None:
        if not began:
            cursor.execute("BEGIN")
        self.cursor = cursor
        self.segments = listed(cursor, folder)

    def of_series(self, series: int, from_us: int, to_us: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return a series' rows of [from, to), those outranked among them, in any order."""
        return columns(self.cursor, *self._of_series(series, from_us, to_us))

    def of_times(self, from_us: int, to_us: int, first: int, last: int) -> SampleBatch:
        """Return what holds in [from, to) of the series first to last, by series, then time."""
        paths = self.segments.paths(self.segments.of_times(from_us, to_us))
        parameters: list[Any] = [from_us, to_us, first, last]
        query = _OF_TIMES
        if paths:
            query, parameters = _OF_TIMES + _OF_TIMES_IN_FILES, [*parameters, paths]
        rows = columns(self.cursor, query, parameters)
        order = np.lexsort((rows["rank"], rows["t_us"], rows["series"]))
        samples = samples_in(rows).select(order)
        holds = np.ones(len(order), dtype=np.bool_)
        holds[:-1] = changes(samples.series, samples.times_us)
        return samples if holds.all() else samples.select(holds)

    def last_of_series(self, series: int, from_us: int, to_us: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return the last row that holds in [from, to), or none."""
        query, parameters = self._of_series(series, from_us, to_us)
        return columns(
            self.cursor, f"SELECT * FROM ({query}) ORDER BY t_us DESC, rank DESC LIMIT 1", parameters
        )

    def _of_series(self, series: int, from_us: int, to_us: int) -> tuple[str, list[Any]]:
        paths = self.segments.paths(self.segments.of_times(from_us, to_us))
        if not paths:
            return _OF_SERIES, [series, from_us, to_us]
        return _OF_SERIES + _OF_SERIES_IN_FILES, [series, from_us, to_us, paths]

    def of_batches(self, after: int, through: int, *, all_of_them: bool) -> Mapping[str, npt.NDArray[Any]]:
        """Return the rows of the batches in (after, through]; with `all_of_them` also the superseded."""
        query = self._of_batches(after, through) + (_SUPERSEDED if all_of_them else "")
        return columns(self.cursor, query, [after, through])

    def of_batch(self, number: int, series: int, after_us: int, limit: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return a batch's rows of a series behind a time, oldest first, at most `limit`."""
        query = _OF_BATCH.format(rows=self._of_batches(number - 1, number))
        return columns(self.cursor, query, [number - 1, number, series, after_us, limit])

    def next_series(self, number: int, series: int) -> int | None:
        """Return the next higher series that a batch has rows of, None where there is none."""
        query = _NEXT_SERIES.format(rows=self._of_batches(number - 1, number))
        found = columns(self.cursor, query, [number - 1, number, series])["series"]
        return int(found[0]) or None

    def _of_batches(self, after: int, through: int) -> str:
        rows = self.segments.rows(self.segments.of_batches(after, through), -NO_END_US, NO_END_US)
        return _OF_BATCHES + (_OF_BATCHES_IN_FILES.format(rows=rows) if rows else "")

    def head(self, after: int, through: int, most_rows: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return the first batches in (after, through], about `most_rows` rows of them, one at least."""
        head = columns(self.cursor, _HEAD, [after, through])
        count = max(int(np.searchsorted(np.cumsum(head["rows"]), most_rows, side="right")), 1)
        return {name: column[:count] for name, column in head.items()}

    def top_of_overlay(self, from_us: int, last_us: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return the highest rank that the overlay has for each series and time of [from, last]."""
        return columns(self.cursor, _TOP_OF_OVERLAY, [from_us, last_us])

    def times(self, from_us: int, last_us: int) -> Mapping[str, npt.NDArray[Any]]:
        """Return every series and time of [from, last] that has a row outside of the overlay."""
        paths = self.segments.paths(self.segments.of_times(from_us, last_us + 1))
        if not paths:
            return columns(self.cursor, _TIMES, [from_us, last_us])
        return columns(self.cursor, _TIMES + _TIMES_IN_FILES, [from_us, last_us, paths])


def samples_of(snapshot: Snapshot, series: int, from_us: int, to_us: int, limit: int) -> SampleBatch:
    """Return a series' samples of [from, to), oldest first, each time once, at most `limit`."""
    found: list[SampleBatch] = []
    for portion in portions_of(snapshot, series, from_us, to_us):
        found.append(portion.select(slice(limit)))
        limit -= len(found[-1])
        if not limit:
            break
    return SampleBatch.concat(found)


def windows_of(
    snapshot: Snapshot,
    series: int,
    frame: Frame,
    aggregate: Aggregate,
    span: tuple[int, int],
    hold_us: int = FOREVER_US,
) -> Windows:
    """Return a series' windows of a frame; the first and last hold what lies in it.

    Only `span`, [oldest, end), is looked at: no sample of any series lies outside.
    """
    oldest_us, end_us = span
    from_us, to_us = max(frame.from_us, oldest_us), min(frame.to_us, end_us)
    portions = filter(len, portions_of(snapshot, series, from_us, to_us))
    first = next(portions, None)
    if first is None:
        return windows([], SampleBatch.empty(), frame, aggregate, hold_us)
    before = last_before(snapshot, series, frame.from_us, oldest_us)
    return windows(chain([first], portions), before, frame, aggregate, hold_us)


def batches_between(snapshot: Snapshot, after: int, through: int) -> list[CommittedBatch]:
    """Return batches with after < number ≤ through, fewer when they hold many rows, but not none.

    Those that were adopted come without their samples: they are the past, on which nobody is to act.
    """
    head = snapshot.head(after, through, _BATCH_ROWS)
    numbers = head["number"]
    if not len(numbers):
        return []
    if head["adopted"][0]:
        return [CommittedBatch(int(numbers[0]), int(head["committed_us"][0]), SampleBatch.empty())]
    if head["adopted"].any():
        numbers = numbers[: int(np.argmax(head["adopted"]))]
    body = snapshot.of_batches(after, int(numbers[-1]), all_of_them=True)
    order = np.argsort(body["batch"], kind="stable")
    samples = samples_in(body).select(order)
    edges = np.searchsorted(body["batch"][order], numbers, side="right")
    starts = np.append(0, edges[:-1])
    return [
        CommittedBatch(int(number), int(at_us), samples.select(slice(start, end)))
        for number, at_us, start, end in zip(numbers, head["committed_us"], starts, edges, strict=False)
    ]


def standing_of(snapshot: Snapshot, after: int, through: int, limit: int) -> Standing:
    """Return what holds now of the batches in (after, through], whole batches of about `limit` rows."""
    numbers = snapshot.head(after, through, limit)["number"]
    if not len(numbers):
        return Standing(through, SampleBatch.empty())
    last = int(numbers[-1])
    body = snapshot.of_batches(after, last, all_of_them=False)
    if len(body["t_us"]):
        holds = _not_outranked(snapshot, body)
        body = {name: column[holds] for name, column in body.items()}
    emptied = emptied_in(snapshot.cursor, snapshot.segments, body)
    return Standing(last, samples_in(body).select(np.argsort(body["t_us"], kind="stable")), emptied)


def piece_of(snapshot: Snapshot, number: int, position: tuple[int, int] | None, limit: int) -> Piece:
    """Return what holds now of one batch's rows behind a (series, time), about `limit` rows of one series."""
    series, after_us = position or (0, NO_END_US)
    body = snapshot.of_batch(number, series, after_us, limit)
    if not len(body["t_us"]):
        following = snapshot.next_series(number, series)
        if following is None:
            return Piece(SampleBatch.empty(), None)
        body = snapshot.of_batch(number, following, -NO_END_US, limit)
    reached = (int(body["series"][-1]), int(body["t_us"][-1]))
    holds = _not_outranked(snapshot, body)
    body = {name: column[holds] for name, column in body.items()}
    return Piece(samples_in(body), reached, emptied_in(snapshot.cursor, snapshot.segments, body))


def batch_before(snapshot: Snapshot, at_us: int) -> int:
    """Return the number of the batch before the first one that was committed at a time or later."""
    return int(columns(snapshot.cursor, _BEFORE, [at_us])["number"][0])


def last_batch(snapshot: Snapshot) -> int:
    """Return the number of the last batch that a snapshot sees."""
    return int(columns(snapshot.cursor, _LAST_BATCH, [])["last"][0])


def rows_of_batches(snapshot: Snapshot, after: int, through: int) -> int:
    """Return how many samples the batches in (after, through] had when they were committed."""
    query = "SELECT coalesce(sum(rows), 0)::BIGINT AS rows FROM batches WHERE number > ? AND number <= ?"
    return int(columns(snapshot.cursor, query, [after, through])["rows"][0])


def retention_of(cursor: Cursor) -> dict[int, str]:
    """Return the retention class of every series."""
    found = columns(cursor, "SELECT id, retention FROM series", [])
    return dict(zip(found["id"].tolist(), found["retention"].tolist(), strict=True))


def _not_outranked(snapshot: Snapshot, rows: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.bool_]:
    """Return which rows hold: the overlay has none of a higher rank, and one below 0 stands alone."""
    times_us = rows["t_us"]
    top = snapshot.top_of_overlay(int(times_us.min()), int(times_us.max()))
    holds = np.ones(len(times_us), dtype=np.bool_)
    if len(top["t_us"]):
        keys, at = _positions(rows, top)
        holds[keys] = rows["rank"][keys] >= top["top"][at]
    own = np.flatnonzero(holds & (rows["rank"] < 0))
    if len(own):
        at_us = times_us[own]
        others = snapshot.times(int(at_us.min()), int(at_us.max()))
        keys, _ = _positions({name: column[own] for name, column in rows.items()}, others)
        holds[own[keys]] = False
    return holds


def _positions(
    rows: Mapping[str, npt.NDArray[Any]], among: Mapping[str, npt.NDArray[Any]]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which rows have their (series, time) among others, and where it stands there."""
    key = np.dtype([("t_us", np.int64), ("series", np.int32)])
    wanted, found = np.empty(len(rows["t_us"]), key), np.empty(len(among["t_us"]), key)
    for name in ("t_us", "series"):
        wanted[name], found[name] = rows[name], among[name]
    order = np.argsort(found, order=("t_us", "series"))
    if not len(order):
        return np.empty(0, np.intp), order
    place = np.searchsorted(found[order], wanted).clip(max=len(order) - 1)
    hit = np.flatnonzero(found[order][place] == wanted)
    return hit, order[place[hit]]


def portions_of(snapshot: Snapshot, series: int, from_us: int, to_us: int) -> Iterator[SampleBatch]:
    """Yield the samples of [from, to) in portions cut at days, as few as they allow."""
    days = 1
    while from_us < to_us:
        end_us = min((from_us // DAY_US + days) * DAY_US, to_us)
        portion = _merged(snapshot.of_series(series, from_us, end_us), series)
        yield portion
        from_us = end_us
        if len(portion) < _FEW_ROWS:
            days = min(days * 2, _MOST_DAYS)
        elif len(portion) > _MANY_ROWS:
            days = max(days // 2, 1)


def last_before(snapshot: Snapshot, series: int, time_us: int, oldest_us: int) -> SampleBatch:
    """Return a series' last sample before a time, or none; looks back in growing steps."""
    step_us = DAY_US // 24
    while time_us > oldest_us:
        found = snapshot.last_of_series(series, time_us - step_us, time_us)
        if len(found["t_us"]):
            return _merged(found, series)
        time_us -= step_us
        step_us = min(step_us * 8, _MOST_DAYS * DAY_US)
    return SampleBatch.empty()


def last_usable_before(snapshot: Snapshot, series: int, time_us: int, oldest_us: int) -> SampleBatch:
    """Return a series' last usable sample before a time, or none; looks back in growing steps."""
    step_us = DAY_US // 24
    while time_us > oldest_us:
        found = _merged(snapshot.of_series(series, time_us - step_us, time_us), series)
        says = np.flatnonzero(usable(found))
        if len(says):
            return found.select(says[-1:])
        time_us -= step_us
        step_us = min(step_us * 8, _MOST_DAYS * DAY_US)
    return SampleBatch.empty()


def next_after(
    snapshot: Snapshot, series: int, time_us: int, end_us: int, *, only_usable: bool = False
) -> int | None:
    """Return the time of a series' first (usable) sample in [time, end), None where there is none."""
    step_us = DAY_US // 24
    while time_us < end_us:
        until_us = min(time_us + step_us, end_us)
        found = _merged(snapshot.of_series(series, time_us, until_us), series)
        if only_usable:
            found = found.select(usable(found))
        if len(found):
            return int(found.times_us[0])
        time_us = until_us
        step_us = min(step_us * 8, _MOST_DAYS * DAY_US)
    return None


def _merged(rows: Mapping[str, npt.NDArray[Any]], series: int) -> SampleBatch:
    """Return the row that holds for each time, oldest first."""
    times_us = rows["t_us"]
    samples = SampleBatch(
        np.full(len(times_us), series, dtype=np.int32), times_us, rows["value"], rows["quality"]
    )
    if (times_us[1:] > times_us[:-1]).all():
        return samples
    order = np.lexsort((rows["rank"], times_us))
    holds = np.append(times_us[order][1:] != times_us[order][:-1], True)
    return samples.select(order[holds])
