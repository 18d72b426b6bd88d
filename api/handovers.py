"""Handing a turn over: `/api/v1/handovers`, its signatures and addenda, and what is due now."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import SentId, json_response, local_time
from api.names import name_shape
from api.paging import Cursor, Page, cursor_to, position_of
from api.routes import principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from operations.handover.content import frozen, without_times
from operations.handover.records import Addendum, Handover, Signature
from operations.handover.rules import CHECKS, Phase, Role, Standing
from operations.handover.service import Begin
from operations.handover.turns import Turn
from operations.ledger import Head
from telemetry.people import TEXT_LENGTH, Actor

_LIST: Final = "handovers"

Words = Annotated[str, Field(max_length=TEXT_LENGTH)]
Id = Annotated[UUID, Path(description="`id` of a handover")]


class NewHandover(BaseModel):
    """What the outgoing turn says; everything else fills itself in."""

    model_config = {"extra": "forbid"}

    instructions: Words = Field(default="", description="what the next turn is to do", examples=["明早取泵"])
    alarm_reason: Words = Field(
        default="", description="why it is handed over with a high alarm that nobody has acknowledged"
    )
    checks: dict[Literal[*CHECKS], bool] = Field(  # type: ignore[valid-type]  # the names stand in one place
        default_factory=dict, description="whether these are in order; what is left out was not looked at"
    )


class NewSignature(BaseModel):
    """For which of the two turns whoever asks signs."""

    model_config = {"extra": "forbid"}

    role: Role
    reason: Words = Field(
        default="", description="why the manager signs for a turn, or over an alarm that is not acknowledged"
    )
    note: Words = Field(default="", description="a remark that stands beside the signature")


class NewAddendum(BaseModel):
    """What is added to a handover; nothing in it changes."""

    model_config = {"extra": "forbid"}

    text: str = Field(min_length=1, max_length=TEXT_LENGTH)
    id: SentId = None


class SignatureShape(BaseModel):
    """A signature; `person` is null where the account is nobody's of the staff."""

    role: Role
    person: UUID | None
    name: str
    at: str
    reason: str
    note: str


class AddendumShape(BaseModel):
    """What somebody added."""

    id: UUID
    person: UUID | None
    name: str
    at: str
    text: str


class HeadShape(BaseModel):
    """Where a chain ended when the content was frozen."""

    records: int
    hash: str


class HandoverLine(BaseModel):
    """A handover in the list; `turn` is the outgoing one."""

    id: UUID
    turn: str
    incoming_turn: str | None
    from_: str = Field(alias="from")
    to: str
    started: str
    signatures: list[SignatureShape]
    addenda: list[AddendumShape]
    complete: bool


class HandoverShape(HandoverLine):
    """A handover as it was frozen; times within `content` are µs UTC, and it has ids instead of names."""

    person: UUID | None
    name: str
    instructions: str
    alarm_reason: str
    unanswered: list[UUID]
    ledger: HeadShape
    journal: HeadShape
    content: dict[str, Any]


class HandoverTurnShape(BaseModel):
    """A turn and who stands on it."""

    turn: str
    name: dict[str, str]
    from_: str = Field(alias="from")
    to: str
    crew: UUID | None
    persons: list[UUID]


class StandingShape(BaseModel):
    """Which turn is to hand over, and how far that is; all null where no roster was published."""

    outgoing: HandoverTurnShape | None
    incoming: HandoverTurnShape | None
    phase: Phase | None
    opens: str | None
    held_over: bool
    overdue_since: str | None
    handover: UUID | None


