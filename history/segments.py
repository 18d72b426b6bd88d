"""The month files: closed days and months of samples, one Parquet file for each retention class.

    readings.duckdb                  what is open, and the list of the files that count
    months/2026-11-20.process.1.parquet     a day, until its month is closed
    months/2026-10.regulated.1.parquet      a month

Columns batch, series, t_us, value and quality, by UTC day, then series, then time: two bytes a
sample, against eight in the order of arrival. A file is never changed: another takes its place, and
the list, which is changed in one transaction with the rows that went into it, says which one counts.
Nothing but Parquet is needed to read them.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from history.arrays import columns
from telemetry.errors import StoreError

DAY_US: Final = 86_400_000_000
DAMAGE_MEND: Final = "`outfall verify` says what is damaged; restore a backup"
NO_END_US: Final = 1 << 62
FOLDER: Final = "months"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def file_errors(path: Path, what: str) -> Iterator[None]:
    """Turn what the operating system says of a month file or their folder into StoreError with a mend."""
    try:
        yield
    except OSError as error:
        mend = "look at what stands there and at the disk"
        if error.errno in _FULL:
            mend = "free space on this disk"
        elif error.errno in _FORBIDDEN:
            mend = "give this account the right to read and write there"
        raise StoreError(f"{path}: {what}: {error.strerror or error}; {mend}") from error


@dataclass(frozen=True, slots=True)
class Segment:
    """A month file: samples of one retention class in [from, to), whole UTC days.

    One that was `adopted` was written elsewhere: it has no column `batch`, and is one batch.
    """

    file: str
    retention: str
    from_us: int
    to_us: int
    rows: int
    bytes: int
    sha256: str
    first_batch: int
    last_batch: int
    adopted: bool
    made_us: int


def standing_wrong(folder: Path, segment: Segment) -> str | None:
    """Return what is wrong with how a month file stands there, told without opening it, or None."""
    try:
        found = os.lstat(folder / segment.file)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(found.st_mode):
        return "is no regular file"
    return None if found.st_size == segment.bytes else "is not as it was written"


@dataclass(frozen=True, slots=True)
class Segments:
    """The month files that count for one snapshot of the store."""

    folder: Path
    items: tuple[Segment, ...]

    def of_times(self, from_us: int, to_us: int, retention: str | None = None) -> list[Segment]:
        """Return those that overlap [from, to), oldest first."""
        return [
            item
            for item in self.items
            if item.from_us < to_us and item.to_us > from_us and retention in (None, item.retention)
        ]

    def of_batches(self, after: int, through: int) -> list[Segment]:
        """Return those that may hold samples of the batches in (after, through]."""
        return [item for item in self.items if item.first_batch <= through and item.last_batch > after]

    def rows(self, items: Sequence[Segment], from_us: int, to_us: int) -> str:
        """Return a query for their rows of [from, to) with their batches, file after file; "" for none."""
        return " UNION ALL ".join(
            f"SELECT {item.first_batch if item.adopted else 'batch'}::BIGINT AS batch, series, t_us, value,"
            f" quality FROM read_parquet('{quoted(self._path(item))}')"
            f" WHERE t_us >= {from_us} AND t_us < {to_us}"
            for item in sorted(items, key=lambda item: item.from_us)
            if item.from_us < to_us and item.to_us > from_us
        )

    def paths(self, items: list[Segment]) -> list[str]:
        """Return where files stand; StoreError for one that does not, as for `rows`."""
        return [self._path(item) for item in items]

    def _path(self, item: Segment) -> str:
        path = self.folder / item.file
        if wrong := standing_wrong(self.folder, item):
            raise StoreError(f"{path}: {wrong}; {DAMAGE_MEND}")
        return str(path)


_LISTED: Final = "SELECT * FROM segments ORDER BY from_us, retention"


def listed(connection: duckdb.DuckDBPyConnection, folder: Path) -> Segments:
    """Return the files that count in the connection's transaction."""
    found: Mapping[str, Any] = columns(connection, _LISTED, [])
    names = Segment.__slots__
    rows = zip(*(found[name].tolist() for name in names), strict=True)
    return Segments(folder, tuple(Segment(*row) for row in rows))


def month_of(time_us: int) -> tuple[int, int]:
    """Return the UTC month that a time lies in, [from, to) in µs."""
    at = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    following = (at.year + at.month // 12, at.month % 12 + 1)
    return _first_us(at.year, at.month), _first_us(*following)


def _first_us(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1_000_000


def quoted(text: str) -> str:
    """Return a text as it stands between quotes in a query."""
    return text.replace("'", "''")


def name_of(retention: str, from_us: int, to_us: int, generation: int) -> str:
    """Return the name of a file; its generation tells it from others of the same time and class."""
    day = datetime.fromtimestamp(from_us // 1_000_000, UTC)
    stem = f"{day:%Y-%m}" if (from_us, to_us) == month_of(from_us) else f"{day:%Y-%m-%d}"
    return f"{stem}.{retention}.{generation}.parquet"
