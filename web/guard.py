"""Who may open a page, and what is answered to those who may not."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from operations.access import Permission, Principal, Role
from telemetry.errors import Forbidden, Invalid, RequestError, StoreAway, StoreError, Unauthenticated
from telemetry.people import is_text
from web.page import Pages

logger = logging.getLogger(__name__)

HOME: Final = "/wall"
_HOME_ON_DUTY: Final = "/my-shift"
OPEN: Final = frozenset({"/", "/sign-in", "/sign-out", "/a/{token}"})
"""Paths of the console for everybody. Of all others, who asks is looked at before anything else is."""


def principal_of(request: Request) -> Principal:
    """Return who asks; Unauthenticated for nobody, Forbidden for who may not even see."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise Unauthenticated("not_signed_in", "sign in to see the plant")
    if not principal.may(Permission.VIEW):
        raise Forbidden("not_permitted", "this role does not see the plant")
    return principal


def home_of(request: Request, principal: Principal | None) -> str:
    """Return the page that somebody begins with: an operator's on the phone is the turn in hand."""
    on_phone = "Mobi" in request.headers.get("user-agent", "")
    operates = principal is not None and principal.role is Role.OPERATOR
    return _HOME_ON_DUTY if on_phone and operates else HOME


def is_fragment(request: Request) -> bool:
    """Whether a script asks for a part of a page."""
    return request.headers.get("hx-request") == "true"


def local_path(target: str | None) -> str:
    """Return where to go after signing in: a path of this console, never another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return HOME
    if any(ord(character) < 0x21 or character == "\\" for character in target):
        return HOME
    parts = urlsplit(target)
    return HOME if parts.scheme or parts.netloc or parts.path == "/sign-in" else target


def sign_in_address(request: Request) -> str:
    """Return the sign-in page that leads back to this one."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(asked, safe='/')}"


def _check_text(request: Request) -> None:
    """Raise Invalid for a parameter with control characters: databases take no NUL."""
    given = (*request.path_params.values(), *request.query_params.values())
    if not all(is_text(str(value)) for value in given):
        raise Invalid("invalid_request", "a parameter has control characters in it")


def route_class(pages: Pages) -> type[APIRoute]:
    """Return a route class that lets nobody in unknown, and answers errors as pages.

    Scripts are answered by the status alone.
    """

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()
            is_open = self.path in OPEN

            async def answer(request: Request) -> Response:
                try:
                    if not is_open:
                        principal_of(request)
                        _check_text(request)
                    return await handler(request)
                except Unauthenticated:
                    if is_fragment(request):
                        return Response(status_code=401)
                    return RedirectResponse(sign_in_address(request), status_code=303)
                except RequestError as error:
                    return pages.error(request, error.status, str(error), error.code)
                except RequestValidationError as error:
                    # What stands in the path leads nowhere; what stands elsewhere was filled in wrongly.
                    in_path = any(found["loc"][0] == "path" for found in error.errors())
                    return pages.error(request, 404 if in_path else 422, "")
                except StoreAway:
                    return pages.people_away(request)
                except StoreError as error:
                    logger.warning("%s: %s", request.url.path, error)
                    return pages.error(request, 503, str(error))

            return answer

    return PageRoute
