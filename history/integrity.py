"""Whether the history stands as it was written: its tables, its month files, every sample once.

A month file is hashed and counted; its rows are sorted, so one pass sees a time that stands twice. The
open days are looked through an hour at a time, so that memory is bounded.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from history import month_standing
from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.queries import Snapshot
from history.segments import Segment

_HOUR_US: Final = 3_600_000_000
_TABLES: Final = """
SELECT table_name FROM duckdb_tables()
WHERE NOT internal AND NOT temporary AND schema_name = 'main' ORDER BY table_name
"""
_READ_THROUGH: Final = (
    'SELECT count(*) AS rows, coalesce(bit_xor(hash(whole)), 0) AS seen FROM "{table}" AS whole'
)
_HOURS: Final = f"SELECT DISTINCT t_us // {_HOUR_US} AS hour FROM readings ORDER BY hour"
_TWICE: Final = """
SELECT count(*) AS times FROM (
    SELECT series, t_us FROM ({rows}) GROUP BY series, t_us HAVING count(*) > 1
)
"""
_OPEN_HOUR: Final = "SELECT series, t_us FROM readings WHERE t_us >= {from_us} AND t_us < {to_us}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A part that was looked at: what it is, what it has, and what is wrong with it, if anything."""

    part: str
    found: str
    wrong: str | None = None


async def months_listed(history: EmbeddedHistory) -> tuple[Segment, ...]:
    """Return the month files that count."""
    return await history.answer(lambda snapshot: snapshot.segments.items)


async def rows_wrong(history: EmbeddedHistory, segment: Segment) -> str | None:
    """Return what is wrong with a month file's rows, or None."""
    span = (segment.from_us, segment.to_us)

    def query(snapshot: Snapshot) -> str | None:
        return month_standing.rows_wrong(
            snapshot.cursor, snapshot.segments.folder / segment.file, span, segment.rows
        )

    return await history.answer(query)


async def tables_wrong(history: EmbeddedHistory) -> Finding:
    """Read every table through, and look whether a sample of the open days stands twice."""
    return await history.answer(_tables)


def _tables(snapshot: Snapshot) -> Finding:
    cursor = snapshot.cursor
    rows = 0
    for (table,) in cursor.execute(_TABLES).fetchall():
        rows += int(columns(cursor, _READ_THROUGH.format(table=table), [])["rows"][0])
    twice = sum(_twice(snapshot, int(hour)) for hour in columns(cursor, _HOURS, [])["hour"])
    overlapping = _overlapping(snapshot)
    wrong = f"{twice} samples stand twice" if twice else overlapping
    return Finding("readings.duckdb", f"{rows} rows", wrong)


def _twice(snapshot: Snapshot, hour: int) -> int:
    from_us, to_us = hour * _HOUR_US, (hour + 1) * _HOUR_US
    rows = _OPEN_HOUR.format(from_us=from_us, to_us=to_us)
    holding = snapshot.segments.of_times(from_us, to_us)
    if in_files := snapshot.segments.rows(holding, from_us, to_us):
        rows += f" UNION ALL SELECT series, t_us FROM ({in_files})"
    return int(columns(snapshot.cursor, _TWICE.format(rows=rows), [])["times"][0])


def _overlapping(snapshot: Snapshot) -> str | None:
    items = sorted(snapshot.segments.items, key=lambda item: (item.retention, item.from_us))
    for before, after in pairwise(items):
        if before.retention == after.retention and after.from_us < before.to_us:
            return f"{before.file} and {after.file} are of the same time"
    return None
