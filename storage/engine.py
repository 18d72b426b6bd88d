"""Engines as the product needs them: SQLite durable and patient, PostgreSQL as it comes."""

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url

_PATIENCE_S: Final = 10.0
_WAL_RETRY_S: Final = 0.02


def sqlite_url(file: Path) -> URL:
    """Return the URL of a SQLite file."""
    return URL.create("sqlite+pysqlite", database=str(file))


def open_engine(url: URL | str) -> Engine:
    """Return an engine. SQLite: WAL, every commit synced, foreign keys on, 10 s of patience.

    SQLAlchemy's own pysqlite handling begins transactions late; here each one begins at once as
    IMMEDIATE when it writes (see `storage.unit_of_work`), so that two writers wait, not fail.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    engine = create_engine(parsed, connect_args={"timeout": _PATIENCE_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Put a new file into WAL mode.

    SQLite does not wait for its lock here whatever the timeout says, so of two processes that open
    a new file at once one would fail.
    """
    for _ in range(int(_PATIENCE_S / _WAL_RETRY_S)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            time.sleep(_WAL_RETRY_S)
    connection.execute("PRAGMA journal_mode=WAL").close()
