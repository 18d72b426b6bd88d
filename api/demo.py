"""`/api/v1/demo/faults`: the faults of the demo's simulated plant. A real plant's node has no such route."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.formats import json_response, local_time
from api.routes import actor_of, stated
from operations.access import Permission
from telemetry.errors import DeviceUnreachable, RequestError
from telemetry.simulated import FaultKind, FaultOn, FaultSwitch


class PlantAway(RequestError):
    """The simulated plant does not answer; it is started again by itself."""

    status = 503


class NewSwitch(BaseModel):
    """A fault to be switched."""

    model_config = ConfigDict(extra="forbid")

    fault: Annotated[str, Field(max_length=64, examples=["blower_trip"])]
    target: Annotated[str, Field(max_length=128, examples=["BL_B201A"])]
    active: bool = True
    amount: float | None = Field(default=None, description="how much of it, in its unit; the usual if absent")


class LabelShape(BaseModel):
    """A fault's words."""

    zh: str
    en: str


class AmountShape(BaseModel):
    """How much of a fault there may be."""

    unit: str
    usual: float
    low: float
    high: float


class ActiveShape(BaseModel):
    """Whom a fault has befallen."""

    target: str
    since: str
    amount: float | None


class FaultShape(BaseModel):
    """A fault of the simulated plant."""

    name: str = Field(examples=["blower_trip"])
    label: LabelShape
    targets: list[str] = Field(description="what it can befall")
    amount: AmountShape | None = Field(description="null where the fault has no amount")
    active: list[ActiveShape]


class FaultPage(BaseModel):
    """All faults."""

    items: list[FaultShape]
    next: None = None


def add_demo(router: APIRouter, faults: FaultSwitch, zone: tzinfo) -> None:
    """Add the routes."""

    @router.get("/api/v1/demo/faults", response_model=FaultPage, tags=["demo"], **stated(Permission.DIAGNOSE))
    async def list_faults() -> Response:
        """What can go wrong in the simulated plant, and what does."""
        return json_response(_page(faults, zone))

    @router.post(
        "/api/v1/demo/faults",
        response_model=FaultPage,
        tags=["demo"],
        **stated(Permission.SWITCH_FAULTS, 404, 409, 503),
    )
    async def switch_fault(request: Request, body: Annotated[NewSwitch, Body()]) -> Response:
        """Switch a fault on or off; once more on is on anew, with what was given."""
        try:
            await faults.switch(body.fault, body.target, body.active, body.amount, actor_of(request))
        except DeviceUnreachable as error:
            raise PlantAway("plant_away", f"{error}; try again in a moment") from error
        return json_response(_page(faults, zone))


def _page(faults: FaultSwitch, zone: tzinfo) -> dict[str, Any]:
    active = faults.active
    return {"items": [_shape(kind, active, zone) for kind in faults.kinds], "next": None}


def _shape(kind: FaultKind, active: Sequence[FaultOn], zone: tzinfo) -> dict[str, Any]:
    amount = kind.amount
    much = None
    if amount is not None:
        much = {"unit": amount.unit, "usual": amount.usual, "low": amount.low, "high": amount.high}
    return {
        "name": kind.name,
        "label": {"zh": kind.zh, "en": kind.en},
        "targets": list(kind.targets),
        "amount": much,
        "active": [
            {"target": one.target, "since": local_time(one.since_us, zone), "amount": one.amount}
            for one in active
            if one.fault == kind.name
        ],
    }
