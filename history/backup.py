"""What a backup has of the history, and how a file is built of it again.

    tables/TABLE.parquet   every table there is, its rows in their order
    months/…               the month files that count, as they are

All of it from one snapshot, while batches go on being committed. The tables go into the data folder
first, since DuckDB may write nowhere else; whoever asked moves them on.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from history.arrays import columns
from history.database import Database
from history.embedded import EmbeddedHistory
from history.queries import Snapshot
from history.schema import VERSION, upgrade
from history.segments import Segment, listed, quoted
from telemetry.errors import StoreError

_MB: Final = 1 << 20
_SPARE_MB: Final = 64
_TABLES: Final = """
SELECT table_name FROM duckdb_tables()
WHERE NOT internal AND NOT temporary AND schema_name = 'main' ORDER BY table_name
"""
_COPY: Final = """COPY "{table}" TO '{path}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"""
_SIZE: Final = "SELECT (used_blocks * block_size)::BIGINT AS bytes FROM pragma_database_size()"
_BUILDING_MB: Final = 256


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written of one snapshot: rows by table, and the month files that go with them."""

    schema: int
    last_batch: int
    rows: Mapping[str, int]
    segments: tuple[Segment, ...]


async def tables_taken(history: EmbeddedHistory, into: Path) -> Taken:
    """Write every table as a Parquet file into a folder within the data folder."""
    return await history.answer(lambda snapshot: _take(snapshot, into))


def _take(snapshot: Snapshot, into: Path) -> Taken:
    cursor = snapshot.cursor
    needed_mb = int(columns(cursor, _SIZE, [])["bytes"][0]) // _MB + _SPARE_MB
    disk = os.statvfs(into)
    free_mb = disk.f_bavail * disk.f_frsize // _MB
    if free_mb < needed_mb:
        raise StoreError(
            f"{into.parent}: a backup first writes the open days there and wants {needed_mb} MB, of which"
            f" {free_mb} are left on this disk; free space on it"
        )
    rows: dict[str, int] = {}
    for (table,) in cursor.execute(_TABLES).fetchall():
        path = quoted(str(into / f"{table}.parquet"))
        written = cursor.execute(_COPY.format(table=table, path=path)).fetchall()
        rows[table] = int(written[0][0])
    version = int(columns(cursor, "SELECT max(version) AS version FROM schema_version", [])["version"][0])
    last = columns(cursor, "SELECT coalesce(max(number), 0) AS last FROM batches", [])
    return Taken(version, int(last["last"][0]), rows, snapshot.segments.items)


def build(file: Path, tables: Path, schema: int, rows: Mapping[str, int]) -> None:
    """Make a file of a backup's tables, which stand in the same folder, at this version's schema.

    StoreError where one is missing or has another number of rows than it should.
    """
    if schema > VERSION:
        raise StoreError(
            f"the history's schema in this backup has version {schema}, this Outfall knows {VERSION}: take"
            " the Outfall that wrote it, or a newer one"
        )
    database = Database(file, _BUILDING_MB)
    try:
        with database.errors("not built"):
            connection = database.writer()
            upgrade(connection, schema)
            here = {name for (name,) in connection.execute(_TABLES).fetchall()}
        if here != set(rows):
            odd = ", ".join(sorted(here ^ set(rows)))
            raise StoreError(f"{tables}: not the tables of schema {schema}: {odd}")
        for table, count in rows.items():
            with database.transaction() as connection:
                connection.execute(f'DELETE FROM "{table}"')
                path = quoted(str(tables / f"{table}.parquet"))
                query = f"INSERT INTO \"{table}\" BY NAME SELECT * FROM read_parquet('{path}')"
                found = int(connection.execute(query).fetchall()[0][0])
            if found != count:
                raise StoreError(f"{tables / table}.parquet: has {found} rows, {count} were written")
        with database.errors("not built"):
            upgrade(connection)
        database.checkpoint()
    finally:
        database.close()


def segments_in(file: Path) -> tuple[Segment, ...]:
    """Return the month files that a backup's table of them lists."""
    with _reading(file) as connection:
        connection.execute(f"CREATE VIEW segments AS SELECT * FROM read_parquet('{quoted(str(file))}')")
        return listed(connection, file.parent).items


def rows_in(file: Path) -> int:
    """Return how many rows a Parquet file has."""
    with _reading(file) as connection:
        found = columns(connection, "SELECT count(*) AS rows FROM read_parquet(?)", [str(file)])
        return int(found["rows"][0])


@contextmanager
def _reading(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that has no file of its own; StoreError names the Parquet file."""
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            yield connection
    except duckdb.Error as error:
        raise StoreError(f"{file}: cannot be read: {str(error).splitlines()[0].strip()}") from error
