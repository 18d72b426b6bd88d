"""deploy/postgres: the role that Grafana reads the roster with."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.deploy.prepared import ROOT
from tests.postgresql import postgresql_cluster, postgresql_url

__all__ = ["postgresql_cluster", "postgresql_url"]
ROLE = "outfall_grafana"
STORE = """
CREATE TABLE account (name text, password_hash text);
CREATE TABLE entry (plant text, name text);
INSERT INTO entry VALUES ('p', '王磊');
"""
VIEW = "CREATE VIEW on_shift_turns AS SELECT plant, name FROM entry"


@pytest.fixture
def store(postgresql_url: URL) -> Iterator[URL]:
    if shutil.which("psql") is None:
        pytest.skip("needs psql: apt-get install postgresql-client")
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(STORE))
        yield postgresql_url
        if connection.execute(text(f"SELECT to_regrole('{ROLE}')")).scalar_one():
            connection.execute(text(f"DROP OWNED BY {ROLE}"))
            connection.execute(text(f"DROP ROLE {ROLE}"))
    engine.dispose()


def made(store: URL, folder: Path, password: str = "it's \\ $one") -> subprocess.CompletedProcess[str]:
    """Run the script as the container does."""
    file = folder / "password"
    file.write_text(f"{password}\n", "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PGHOST": str(store.query["host"]),
        "PGUSER": str(store.username),
        "PGDATABASE": str(store.database),
        "GRAFANA_PASSWORD_FILE": str(file),
        "WAIT_S": "0",
    }
    script = ROOT / "deploy" / "postgres" / "roster_reader.sh"
    return subprocess.run(
        ["sh", script], env=environment, capture_output=True, text=True, timeout=9, check=False
    )


def refused(store: URL, statement: str) -> str:
    """Return what the role is told of a statement."""
    engine = create_engine(store.set(username=ROLE))
    try:
        with engine.connect() as connection, pytest.raises(DBAPIError) as told:
            connection.execute(text(statement))
    finally:
        engine.dispose()
    return str(told.value.orig)


def test_the_role_reads_the_roster_and_nothing_else(store: URL, tmp_path: Path) -> None:
    engine = create_engine(store)
    with engine.begin() as connection:
        connection.execute(text(VIEW))
    engine.dispose()

    outcomes = [made(store, tmp_path), made(store, tmp_path)]

    assert [(done.returncode, done.stderr) for done in outcomes] == [(0, ""), (0, "")]
    reader = create_engine(store.set(username=ROLE))
    with reader.connect() as connection:
        rows = connection.execute(text("SELECT * FROM on_shift_turns")).all()
    reader.dispose()
    assert [tuple(row) for row in rows] == [("p", "王磊")]
    assert "permission denied for table account" in refused(store, "SELECT * FROM account")
    assert "permission denied for table entry" in refused(store, "SELECT * FROM entry")
    assert "read-only transaction" in refused(store, "CREATE TABLE mine ()")
    assert "permission denied for schema public" in refused(
        store, "SET TRANSACTION READ WRITE; CREATE TABLE mine ()"
    )


def test_without_the_view_it_says_what_to_do_and_makes_no_role(store: URL, tmp_path: Path) -> None:
    done = made(store, tmp_path)

    assert done.returncode == 1
    assert "on_shift_turns is not there after 0 s: start the node" in done.stderr
    engine = create_engine(store)
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT to_regrole('{ROLE}')")).scalar_one() is None
    engine.dispose()
