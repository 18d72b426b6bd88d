"""What every request passes first: is it meant for us, who asks, did a page of ours send it.

    request id → host → body, bounded → session or token → origin and CSRF → the app
    uploads: … → session or token → may they? → origin and CSRF → body, bounded → the app
    every response: security headers; no caching but of static files

Sets on `request.state`: `request_id`, `principal`, `csrf`, `session_kind`, and `credential`, the
digest by which an open stream asks whether its session still stands.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission import SAFE_METHODS, HostRule, from_own_page, presented_secret, repeats_csrf, values_of
from api.problems import ErrorHandlers, ErrorPage
from api.routes import admit, principal_of
from api.uploads import UPLOADS, Upload, upload_of
from operations.accounts import Accounts
from operations.sessions import SessionKind, csrf_of
from telemetry.errors import Forbidden, RequestError, StoreAway, StoreError, TooMany

logger = logging.getLogger(__name__)

_Header = tuple[bytes, bytes]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_ALWAYS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_COME_AGAIN_S: Final = 5
_MAY_BE_STRICTER: Final = frozenset({b"content-security-policy"})
"""What a route may say for itself: a report is a page of its own, which names its one style by its hash."""
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_SIGN_IN: Final = frozenset({"/sign-in", "/api/v1/auth/token"})
_STATIC: Final = ("/static/", "/docs/static/")
_WITHOUT_ACCOUNTS: Final = frozenset({"/health/ready", "/metrics"})
# A link in a push says itself who opens it, also while accounts cannot be asked.
_ANONYMOUS: Final = (*_STATIC, "/health/live", "/a/")


class TooLarge(RequestError):
    """A body above the limit."""

    status = 413


class TooSlow(RequestError):
    """A body that does not arrive."""

    status = 408


class Misdirected(RequestError):
    """A request for another host."""

    status = 421


class _Gone(Exception):
    """Whoever asked hung up, or wants to hear no more."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of a body is taken, and how long it may take to arrive."""

    largest_bytes: int = 64 * 1024
    longest: timedelta = timedelta(seconds=15)


