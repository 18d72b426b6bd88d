"""Transactions: one to write, one to read."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.copies import is_damage
from telemetry.errors import StoreError


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose transaction commits at the end, or leaves no trace."""
    try:
        with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"{engine.url.render_as_string()}: not written: {_why(error)}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one state of the store."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"{engine.url.render_as_string()}: not read: {_why(error)}") from error


def _why(error: SQLAlchemyError) -> str:
    """Return what went wrong, without the statement: its parameters are people's names and secrets."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = next(iter(str(cause).splitlines()), "") or type(cause).__name__
    return f"{text}; restore a backup" if is_damage(cause) else text
