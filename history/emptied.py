"""Which readings lost a value that they had in an earlier batch.

Whoever keeps a copy that merges what it is sent has to be told: leaving a value out takes none away.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.figures import HOUR_US
from history.segments import Segments
from telemetry.protocols import Emptied

Columns = Mapping[str, npt.NDArray[Any]]

_OF_HOUR: Final = """
SELECT series, t_us, bool_or(coalesce(isfinite(value), false)) AS valued FROM ({rows})
WHERE t_us >= $1 AND t_us <= $2 AND list_contains($3::INTEGER[], series)
GROUP BY series, t_us ORDER BY series, t_us
"""
_OUTRANKED: Final = (
    "SELECT series, t_us, value FROM overlay UNION ALL SELECT series, t_us, value FROM superseded"
)
_OPEN: Final = f"{_OUTRANKED} UNION ALL SELECT series, t_us, value FROM readings"
_ALL: Final = f"{_OPEN} UNION ALL SELECT series, t_us, value FROM read_parquet($4::VARCHAR[])"


def emptied_in(cursor: duckdb.DuckDBPyConnection, segments: Segments, rows: Columns) -> tuple[Emptied, ...]:
    """Return the spans of rows that hold, and have a `rank`, in which values are no more.

    Each is within an hour, and all that the store has in it is among the rows. What came in order, as
    from a lost line, is not even looked up.
    """
    asked = ~np.isfinite(rows["value"]) & (rows["rank"] > 0)
    if not asked.any():
        return ()
    hours = rows["t_us"] // HOUR_US
    return tuple(
        each
        for hour in np.unique(hours[asked]).tolist()
        for each in _of_hour(cursor, segments, _of(rows, hours == hour), int(hour) * HOUR_US)
    )


def _of_hour(
    cursor: duckdb.DuckDBPyConnection, segments: Segments, rows: Columns, hour_us: int
) -> Iterator[Emptied]:
    asked = _of(rows, ~np.isfinite(rows["value"]) & (rows["rank"] > 0))
    first_us, last_us = int(asked["t_us"].min()), int(asked["t_us"].max())
    parameters = [first_us, last_us, np.unique(asked["series"]).tolist()]
    if (asked["rank"] == 1).all():
        # A month file holds what won, and most of these never had another: that saves reading it.
        former = columns(cursor, _OF_HOUR.format(rows=_OUTRANKED), parameters)
        if not former["valued"].any():
            return
    paths = segments.paths(segments.of_times(first_us, last_us + 1))
    query = _ALL if paths else _OPEN
    stored = columns(cursor, _OF_HOUR.format(rows=query), [*parameters, paths] if paths else parameters)
    keys = _keys(stored, hour_us)
    among = np.isin(keys, _keys(rows, hour_us))
    gone = np.isin(keys, _keys(asked, hour_us)) & stored["valued"].astype(np.bool_)
    begins = ~among
    begins[1:] |= stored["series"][1:] != stored["series"][:-1]
    at = np.flatnonzero(gone)
    if not len(at):
        return
    _, first = np.unique(np.cumsum(begins)[at], return_index=True)
    for start, end in zip(at[first].tolist(), at[np.append(first[1:], len(at)) - 1].tolist(), strict=True):
        yield Emptied(int(stored["series"][start]), int(stored["t_us"][start]), int(stored["t_us"][end]))


def _of(rows: Columns, wanted: npt.NDArray[np.bool_]) -> Columns:
    return {name: column[wanted] for name, column in rows.items()}


def _keys(rows: Columns, hour_us: int) -> npt.NDArray[np.int64]:
    """Return series and time of an hour as one number: an hour has fewer than 2 ** 32 µs."""
    keys: npt.NDArray[np.int64] = (rows["series"].astype(np.int64) << 32) + (rows["t_us"] - hour_us)
    return keys
