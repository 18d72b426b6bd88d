"""The tables of the embedded history.

    schema_version  version                                   how many of the steps below it has seen
    series          id, plant, tag, since_batch               ids are given once and never reused
    batches         number, committed_us, rows, origin        rows as stored; origin names what was adopted
    readings        batch, series, t_us, value, quality       newer than all before of their series
    overlay         … and replaces                            late, repeated and corrected samples
    newest          series, t_us, value, quality, through     as of batch `through`; saves a scan at start
    segments        file, retention, from_us, to_us, …        the month files, see segments.py
    superseded      … and replaces                            what a month file's sample outranked
    retired         retention, from_us, to_us, rows, at_us    month files that were deleted by age
    hours           series, start_us, …, version              figures of closed hours, see hours.py
    former_hours    … and changed_us                          what figures of `version` took the place of
    figures         through_us, version                       hours that ended by then are closed
    dirty           series, start_us, batch                   closed hours to compute again; series 0: all
    entries         id, kind, series, …, batch                what people did with readings: entries.py
    origins         batch, origin, from_us, to_us             the time that an adopted batch is of
    unmarked        batch, series, t_us, quality              own quality of what a mark took: marks.py
    given_up        series, from_us, to_us                    time of deleted month files by their series

A NULL value is NaN. Nothing has a key or an index: one multiplies the file by fifteen. Instead
(batch, series, t_us) is unique by construction, each (series, t_us) stands once in `readings` or in
a month file, and readers merge the overlay. Of equal times the highest rank holds:

    batch + 1   of the overlay, where it `replaces`
    1           in a month file
    0           in readings
    -batch      of the overlay, where it does not (a node's own stamp after its clock was set back, or
                a time from the future)
"""

from typing import Final

import duckdb

from telemetry.errors import StoreError

_STEPS: Final = (
    """
    CREATE TABLE series (id INTEGER, plant VARCHAR, tag VARCHAR, since_batch BIGINT);
    CREATE TABLE batches (number BIGINT, committed_us BIGINT, rows INTEGER);
    CREATE TABLE readings (batch BIGINT, series INTEGER, t_us BIGINT, value DOUBLE, quality UTINYINT);
    CREATE TABLE overlay (
        batch BIGINT, series INTEGER, t_us BIGINT, value DOUBLE, quality UTINYINT, replaces BOOLEAN
    );
    CREATE TABLE newest (series INTEGER, t_us BIGINT, value DOUBLE, quality UTINYINT, through BIGINT);
    """,
    """
    ALTER TABLE series ADD COLUMN retention VARCHAR DEFAULT 'process';
    CREATE TABLE segments (
        file VARCHAR, retention VARCHAR, from_us BIGINT, to_us BIGINT, rows BIGINT, bytes BIGINT,
        sha256 VARCHAR, first_batch BIGINT, last_batch BIGINT, adopted BOOLEAN, made_us BIGINT
    );
    ALTER TABLE batches ADD COLUMN origin VARCHAR;
    CREATE TABLE superseded (
        batch BIGINT, series INTEGER, t_us BIGINT, value DOUBLE, quality UTINYINT, replaces BOOLEAN
    );
    CREATE TABLE retired (retention VARCHAR, from_us BIGINT, to_us BIGINT, rows BIGINT, at_us BIGINT);
    """,
    """
    CREATE TABLE hours (
        series INTEGER, start_us BIGINT, count BIGINT, good_us BIGINT, weight DOUBLE, weighted DOUBLE,
        minimum DOUBLE, maximum DOUBLE, first DOUBLE, last DOUBLE, total DOUBLE, resets BIGINT, starts BIGINT,
        version BIGINT
    );
    CREATE TABLE former_hours AS SELECT *, 0::BIGINT AS changed_us FROM hours;
    CREATE TABLE figures (through_us BIGINT, version BIGINT);
    CREATE TABLE dirty (series INTEGER, start_us BIGINT, batch BIGINT);
    """,
    """
    CREATE TABLE entries (
        id VARCHAR, kind VARCHAR, series INTEGER, from_us BIGINT, to_us BIGINT, value DOUBLE, former DOUBLE,
        mark VARCHAR, of_mark VARCHAR, samples BIGINT, account_id VARCHAR, author VARCHAR, reason VARCHAR,
        made_us BIGINT, batch BIGINT
    );
    CREATE TABLE origins (batch BIGINT, origin VARCHAR, from_us BIGINT, to_us BIGINT);
    """,
    """
    CREATE TABLE unmarked (batch BIGINT, series INTEGER, t_us BIGINT, quality UTINYINT);
    """,
    """
    CREATE TABLE given_up AS SELECT id AS series, from_us, to_us FROM retired JOIN series USING (retention);
    """,
)


VERSION: Final = len(_STEPS)


def upgrade(connection: duckdb.DuckDBPyConnection, through: int = VERSION) -> None:
    """Bring the tables to a version in one transaction; StoreError for a newer one than is known."""
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)")
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    version = (row[0] if row else None) or 0
    if max(version, through) > VERSION:
        connection.execute("ROLLBACK")
        raise StoreError(
            f"its schema has version {max(version, through)}, this Outfall knows {VERSION}: it was written by"
            " a newer Outfall, so start that one or restore a backup"
        )
    for step in _STEPS[version:through]:
        connection.execute(step)
    if version < through:
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version VALUES (?)", [through])
    connection.execute("COMMIT")
