"""Who may enter, correct and mark what."""

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node

REGULATED, PROCESS = "EFF_AIT_COD", "AE_DO1"
SPAN = {"from": "2026-11-21T07:00:00+08:00", "to": "2026-11-21T08:00:00+08:00", "kind": "calibration"}


@pytest.fixture
async def contractor(node: Node, accounts: Accounts) -> httpx.AsyncClient:
    return await _client(node, accounts, Role.CONTRACTOR)


@pytest.fixture
async def engineer(node: Node, accounts: Accounts) -> httpx.AsyncClient:
    return await _client(node, accounts, Role.ENGINEER)


async def _client(node: Node, accounts: Accounts, role: Role) -> httpx.AsyncClient:
    client = client_for(node.app)
    client.headers.update((await signed_in(accounts, role)).bearer)
    return client


async def mark(client: httpx.AsyncClient, tag: str) -> httpx.Response:
    return await client.post("/api/v1/marks", json={"tag": tag, **SPAN, "reason": "标液校准"})


async def withdraw(client: httpx.AsyncClient, made: httpx.Response) -> httpx.Response:
    path = f"/api/v1/marks/{made.json()['id']}/withdraw"
    return await client.post(path, json={"reason": "标错"})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_contractor_marks_regulated_analysers_and_nothing_else(
    node: Node, contractor: httpx.AsyncClient, engineer: httpx.AsyncClient
) -> None:
    node.read((REGULATED, -1800, 21.0), (PROCESS, -1800, 2.0))

    refused, own, any_point = (
        await mark(contractor, PROCESS),
        await mark(contractor, REGULATED),
        await mark(engineer, PROCESS),
    )

    assert code(refused) == (403, "not_regulated")
    assert "an engineer marks it" in refused.json()["detail"]
    assert (own.status_code, own.json()["by"]) == (201, "contractor")
    assert any_point.status_code == 201


async def test_the_contractor_takes_back_its_own_marks_only(
    node: Node, contractor: httpx.AsyncClient, engineer: httpx.AsyncClient
) -> None:
    node.read((REGULATED, -1800, 21.0), (REGULATED, -900, 22.0))
    others = await mark(engineer, REGULATED)
    refused = await withdraw(contractor, others)
    taken_back = await withdraw(engineer, others)
    own = await mark(contractor, REGULATED)

    assert code(refused) == (403, "not_own_mark")
    assert taken_back.status_code == 201
    assert (await withdraw(contractor, own)).status_code == 201
    assert code(await withdraw(contractor, own)) == (409, "already_withdrawn")


async def test_an_engineer_takes_back_anybodys_mark(
    node: Node, contractor: httpx.AsyncClient, engineer: httpx.AsyncClient
) -> None:
    node.read((REGULATED, -1800, 21.0))

    assert (await withdraw(engineer, await mark(contractor, REGULATED))).status_code == 201


async def test_a_program_sees_what_its_role_may_mark(
    contractor: httpx.AsyncClient, engineer: httpx.AsyncClient
) -> None:
    may = [(await client.get("/api/v1/me")).json()["permissions"] for client in (contractor, engineer)]

    assert may[0] == ["mark_readings", "view"]
    assert {"mark_all", "mark_readings"} <= set(may[1])
