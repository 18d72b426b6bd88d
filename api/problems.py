"""Errors as the API tells them: RFC 9457 problem+json with a stable `code`, never an internal.

    {"type": "urn:outfall:problem:point_not_found", "title": "Point not found", "status": 404,
     "detail": "there is no point AE_D01; perhaps AE_DO1", "code": "point_not_found"}

A page asked for by a browser is answered by `error_page`, where the console gives one.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from telemetry.errors import Invalid, RequestError, StoreAway, StoreError, TooMany, Unauthenticated

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_PEOPLE_AWAY: Final = (
    "accounts cannot be reached at this moment, so nobody can be let in; the node goes on reading, storing"
    " and judging; try again shortly"
)
_MOST_ERRORS: Final = 20
_API: Final = ("/api/", "/health/", "/metrics", "/docs", "/openapi.json")
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
_CODES: Final = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}

ErrorPage = Callable[[Request, int, str, str], Response]
"""Makes a page of a request, a status, a code and a sentence."""


class FieldError(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(examples=["query.from"])
    what: str = Field(examples=["the time has no UTC offset; write 2026-11-21T08:00:00+08:00"])


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable, texts are for people."""

    type: str = Field(examples=["urn:outfall:problem:point_not_found"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["point_not_found"])
    errors: list[FieldError] | None = Field(
        default=None, description="which parts of the request, where it is theirs"
    )


class InvalidRequest(Invalid):
    """Some parts of a request make no sense; each is named."""

    def __init__(self, errors: Sequence[FieldError], code: str = "invalid_request") -> None:
        super().__init__(code, "; ".join(f"{e.where}: {e.what}" for e in errors))
        self.errors = errors


def invalid(where: str, what: str, code: str = "invalid_request") -> InvalidRequest:
    """Return the error for one part of a request."""
    return InvalidRequest([FieldError(where=where, what=what)], code)


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """Return a problem as a response; `members` are further ones of the document."""
    document = {
        "type": f"urn:outfall:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    } | members
    if listed := [error.model_dump() for error in errors]:
        document["errors"] = listed
    body = orjson.dumps(document)
    return Response(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Return whether a person's browser asks for a page, not a program for data."""
    return not request.url.path.startswith(_API) and "text/html" in request.headers.get("accept", "")


class ErrorHandlers:
    """Turns what a route raises into a response."""

    def __init__(self, error_page: ErrorPage | None = None) -> None:
        self._error_page = error_page

    def refusal(self, request: Request, error: RequestError) -> Response:
        """Answer a request that cannot be done."""
        headers: dict[str, str] = {}
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.retry_after_s)
        errors = error.errors if isinstance(error, InvalidRequest) else ()
        return self._answer(request, error.status, error.code, _printable(str(error)), errors, headers)

    def invalid_request(self, request: Request, error: RequestValidationError) -> Response:
        """Answer a request whose parts do not fit what the route declares."""
        found = error.errors()
        errors = [FieldError(where=_where(e), what=_what(e)) for e in found[:_MOST_ERRORS]]
        return self.refusal(request, InvalidRequest(errors))

    def http_error(self, request: Request, error: HTTPException) -> Response:
        """Answer what the framework itself refuses: an unknown path, a wrong method, a broken body."""
        code = _CODES.get(error.status_code, "http_error")
        detail = {
            "not_found": f"there is nothing at {_printable(request.url.path[:200])}",
            "method_not_allowed": f"{request.method} means nothing here",
        }.get(code, str(error.detail))
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods_of(request))
        return self._answer(request, error.status_code, code, detail, (), headers)

    def store_error(self, request: Request, error: StoreError) -> Response:
        """Answer while a store cannot be read or written."""
        if isinstance(error, StoreAway):
            # Whoever looks after it has said so once: every wall asks every few seconds.
            return self._answer(request, 503, "people_unavailable", _PEOPLE_AWAY, (), {"Retry-After": "5"})
        logger.error("%s %s: %s", request.method, _printable(request.url.path), error)
        detail = "the store cannot be read or written at this moment; the node's log says why"
        return self._answer(request, 503, "store_unavailable", detail, (), {"Retry-After": "5"})

    def internal_error(self, request: Request, error: Exception) -> Response:
        """Answer a fault of the product; its story goes to the log only, once, under the request's id."""
        request.state.fault_told = True
        request_id = getattr(request.state, "request_id", "-")
        path = _printable(request.url.path)
        logger.error("request %s failed: %s %s", request_id, request.method, path, exc_info=error)
        detail = f"something went wrong here; the node's log says what, under request {request_id}"
        return self._answer(request, 500, "internal_error", detail, (), {})

    def _answer(
        self,
        request: Request,
        status: int,
        code: str,
        detail: str,
        errors: Iterable[FieldError],
        headers: Mapping[str, str],
    ) -> Response:
        if self._error_page is not None and wants_page(request):
            response = self._error_page(request, status, code, detail)
            response.headers.update(headers)
            return response
        return problem(status, code, detail, errors, headers)


def install_error_handlers(app: FastAPI, error_page: ErrorPage | None = None) -> None:
    """Answer every error of the app's routes with a problem, or with a page where one is asked for."""
    handlers = ErrorHandlers(error_page)

    @app.exception_handler(RequestError)
    async def _refusal(request: Request, error: RequestError) -> Response:
        return handlers.refusal(request, error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return handlers.invalid_request(request, error)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return handlers.http_error(request, error)

    @app.exception_handler(StoreError)
    async def _store(request: Request, error: StoreError) -> Response:
        return handlers.store_error(request, error)

    @app.exception_handler(Exception)
    async def _internal(request: Request, error: Exception) -> Response:
        return handlers.internal_error(request, error)


def _methods_of(request: Request) -> list[str]:
    """Return every method of a path: the framework names those of one route only."""
    routes = request.app.router.routes
    known = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return sorted([*known, "HEAD"] if "GET" in known else known)


def _where(error: Mapping[str, Any]) -> str:
    # The place of a mistake in JSON is a count of characters, and no part of the body.
    location = error["loc"][:1] if error["type"] == "json_invalid" else error["loc"]
    return _printable(".".join(str(part) for part in location)[:120])


def _what(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"not JSON: {_printable(str(error.get('ctx', {}).get('error', '')))}"
    return str(error["msg"]).removeprefix("Value error, ")


def _printable(text: str) -> str:
    """Return a text without what would break a line or cannot be encoded."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
