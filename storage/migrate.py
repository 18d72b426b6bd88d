"""Bring a relational store to the newest schema.

storage/migrations/node/versions/    2026_11_21_0900_journal.py …
storage/migrations/people/versions/
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from storage.schema import StoreKind
from telemetry.errors import StoreError

_FOLDER: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine, kind: StoreKind) -> None:
    """Upgrade the store to the newest revision; refuse one that a newer product wrote.

    Alembic is loaded only when there is something to do: it costs a second of start-up.
    """
    current = _current(engine)
    if current is not None and current == _head(kind):
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER / kind.value))
    config.set_main_option("version_locations", str(_FOLDER / kind.value / "versions"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"{engine.url.render_as_string()}: its schema {current} is not known here; it was written by"
            f" a newer Outfall, so start that one or restore a backup ({error})"
        ) from error


def _current(engine: Engine) -> str | None:
    if "alembic_version" not in inspect(engine).get_table_names():
        return None
    with engine.connect() as connection:
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _head(kind: StoreKind) -> str | None:
    """Return the newest revision: files sort by their time, and the name ends with the revision."""
    names = sorted(path.stem for path in (_FOLDER / kind.value / "versions").glob("[0-9]*.py"))
    return names[-1] if names else None
