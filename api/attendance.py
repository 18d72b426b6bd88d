"""`/api/v1/attendance`: sign-ins and sign-outs, and what is settled where one is missing."""

from datetime import tzinfo
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.formats import SentId, Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from operations.attendance.events import AttendanceEvent, Device, EventAction, Side
from operations.staff.people import EVER
from telemetry.clock import to_us
from telemetry.people import TEXT_LENGTH

_LIST: Final = "attendance"


class SignBody(BaseModel):
    """A signature, for oneself."""

    model_config = ConfigDict(extra="forbid")

    device: Device
    entry: UUID | None = Field(default=None, description="which turn; the one at hand where it is absent")
    id: SentId = None


class SettlementBody(BaseModel):
    """When somebody came or went."""

    model_config = ConfigDict(extra="forbid")

    entry: UUID = Field(description="the turn")
    settles: Side
    at: Time
    reason: str = Field(min_length=1, max_length=TEXT_LENGTH)
    id: SentId = None


class EventShape(BaseModel):
    """A signature or settlement; `recorded` is when it was written."""

    id: UUID
    person: UUID
    number: str
    name: str
    entry: UUID | None
    turn: str | None
    action: EventAction
    settles: Side | None
    at: str
    device: str
    reason: str
    recorded: str
    by: str | None


def add_attendance(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone, desk = services.folder.plant.timezone, services.desk

    @router.get(
        "/api/v1/attendance",
        response_model=Page[EventShape],
        tags=["attendance"],
        **stated(Permission.VIEW, 503),
    )
    async def list_attendance(
        request: Request,
        person: Annotated[UUID | None, Query(description="only this person's")] = None,
        from_: Annotated[Time | None, Query(alias="from")] = None,
        to: Annotated[Time | None, Query(description="not included")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """What was signed and settled, the newest record first: everybody's, or only one's own."""
        principal = principal_of(request)
        if not principal.sees_attendance:
            own = await desk.staff.person_of(principal.account_id)
            if own is None or person not in (None, own.person):
                return json_response({"items": [], "next": None})
            person = own.person
        found = await desk.attendance.list(
            person=person,
            from_us=0 if from_ is None else to_us(from_),
            to_us=EVER if to is None else to_us(to),
            before=position_of(_LIST, cursor, int),
            limit=limit + 1,
        )
        following = cursor_to(_LIST, found[limit - 1].seq) if len(found) > limit else None
        return json_response({"items": [_shape(one, zone) for one in found[:limit]], "next": following})

    @router.post(
        "/api/v1/attendance/sign-in",
        response_model=EventShape,
        status_code=201,
        tags=["attendance"],
        **stated(Permission.ATTEND, 404, 409, 503),
    )
    async def sign_in(request: Request, body: Annotated[SignBody, Body()]) -> Response:
        """Sign in to one's own turn, from an hour before it starts.

        Named, a turn that is on and was signed out is signed in again: that takes the sign-out back.
        """
        made = await desk.attendance.sign_in(body.device, actor_of(request), body.entry, body.id)
        return json_response(_shape(made, zone), 201)

    @router.post(
        "/api/v1/attendance/sign-out",
        response_model=EventShape,
        status_code=201,
        tags=["attendance"],
        **stated(Permission.ATTEND, 404, 409, 503),
    )
    async def sign_out(request: Request, body: Annotated[SignBody, Body()]) -> Response:
        """Sign out of one's own turn, until twelve hours after its end."""
        made = await desk.attendance.sign_out(body.device, actor_of(request), body.entry, body.id)
        return json_response(_shape(made, zone), 201)

    @router.post(
        "/api/v1/attendance/settlements",
        response_model=EventShape,
        status_code=201,
        tags=["attendance"],
        **stated(Permission.PUBLISH_ROSTER, 404, 409, 503),
    )
    async def settle(request: Request, body: Annotated[SettlementBody, Body()]) -> Response:
        """Say when somebody came or went who did not sign, with the reason; what was signed stays."""
        by = actor_of(request)
        at_us = to_us(body.at)
        made = await desk.attendance.settle(body.entry, body.settles, at_us, body.reason, by, body.id)
        return json_response(_shape(made, zone), 201)


def _shape(one: AttendanceEvent, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "person": str(one.person),
        "number": one.number,
        "name": one.name,
        "entry": str(one.entry) if one.entry else None,
        "turn": one.turn,
        "action": one.action.value,
        "settles": one.settles.value if one.settles else None,
        "at": local_time(one.at_us, zone),
        "device": one.device,
        "reason": one.reason,
        "recorded": local_time(one.recorded_us, zone),
        "by": one.by,
    }
