"""A SQLite store as a file: copied while others write to it, and looked through.

Always through SQLite: closing a descriptor of the file opened otherwise drops this process' locks.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from telemetry.errors import StoreError

_PATIENCE_S: Final = 10.0
_MOST_MISTAKES: Final = 5
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
)
DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def copy(file: Path, to: Path) -> None:
    """Copy a store as it stands at one moment into a new file, which only this account may read."""
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _connected(file, f"not copied to {to}") as connection:
        connection.execute("VACUUM INTO ?", [str(to)])


def mistakes(file: Path, *, still: bool = False) -> list[str]:
    """Return what SQLite finds wrong with a store, a few at most; none when all is well.

    Nobody writes to one that is `still`, and nothing is put beside it.
    """
    with _connected(file, "not read", still=still) as connection:
        found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_MOST_MISTAKES})")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_MISTAKES)
    found += [f"row {row[1]} of {row[0]} has lost its row of {row[2]}" for row in broken]
    return [line for line in found if line != "ok"]


def rows_of(file: Path, *, still: bool = False) -> Mapping[str, int]:
    """Return the number of rows of each table."""
    with _connected(file, "not read", still=still) as connection:
        names = [str(row[0]) for row in connection.execute(_TABLES)]
        return {name: _one(connection, f'SELECT count(*) FROM "{name}"') for name in names}


def column_of(file: Path, table: str, column: str, *, still: bool = False) -> list[str]:
    """Return the different texts of a column; none where there is no such table yet."""
    with _connected(file, "not read", still=still) as connection:
        if table not in {str(row[0]) for row in connection.execute(_TABLES)}:
            return []
        query = f'SELECT DISTINCT "{column}" FROM "{table}" ORDER BY 1'
        return [str(row[0]) for row in connection.execute(query)]


def revision_of(file: Path, *, still: bool = False) -> str:
    """Return the migration that a store stands at, "" before the first."""
    with _connected(file, "not read", still=still) as connection:
        if not _one(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"):
            return ""
        return str(connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0])


def _one(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


@contextmanager
def _connected(file: Path, what: str, *, still: bool = False) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(file.absolute()))}?{'mode=ro&immutable=1' if still else 'mode=rw'}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE_S, isolation_level=None)
        with closing(connection):
            yield connection
    except sqlite3.Error as error:
        mend = "; restore a backup" if is_damage(error) else ""
        raise StoreError(f"{file}: {what}: {error}{mend}") from error


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file itself is damaged."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED
