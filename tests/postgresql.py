"""A PostgreSQL cluster of the tests' own, on a Unix socket; skipped by name where none is installed.

A conftest takes the fixtures in: `from tests.postgresql import postgresql_cluster, postgresql_url`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from storage.engine import open_engine
from storage.migrate import migrate
from storage.schema import StoreKind

_names = count()


def _programs() -> Path | None:
    """Return the folder of the newest installed initdb and pg_ctl."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = [path.parent for path in sorted(installed, key=lambda path: int(path.parts[4].split(".")[0]))]
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


def _run(arguments: Sequence[str]) -> None:
    """Run as whoever may own a cluster: PostgreSQL refuses root."""
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_owner, *arguments], cwd="/", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{arguments[0]}: {done.stdout}{done.stderr}"


@contextmanager
def hanging(url: URL) -> Iterator[None]:
    """Have the server hang: its kernel takes connections and acknowledges all, and nothing answers."""
    folder = Path(str(url.query["host"])) / "data"
    main = int((folder / "postmaster.pid").read_text().split()[0])
    # The main process first: it starts no other after it.
    stopped = [main]
    os.kill(main, signal.SIGSTOP)
    try:
        for child in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGSTOP)
                stopped.append(int(child))
        yield
    finally:
        for process in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[URL]:
    """Yield the URL of a running cluster's `postgres` database."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: no initdb under /usr/lib/postgresql or on PATH")
    # Not tmp_path: a socket's path may have 107 bytes, and pytest's folders shut out other users.
    folder = Path(tempfile.mkdtemp(prefix="outfall-pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = str(folder / "data")
        _run([f"{programs}/initdb", "-D", data, "-U", "outfall", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=50"
        )
        _run([f"{programs}/pg_ctl", "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start"])
        try:
            yield URL.create(
                "postgresql+psycopg", username="outfall", database="postgres", query={"host": str(folder)}
            )
        finally:
            _run([f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: URL) -> Iterator[URL]:
    """Yield the URL of a people's store without a row, to be copied; nobody may be connected to it."""
    with database(postgresql_cluster) as url:
        engine = open_engine(url)
        migrate(engine, StoreKind.PEOPLE)
        engine.dispose()
        yield url


@pytest.fixture
def postgresql_people_url(postgresql_cluster: URL, postgresql_template: URL) -> Iterator[URL]:
    """Yield the URL of a people's store of the test's own."""
    with database(postgresql_cluster, str(postgresql_template.database)) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_cluster: URL) -> Iterator[URL]:
    """Yield the URL of an empty database of the test's own."""
    with database(postgresql_cluster) as url:
        yield url


@contextmanager
def database(cluster: URL, template: str = "template0") -> Iterator[URL]:
    """Yield the URL of a new database, which is dropped at the end."""
    name = f"outfall_{os.getpid()}_{next(_names)}"
    server = create_engine(cluster, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield cluster.set(database=name)
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()
