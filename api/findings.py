"""Findings and what attendance proposes: `/api/v1/findings`, `/api/v1/attendance/proposals`."""

from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.finding_shape import FindingShape, JudgedTurnShape, Shapes
from api.formats import Day, SentId, Time, json_response
from api.names import NameShape
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from operations.access import Permission, Principal
from operations.attendance.kinds import SlipKind
from operations.findings.access import ASKED, may, sees_all
from operations.findings.evidence import Evidence
from operations.findings.life import State, Step
from operations.findings.records import Finding, NewFinding, NewStep
from operations.findings.service import Findings
from telemetry.clock import to_us
from telemetry.errors import Forbidden, NotFound
from telemetry.people import TEXT_LENGTH, clean

_LIST: Final = "findings"
_PROPOSALS: Final = "proposals"
_LONGEST: Final = timedelta(days=366)

Words = Annotated[str, Field(max_length=TEXT_LENGTH)]
Id = Annotated[UUID, Path(description="`id` of a finding")]


class EvidenceBody(BaseModel):
    """What a finding rests on: ids of records of this node."""

    model_config = {"extra": "forbid"}

    alarms: list[UUID] = Field(default=[], max_length=20, description="alarms")
    log_entries: list[UUID] = Field(default=[], max_length=20, description="log entries")
    photos: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field(
        default=[], max_length=20, description="photos of the logbook, by their hash"
    )


class NewFindingBody(BaseModel):
    """What somebody found: somebody off post or asleep at an on-duty check, or a duty undone."""

    model_config = {"extra": "forbid"}

    kind: Literal[SlipKind.OFF_POST, SlipKind.ASLEEP, SlipKind.DUTY_ITEM]
    time: Time = Field(description="when it was seen")
    persons: list[UUID] = Field(min_length=1, max_length=20, description="who is named; they were on shift")
    what: Words = Field(description="what was seen; stays on record", examples=["计量渠未清洗"])
    place: Words = Field(default="", description="where; an on-duty check says it")
    item: Annotated[str, Field(max_length=40)] | None = Field(default=None, description="the duty's code")
    post: UUID | None = Field(default=None, description="the post it is of")
    evidence: EvidenceBody = EvidenceBody()
    id: SentId = None


class StepBody(BaseModel):
    """A step of a finding's life."""

    model_config = {"extra": "forbid"}

    step: Step
    note: Words = Field(default="", description="why; most steps need it")
    witness: Words = Field(default="", description="who saw that it was not signed")
    cause: Literal["instrument_fault", "force_majeure"] | None = Field(
        default=None, description="of an exclusion"
    )


class DecisionBody(StepBody):
    """A decision on what the node proposes: confirm, refuse or exclude."""

    proposal: Annotated[str, Field(max_length=64)] = Field(description="as the list of proposals says it")


class WageBody(BaseModel):
    """Somebody's wage from a day on, yuan."""

    model_config = {"extra": "forbid"}

    person: UUID
    valid_from: Day
    month_yuan: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    day_yuan: Annotated[float, Field(ge=0, le=1e5, allow_inf_nan=False)] | None = None


class CandidateShape(BaseModel):
    """Somebody whom a finding of a moment may name."""

    person: UUID
    number: str
    name: str
    post: NameShape
    crew: NameShape | None


