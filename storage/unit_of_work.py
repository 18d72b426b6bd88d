"""Transactions: one to write, one to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.copies import is_damage
from storage.engine import shown
from telemetry.errors import StoreAway, StoreError

_TWICE: Final = ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
# PostgreSQL's query_canceled and lock_not_available: a statement or a lock took longer than it may.
_TOO_LONG: Final = ("57014", "55P03")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose transaction commits at the end, or leaves no trace."""
    try:
        with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise _judged(engine, "not written", error) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one state of the store."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise _judged(engine, "not read", error) from error


def is_there_already(error: IntegrityError) -> bool:
    """Return whether a row was refused because there is one like it, which the store keeps once."""
    names = (getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None))
    return any(name in _TWICE for name in names)


def _judged(engine: Engine, what: str, error: SQLAlchemyError) -> StoreError:
    text = f"{shown(engine.url)}: {what}: {_why(engine, error)}"
    return StoreAway(text) if engine.dialect.name != "sqlite" and _is_away(error) else StoreError(text)


def _is_away(error: SQLAlchemyError) -> bool:
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _took_too_long(error)):
        return True
    # Without a statement it was the connection that could not be had.
    return isinstance(error, PoolTimeout) or (isinstance(error, OperationalError) and error.statement is None)


def _took_too_long(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _TOO_LONG


def _why(engine: Engine, error: SQLAlchemyError) -> str:
    """Return what went wrong, without the statement: its parameters are people's names and secrets."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = next(iter(str(cause).splitlines()), "") or type(cause).__name__
    if engine.url.password:
        text = text.replace(str(engine.url.password), "***")
    if isinstance(error, DBAPIError) and (_took_too_long(error) or "timeout expired" in text):
        return f"does not answer: {text}"
    return f"{text}; restore a backup" if is_damage(cause) else text
