"""SQLite files copied while they are written to, and looked through."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from storage import copies
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.errors import StoreError

PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store in WAL mode with two tables of as many rows."""
    path = tmp_path / "node.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE debit (id INTEGER PRIMARY KEY, words TEXT)")
        connection.execute("CREATE TABLE credit (id INTEGER PRIMARY KEY REFERENCES debit (id), words TEXT)")
        for table in ("debit", "credit"):
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?)", ((n, "水" * 200) for n in range(200))
            )
    connection.close()
    return path


def damage(file: Path, page: int) -> None:
    content = bytearray(file.read_bytes())
    content[page * PAGE : (page + 1) * PAGE] = b"\xa5" * PAGE
    file.write_bytes(content)


def test_a_copy_is_of_one_moment_while_others_write(file: Path, tmp_path: Path) -> None:
    over, started = threading.Event(), threading.Event()

    def write() -> None:
        connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        number = 1000
        while not over.is_set():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO debit VALUES (?, '')", [number])
            connection.execute("INSERT INTO credit VALUES (?, '')", [number])
            connection.execute("COMMIT")
            number += 1
            started.set()
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    started.wait(5)
    copies.copy(file, tmp_path / "copy")
    over.set()
    writer.join()

    rows = copies.rows_of(tmp_path / "copy", still=True)
    assert rows["debit"] == rows["credit"] > 200
    assert copies.mistakes(tmp_path / "copy", still=True) == []
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy"]


def test_a_damaged_page_is_named_and_a_backup_asked_for(file: Path, tmp_path: Path) -> None:
    damage(file, 3)

    try:
        found = copies.mistakes(file)
    except StoreError as error:
        found = [str(error)]
    assert found
    with pytest.raises(StoreError, match=r"node\.sqlite: not copied to .*; restore a backup"):
        copies.copy(file, tmp_path / "copy")


def test_a_row_that_lost_the_one_it_belongs_to_is_named(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM debit WHERE id = 7")
    connection.close()

    assert copies.mistakes(file) == ["row 7 of credit has lost its row of debit"]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        copies.rows_of(tmp_path / "none.sqlite")

    assert not (tmp_path / "none.sqlite").exists()


def test_a_damaged_store_that_is_opened_says_to_restore_a_backup(tmp_path: Path) -> None:
    file = tmp_path / "people.sqlite"
    file.write_bytes(b"not a database at all, and long enough to be looked at as one" * 100)
    engine = open_engine(sqlite_url(file))

    with pytest.raises(StoreError, match=r"people\.sqlite.*not a database; restore a backup"):
        migrate(engine, StoreKind.PEOPLE)
    engine.dispose()
