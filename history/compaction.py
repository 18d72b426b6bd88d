"""Closed days and months go from the order of arrival into month files.

A file is made beside those that count, from a snapshot, without holding up who writes; then one
transaction lists it and takes out of the tables what went into it. Killed before that, nothing has
happened but a file that nobody lists; killed after it, all has.

    a closed day             its rows of readings and overlay become a file
    late rows for such a day make another file of it, or of the month it went into
    a closed month           its days become one file

A day of a series stands in the files of one class. Where the class of a series changed, what comes late
for a day goes to where the rest of that day is, and is kept as long.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.month_standing import hash_wrong
from history.month_writing import FilePiece, settled, write_pieces
from history.queries import Snapshot, last_batch
from history.segments import DAMAGE_MEND, DAY_US, Segment, file_errors, month_of, name_of
from telemetry.errors import StoreError

_OPEN_DAYS: Final = f"""
SELECT day, retention, id FROM (
    SELECT DISTINCT series, t_us // {DAY_US} AS day
    FROM (SELECT series, t_us FROM readings UNION ALL SELECT series, t_us FROM overlay)
    WHERE t_us < $1
) AS held JOIN series ON series.id = held.series ORDER BY day, id
"""
_FILED: Final = "SELECT DISTINCT series FROM ({rows})"
_OPEN_ROWS: Final = "t_us >= {from_us} AND t_us < {to_us} AND batch <= {through} AND series IN ({series})"
_CONTESTED: Final = """
WITH keys AS (SELECT DISTINCT series, t_us FROM overlay WHERE {open_rows} {also_in_files}),
held AS (
    SELECT batch, series, t_us, value, quality, 0::BIGINT AS rank, true AS replaces
    FROM readings WHERE {open_rows}
    UNION ALL
    SELECT batch, series, t_us, value, quality, if(replaces, batch + 1, -batch), replaces
    FROM overlay WHERE {open_rows}
    {in_files}
)
SELECT * FROM held SEMI JOIN keys USING (series, t_us)
"""
# A file that was adopted may hold what was read here, too.
_ALSO_IN_FILES: Final = """
UNION SELECT series, t_us FROM ({rows})
SEMI JOIN (SELECT series, t_us FROM readings WHERE {open_rows}) USING (series, t_us)
"""
_CONTESTED_IN_FILES: Final = "UNION ALL SELECT batch, series, t_us, value, quality, 1, true FROM ({rows})"
_TOUCHED: Final = """
SELECT batch, series, t_us, value, quality FROM (
    SELECT * FROM (
        SELECT batch, series, t_us, value, quality FROM readings WHERE {open_rows} {in_files}
    ) ANTI JOIN (
        SELECT * FROM contested WHERE t_us >= {from_us} AND t_us < {to_us}
    ) USING (series, t_us)
    UNION ALL
    SELECT batch, series, t_us, value, quality FROM winners
    WHERE t_us >= {from_us} AND t_us < {to_us}
) ORDER BY series, t_us
"""
# A file that was adopted may be empty, so what becomes of it may be too: then it is of the last batch.
_SPAN_OF_FILE: Final = """
SELECT count(*) AS rows, coalesce(min(batch), $2)::BIGINT AS first, coalesce(max(batch), $2)::BIGINT AS last
FROM read_parquet($1)
"""

Columns = Mapping[str, npt.NDArray[Any]]

_COLUMNS: Final[Mapping[str, Any]] = {
    "batch": np.int64,
    "series": np.int32,
    "t_us": np.int64,
    "value": np.float64,
    "quality": np.uint8,
    "rank": np.int64,
    "replaces": np.bool_,
}
_KEPT: Final = ("batch", "series", "t_us", "value", "quality")


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day with rows in the tables, and the series whose rows go into a file."""

    from_us: int
    series: tuple[int, ...]

    def rows(self, through: int) -> str:
        """Return the condition of these rows, as far as they are of batches through one."""
        series = ", ".join(map(str, self.series))
        to_us = self.from_us + DAY_US
        return _OPEN_ROWS.format(from_us=self.from_us, to_us=to_us, through=through, series=series)