class AccessMiddleware:
    """Pure ASGI. `error_page` makes pages for browsers; without it errors are problems for all."""

    def __init__(
        self,
        app: ASGIApp,
        accounts: Accounts,
        hosts: HostRule,
        error_page: ErrorPage | None = None,
        body: BodyLimits | None = None,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._hosts = hosts
        self._errors = ErrorHandlers(error_page)
        self._body = body or BodyLimits()
        self._uploading = dict.fromkeys((upload.path for upload in UPLOADS), 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or answer it; WebSockets are refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        state = scope.setdefault("state", {})
        state |= {"principal": None, "csrf": None, "session_kind": None, "credential": None}
        state["request_id"] = request_id = secrets.token_hex(8)
        # Routes know GET; the server itself still sees HEAD and sends no body.
        scope = {**scope, "method": "GET"} if head else scope
        always = [*_ALWAYS, (b"x-request-id", request_id.encode())]
        if scope["scheme"] == "https":
            always.append(_HSTS)
        answer = _Answer(send, always, scope["path"].startswith(_STATIC), head)
        request = Request(scope)
        try:
            await self._app(scope, await self._admit(scope, receive), answer)
        except _Gone:
            return
        except Exception as error:
            if state.get("fault_told"):
                return
            if answer.started:
                raise
            await self._response_to(request, error)(scope, receive, answer)

    def _response_to(self, request: Request, error: Exception) -> Response:
        if isinstance(error, RequestError):
            return self._errors.refusal(request, error)
        if isinstance(error, StoreError):
            return self._errors.store_error(request, error)
        return self._errors.internal_error(request, error)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        """Return where the app receives from; RequestError for a request that is not let in."""
        headers = scope["headers"]
        if not self._hosts.allows(headers):
            raise Misdirected("host_not_allowed", "this node is not known by the name in the Host header")
        unsafe = scope["method"] not in SAFE_METHODS
        if (upload := upload_of(scope["method"], scope["path"])) is not None:
            return _Replay(await self._uploaded(scope, receive, upload), receive)
        body = await self._read(headers, receive, self._body) if unsafe else b""
        if not scope["path"].startswith(_ANONYMOUS):
            await self._identify_if_can(scope)
        if unsafe:
            _check_origin(scope, body)
        return _Replay(body, receive) if unsafe else receive

    async def _uploaded(self, scope: Scope, receive: Receive, upload: Upload) -> bytes:
        """Return a large body, of those only who may send it, and of a few at a time."""
        await self._identify(scope)
        admit(principal_of(Request(scope)), upload.permission)
        _check_origin(scope, b"")
        if self._uploading[upload.path] >= upload.at_once:
            raise TooMany("uploads_busy", "too many uploads at once; try again shortly", _COME_AGAIN_S)
        self._uploading[upload.path] += 1
        try:
            limits = BodyLimits(upload.largest_bytes, upload.longest)
            return await self._read(scope["headers"], receive, limits)
        finally:
            self._uploading[upload.path] -= 1

    async def _identify_if_can(self, scope: Scope) -> None:
        try:
            await self._identify(scope)
        except StoreAway:
            # They are what says that accounts cannot be reached; they tell strangers less.
            if scope["path"] not in _WITHOUT_ACCOUNTS:
                raise

    async def _identify(self, scope: Scope) -> None:
        presented = presented_secret(scope["headers"])
        if presented is None:
            return
        known = await self._accounts.identify(*presented)
        if known is None:
            return
        scope["state"] |= {
            "principal": known.principal,
            "session_kind": known.kind.value,
            "credential": known.digest,
            "csrf": csrf_of(presented[0]) if known.kind is SessionKind.COOKIE else None,
        }

    async def _read(self, headers: Any, receive: Receive, limits: BodyLimits) -> bytes:
        largest = limits.largest_bytes
        too_large = TooLarge("body_too_large", f"a request has at most {largest} bytes")
        for length in values_of(headers, b"content-length"):
            if not length.isdecimal() or len(length) > 18 or int(length) > largest:
                raise too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(limits.longest.total_seconds()):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > largest:
                        raise too_large
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise TooSlow("body_too_slow", "the request did not arrive in time") from None


class _Answer:
    """Sends on, with the headers every response has; of an answer to HEAD only these."""

    def __init__(self, send: Send, headers: Iterable[_Header], cacheable: bool, head: bool) -> None:
        self._send = send
        self._headers = tuple(headers)
        self._cacheable = cacheable
        self._head = head
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            await self._send({**message, "headers": self._secured(message.get("headers", ()))})
            if self._head:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif not self._head:
            await self._send(message)
        elif message.get("more_body", False):
            # Nobody takes the body, and it may be endless.
            raise _Gone

    def _secured(self, given: Iterable[_Header]) -> list[_Header]:
        own = list(given)
        stricter = {name.lower() for name, _ in own} & _MAY_BE_STRICTER
        headers = [*own, *((name, value) for name, value in self._headers if name not in stricter)]
        if not self._cacheable and not any(name.lower() == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
        return headers


class _Replay:
    """Receives a body that was read already, then what comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _check_origin(scope: Scope, body: bytes) -> None:
    """Raise Forbidden for an unsafe request that a page of another site may have caused."""
    headers = scope["headers"]
    presented = presented_secret(headers)
    if presented is not None and presented[1] is SessionKind.BEARER:
        return
    if not from_own_page(headers, scope["scheme"]):
        raise Forbidden("cross_origin", "a page of another site may not do this")
    csrf = scope["state"]["csrf"]
    # A sign-in page may be older than the session that another tab has opened since.
    if csrf is not None and scope["path"] not in _SIGN_IN and not repeats_csrf(headers, body, csrf):
        raise Forbidden("csrf_failed", "the page is out of date: load it again, then repeat this")
