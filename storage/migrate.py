"""Bring a relational store to the newest schema.

storage/migrations/node/versions/    2026_11_21_0900_journal.py …
storage/migrations/people/versions/

A file's name without its ending is its revision, so the newest is known without loading any.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from storage.engine import shown
from storage.schema import StoreKind
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError

_FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6F757466616C6C  # "outfall": whoever migrates a PostgreSQL store holds it
LONGEST_S: Final = 120
"""How long one statement of a migration may take, and wait for its turn, on a PostgreSQL."""


def is_newest(connection: Connection, kind: StoreKind) -> bool:
    """Return whether a store has the newest revision; StoreError for one that a newer product wrote."""
    revisions = _revisions(kind)
    return not revisions or _current(connection, revisions) == revisions[-1]


def migrate(engine: Engine, kind: StoreKind) -> None:
    """Upgrade the store to the newest revision; StoreError for one that a newer product wrote.

    Processes that start at once take turns. Alembic is loaded only when there is something to do:
    it costs a second of start-up.
    """
    with reading(engine) as connection:
        if is_newest(connection, kind):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_S}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # Another process may have been at it while this one waited.
        if not is_newest(connection, kind):
            _upgrade(connection, kind)


def _upgrade(connection: Connection, kind: StoreKind) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER / kind.value).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"{shown(connection.engine.url)}: its schema cannot be brought up to date: {error}"
        ) from error


def _current(connection: Connection, revisions: list[str]) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in revisions:
        raise StoreError(
            f"{shown(connection.engine.url)}: its schema {revision} is not known here: it was"
            " written by a newer Outfall; start that one, or restore a backup made before"
        )
    return revision


def _revisions(kind: StoreKind) -> list[str]:
    """Return the revisions, oldest first: the names begin with their time."""
    return sorted(path.stem for path in (_FOLDER / kind.value / "versions").glob("[0-9]*.py"))
