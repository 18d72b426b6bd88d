"""Month files that were written elsewhere: looked into before they count."""

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from history.arrays import columns, samples_in
from history.compaction import filed
from history.month_writing import settled
from history.queries import Snapshot, retention_of
from history.segments import DAY_US, Segment, file_errors, month_of, name_of
from telemetry.errors import StoreError
from telemetry.samples import SampleBatch

_LOOKED_INTO: Final = """
SELECT count(*) AS rows, coalesce(min(t_us), $2)::BIGINT AS first, coalesce(max(t_us), $2)::BIGINT AS last,
    count(*) FILTER (WHERE t_us < $2 OR t_us >= $3) AS outside,
    count(*) FILTER (WHERE series NOT IN (SELECT id FROM series WHERE retention = $4)) AS strange
FROM read_parquet($1)
"""
_NEWEST: Final = """
SELECT series, t_us, sample.value AS value, sample.quality AS quality FROM (
    SELECT series::INTEGER AS series, max(t_us)::BIGINT AS t_us,
        max_by({'value': value::DOUBLE, 'quality': quality::UTINYINT}, t_us) AS sample
    FROM read_parquet($1) GROUP BY series
)
"""


def check_time(file: Path, from_us: int, to_us: int) -> None:
    """Raise StoreError unless [from, to) is a part of a UTC day or whole days of a month.

    Files are put together by day and month: each lies in one of them.
    """
    in_a_day = from_us // DAY_US == (to_us - 1) // DAY_US
    whole_days = from_us % DAY_US == to_us % DAY_US == 0
    if from_us >= to_us or to_us > month_of(from_us)[1] or not (in_a_day or whole_days):
        raise StoreError(
            f"{file}: not taken in: its time is neither a part of a UTC day nor whole days of one month;"
            " make a file of each day"
        )


def filed_otherwise(snapshot: Snapshot, retention: str, from_us: int, to_us: int) -> bool:
    """Whether a file of another class has samples of [from, to) of a series that is of this class now."""
    classes = {s: of for s, of in retention_of(snapshot.cursor).items() if of == retention}
    return any(True for _ in filed(snapshot, from_us, to_us, classes))


def moved(
    file: Path, folder: Path, retention: str, from_us: int, to_us: int, number: int, now_us: int
) -> Segment:
    """Move a file among the month files, durably, and return it as the batch of this number."""
    with file_errors(file, "not taken in"):
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / name_of(retention, from_us, to_us, number)
        shutil.move(file, path)
        sha256, size = settled(path), path.stat().st_size
    return Segment(
        path.name, retention, from_us, to_us, 0, size, sha256, number, number, adopted=True, made_us=now_us
    )


def look_into(
    connection: duckdb.DuckDBPyConnection, segment: Segment, folder: Path
) -> tuple[Segment, SampleBatch, tuple[int, int]]:
    """Return a moved file with its rows counted, its series' last samples, and the time it is of.

    StoreError if it is unfit.
    """
    path = folder / segment.file
    try:
        asked = [str(path), segment.from_us, segment.to_us, segment.retention]
        found = {name: int(column[0]) for name, column in columns(connection, _LOOKED_INTO, asked).items()}
        newest = samples_in(columns(connection, _NEWEST, [str(path)]))
        for what, mistakes in (("outside of its time", "outside"), ("of series not known here", "strange")):
            if found[mistakes]:
                raise StoreError(f"{path.name}: not taken in: {found[mistakes]} samples are {what}")
    except BaseException:
        with suppress(OSError):  # then the next sweep does
            path.unlink(missing_ok=True)
        raise
    return replace(segment, rows=found["rows"]), newest, (found["first"], found["last"] + 1)
