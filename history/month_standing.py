"""Whether a month file stands as it was written: by its name and size, its bytes, its rows."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from history.arrays import columns
from history.segments import DAY_US, Segment, standing_wrong

Look = Callable[[], None]

_CHUNK: Final = 1 << 20
# Without an order of its own the window goes along the rows as they stand, holding only one before.
_STANDING: Final = f"""
SELECT count(*) AS rows, count(*) FILTER (t_us < $2 OR t_us >= $3) AS outside,
    count(*) FILTER (series = before AND t_us <= before_us) AS backwards,
    count(*) FILTER (t_us // {DAY_US} < before_us // {DAY_US}) AS days_back,
    count(*) FILTER (series < before AND t_us // {DAY_US} = before_us // {DAY_US}) AS series_back
FROM (
    SELECT series, t_us, lag(series) OVER () AS before, lag(t_us) OVER () AS before_us
    FROM read_parquet($1)
)
"""


def hash_wrong(folder: Path, segment: Segment, look: Look = lambda: None) -> str | None:
    """Return what is wrong with a month file's bytes, or None. Blocks; `look` is called at each MB."""
    if wrong := standing_wrong(folder, segment):
        return wrong
    digest = hashlib.sha256()
    try:
        with (folder / segment.file).open("rb") as file:
            while chunk := file.read(_CHUNK):
                look()
                digest.update(chunk)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if digest.hexdigest() == segment.sha256 else "is not as it was written"


def rows_wrong(cursor: duckdb.DuckDBPyConnection, path: Path, span: tuple[int, int], rows: int) -> str | None:
    """Return what is wrong with the rows of a month file of [from, to), or None."""
    found = {name: int(column[0]) for name, column in columns(cursor, _STANDING, [str(path), *span]).items()}
    if found["rows"] != rows:
        return f"has {found['rows']} rows, {rows} are listed"
    if found["outside"]:
        return f"{found['outside']} samples are outside of its time"
    if found["backwards"] or found["days_back"] or found["series_back"]:
        return "its rows are not in order, so that a sample may stand twice"
    return None
