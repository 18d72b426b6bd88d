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

_LIST: Final = "pushes"


class NewTest(BaseModel):
    """Whom a test push goes to."""

    model_config = ConfigDict(extra="forbid")

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
        **stated(Permission.DIAGNOSE, 409, 429, 503),
    )
    async def test_push(request: Request, body: Annotated[NewTest | None, Body()] = None) -> Response:
        """Push a test to oneself, or to the targets that are nobody's; the list tells what came of it."""
        asked = body or NewTest()
        made = await pushes.test(principal_of(request).account_id, fallback=asked.fallback)
        return json_response(_shape(TriedPush(made, ()), zone), 202)


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
