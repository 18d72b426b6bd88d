"""`/api/v1/leave-requests`: leave, swaps and covers, asked for and decided."""

from datetime import tzinfo
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.formats import SentId, Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from operations.access import Permission, Principal
from operations.leave.requests import LeaveRequest
from operations.leave.rules import LeaveKind, RequestKind, State, Step
from operations.leave.service import NewRequest
from telemetry.clock import to_us
from telemetry.errors import Forbidden
from telemetry.people import TEXT_LENGTH

_LIST: Final = "leave-requests"
_SEES_ALL: Final = (Permission.MANAGE_STAFF, Permission.PUBLISH_ROSTER, Permission.APPROVE_LEAVE)
_REFUSES: Final = (Permission.PUBLISH_ROSTER, Permission.APPROVE_LEAVE)
_MAY_SAY: Final = {
    Step.AGREE: (Permission.ATTEND, Permission.PUBLISH_ROSTER),
    Step.ENDORSE: (Permission.PUBLISH_ROSTER,),
    Step.APPROVE: (Permission.APPROVE_LEAVE,),
    Step.REFUSE: (Permission.ATTEND, Permission.PUBLISH_ROSTER, Permission.APPROVE_LEAVE),
    Step.WITHDRAW: (Permission.ATTEND, Permission.APPROVE_LEAVE),
}


class RequestBody(BaseModel):
    """Leave from a time to another; or a turn of one's own that another takes."""

    model_config = ConfigDict(extra="forbid")

    kind: RequestKind
    reason: str = Field(min_length=1, max_length=TEXT_LENGTH)
    leave_kind: LeaveKind | None = None
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    entry: UUID | None = Field(default=None, description="of a swap or cover: the turn that is given")
    in_return: UUID | None = Field(default=None, description="of a swap: the substitute's turn for it")
    substitute: UUID | None = Field(default=None, description="`person` who stands in")
    person: UUID | None = Field(default=None, description="in whose name; for who manages the staff")
    id: SentId = None


class DecisionBody(BaseModel):
    """What is said of a request."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    note: str = Field(default="", max_length=TEXT_LENGTH)


class DecisionShape(BaseModel):
    """What somebody said of a request."""

    step: Step
    at: str
    by: str | None
    note: str


class RequestShape(BaseModel):
    """A request; `next` is the step that is due, null when it is closed."""

    id: UUID
    kind: RequestKind
    person: UUID
    number: str
    name: str
    leave_kind: LeaveKind | None
    from_: str = Field(alias="from")
    to: str
    entry: UUID | None
    in_return: UUID | None
    substitute: UUID | None
    substitute_name: str | None
    reason: str
    asked: str
    state: State
    needs: list[Step]
    next: Step | None
    decisions: list[DecisionShape]


def add_leave(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone, desk = services.folder.plant.timezone, services.desk

    @router.get(
        "/api/v1/leave-requests",
        response_model=Page[RequestShape],
        tags=["leave"],
        **stated(Permission.VIEW, 503),
    )
    async def list_requests(
        request: Request,
        person: Annotated[UUID | None, Query(description="of this person, also as a substitute")] = None,
        from_: Annotated[Time | None, Query(alias="from", description="of what ends after this")] = None,
        to: Annotated[Time | None, Query(description="of what starts before this")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """Requests, the newest first: all of them for who decides, of others their own."""
        principal = principal_of(request)
        if not any(principal.may(permission) for permission in _SEES_ALL):
            own = await desk.staff.person_of(principal.account_id)
            if own is None or person not in (None, own.person):
                return json_response({"items": [], "next": None})
            person = own.person
        before = position_of(_LIST, cursor, int)
        found = await desk.leave.list(
            person=person,
            from_us=None if from_ is None else to_us(from_),
            to_us=None if to is None else to_us(to),
            before=before,
            limit=limit + 1,
        )
        following = cursor_to(_LIST, found[limit - 1].seq) if len(found) > limit else None
        items = [_shape(one, zone) for one in found[:limit]]
        return json_response({"items": items, "next": following})

    @router.post(
        "/api/v1/leave-requests",
        response_model=RequestShape,
        status_code=201,
        tags=["leave"],
        **stated(Permission.ATTEND, 404, 409, 503),
    )
    async def ask_for_leave(request: Request, body: Annotated[RequestBody, Body()]) -> Response:
        """Ask for leave, a swap or a cover; it takes effect when it is approved."""
        if body.person is not None and not principal_of(request).may(Permission.MANAGE_STAFF):
            raise Forbidden("not_permitted", "only who manages the staff asks in somebody's name")
        new = NewRequest(
            body.kind,
            body.reason,
            None if body.from_ is None else to_us(body.from_),
            None if body.to is None else to_us(body.to),
            body.entry,
            body.in_return,
            body.substitute,
            body.leave_kind,
        )
        made = await desk.leave.ask(new, actor_of(request), person=body.person, id=body.id)
        return json_response(_shape(made, zone), 201)

    @router.post(
        "/api/v1/leave-requests/{request_id}/decisions",
        response_model=RequestShape,
        status_code=201,
        tags=["leave"],
        **stated(Permission.VIEW, 404, 409, 503),
    )
    async def decide(
        request: Request,
        request_id: Annotated[UUID, Path(description="`id` of a request")],
        body: Annotated[DecisionBody, Body()],
    ) -> Response:
        """Agree, endorse, approve, refuse or withdraw; what is approved takes effect at once.

        The colleague who is to take the turn agrees or refuses. The plant manager endorses, the department
        approves and takes back; one's own is withdrawn while it is open. Nobody decides on one's own.
        """
        principal = principal_of(request)
        _admit(principal, body.step)
        done = await desk.leave.decide(
            request_id,
            body.step,
            body.note,
            actor_of(request),
            may_take_back=principal.may(Permission.APPROVE_LEAVE),
            may_refuse=any(principal.may(permission) for permission in _REFUSES),
            speaks_for=principal.may(Permission.PUBLISH_ROSTER),
        )
        return json_response(_shape(done, zone), 201)


def _admit(principal: Principal, step: Step) -> None:
    if not any(principal.may(permission) for permission in _MAY_SAY[step]):
        raise Forbidden("not_permitted", f"the role {principal.role.value} may not {step.value} requests")


def _shape(one: LeaveRequest, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "kind": one.kind.value,
        "person": str(one.person),
        "number": one.number,
        "name": one.name,
        "leave_kind": one.leave_kind.value if one.leave_kind else None,
        "from": local_time(one.from_us, zone),
        "to": local_time(one.to_us, zone),
        "entry": str(one.entry) if one.entry else None,
        "in_return": str(one.in_return) if one.in_return else None,
        "substitute": str(one.substitute) if one.substitute else None,
        "substitute_name": one.substitute_name,
        "reason": one.reason,
        "asked": local_time(one.asked_us, zone),
        "state": one.state.value,
        "needs": list(one.needs),
        "next": one.next.value if one.next else None,
        "decisions": [
            {
                "step": said.step.value,
                "at": local_time(said.at_us, zone),
                "by": said.by,
                "note": said.note,
            }
            for said in one.decisions
        ],
    }
