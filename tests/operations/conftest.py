"""Accounts on a real SQLite and a real PostgreSQL, with cheap hashes and a clock the test moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from operations.accounts import Accounts, AccountSettings
from operations.passwords import PasswordSettings
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import US_PER_S
from tests.postgresql import postgresql_cluster, postgresql_url

__all__ = ["postgresql_cluster", "postgresql_url"]

CHEAP = AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1))
Open = Callable[[AccountSettings], Accounts]


@dataclass
class MovedClock:
    """Shows what the test says."""

    at_us: int = 1_780_000_000 * US_PER_S
    speed: float = 1.0

    def now_us(self) -> int:
        return self.at_us

    def monotonic_us(self) -> int:
        return self.at_us

    def move(self, seconds: float) -> None:
        self.at_us += round(seconds * US_PER_S)


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
