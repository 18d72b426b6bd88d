"""A node with its console, and people of some roles in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from config.folder import PlantFolder
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import accounts, folder, people_url, signed_in
from tests.api.node import Node, running_node
from tests.web.console import browser, console_of
from web.language import Language

__all__ = ["accounts", "folder", "people_url"]


@pytest.fixture
def zh() -> Language:
    return Language("zh_CN")


@pytest.fixture
def en() -> Language:
    return Language("en")


@pytest.fixture
async def node(folder: PlantFolder, accounts: Accounts, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(folder, accounts, tmp_path) as running:
        yield running


@pytest.fixture
def console(node: Node) -> ASGIApp:
    return console_of(node)


@pytest.fixture
async def stranger(console: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(console) as client:
        yield client


@pytest.fixture
async def operator(console: ASGIApp, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(console, await signed_in(accounts, Role.OPERATOR)) as client:
        yield client


@pytest.fixture
async def laboratory(console: ASGIApp, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(console, await signed_in(accounts, Role.LABORATORY)) as client:
        yield client