@dataclass(frozen=True, slots=True)
class Job:
    """A file to make: samples of a class in [from, to), its days that changed, the files it replaces."""

    retention: str
    from_us: int
    to_us: int
    touched: tuple[Day, ...]
    replaces: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What one job came to, and what goes with it; `through` is the last batch looked at."""

    job: Job
    segment: Segment
    through: int
    superseded: Columns


def jobs(snapshot: Snapshot, before_us: int) -> list[Job]:
    """Return the files to make of days that ended by `before_us`, oldest first."""
    end_us = before_us // DAY_US * DAY_US
    days: dict[tuple[str, int, int], list[Day]] = defaultdict(list)
    for from_us, retention, series in _open_days(snapshot, end_us):
        holding = snapshot.segments.of_times(from_us, from_us + DAY_US, retention)
        whole = (from_us, from_us + DAY_US)
        if holding:  # one that was adopted may be of a part of a day
            whole = (holding[0].from_us // DAY_US * DAY_US, -(-holding[-1].to_us // DAY_US) * DAY_US)
        days[retention, *whole].append(Day(from_us, series))
    return [
        Job(
            retention,
            from_us,
            to_us,
            tuple(touched),
            tuple(snapshot.segments.of_times(from_us, to_us, retention)),
        )
        for (retention, from_us, to_us), touched in sorted(days.items(), key=lambda item: item[0][1])
    ]


def filed(
    snapshot: Snapshot, from_us: int, to_us: int, class_by_series: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """Yield the series that stand in [from, to) in a file of another class than theirs, and that class."""
    for item in snapshot.segments.of_times(from_us, to_us):
        others = {series for series, retention in class_by_series.items() if retention != item.retention}
        if not others:
            continue
        query = _FILED.format(rows=snapshot.segments.rows([item], from_us, to_us))
        for series in others.intersection(columns(snapshot.cursor, query, [])["series"].tolist()):
            yield series, item.retention


def _open_days(snapshot: Snapshot, end_us: int) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """Yield the days that have rows in the tables, oldest first, with the series that go into a class."""
    found = columns(snapshot.cursor, _OPEN_DAYS, [end_us])
    open_days: dict[int, dict[int, str]] = defaultdict(dict)
    for day, retention, series in zip(*(column.tolist() for column in found.values()), strict=True):
        open_days[day * DAY_US][series] = retention
    for from_us, class_by_series in open_days.items():
        into = class_by_series | dict(filed(snapshot, from_us, from_us + DAY_US, class_by_series))
        for retention in sorted(set(into.values())):
            yield from_us, retention, tuple(series for series in into if into[series] == retention)


def closed_months(snapshot: Snapshot, before_us: int) -> list[Job]:
    """Return the months that ended by `before_us` and still stand as days, oldest first."""
    parts: dict[tuple[int, int, str], list[Segment]] = defaultdict(list)
    for item in snapshot.segments.items:
        month = month_of(item.from_us)
        if month[1] <= before_us and (item.from_us, item.to_us) != month:
            parts[*month, item.retention].append(item)
    return [
        Job(retention, from_us, to_us, (), tuple(sorted(items, key=lambda item: item.from_us)))
        for (from_us, to_us, retention), items in sorted(parts.items())
    ]


def make(snapshot: Snapshot, job: Job, now_us: int) -> Made:
    """Write a job's file from a snapshot, durably, under a name that nothing has yet.

    StoreError where a file it replaces is damaged: put together anew, nobody would ever know.
    """
    folder = snapshot.segments.folder
    for item in job.replaces:
        if wrong := hash_wrong(folder, item):
            raise StoreError(f"{folder / item.file}: {wrong}, so it is not compacted; {DAMAGE_MEND}")
    through = last_batch(snapshot)
    contested = _contested(snapshot, job, through)
    winners, superseded = _resolved(contested)
    cursor = snapshot.cursor
    cursor.register("contested", {name: contested[name] for name in ("series", "t_us")})
    cursor.register("winners", {name: winners[name] for name in _KEPT})
    path = _free_name(folder, job, through)
    write_pieces(cursor, list(_pieces(snapshot, job, through)), path, (job.from_us, job.to_us))
    return Made(job, _described(cursor, path, job, through, now_us), through, superseded)


def _described(cursor: duckdb.DuckDBPyConnection, path: Path, job: Job, through: int, now_us: int) -> Segment:
    """Return what to list a file as that was written for a job, once it is on the disk for good."""
    span = columns(cursor, _SPAN_OF_FILE, [str(path), through])
    return Segment(
        file=path.name,
        retention=job.retention,
        from_us=job.from_us,
        to_us=job.to_us,
        rows=int(span["rows"][0]),
        bytes=path.stat().st_size,
        sha256=settled(path),
        first_batch=int(span["first"][0]),
        last_batch=int(span["last"][0]),
        adopted=False,
        made_us=now_us,
    )


def swap(connection: duckdb.DuckDBPyConnection, made: Made) -> None:
    """List a file that was made and take out of the tables what is in it; within a transaction."""
    job = made.job
    for old in job.replaces:
        connection.execute("DELETE FROM segments WHERE file = ?", [old.file])
    add(connection, made.segment)
    if len(made.superseded["t_us"]):
        connection.register("losers", dict(made.superseded))
        connection.execute(
            "INSERT INTO superseded SELECT batch, series, t_us, value, quality, replaces FROM losers"
        )
        connection.unregister("losers")
    for day in job.touched:
        rows = day.rows(made.through)
        connection.execute(f"DELETE FROM readings WHERE {rows}")
        connection.execute(f"DELETE FROM overlay WHERE {rows}")


def add(connection: duckdb.DuckDBPyConnection, segment: Segment) -> None:
    """List a month file; within a transaction."""
    values = [getattr(segment, name) for name in Segment.__slots__]
    connection.execute(f"INSERT INTO segments VALUES ({', '.join('?' * len(values))})", values)


def give_up(
    connection: duckdb.DuckDBPyConnection, segment: Segment, series: Sequence[int], now_us: int
) -> None:
    """Take a month file off the list and write down that it was, and of which series; in a transaction."""
    connection.execute("DELETE FROM segments WHERE file = ?", [segment.file])
    connection.execute(
        "INSERT INTO retired VALUES (?, ?, ?, ?, ?)",
        [segment.retention, segment.from_us, segment.to_us, segment.rows, now_us],
    )
    connection.execute(
        "INSERT INTO given_up SELECT unnest(?::INTEGER[]), ?, ?",
        [list(series), segment.from_us, segment.to_us],
    )


def series_in(snapshot: Snapshot, segment: Segment) -> list[int]:
    """Return the series that a month file has samples of."""
    query = _FILED.format(rows=snapshot.segments.rows([segment], segment.from_us, segment.to_us))
    found: list[int] = columns(snapshot.cursor, query, [])["series"].tolist()
    return found


def _contested(snapshot: Snapshot, job: Job, through: int) -> Columns:
    """Return every row of the times at which there may be several, on the days that changed."""
    found = [
        columns(
            snapshot.cursor,
            _CONTESTED.format(
                open_rows=open_rows,
                also_in_files=_ALSO_IN_FILES.format(rows=rows, open_rows=open_rows) if rows else "",
                in_files=_CONTESTED_IN_FILES.format(rows=rows) if rows else "",
            ),
            [],
        )
        for day in job.touched
        for open_rows in [day.rows(through)]
        for rows in [snapshot.segments.rows(job.replaces, day.from_us, day.from_us + DAY_US)]
    ]
    none = {name: np.empty(0, dtype) for name, dtype in _COLUMNS.items()}
    return {name: np.concatenate([none[name], *(day[name] for day in found)]) for name in none}


def _resolved(rows: Columns) -> tuple[Columns, Columns]:
    """Return of each series and time the row that holds, and the others.

    Those are left out that say what the next higher one says: mere repetitions.
    """
    order = np.lexsort((rows["rank"], rows["t_us"], rows["series"]))
    ordered = {name: column[order] for name, column in rows.items()}
    series, times_us, value, quality = (ordered[name] for name in ("series", "t_us", "value", "quality"))
    holds = np.ones(len(order), dtype=np.bool_)
    holds[:-1] = (series[1:] != series[:-1]) | (times_us[1:] != times_us[:-1])
    same = np.zeros(len(order), dtype=np.bool_)
    same[:-1] = (quality[:-1] == quality[1:]) & (
        (value[:-1] == value[1:]) | (np.isnan(value[:-1]) & np.isnan(value[1:]))
    )
    return (
        {name: column[holds] for name, column in ordered.items()},
        {name: column[~holds & ~same] for name, column in ordered.items()},
    )


def _pieces(snapshot: Snapshot, job: Job, through: int) -> Iterator[FilePiece | str]:
    """Yield what follows each other in time: days that changed, and what lies between them."""
    at_us = job.from_us
    for day in job.touched:
        yield from _between(snapshot, job, at_us, day.from_us)
        at_us = day.from_us + DAY_US
        in_files = snapshot.segments.rows(job.replaces, day.from_us, at_us)
        yield _TOUCHED.format(
            from_us=day.from_us,
            to_us=at_us,
            open_rows=day.rows(through),
            in_files=f"UNION ALL {in_files}" if in_files else "",
        )
    yield from _between(snapshot, job, at_us, job.to_us)


def _between(snapshot: Snapshot, job: Job, from_us: int, to_us: int) -> Iterator[FilePiece | str]:
    for item in job.replaces if from_us < to_us else ():
        if from_us <= item.from_us and item.to_us <= to_us:
            yield FilePiece(snapshot.segments.folder / item.file, item.first_batch if item.adopted else None)
        elif rows := snapshot.segments.rows([item], from_us, to_us):
            yield rows


def _free_name(folder: Path, job: Job, through: int) -> Path:
    """Return a name that no file has."""
    with file_errors(folder, "no file made"):
        folder.mkdir(mode=0o700, exist_ok=True)
        generation = through
        while (path := folder / name_of(job.retention, job.from_us, job.to_us, generation)).exists():
            generation += 1
        return path
