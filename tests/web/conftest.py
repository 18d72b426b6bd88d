"""A node with its console, people of every role, and browsers without a screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from config.folder import PlantFolder
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import SignedIn, accounts, client_for, folder, signed_in
from tests.api.node import Node, running_node
from web.build import static_app, web_router
from web.language import Language
from web.services import WebServices

__all__ = ["accounts", "folder"]


def services_of(node: Node) -> WebServices:
    """Return a node's parts as the console takes them."""
    return WebServices(node.folder, node.clock, node.live, node.history, node.alarms, node.accounts)


def with_console(node: Node) -> Node:
    """Return the node with the console's pages in its application."""
    node.app.include_router(web_router(services_of(node)))
    node.app.mount("/static", static_app())
    return node


@pytest.fixture
def zh() -> Language:
    return Language("zh_CN")


@pytest.fixture
def en() -> Language:
    return Language("en")


@pytest.fixture
async def node(folder: PlantFolder, accounts: Accounts, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(folder, accounts, tmp_path) as running:
        yield with_console(running)


def browser(node: Node, who: SignedIn | None = None, language: str = "en") -> httpx.AsyncClient:
    """Return a browser, signed in or not."""
    client = client_for(node.app)
    client.headers["Accept-Language"] = language
    if who is not None:
        client.headers.update(who.cookie)
    return client


@pytest.fixture
async def stranger(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(node) as client:
        yield client


@pytest.fixture
async def operator(node: Node, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    who = await signed_in(accounts, Role.OPERATOR)
    async with browser(node, who) as client:
        client.headers.update(who.csrf)
        yield client


@pytest.fixture
async def laboratory(node: Node, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    who = await signed_in(accounts, Role.LABORATORY)
    async with browser(node, who) as client:
        client.headers.update(who.csrf)
        yield client
