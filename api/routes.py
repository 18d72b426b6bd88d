"""Routes that state who may use them, and take no parameter they do not know.

A route is declared with `stated(permission, ...)`; without it it cannot be made. The permission is
looked at before any parameter is, so that strangers learn nothing about those.
"""

import ipaddress
from collections.abc import Callable, Coroutine, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, Final, get_args, get_origin

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.problems import MEDIA_TYPE, FieldError, InvalidRequest
from operations.access import Permission, Principal
from telemetry.errors import Forbidden, Unauthenticated
from telemetry.people import Actor, is_text, is_written

PERMISSION: Final = "x-permission"
EVERYBODY: Final = "everybody"
_MOST_ERRORS: Final = 10
_NO_TEXT: Final = "has control characters in it"
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def stated(permission: Permission | None, *problems: int, schema: bool = True) -> dict[str, Any]:
    """Return a route's arguments: who may use it (None: everybody), and the problems it answers with."""
    always = (401, 403) if permission is not None else ()
    return {
        "openapi_extra": {PERMISSION: EVERYBODY if permission is None else permission.value},
        "responses": {status: problem_response(status) for status in sorted({*always, 422, 500, *problems})},
        "include_in_schema": schema,
    }


def problem_response(status: int) -> dict[str, Any]:
    """Return how OpenAPI describes a problem."""
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: reference}}


class GuardedRoute(APIRoute):
    """A route that asks for its permission first and refuses unknown and repeated parameters."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        super().__init__(path, endpoint, **settings)
        self.permission = _permission(path, self.openapi_extra or {})

    def get_route_handler(self) -> Handler:
        """Return the handler with what comes before it."""
        handle = super().get_route_handler()
        repeatable = {
            field.alias: _is_list(field.field_info.annotation) for field in self.dependant.query_params
        }

        has_body = self.body_field is not None

        async def guarded(request: Request) -> Response:
            if self.permission is not None:
                admit(principal_of(request), self.permission)
            _check_parameters(request, repeatable)
            if has_body:
                await _check_body(request)
            return await handle(request)

        return guarded


def principal_of(request: Request) -> Principal:
    """Return who asks; Unauthenticated when nobody knows."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise Unauthenticated("not_signed_in", "sign in, or send a bearer token from /api/v1/auth/token")
    return principal


def actor_of(request: Request) -> Actor:
    """Return who asks, as records name it; Unauthenticated when nobody knows."""
    return principal_of(request).actor


def client_of(request: Request) -> str:
    """Return the address a request comes from; forwarded ones are not believed."""
    return request.client.host if request.client else "local"


def is_this_machine(request: Request) -> bool:
    """Return whether a request comes from this machine, and through no proxy on it."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(client_of(request)).is_loopback
    except ValueError:
        return False


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(get_origin(part) is list for part in get_args(annotation))


def _permission(path: str, extra: Mapping[str, Any]) -> Permission | None:
    if PERMISSION not in extra:
        raise TypeError(f"{path}: a route states who may use it, see api.routes.stated")
    word = extra[PERMISSION]
    return None if word == EVERYBODY else Permission(word)


def admit(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden where somebody may not."""
    if not principal.may(permission):
        raise Forbidden(
            "not_permitted", f"the role {principal.role.value} may not {permission.value.replace('_', ' ')}"
        )


def _check_parameters(request: Request, repeatable: Mapping[str, bool]) -> None:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for name, value in request.path_params.items():
        if not is_text(str(value)):
            errors.append(FieldError(where=f"path.{name}", what=_NO_TEXT))
    for name, value in request.query_params.multi_items():
        if name not in repeatable:
            errors.append(FieldError(where=f"query.{name[:40]}", what=_unknown(name[:40], repeatable)))
        elif name in seen and not repeatable[name]:
            errors.append(FieldError(where=f"query.{name}", what="given more than once"))
        elif not is_text(value):
            errors.append(FieldError(where=f"query.{name}", what=_NO_TEXT))
        seen.add(name)
        if len(errors) == _MOST_ERRORS:
            break
    if errors:
        raise InvalidRequest(errors)


async def _check_body(request: Request) -> None:
    try:
        left = [("body", await request.json())]
    except (ValueError, RecursionError):
        return  # What is no JSON at all is told by who reads it.
    errors: list[FieldError] = []
    while left and len(errors) < _MOST_ERRORS:
        where, part = left.pop()
        if isinstance(part, str):
            if not is_written(part):
                errors.append(FieldError(where=where, what=_NO_TEXT))
        elif isinstance(part, list):
            left += [(f"{where}.{number}", each) for number, each in reversed([*enumerate(part)])]
        elif isinstance(part, dict):
            if not all(map(is_written, part)):
                errors.append(FieldError(where=where, what=_NO_TEXT))
            else:
                left += [(f"{where}.{name[:40]}", each) for name, each in reversed(part.items())]
    if errors:
        raise InvalidRequest(errors)


def _unknown(name: str, known: Mapping[str, bool]) -> str:
    if not known:
        return "this takes no parameters"
    near = get_close_matches(name, known, n=1)
    return f"unknown; perhaps {near[0]}" if near else f"unknown; there are {', '.join(known)}"