def add_handovers(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    handovers, zone = services.handovers, services.folder.plant.timezone

    def time(at_us: int | None) -> str | None:
        return local_time(at_us, zone)

    def line(held: Handover) -> dict[str, Any]:
        outgoing, incoming = held.content.outgoing, held.content.incoming
        return {
            "id": str(held.id),
            "turn": held.turn,
            "incoming_turn": None if incoming is None else incoming.key,
            "from": time(outgoing.start_us),
            "to": time(outgoing.end_us),
            "started": time(held.started_us),
            "signatures": [signature(one) for one in held.signatures],
            "addenda": [addendum(one) for one in held.addenda],
            "complete": held.complete,
        }

    def signature(one: Signature) -> dict[str, Any]:
        return {"role": one.role.value, **_who(one), "reason": one.reason, "note": one.note} | {
            "at": time(one.at_us)
        }

    def addendum(one: Addendum) -> dict[str, Any]:
        return {"id": str(one.id), **_who(one), "at": time(one.at_us), "text": one.text}

    async def whole(request: Request, held: Handover) -> dict[str, Any]:
        principal = principal_of(request)
        asking = await handovers.asking(principal.account_id, principal.may(Permission.PUBLISH_ROSTER))
        content = without_times(held.content, lambda of: principal.sees_attendance or of == asking.person)
        return line(held) | {
            **_who(held),
            "instructions": held.instructions,
            "alarm_reason": held.alarm_reason,
            "unanswered": [str(alarm) for alarm in held.unanswered],
            "ledger": _head(held.ledger),
            "journal": _head(held.journal),
            "content": frozen(content),
        }

    def turn(of: Turn | None) -> dict[str, Any] | None:
        if of is None:
            return None
        return {
            "turn": of.shift.key,
            "name": name_shape(of.shift.name),
            "from": time(of.shift.start_us),
            "to": time(of.shift.end_us),
            "crew": None if of.crew is None else str(of.crew),
            "persons": [str(member.person) for member in of.members],
        }

    def shape(found: Standing | None, held: Handover | None) -> Mapping[str, Any]:
        if found is None:
            names = ("outgoing", "incoming", "phase", "opens", "overdue_since", "handover")
            return dict.fromkeys(names) | {"held_over": False}
        return {
            "outgoing": turn(found.outgoing),
            "incoming": turn(found.incoming),
            "phase": found.phase.value,
            "opens": time(found.opens_us),
            "held_over": found.held_over,
            "overdue_since": time(found.overdue_since_us),
            "handover": None if held is None else str(held.id),
        }

    @router.get(
        "/api/v1/handovers",
        response_model=Page[HandoverLine],
        tags=["handovers"],
        **stated(Permission.VIEW, 503),
    )
    async def list_handovers(
        cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> Response:
        """Handovers, the newest turn first, without their content."""
        found = await handovers.listed(position_of(_LIST, cursor, int), limit + 1)
        following = cursor_to(_LIST, found[limit - 1].position) if len(found) > limit else None
        return json_response({"items": [line(held) for held in found[:limit]], "next": following})

    @router.get(
        "/api/v1/handovers/current",
        response_model=StandingShape,
        tags=["handovers"],
        **stated(Permission.VIEW, 503),
    )
    async def current_handover() -> Response:
        """Which turn hands over to which, how far that is, and since when it is overdue.

        Until the incoming turn signs, the outgoing one answers for the plant.
        """
        found = await handovers.standing()
        held = None if found is None else await handovers.of_turn(found.outgoing.shift.key)
        return json_response(shape(found, held))

    @router.post(
        "/api/v1/handovers",
        response_model=HandoverShape,
        status_code=201,
        tags=["handovers"],
        **stated(Permission.WRITE_LOG, 409, 503),
    )
    async def start_handover(request: Request, body: Annotated[NewHandover, Body()]) -> Response:
        """Freeze the handover of the turn that is due; somebody of it or the plant manager does."""
        begin = Begin(body.instructions, body.alarm_reason, dict(body.checks))
        return json_response(await whole(request, await handovers.start(begin, *_asking(request))), 201)

    @router.get(
        "/api/v1/handovers/{handover_id}",
        response_model=HandoverShape,
        tags=["handovers"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def get_handover(request: Request, handover_id: Id) -> Response:
        """One handover with its frozen content; when others came and went only for who sees attendance."""
        return json_response(await whole(request, await handovers.one(handover_id)))

    @router.post(
        "/api/v1/handovers/{handover_id}/signatures",
        response_model=HandoverShape,
        status_code=201,
        tags=["handovers"],
        **stated(Permission.WRITE_LOG, 404, 409, 503),
    )
    async def sign_handover(
        request: Request, handover_id: Id, body: Annotated[NewSignature, Body()]
    ) -> Response:
        """Sign for the outgoing turn, then, as another person, for the incoming one."""
        actor, manages = _asking(request)
        held = await handovers.sign(
            handover_id, body.role, actor, manages, reason=body.reason, note=body.note
        )
        return json_response(await whole(request, held), 201)

    @router.post(
        "/api/v1/handovers/{handover_id}/addenda",
        response_model=HandoverShape,
        status_code=201,
        tags=["handovers"],
        **stated(Permission.WRITE_LOG, 404, 503),
    )
    async def add_to_handover(
        request: Request, handover_id: Id, body: Annotated[NewAddendum, Body()]
    ) -> Response:
        """Add to a handover; what was frozen stays as it is."""
        actor, _ = _asking(request)
        held = await handovers.add(handover_id, body.text, actor, body.id)
        return json_response(await whole(request, held), 201)


def _asking(request: Request) -> tuple[Actor, bool]:
    principal = principal_of(request)
    manages = principal.may(Permission.PUBLISH_ROSTER)
    return principal.actor, manages


def _who(record: Signature | Addendum | Handover) -> dict[str, Any]:
    return {"person": None if record.person is None else str(record.person), "name": record.name}


def _head(head: Head) -> dict[str, Any]:
    return {"records": head.records, "hash": head.hash.hex()}
