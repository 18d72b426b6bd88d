"""Engines as the product needs them: SQLite durable and patient, PostgreSQL as it comes."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url


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
    engine = create_engine(parsed, connect_args={"timeout": 10.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
