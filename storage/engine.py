"""Engines as the product needs them: SQLite durable and patient, PostgreSQL impatient.

A PostgreSQL that is gone with its machine answers nothing at all: without bounds of their own,
connections to it would keep threads for minutes. One that hangs answers no bound of the connection's
either: see `storage.lines`.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from storage.lines import Lines
from telemetry.errors import ConfigError

_PATIENCE_S: Final = 10.0
_WAL_RETRY_S: Final = 0.02
CONNECT_S: Final = 3
_LIBPQ: Final = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_LIBPQ_DRIVERS: Final = ("psycopg", "psycopg2")
_SECRET_PARAMETERS: Final = ("password", "sslpassword")


def sqlite_url(file: Path) -> URL:
    """Return the URL of a SQLite file."""
    return URL.create("sqlite+pysqlite", database=str(file))


def is_sqlite(url: URL | str) -> bool:
    """Return whether a URL names a file and no server; ConfigError for what is no URL."""
    return _parsed(url).get_backend_name() == "sqlite"


def shown(url: URL) -> str:
    """Return a URL for people, without any password."""
    return url.difference_update_query(_SECRET_PARAMETERS).render_as_string(hide_password=True)


def open_engine(
    url: URL | str, lines: Lines | None = None, *, pooled: bool = True, longest_s: float | None = None
) -> Engine:
    """Return an engine; ConfigError for a URL that is none, or whose driver is missing.

    SQLite: WAL, every commit synced, foreign keys on, 10 s of patience. SQLAlchemy's own pysqlite
    handling begins transactions late; here each one begins at once as IMMEDIATE when it writes (see
    `storage.unit_of_work`), so that two writers wait, not fail.

    A server: `lines` admits each new connection, and may cut it; a statement of PostgreSQL's, with its
    wait for locks, takes no more than `longest_s` where the URL has no options of its own.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return _of_server(parsed, lines or Lines(), pooled, longest_s)
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


def _parsed(url: URL | str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # What is wrong with it is not said: a password may stand in any part of it.
        raise ConfigError(
            "the address of the people's store is no URL; write postgresql+psycopg://USER@HOST/DATABASE"
        ) from None


def _of_server(url: URL, lines: Lines, pooled: bool, longest_s: float | None) -> Engine:
    libpq = url.get_backend_name() == "postgresql" and url.drivername.partition("+")[2] in _LIBPQ_DRIVERS
    bounds = {name: value for name, value in _LIBPQ.items() if name not in url.query} if libpq else {}
    kept: dict[str, Any] = {"pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    try:
        engine = create_engine(url, connect_args=bounds, **kept)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"{shown(url)}: there is no driver for this here; write postgresql+psycopg://USER@HOST/DATABASE,"
            " and install outfall[postgresql]"
        ) from error

    @event.listens_for(engine, "do_connect")
    def _admit(*_: Any) -> None:
        lines.admit()

    if libpq:
        _attach(engine, lines, None if "options" in url.query else longest_s)
    return engine


def _attach(engine: Engine, lines: Lines, longest_s: float | None) -> None:
    """Have every connection of libpq's among the lines before anything is asked on it."""

    @event.listens_for(engine, "connect", insert=True)
    def _opened(connection: Any, _record: Any) -> None:
        try:
            lines.opened(connection)
            if longest_s is not None:
                _bound(connection, longest_s)
        except BaseException:
            connection.close()
            raise

    @event.listens_for(engine, "close")
    def _closing(connection: Any, _record: Any) -> None:
        lines.closing(connection)


def _bound(connection: Any, longest_s: float) -> None:
    """Give a connection's statements their longest time.

    Said as a statement: what stands between, such as PgBouncer, takes no `options` at the start.
    """
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {int(longest_s * 1000)}")
    connection.autocommit = False


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
