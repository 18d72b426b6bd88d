"""What every request passes first, and what every answer carries."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Form, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from api.admission import HostRule
from api.problems import install_error_handlers
from app.middleware import CONTENT_SECURITY_POLICY, AccessMiddleware, BodyLimits
from operations.access import Role
from operations.accounts import Accounts
from operations.sessions import SESSION_COOKIE
from tests.api.conftest import SignedIn, client_for

OWN_PAGE = {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
FOREIGN_PAGE = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def page_of_error(request: Request, status: int, code: str, detail: str) -> Response:
    return HTMLResponse(f"<h1>{code}</h1>", status)


def small_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    install_error_handlers(app, page_of_error)

    @app.get("/api/who")
    async def who(request: Request) -> dict[str, Any]:
        state = request.state
        return {
            "name": state.principal and state.principal.name,
            "kind": state.session_kind,
            "csrf": state.csrf is not None,
        }

    @app.post("/api/change")
    async def change(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/sign-in")
    async def sign_in(name: str = Form()) -> dict[str, str]:
        return {"name": name}

    @app.post("/sign-out")
    async def sign_out(csrf: str = Form()) -> dict[str, bool]:
        return {"form": bool(csrf)}

    @app.get("/static/style.css")
    async def style(request: Request) -> Response:
        return PlainTextResponse("x", headers={"X-Signed-In": str(request.state.principal is not None)})

    @app.get("/wall")
    @app.get("/api/boom")
    async def boom() -> None:
        raise RuntimeError("secret of the product")

    @app.get("/endless")
    async def endless() -> Response:
        async def words() -> AsyncIterator[bytes]:
            while True:
                yield b"word"
                await asyncio.sleep(0)

        return StreamingResponse(words())

    return app


@pytest.fixture
def client(accounts: Accounts) -> httpx.AsyncClient:
    limits = BodyLimits(largest_bytes=1000, longest=timedelta(seconds=0.2))
    return client_for(
        AccessMiddleware(small_app(), accounts, HostRule.of("127.0.0.1"), page_of_error, limits)
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_every_answer_carries_the_headers_of_security(client: httpx.AsyncClient) -> None:
    for path, status in (("/api/who", 200), ("/nowhere", 404), ("/api/change", 405), ("/api/boom", 500)):
        answer = await client.get(path)

        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 16
        assert "strict-transport-security" not in answer.headers
    assert "cache-control" not in (await client.get("/static/style.css")).headers


async def test_tls_is_asked_for_again_once_it_was_there(accounts: Accounts) -> None:
    app = AccessMiddleware(small_app(), accounts, HostRule.of("0.0.0.0", ["plant.example"]))

    answer = await client_for(app, base="https://plant.example").get("/api/who")

    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_name_that_was_made_to_resolve_to_us_is_refused(
    client: httpx.AsyncClient, operator: SignedIn
) -> None:
    answer = await client.get("/api/who", headers={"Host": "evil.example:8080", **operator.cookie})

    assert code(answer) == (421, "host_not_allowed")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


async def test_cookie_and_token_say_who_asks(client: httpx.AsyncClient, operator: SignedIn) -> None:
    by_cookie = await client.get("/api/who", headers=operator.cookie)
    by_token = await client.get("/api/who", headers=operator.bearer)
    by_both = await client.get("/api/who", headers=operator.cookie | operator.bearer)
    by_neither = await client.get("/api/who")

    assert by_cookie.json() == {"name": "operator", "kind": "cookie", "csrf": True}
    assert by_token.json() == {"name": "operator", "kind": "bearer", "csrf": False}
    assert by_both.json() == by_token.json()
    assert by_neither.json() == {"name": None, "kind": None, "csrf": False}


async def test_a_bad_token_is_not_made_good_by_a_cookie(
    client: httpx.AsyncClient, operator: SignedIn
) -> None:
    bad = {"Authorization": "Bearer " + "A" * 43}

    answer = await client.get("/api/who", headers=operator.cookie | bad)

    assert answer.json()["name"] is None


async def test_a_planted_cookie_is_not_taken_over(client: httpx.AsyncClient, accounts: Accounts) -> None:
    planted = "A" * 43
    answer = await client.get("/api/who", headers={"Cookie": f"{SESSION_COOKIE}={planted}"})
    principal = await accounts.authenticate("operator", "demo", "192.0.2.1")
    session = accounts.open_session(principal)

    assert answer.json()["name"] is None
    assert session.token != planted
    assert accounts.principal_of_session(planted) is None


async def test_static_files_need_no_look_up(client: httpx.AsyncClient, operator: SignedIn) -> None:
    answer = await client.get("/static/style.css", headers=operator.cookie)

    assert answer.headers["x-signed-in"] == "False"


async def test_a_cookie_changes_nothing_without_its_word(
    client: httpx.AsyncClient, operator: SignedIn
) -> None:
    async def post(*headers: dict[str, str]) -> int:
        sent = {name: value for some in headers for name, value in some.items()}
        return (await client.post("/api/change", headers=operator.cookie | sent, content=b"{}")).status_code

    json = {"Content-Type": "application/json"}
    assert await post(OWN_PAGE, json) == 403
    assert await post(OWN_PAGE, {"X-CSRF-Token": ""}) == 403
    assert await post(OWN_PAGE, {"X-CSRF-Token": "0" * 64}) == 403
    assert await post({"Content-Type": "text/plain"}) == 403
    assert await post(FOREIGN_PAGE, operator.csrf) == 403
    assert await post({"Origin": "null"}, operator.csrf) == 403
    assert await post(OWN_PAGE, operator.csrf, json) == 200
    assert await post(operator.csrf) == 200


async def test_the_word_of_another_session_does_not_count(
    client: httpx.AsyncClient, accounts: Accounts, operator: SignedIn
) -> None:
    principal = await accounts.authenticate("engineer", "demo", "192.0.2.9")
    other = accounts.open_session(principal)

    answer = await client.post("/api/change", headers=operator.cookie | {"X-CSRF-Token": other.csrf})

    assert code(answer) == (403, "csrf_failed")


async def test_a_form_may_carry_the_word(client: httpx.AsyncClient, operator: SignedIn) -> None:
    word = operator.csrf["X-CSRF-Token"]

    with_word = await client.post("/sign-out", headers=operator.cookie | OWN_PAGE, data={"csrf": word})
    without = await client.post("/sign-out", headers=operator.cookie | OWN_PAGE, data={"csrf": "no"})

    assert (with_word.status_code, with_word.json()) == (200, {"form": True})
    assert code(without) == (403, "csrf_failed")


async def test_a_token_needs_no_word(client: httpx.AsyncClient, operator: SignedIn) -> None:
    answer = await client.post("/api/change", headers=operator.bearer, content=b"12")

    assert answer.json() == {"bytes": 2}


async def test_a_sign_in_page_from_before_another_tab_signed_in_still_works(
    client: httpx.AsyncClient, operator: SignedIn
) -> None:
    answer = await client.post("/sign-in", headers=operator.cookie | OWN_PAGE, data={"name": "li"})

    assert answer.json() == {"name": "li"}


async def test_another_site_signs_nobody_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", headers=FOREIGN_PAGE, data={"name": "attacker"})

    assert code(answer) == (403, "cross_origin")


async def test_a_session_ends_at_once_for_the_next_request(
    client: httpx.AsyncClient, accounts: Accounts, operator: SignedIn
) -> None:
    accounts.set_role("operator", Role.LABORATORY, by="cli")

    for headers in (operator.cookie, operator.bearer):
        assert (await client.get("/api/who", headers=headers)).json()["name"] is None


async def test_a_body_above_the_limit_is_refused(client: httpx.AsyncClient, operator: SignedIn) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 100

    told = await client.post("/api/change", headers=operator.bearer, content=b"x" * 1001)
    untold = await client.post("/api/change", headers=operator.bearer, content=chunks())
    fits = await client.post("/api/change", headers=operator.bearer, content=b"x" * 1000)
    nonsense = await client.post("/api/change", headers=operator.bearer | {"Content-Length": "9" * 400})

    assert code(told) == (413, "body_too_large")
    assert code(untold) == (413, "body_too_large")
    assert fits.json() == {"bytes": 1000}
    assert code(nonsense) == (413, "body_too_large")


async def test_a_body_that_does_not_arrive_is_not_waited_for(
    client: httpx.AsyncClient, operator: SignedIn
) -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(30)

    answer = await client.post("/api/change", headers=operator.bearer, content=drops())

    assert code(answer) == (408, "body_too_slow")


async def test_a_fault_is_told_to_the_log_only(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/api/boom", headers={"Accept": "text/html"})

    assert code(answer) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert answer.headers["x-request-id"] in record.getMessage()
    assert record.exc_info is not None
    assert "secret of the product" in str(record.exc_info[1])


async def test_a_browser_is_shown_pages_where_the_console_has_some(client: httpx.AsyncClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    assert (await client.get("/wall", headers=browser)).text == "<h1>internal_error</h1>"
    assert (await client.get("/nowhere", headers=browser)).text == "<h1>not_found</h1>"
    assert code(await client.get("/nowhere")) == (404, "not_found")
    assert code(await client.get("/api/nowhere", headers=browser)) == (404, "not_found")


async def test_head_is_get_without_a_body_and_ends_what_would_not_end(client: httpx.AsyncClient) -> None:
    get, head = await client.get("/api/who"), await client.head("/api/who")
    endless = await client.head("/endless")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert (endless.status_code, endless.content) == (200, b"")


async def test_options_lets_no_other_site_in(client: httpx.AsyncClient) -> None:
    asks = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}

    answer = await client.options("/api/change", headers=asks)

    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_web_socket_is_refused(accounts: Accounts) -> None:
    app = AccessMiddleware(small_app(), accounts, HostRule.of("127.0.0.1"))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/", "headers": []}, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_a_strange_path_or_method_is_no_fault(client: httpx.AsyncClient) -> None:
    for path in (
        "/%00",
        "/%ff%fe",
        "/api/%0d%0aSet-Cookie:x",
        "/" + "a" * 5000,
        "/..%2f..%2fetc/passwd",
        "//",
    ):
        assert (await client.get(path)).status_code == 404
    assert (await client.request("BREW", "/api/who")).status_code == 405
    assert (await client.request("TRACE", "/api/who")).status_code == 405
