"""What is asked of the embedded history, on a cursor of the caller's; results are always drained."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.figures import DAY_US, Frame, windows
from telemetry.protocols import Aggregate, Windows
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
SELECT t_us, value, quality, if(replaces, batch, -batch) FROM overlay
WHERE series = $1 AND t_us >= $2 AND t_us < $3
"""
_LAST_OF_SERIES: Final = f"SELECT * FROM ({_OF_SERIES}) ORDER BY t_us DESC, rank DESC LIMIT 1"
_OF_BATCHES: Final = """
SELECT batch, series, t_us, value, quality FROM readings WHERE batch > $1 AND batch <= $2
UNION ALL
SELECT batch, series, t_us, value, quality FROM overlay WHERE batch > $1 AND batch <= $2
"""


def samples_of(cursor: Cursor, series: int, from_us: int, to_us: int, limit: int) -> SampleBatch:
    """Return a series' samples of [from, to), oldest first, each time once, at most `limit`."""
    found: list[SampleBatch] = []
    for portion in _portions(cursor, series, from_us, to_us):
        found.append(portion.select(slice(limit)))
        limit -= len(found[-1])
        if not limit:
            break
    return SampleBatch.concat(found)


def windows_of(
    cursor: Cursor, series: int, frame: Frame, aggregate: Aggregate, oldest_us: int, end_us: int
) -> Windows:
    """Return a series' windows of a frame; the first and last hold what lies in it.

    Only [oldest, end) is looked at: no sample of any series lies outside.
    """
    from_us, to_us = max(frame.from_us, oldest_us), min(frame.to_us, end_us)
    portions = filter(len, _portions(cursor, series, from_us, to_us))
    first = next(portions, None)
    if first is None:
        return windows([], SampleBatch.empty(), frame, aggregate)
    before = _last_before(cursor, series, frame.from_us, oldest_us)
    return windows(chain([first], portions), before, frame, aggregate)


def batches_between(cursor: Cursor, after: int, through: int) -> list[CommittedBatch]:
    """Return batches with after < number ≤ through, fewer when they hold many rows, but not none."""
    head = columns(
        cursor,
        "SELECT number, committed_us, rows FROM batches WHERE number > ? AND number <= ? ORDER BY number",
        [after, through],
    )
    if not len(head["number"]):
        return []
    count = max(int(np.searchsorted(np.cumsum(head["rows"]), _BATCH_ROWS, side="right")), 1)
    numbers = head["number"][:count]
    body = columns(cursor, _OF_BATCHES, [after, int(numbers[-1])])
    order = np.argsort(body["batch"], kind="stable")
    samples = samples_in(body).select(order)
    edges = np.searchsorted(body["batch"][order], numbers, side="right")
    starts = np.append(0, edges[:-1])
    return [
        CommittedBatch(int(number), int(at_us), samples.select(slice(start, end)))
        for number, at_us, start, end in zip(numbers, head["committed_us"], starts, edges, strict=False)
    ]


def columns(cursor: Cursor, query: str, parameters: list[Any]) -> Mapping[str, npt.NDArray[Any]]:
    """Return a result as arrays; NULL, which only a float column has, becomes NaN."""
    found = cursor.execute(query, parameters).fetchnumpy()
    return {name: np.ma.filled(column, np.nan) for name, column in found.items()}


def samples_in(rows: Mapping[str, npt.NDArray[Any]]) -> SampleBatch:
    """Return the samples of a result with these columns."""
    return SampleBatch(rows["series"], rows["t_us"], rows["value"], rows["quality"])


def _portions(cursor: Cursor, series: int, from_us: int, to_us: int) -> Iterator[SampleBatch]:
    """Yield the samples of [from, to) in portions cut at days, as few as they allow."""
    days = 1
    while from_us < to_us:
        end_us = min((from_us // DAY_US + days) * DAY_US, to_us)
        portion = _merged(columns(cursor, _OF_SERIES, [series, from_us, end_us]), series)
        yield portion
        from_us = end_us
        if len(portion) < _FEW_ROWS:
            days = min(days * 2, _MOST_DAYS)
        elif len(portion) > _MANY_ROWS:
            days = max(days // 2, 1)


def _last_before(cursor: Cursor, series: int, time_us: int, oldest_us: int) -> SampleBatch:
    """Return a series' last sample before a time, or none; looks back in growing steps."""
    step_us = DAY_US // 24
    while time_us > oldest_us:
        found = columns(cursor, _LAST_OF_SERIES, [series, time_us - step_us, time_us])
        if len(found["t_us"]):
            return _merged(found, series)
        time_us -= step_us
        step_us = min(step_us * 8, _MOST_DAYS * DAY_US)
    return SampleBatch.empty()


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
