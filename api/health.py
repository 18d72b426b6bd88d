"""`/health/live` and `/health/ready`: for whatever starts, watches or balances nodes."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import json_response
from api.problems import FieldError, problem
from api.routes import stated
from api.services import ApiServices
from operations.access import Permission, Principal


class HealthShape(BaseModel):
    """It is well, or well enough: `degraded` names the parts that do not work beside what it must do."""

    status: str = Field(examples=["live", "ready", "degraded"])
    errors: list[FieldError] | None = Field(default=None, description="only with `degraded`")


def add_health(router: APIRouter, services: ApiServices) -> None:
    """Add the routes; they are open to everybody; who may not diagnose learns which part, but not why."""

    @router.get("/health/live", response_model=HealthShape, tags=["health"], **stated(None))
    async def live() -> Response:
        """Whether the process answers."""
        return json_response({"status": "live"})

    @router.get("/health/ready", response_model=HealthShape, tags=["health"], **stated(None, 503))
    async def ready(request: Request) -> Response:
        """Whether readings come in, are stored and judged."""
        health = services.health()
        reasons = list(health.reasons())
        if not reasons:
            return json_response({"status": "ready"})
        principal: Principal | None = getattr(request.state, "principal", None)
        # Nobody can sign in while accounts cannot be reached: then the log alone says why. Of a proxy on this
        # machine every stranger comes from loopback, so loopback is nobody.
        told = principal is not None and principal.may(Permission.DIAGNOSE)
        untold = "degraded" if health.ready else "not ready"
        errors = [FieldError(where=part, what=reason if told else untold) for part, reason in reasons]
        if health.ready:
            return json_response({"status": "degraded", "errors": [error.model_dump() for error in errors]})
        parts = ", ".join(error.where for error in errors)
        return problem(503, "not_ready", f"not ready: {parts}", errors, {"Retry-After": "5"})
