"""Signing in and out."""

import asyncio
import logging
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from operations.sessions import SESSION_COOKIE
from telemetry.errors import Forbidden, StoreAway, StoreError, TooMany
from web.guard import HOME, home_of, local_path
from web.page import Pages

logger = logging.getLogger(__name__)

_LONGEST = 256


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the sign-in form, what it posts to, and the way out."""
    accounts = pages.services.accounts

    @router.get("/sign-in")
    async def sign_in_form(request: Request, next: str = HOME) -> Response:
        """Show the form, or go on for who is signed in."""
        target = local_path(next)
        if getattr(request.state, "principal", None) is not None:
            return RedirectResponse(target, status_code=303)
        return pages.render(request, "sign_in.html", next=target, name="", problem=None, wait=0)

    @router.post("/sign-in")
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=_LONGEST)] = "",
        password: Annotated[str, Form(max_length=_LONGEST)] = "",
        next: Annotated[str, Form(max_length=2048)] = HOME,
    ) -> Response:
        """Open a session and go on; say kindly what was wrong otherwise."""
        target = local_path(next)
        client = request.client.host if request.client else "unknown"
        try:
            principal = await accounts.authenticate(name, password, client)
            session = await asyncio.to_thread(accounts.open_session, principal)
        except TooMany as error:
            again = {"next": target, "name": name, "problem": "wait", "wait": error.retry_after_s}
            response = pages.render(request, "sign_in.html", status_code=429, **again)
            response.headers["Retry-After"] = str(error.retry_after_s)
            return response
        except StoreError as error:
            if not isinstance(error, StoreAway):
                logger.warning("sign-in: %s", error)
            again = {"next": target, "name": name, "problem": "store", "wait": 0}
            return pages.render(request, "sign_in.html", status_code=503, **again)
        except Forbidden:
            again = {"next": target, "name": name, "problem": "credentials", "wait": 0}
            return pages.render(request, "sign_in.html", status_code=403, **again)
        onward = RedirectResponse(home_of(request, principal) if target == HOME else target, status_code=303)
        onward.set_cookie(
            SESSION_COOKIE,
            session.token,
            expires=session.expires_at,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return onward

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """End the session and show the form."""
        token = request.cookies.get(SESSION_COOKIE)
        if token:
            await asyncio.to_thread(accounts.close_session, token)
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(SESSION_COOKIE)
        return response
