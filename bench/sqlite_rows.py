"""One row a reading in SQLite, as many loggers keep them: WAL, every commit synced."""

import sqlite3
from pathlib import Path
from typing import Final

from telemetry.samples import SampleBatch

_TABLE: Final = """
CREATE TABLE readings (series INTEGER, time_us INTEGER, value REAL, quality INTEGER,
                       PRIMARY KEY (series, time_us)) WITHOUT ROWID
"""
_HOURLY: Final = """
SELECT time_us / 3600000000, avg(value) FROM readings
WHERE series = ? AND time_us >= ? AND time_us < ? AND quality >= 64 GROUP BY 1
"""
_NEWEST: Final = "SELECT * FROM readings WHERE series = ? ORDER BY time_us DESC LIMIT 1"


class SqliteRows:
    """The same store as a table."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open()
        self._connection.execute(_TABLE)
        self._series: set[int] = set()

    def _open(self) -> None:
        self._connection = sqlite3.connect(self._file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")

    def append(self, samples: SampleBatch) -> None:
        """Keep a batch durably."""
        columns = (samples.series, samples.times_us, samples.values, samples.quality)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self._series.update(samples.series.tolist())
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    async def raw(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many readings there are in a time, having them all at hand."""
        query = "SELECT * FROM readings WHERE series = ? AND time_us >= ? AND time_us < ?"
        return len(self._connection.execute(query, (series, from_us, to_us)).fetchall())

    async def hourly(self, series: int, from_us: int, to_us: int) -> int:
        """Return how many hours have a mean, having them all at hand."""
        return len(self._connection.execute(_HOURLY, (series, from_us, to_us)).fetchall())

    def reopen(self) -> int:
        """Close and open again; return how many series have a newest reading, having them all at hand."""
        self.close()
        self._open()
        found = [self._connection.execute(_NEWEST, (series,)).fetchone() for series in self._series]
        return len(found)

    def close(self) -> None:
        """Settle and close."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
