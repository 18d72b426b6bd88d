"""`/api/v1/auth/token` and `/api/v1/me`: programs sign in and out, and who asks.

POST   name and password as an OAuth2 password form → {"access_token", "token_type", "expires_in"}
DELETE the token itself                             → 204
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.formats import json_response
from api.problems import problem
from api.routes import client_of, principal_of, stated
from api.services import ApiServices
from operations.access import PERMISSIONS, Permission, Role
from operations.sessions import SessionKind
from telemetry.errors import Conflict, Forbidden

_LONGEST_FIELD: Final = 4096


class TokenShape(BaseModel):
    """A bearer token; it is shown this once."""

    access_token: str
    token_type: str = Field(examples=["bearer"])
    expires_in: int = Field(description="seconds")


class MeShape(BaseModel):
    """Who asks, and what they may do."""

    name: str
    role: Role
    permissions: list[Permission]
    session: SessionKind


def add_auth(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    accounts = services.accounts

    @router.post(
        "/api/v1/auth/token", response_model=TokenShape, tags=["access"], **stated(None, 401, 403, 429, 503)
    )
    async def issue_token(
        request: Request,
        username: Annotated[str, Form(max_length=_LONGEST_FIELD)],
        password: Annotated[str, Form(max_length=_LONGEST_FIELD, json_schema_extra={"format": "password"})],
        grant_type: Annotated[str, Form(pattern="^password$")] = "password",
        scope: Annotated[str, Form(max_length=_LONGEST_FIELD, description="without meaning here")] = "",
        client_id: Annotated[str, Form(max_length=_LONGEST_FIELD, description="without meaning here")] = "",
        client_secret: Annotated[
            str, Form(max_length=_LONGEST_FIELD, description="without meaning here")
        ] = "",
    ) -> Response:
        """Sign in and get a bearer token (OAuth2 password form)."""
        try:
            principal = await accounts.authenticate(username, password, client_of(request))
        except Forbidden as error:
            challenge = {"WWW-Authenticate": "Bearer"}
            return problem(401, "bad_credentials", str(error), headers=challenge, error="invalid_grant")
        token, _ = await run_in_threadpool(accounts.issue_token, principal)
        seconds = int(accounts.token_lifetime.total_seconds())
        return json_response({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    @router.delete(
        "/api/v1/auth/token", status_code=204, tags=["access"], **stated(Permission.VIEW, 409, 503)
    )
    async def revoke_token(request: Request) -> Response:
        """End the bearer token this is asked with."""
        if request.state.session_kind != SessionKind.BEARER:
            raise Conflict("not_a_token", "a browser's session ends at /sign-out; this ends a bearer token")
        await accounts.end(request.state.credential)
        return Response(status_code=204)

    @router.get("/api/v1/me", response_model=MeShape, tags=["access"], **stated(Permission.VIEW))
    async def show_me(request: Request) -> Response:
        """Who asks, and what they may do."""
        principal = principal_of(request)
        shape: dict[str, Any] = {
            "name": principal.name,
            "role": principal.role.value,
            "permissions": sorted(permission.value for permission in PERMISSIONS[principal.role]),
            "session": request.state.session_kind,
        }
        return json_response(shape)
