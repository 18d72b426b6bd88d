"""`/health/live` and `/health/ready`: for whatever starts, watches or balances nodes."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import json_response
from api.problems import FieldError, problem
from api.routes import stated
from api.services import ApiServices


class HealthShape(BaseModel):
    """It is well."""

    status: str = Field(examples=["live", "ready"])


def add_health(router: APIRouter, services: ApiServices) -> None:
    """Add the routes; they are open to everybody and tell strangers which part, but not why."""

    @router.get("/health/live", response_model=HealthShape, tags=["health"], **stated(None))
    async def live() -> Response:
        """Whether the process answers."""
        return json_response({"status": "live"})

    @router.get("/health/ready", response_model=HealthShape, tags=["health"], **stated(None, 503))
    async def ready(request: Request) -> Response:
        """Whether readings come in, are stored and judged."""
        health = services.health()
        if health.ready:
            return json_response({"status": "ready"})
        known: Any = getattr(request.state, "principal", None)
        errors = [
            FieldError(where=part, what=reason if known is not None else "not ready")
            for part, reason in health.reasons()
        ]
        parts = ", ".join(error.where for error in errors)
        return problem(503, "not_ready", f"not ready: {parts}", errors, {"Retry-After": "5"})
