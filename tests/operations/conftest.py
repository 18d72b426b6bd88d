"""Accounts on a real SQLite and a real PostgreSQL, with cheap hashes and a clock the test moves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, event

from operations.accounts import Accounts, AccountSettings
from operations.calls import StoreCalls
from operations.passwords import PasswordSettings
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from tests.clock import MovedClock
from tests.operations.crews import People, people_of
from tests.postgresql import postgresql_cluster, postgresql_url

__all__ = ["postgresql_cluster", "postgresql_url"]

CHEAP = AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1))
Open = Callable[[AccountSettings], Accounts]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "people.sqlite")
    found: URL = request.getfixturevalue("postgresql_url")
    return found


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    opened = open_engine(url)
    migrate(opened, StoreKind.PEOPLE)
    yield opened
    opened.dispose()


@pytest.fixture
def open_accounts(engine: Engine, clock: MovedClock) -> Iterator[Open]:
    opened: list[Accounts] = []

    def open_with(settings: AccountSettings) -> Accounts:
        opened.append(Accounts(engine, clock, settings))
        return opened[-1]

    yield open_with
    for accounts in opened:
        accounts.close()


@pytest.fixture
def accounts(open_accounts: Open) -> Accounts:
    return open_accounts(CHEAP)


@pytest.fixture
def calls() -> Iterator[StoreCalls]:
    opened = StoreCalls(2, "desk")
    yield opened
    opened.close()


@pytest.fixture
def quick(engine: Engine) -> Engine:
    """The store without waiting for its disk: what is looked at here is not what a power cut leaves."""
    engine.dispose()
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _hurry(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF").close()

    return engine


@pytest.fixture
async def people(quick: Engine, clock: MovedClock, calls: StoreCalls, accounts: Accounts) -> People:
    """Eight operators in four crews; nothing is published."""
    return await people_of(quick, clock, calls, accounts)
