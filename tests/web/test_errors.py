"""What fails is a page that says what failed and offers again."""

from typing import Any

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from telemetry.errors import StoreAway, StoreError
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, console_of, text_of


async def test_an_address_that_leads_nowhere_is_a_page(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/nowhere", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "Nothing here" in text_of(answer.text)


async def test_an_address_of_the_api_stays_a_problem_for_programs(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/api/v1/nowhere", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_store_that_cannot_be_read_is_said_with_a_way_to_try_again(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(**_: object) -> None:
        raise StoreError("alarm journal: the disk is full")

    monkeypatch.setattr(type(node.alarms), "journal", lambda self, **given: fail(**given))

    answer = await operator.get("/alarms/journal")

    assert answer.status_code == 503
    assert "Not available at present" in text_of(answer.text)
    assert 'href="/alarms/journal">Try again' in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Accounts cannot be reached Nobody can sign in until"),
        ("zh", "账户数据库连接不上 账户数据库恢复之前无法登录"),
    ],
)
async def test_that_accounts_cannot_be_reached_is_said_in_the_readers_language(
    node: Node, accounts: Accounts, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    async def away(*_: Any) -> None:
        raise StoreAway("postgresql+psycopg://outfall:***@db/outfall: not read: connection refused")

    reader = browser(console_of(node), await signed_in(accounts, Role.OPERATOR), language)
    monkeypatch.setattr(accounts, "identify", away)

    answer = await reader.get("/wall")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert words in text_of(answer.text)
    assert "postgresql" not in answer.text


async def test_every_page_names_its_policy_and_is_kept_by_nobody(operator: httpx.AsyncClient) -> None:
    for page in ("/wall", "/trends", "/alarms", "/alarms/journal"):
        answer = await operator.get(page)

        assert answer.headers["cache-control"] == "no-store"
        assert "script-src 'self';" in answer.headers["content-security-policy"]
