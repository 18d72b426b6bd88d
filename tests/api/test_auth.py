"""Programs sign in and out."""

from typing import Any

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import SignedIn, client_for
from tests.api.node import Node

TOKEN = "/api/v1/auth/token"


@pytest.fixture
def stranger(node: Node) -> httpx.AsyncClient:
    return client_for(node.app, address="198.51.100.7")


async def _sign_in(client: httpx.AsyncClient, **form: Any) -> httpx.Response:
    return await client.post(TOKEN, data={"username": "operator", "password": "demo"} | form)


async def test_the_password_form_gives_a_token_that_works_until_it_is_revoked(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await _sign_in(stranger, grant_type="password")
    token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    me = await stranger.get("/api/v1/me", headers=headers)
    gone = await stranger.delete(TOKEN, headers=headers)
    afterwards = await stranger.get("/api/v1/me", headers=headers)

    assert answer.json() == {"access_token": token, "token_type": "bearer", "expires_in": 12 * 3600}
    assert answer.headers["cache-control"] == "no-store"
    assert me.json() == {
        "name": "operator",
        "role": "operator",
        "permissions": ["acknowledge", "attend", "diagnose", "enter_readings", "view", "write_log"],
        "session": "bearer",
    }
    assert (gone.status_code, gone.content) == (204, b"")
    assert afterwards.status_code == 401


async def test_a_wrong_name_and_a_wrong_password_look_the_same(stranger: httpx.AsyncClient) -> None:
    wrong_password = await _sign_in(stranger, password="no")
    wrong_name = await _sign_in(stranger, username="nobody")

    assert wrong_password.status_code == wrong_name.status_code == 401
    assert wrong_password.json() == wrong_name.json() | {}
    assert wrong_password.json() == {
        "type": "urn:outfall:problem:bad_credentials",
        "title": "Bad credentials",
        "status": 401,
        "detail": "the name or the password is wrong",
        "code": "bad_credentials",
        "error": "invalid_grant",
    }
    assert wrong_password.headers["www-authenticate"] == "Bearer"


async def test_after_failures_the_answer_says_how_long_to_wait(stranger: httpx.AsyncClient) -> None:
    answers = [await _sign_in(stranger, password=f"guess {n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many_sign_ins"
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_forwarded_address_is_not_believed(stranger: httpx.AsyncClient) -> None:
    answers = [
        await stranger.post(
            TOKEN,
            data={"username": "operator", "password": "no"},
            headers={"X-Forwarded-For": f"192.0.2.{n}", "X-Real-IP": f"192.0.2.{n}"},
        )
        for n in range(6)
    ]

    assert answers[-1].status_code == 429


@pytest.mark.parametrize(
    ("body", "kind", "status", "where"),
    [
        (b"username=operator", "application/x-www-form-urlencoded", 422, "body.password"),
        (b"", "application/x-www-form-urlencoded", 422, "body.username"),
        (b'{"username": "operator", "password": "demo"}', "application/json", 422, "body.username"),
        (
            b"username=operator&password=demo&grant_type=magic",
            "application/x-www-form-urlencoded",
            422,
            "body.grant_type",
        ),
        (
            b"username=operator&password=" + b"x" * 5000,
            "application/x-www-form-urlencoded",
            422,
            "body.password",
        ),
        (b"username=%ff%fe&password=%00", "application/x-www-form-urlencoded", 401, None),
        (b"username=operator&password=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413, None),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422, "body.username"),
        (b"broken", "multipart/form-data", 400, None),
        (b"&".join([b"a=b"] * 2000), "application/x-www-form-urlencoded", 400, None),
    ],
)
async def test_a_broken_form_is_no_fault(
    stranger: httpx.AsyncClient, body: bytes, kind: str, status: int, where: str | None
) -> None:
    answer = await stranger.post(TOKEN, content=body, headers={"Content-Type": kind})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if where is not None:
        assert where in [error["where"] for error in answer.json()["errors"]]
    assert "demo" not in answer.text


async def test_a_browsers_session_is_not_ended_as_a_token(
    stranger: httpx.AsyncClient, operator: SignedIn
) -> None:
    answer = await stranger.delete(TOKEN, headers=operator.cookie | operator.csrf)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_token")


@pytest.mark.parametrize("change", ["password", "role", "deactivation"])
async def test_a_changed_account_is_a_stranger_at_once(
    stranger: httpx.AsyncClient, accounts: Accounts, operator: SignedIn, change: str
) -> None:
    if change == "password":
        accounts.set_password("operator", "another horse", by="cli")
    elif change == "role":
        accounts.set_role("operator", Role.MANAGER, by="cli")
    else:
        accounts.deactivate("operator", by="cli")

    for headers in (operator.bearer, operator.cookie):
        assert (await stranger.get("/api/v1/me", headers=headers)).status_code == 401
