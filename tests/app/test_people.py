"""A people's store on a server that is not there, refuses, comes, goes and comes again."""

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, create_engine, text

from api.admission import HostRule
from api.problems import install_error_handlers
from app.build import opened_stores
from app.data import DataFolder
from app.middleware import AccessMiddleware
from app.people import PeopleStore
from config.demo import DEMO_FOLDER
from config.read import read_folder
from operations.access import Role
from operations.accounts import Accounts, AccountSettings
from operations.passwords import PasswordSettings
from operations.sessions import SESSION_COOKIE
from storage.engine import sqlite_url
from telemetry.clock import SystemClock
from telemetry.errors import ConfigError, StoreAway
from tests.api.conftest import client_for
from tests.api.node import until

CHEAP = AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1))
PASSWORD = "long enough 1"


@contextmanager
def people(url: URL | str) -> Iterator[tuple[PeopleStore, Accounts]]:
    store = PeopleStore(url)
    accounts = Accounts(store.engine, SystemClock(), CHEAP)
    try:
        yield store, accounts
    finally:
        accounts.close()
        store.close()


@pytest.fixture
def dead() -> Iterator[str]:
    """The address of a port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"postgresql+psycopg://outfall:swordfish@127.0.0.1:{bound.getsockname()[1]}/outfall"


def on_server(url: URL, statement: str) -> None:
    """Run a statement as the server's owner, in no database of a test."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def shut(url: URL) -> None:
    """Throw everybody out of a database, and let nobody in."""
    on_server(url, f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
    on_server(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "app.people"]


def test_the_nodes_stores_open_though_nobody_answers_for_the_people(
    dead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", dead)

    with opened_stores(DataFolder(tmp_path), read_folder(DEMO_FOLDER)) as stores:
        assert stores.people.away == "it is being opened"
        assert stores.history.last_number == 0
        with pytest.raises(StoreAway):
            stores.accounts.list()


async def test_a_dead_port_is_said_once_and_without_the_password(
    dead: str, caplog: pytest.LogCaptureFixture
) -> None:
    with people(dead) as (store, accounts):
        seen = [await store.look() for _ in range(3)]
        with pytest.raises(StoreAway, match="refused"):
            await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")

    assert seen == [False, False, False]
    [line] = told(caplog)
    assert "nobody can sign in, all else goes on" in line
    assert "Connection refused" in line
    assert "swordfish" not in caplog.text


async def test_a_database_that_is_missing_is_named_and_taken_up_when_it_is_made(
    postgresql_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    url = postgresql_url.set(database=f"{postgresql_url.database}_late", password="swordfish")
    with people(url) as (store, accounts):
        opened: list[int] = []
        store.when_open(lambda: opened.append(len(accounts.list())))
        before = [await store.look(), await store.look()]
        on_server(postgresql_url, f"CREATE DATABASE {url.database} TEMPLATE template0")
        try:
            after = [await store.look(), await store.look()]
            accounts.add("王磊", Role.OPERATOR, PASSWORD, by="test")
            signed_in = await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")
        finally:
            on_server(postgresql_url, f"DROP DATABASE {url.database} WITH (FORCE)")

    assert (before, after, opened) == ([False, False], [True, True], [0])
    assert signed_in.name == "王磊"
    lost, back = told(caplog)
    assert f'database "{url.database}" does not exist; mend OUTFALL_PEOPLE_URL' in lost
    assert back == "the people's store is there: people can sign in again"
    assert "swordfish" not in caplog.text


async def test_a_wrong_password_is_said_without_it(
    postgresql_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    role = f"guarded_{os.getpid()}"
    on_server(postgresql_url, f"CREATE ROLE {role} LOGIN PASSWORD 'right'")
    rules = Path(str(postgresql_url.query["host"])) / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all {role} scram-sha-256\n{before}")
    on_server(postgresql_url, "SELECT pg_reload_conf()")
    try:
        with people(postgresql_url.set(username=role, password="swordfish")) as (store, _):
            assert [await store.look(), await store.look()] == [False, False]
    finally:
        rules.write_text(before)
        on_server(postgresql_url, "SELECT pg_reload_conf()")
        on_server(postgresql_url, f"DROP ROLE {role}")

    [line] = told(caplog)
    assert f'password authentication failed for user "{role}"; mend OUTFALL_PEOPLE_URL' in line
    assert "swordfish" not in caplog.text


async def test_what_is_lost_while_it_runs_comes_back_by_itself(
    postgresql_url: URL, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("app.people._LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("app.people._FIRST_WAIT_S", 0.05)
    with people(postgresql_url) as (store, accounts):
        looking = asyncio.create_task(store.run())
        await until(lambda: store.away is None)
        accounts.add("王磊", Role.OPERATOR, PASSWORD, by="test")

        shut(postgresql_url)
        with pytest.raises(StoreAway):
            await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")
        await until(lambda: store.away is not None)
        on_server(postgresql_url, f"ALTER DATABASE {postgresql_url.database} ALLOW_CONNECTIONS true")
        await until(lambda: store.away is None)
        signed_in = await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    assert signed_in.name == "王磊"
    assert [line.split(":")[0] for line in told(caplog)] == [
        "nobody can sign in, all else goes on",
        "the people's store is there",
    ]


async def test_who_is_signed_in_is_told_that_accounts_are_away_and_health_still_answers(dead: str) -> None:
    with people(dead) as (store, accounts):
        await store.look()
        inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        install_error_handlers(inner)
        inner.get("/health/ready")(lambda: {"status": "degraded"})
        client: httpx.AsyncClient = client_for(AccessMiddleware(inner, accounts, HostRule.of("127.0.0.1")))
        client.headers["Cookie"] = f"{SESSION_COOKIE}={'a' * 43}"

        refused, health = await client.get("/wall"), await client.get("/health/ready")

    assert (refused.status_code, refused.json()["code"]) == (503, "people_unavailable")
    assert refused.headers["retry-after"] == "5"
    assert "goes on reading, storing and judging" in refused.json()["detail"]
    assert (health.status_code, health.json()) == (200, {"status": "degraded"})


def test_a_file_is_open_at_once(tmp_path: Path) -> None:
    done: list[str] = []
    with people(sqlite_url(tmp_path / "people.sqlite")) as (store, accounts):
        store.when_open(lambda: done.append("opened"))

        assert (store.away, store.on_server, list(accounts.list())) == (None, False, [])
    assert done == ["opened"]


@pytest.mark.parametrize(
    "url", ["swordfish", "postgresql+none://u:swordfish@h/d", "postgresql://u:s@h:swordfish/d"]
)
def test_an_address_that_is_none_is_a_mistake_that_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"write postgresql\+psycopg://") as refusal:
        PeopleStore(url)

    assert "swordfish" not in str(refusal.value)
