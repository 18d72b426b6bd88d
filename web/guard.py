"""Who may open a page, and what is answered to those who may not."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from operations.access import Permission, Principal
from telemetry.errors import Forbidden, RequestError
from web.page import Pages

HOME: Final = "/wall"


class SignInNeeded(Exception):
    """A page was asked for by nobody who is signed in."""


def principal_of(request: Request) -> Principal:
    """Return who asks; SignInNeeded for nobody, Forbidden for who may not even see."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise SignInNeeded
    if not principal.may(Permission.VIEW):
        raise Forbidden("not_permitted", "this role does not see the plant")
    return principal


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


def route_class(pages: Pages) -> type[APIRoute]:
    """Return a route class that answers errors as pages: to scripts, by their status alone."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handler(request)
                except SignInNeeded:
                    if is_fragment(request):
                        return Response(status_code=401)
                    return RedirectResponse(sign_in_address(request), status_code=303)
                except RequestError as error:
                    return pages.render(request, "error.html", status=error.status, error=error)

            return answer

    return PageRoute
