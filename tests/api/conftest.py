"""Accounts of every role on a real SQLite, and clients that sign in like browsers and programs."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL
from starlette.types import ASGIApp

from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from operations.access import Role
from operations.accounts import Accounts, AccountSettings
from operations.passwords import PasswordSettings
from operations.sessions import SESSION_COOKIE
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import SystemClock
from tests.api.node import Node, running_node
from tests.postgresql import postgresql_cluster, postgresql_people_url, postgresql_template

__all__ = ["postgresql_cluster", "postgresql_people_url", "postgresql_template"]

CHEAP = AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1))


@dataclass(frozen=True)
class SignedIn:
    """What a signed-in browser or program sends."""

    cookie: dict[str, str]
    csrf: dict[str, str]
    bearer: dict[str, str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that says `STORES = "both"` on SQLite and on PostgreSQL."""
    if "people_url" in metafunc.fixturenames and getattr(metafunc.module, "STORES", None) == "both":
        metafunc.parametrize("people_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def people_url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where people's work is kept."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return sqlite_url(tmp_path / "people.sqlite")
    found: URL = request.getfixturevalue("postgresql_people_url")
    return found


@pytest.fixture
def accounts(people_url: URL) -> Iterator[Accounts]:
    engine = open_engine(people_url)
    migrate(engine, StoreKind.PEOPLE)
    opened = Accounts(engine, SystemClock(), CHEAP)
    opened.seed({role.value: role for role in Role}, "demo", by="demo", shortest=4)
    yield opened
    opened.close()
    engine.dispose()


async def signed_in(accounts: Accounts, role: Role) -> SignedIn:
    """Sign in as a role's demo account, in a browser and as a program."""
    principal = await accounts.authenticate(role.value, "demo", f"192.0.2.{list(Role).index(role)}")
    session = accounts.open_session(principal)
    token, _ = accounts.issue_token(principal)
    return SignedIn(
        cookie={"Cookie": f"{SESSION_COOKIE}={session.token}"},
        csrf={"X-CSRF-Token": session.csrf},
        bearer={"Authorization": f"Bearer {token}"},
    )


@pytest.fixture
async def operator(accounts: Accounts) -> SignedIn:
    return await signed_in(accounts, Role.OPERATOR)


def client_for(
    app: ASGIApp, address: str = "127.0.0.1", base: str = "http://localhost:8080"
) -> httpx.AsyncClient:
    """Return a client of an application in this process, calling from an address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.fixture(scope="session")
def folder() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


@pytest.fixture
async def node(
    folder: PlantFolder, accounts: Accounts, tmp_path: Path, people_url: URL
) -> AsyncIterator[Node]:
    async with running_node(folder, accounts, tmp_path, people_url=people_url) as running:
        yield running


@pytest.fixture
async def client(node: Node, operator: SignedIn) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's program."""
    async with client_for(node.app) as opened:
        opened.headers.update(operator.bearer)
        yield opened
