"""`/health/live` and `/health/ready`: for whatever starts, watches or balances nodes."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import json_response
from api.problems import FieldError, problem
from api.routes import is_this_machine, stated
from api.services import ApiServices


class HealthShape(BaseModel):
    """It is well, or well enough: `degraded` names the parts that do not work beside what it must do."""

    status: str = Field(examples=["live", "ready", "degraded"])
    errors: list[FieldError] | None = Field(default=None, description="only with `degraded`")


def add_health(router: APIRouter, services: ApiServices) -> None:
    """Add the routes; they are open to everybody; strangers learn which part, but not why."""

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
        # Nobody is signed in while accounts cannot be reached: this machine is told too.
        told = getattr(request.state, "principal", None) is not None or is_this_machine(request)
        untold = "degraded" if health.ready else "not ready"
        errors = [FieldError(where=part, what=reason if told else untold) for part, reason in reasons]
        if health.ready:
            return json_response({"status": "degraded", "errors": [error.model_dump() for error in errors]})
        parts = ", ".join(error.where for error in errors)
        return problem(503, "not_ready", f"not ready: {parts}", errors, {"Retry-After": "5"})
