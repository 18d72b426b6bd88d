"""How a SQLite store is opened."""

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import open_engine, sqlite_url
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError


def test_sqlite_is_durable_checked_and_patient(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "store.sqlite"))

    with reading(engine) as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    engine.dispose()


def test_a_writer_takes_its_lock_at_once(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "store.sqlite"))
    impatient = open_engine(sqlite_url(tmp_path / "store.sqlite"))
    with reading(impatient) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")

    def write_meanwhile() -> None:
        with writing(engine), writing(impatient) as second:
            second.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match="database is locked"):
        write_meanwhile()

    engine.dispose()
    impatient.dispose()