def add_findings(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    findings = services.assessments.findings
    shapes = Shapes(findings.rules, services.folder.plant.timezone)
    desk = services.desk
    evidence = Evidence(desk.leave, desk.attendance, services.logbook, services.alarms)

    @router.get(
        "/api/v1/attendance/proposals",
        response_model=Page[JudgedTurnShape],
        tags=["assessment"],
        **stated(Permission.SEE_ASSESSMENT, 503),
    )
    async def list_proposals(
        from_: Annotated[Day, Query(alias="from", description="first day")],
        to: Annotated[Day, Query(description="last day, included; 366 days at most")],
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Turns on which attendance proposes something that nobody decided on, and open items to settle."""
        first = position_of(_PROPOSALS, cursor, int) or 0
        found = await findings.proposals(*_span(from_, to))
        items = [shapes.turn(turn) for turn in found[first : first + limit]]
        following = cursor_to(_PROPOSALS, first + limit) if len(found) > first + limit else None
        return json_response({"items": items, "next": following})

    @router.post(
        "/api/v1/attendance/proposals/decisions",
        response_model=FindingShape,
        status_code=201,
        tags=["assessment"],
        **stated(Permission.CONFIRM_FINDING, 404, 409, 503),
    )
    async def decide_on_proposal(request: Request, body: Annotated[DecisionBody, Body()]) -> Response:
        """Confirm, refuse or exclude a proposal: it becomes a finding with this as its first step."""
        found = await findings.decide(clean(body.proposal), _step(body), actor_of(request))
        return json_response(shapes.finding(found), 201)

    @router.get(
        "/api/v1/findings",
        response_model=Page[FindingShape],
        tags=["assessment"],
        **stated(Permission.VIEW, 503),
    )
    async def list_findings(
        request: Request,
        from_: Annotated[Day, Query(alias="from", description="first day")],
        to: Annotated[Day, Query(description="last day, included; 366 days at most")],
        person: Annotated[UUID | None, Query(description="of one person")] = None,
        state: Annotated[State | None, Query(description="only those that stand so")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Findings, the latest first; who does not see everybody's gets one's own."""
        first = position_of(_LIST, cursor, int) or 0
        principal = principal_of(request)
        span = _span(from_, to)
        if not sees_all(principal):
            me = await findings.person_of(principal.account_id)
            if me is None or person not in (None, me.person):
                return json_response({"items": [], "next": None})
            person = me.person
        found = await findings.listed(*span, person)
        found = [one for one in found if state is None or one.life.state is state]
        items = [shapes.finding(one) for one in found[first : first + limit]]
        following = cursor_to(_LIST, first + limit) if len(found) > first + limit else None
        return json_response({"items": items, "next": following})

    @router.post(
        "/api/v1/findings",
        response_model=list[FindingShape],
        status_code=201,
        tags=["assessment"],
        **stated(Permission.PROPOSE_FINDING, 404, 503),
    )
    async def propose_finding(request: Request, body: Annotated[NewFindingBody, Body()]) -> Response:
        """Enter what was found, once for each person it names; it counts when confirmed and told."""
        told = _evidence(body.evidence)
        await evidence.check(told)
        new = NewFinding(
            kind=body.kind,
            at_us=to_us(body.time),
            persons=tuple(body.persons),
            what=clean(body.what),
            place=clean(body.place),
            item=body.item,
            post=body.post,
            evidence=told,
        )
        made = await findings.propose(new, actor_of(request), body.id)
        return json_response([shapes.finding(one) for one in made], 201)

    @router.get(
        "/api/v1/findings/candidates",
        response_model=Page[CandidateShape],
        tags=["assessment"],
        **stated(Permission.PROPOSE_FINDING, 503),
    )
    async def list_candidates(
        at: Annotated[Time, Query(description="when it was seen")],
        post: Annotated[UUID | None, Query(description="of one post")] = None,
    ) -> Response:
        """Whom a finding of a moment may name: those rostered for the post, or for any."""
        found = await findings.candidates(to_us(at), post)
        return json_response({"items": [shapes.person(on) for on in found], "next": None})

    @router.get(
        "/api/v1/findings/{finding_id}",
        response_model=FindingShape,
        tags=["assessment"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def get_finding(request: Request, finding_id: Id) -> Response:
        """One finding with all that was done about it; others' for those who see everybody's."""
        return json_response(shapes.finding(await _seen(findings, finding_id, principal_of(request))))

    @router.post(
        "/api/v1/findings/{finding_id}/steps",
        response_model=FindingShape,
        status_code=201,
        tags=["assessment"],
        **stated(Permission.VIEW, 404, 409, 503),
    )
    async def take_step(request: Request, finding_id: Id, body: Annotated[StepBody, Body()]) -> Response:
        """Take a step: confirm, tell, sign, ask for review, void, keep and the like."""
        principal = principal_of(request)
        if not may(principal, body.step):
            asked = " or ".join(sorted(one.value.replace("_", " ") for one in ASKED.get(body.step, ())))
            raise Forbidden("not_permitted", f"the role {principal.role.value} may not {asked or 'do this'}")
        await _seen(findings, finding_id, principal)
        found = await findings.follow(finding_id, _step(body), actor_of(request))
        return json_response(shapes.finding(found), 201)

    @router.post(
        "/api/v1/wages",
        status_code=204,
        tags=["assessment"],
        **stated(Permission.CONFIRM_FINDING, 404, 503),
    )
    async def enter_wage(request: Request, body: Annotated[WageBody, Body()]) -> Response:
        """Enter somebody's wage from a day on, which proposed deductions are held against."""
        if body.month_yuan is None and body.day_yuan is None:
            raise invalid("body.month_yuan", "say the month's wage or the day's")
        wages = (body.month_yuan, body.day_yuan)
        await findings.enter_wage(body.person, body.valid_from, *wages, actor_of(request))
        return Response(status_code=204)


async def _seen(findings: Findings, id: UUID, principal: Principal) -> Finding:
    """Return a finding for somebody who may see it; to others it is not there."""
    found = await findings.one(id)
    if not sees_all(principal):
        me = await findings.person_of(principal.account_id)
        own = me is not None and me.person == found.person
        # Who proposed it follows what became of it.
        if not own and found.by_id != principal.account_id:
            raise NotFound("finding_not_found", "there is no finding of this id")
    return found


def _span(first: date, last: date) -> tuple[date, date]:
    if not timedelta() <= last - first < _LONGEST:
        raise invalid("query.to", "the last day lies before the first, or more than 366 days on")
    return first, last


def _step(body: StepBody) -> NewStep:
    return NewStep(body.step, clean(body.note), clean(body.witness), body.cause)


def _evidence(body: EvidenceBody) -> dict[str, Any]:
    told = body.model_dump(mode="json")
    return {name: ids for name, ids in told.items() if ids}
