"""`/api/v1/pushes`: who was told of alarms, by what, and what came of it."""

from datetime import tzinfo
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from alarms.notify.records import Attempt, Outcome, PushState, Step, TriedPush
from api.formats import json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from telemetry.errors import Forbidden, NotFound

_LIST: Final = "pushes"


class NewTest(BaseModel):
    """Whom a test push goes to."""

    model_config = ConfigDict(extra="forbid")

    person: UUID | None = Field(default=None, description="of the staff, for who keeps it; oneself if absent")
    fallback: bool = Field(
        default=False, description="to the targets that are told when nobody is on duty, not to oneself"
    )


class AttemptShape(BaseModel):
    """One try of one target; of its address only the kind is told."""

    at: str
    target: str = Field(description="kind of the target, such as wecombot")
    outcome: Outcome | None = Field(description="null while it is under way, or where a kill cut it short")
    error: str | None
    took_ms: int | None


class PushShape(BaseModel):
    """One telling of one alarm to one recipient."""

    id: UUID
    occurrence: UUID = Field(description="id of the alarm, or of what a notice is about")
    step: Step
    state: PushState
    under: UUID | None = Field(description="the push that tells of it, where that is another one")
    key: str
    tag: str
    priority: str
    person: UUID | None
    name: str
    created: str
    settled: str | None
    title: str | None
    body: str | None
    attempts: list[AttemptShape]


def add_pushes(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    pushes, zone = services.pushes, services.folder.plant.timezone

    @router.get(
        "/api/v1/pushes",
        response_model=Page[PushShape],
        tags=["alarms"],
        **stated(Permission.DIAGNOSE, 503),
    )
    async def list_pushes(
        alarm: Annotated[UUID | None, Query(description="`id` of an alarm: only its pushes")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Pushes with every attempt, the newest first; the link that ends a body is kept nowhere."""
        before = position_of(_LIST, cursor, int)
        if before is not None and not 0 < before < 1 << 63:
            raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
        found = await pushes.page(before=before, limit=limit + 1, occurrence=alarm)
        page = found[:limit]
        following = cursor_to(_LIST, page[-1].push.number) if len(found) > limit else None
        return json_response({"items": [_shape(each, zone) for each in page], "next": following})

    @router.post(
        "/api/v1/pushes/test",
        status_code=202,
        response_model=PushShape,
        tags=["alarms"],
        **stated(Permission.VIEW, 409, 429, 503),
    )
    async def test_push(request: Request, body: Annotated[NewTest | None, Body()] = None) -> Response:
        """Push a test to oneself; to a person, for who keeps the staff; to targets that are nobody's."""
        asked, principal = body or NewTest(), principal_of(request)
        if asked.fallback and not principal.may(Permission.DIAGNOSE):
            raise Forbidden(
                "not_permitted", "who sees how connections do tests the targets that are nobody's"
            )
        if asked.person is not None and not principal.may(Permission.MANAGE_STAFF):
            raise Forbidden("not_permitted", "who keeps the staff tests the address of somebody else")
        made = await pushes.test(principal.account_id, person=asked.person, fallback=asked.fallback)
        return json_response(_shape(TriedPush(made, ()), zone), 202)

    @router.get(
        "/api/v1/pushes/test/{test_id}",
        response_model=PushShape,
        tags=["alarms"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def tested(request: Request, test_id: UUID) -> Response:
        """What came of a test push: for whom it went to, who keeps the staff, and who sees connections."""
        principal = principal_of(request)
        found = await pushes.page(before=None, limit=1, occurrence=test_id)
        sees = principal.may(Permission.MANAGE_STAFF) or principal.may(Permission.DIAGNOSE)
        mine = [one for one in found if one.push.step is Step.TEST]
        if not mine or not (sees or mine[0].push.account_id == principal.account_id):
            raise NotFound("push_not_found", "there is no test push of this id")
        return json_response(_shape(mine[0], zone))


def _shape(tried: TriedPush, zone: tzinfo) -> dict[str, Any]:
    push = tried.push
    return {
        "id": push.id,
        "occurrence": push.occurrence,
        "step": push.step.value,
        "state": push.state.value,
        "under": push.under,
        "key": push.rule,
        "tag": push.tag,
        "priority": push.priority.word,
        "person": push.person,
        "name": push.name,
        "created": local_time(push.created_us, zone),
        "settled": None if push.settled_us is None else local_time(push.settled_us, zone),
        "title": push.title,
        "body": push.body,
        "attempts": [_attempt(each, zone) for each in tried.attempts],
    }


def _attempt(attempt: Attempt, zone: tzinfo) -> dict[str, Any]:
    return {
        "at": local_time(attempt.began_us, zone),
        "target": attempt.target_kind,
        "outcome": None if attempt.outcome is None else attempt.outcome.value,
        "error": attempt.error,
        "took_ms": attempt.took_ms,
    }
