"""`/api/v1/targets`: where readings are replicated to, how far, and what was refused there."""

from datetime import tzinfo
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import stated
from api.services import ApiServices
from history.targets import DeadLetter, TargetState, TargetStatus
from operations.access import Permission
from telemetry.errors import NotFound

LONGEST_PAGE: Final = 1000
_LETTERS: Final = "dead-letters"


class TargetShape(BaseModel):
    """A replication target."""

    name: str = Field(examples=["influxdb"])
    state: TargetState
    since: str
    lag_s: float = Field(description="age of the oldest committed batch that was not sent; 0 where all was")
    queued: int = Field(description="readings still to be sent")
    lost: int = Field(description="readings it refused, ever")
    sent: int = Field(description="readings it took since the node started")
    last_error: str | None


class DeadLetterShape(BaseModel):
    """A reading that a target refused; `tag` is empty where its point has left the plant folder."""

    id: int
    at: str
    tag: str
    time: str
    line: str
    reason: str


class TargetPage(BaseModel):
    """All targets."""

    items: list[TargetShape]
    next: None = None


def add_targets(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    targets, zone = services.targets, services.folder.plant.timezone

    @router.get("/api/v1/targets", response_model=TargetPage, tags=["targets"], **stated(Permission.DIAGNOSE))
    async def list_targets() -> Response:
        """Where readings are replicated to, and how that stands."""
        items = [_target(target.status, zone) for target in targets.values()]
        return json_response({"items": items, "next": None})

    @router.get(
        "/api/v1/targets/{name}/dead-letters",
        response_model=Page[DeadLetterShape],
        tags=["targets"],
        **stated(Permission.DIAGNOSE, 404, 503),
    )
    async def list_dead_letters(
        name: Annotated[str, Path(max_length=64, description="`name` of a target")],
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 100,
    ) -> Response:
        """What a target refused, the newest first; of each target the newest 10,000 are kept."""
        target = targets.get(name)
        if target is None:
            raise NotFound("target_not_found", f"there is no target {name!r} here")
        before = position_of(_LETTERS, cursor, int)
        if before is not None and not 0 < before < 1 << 63:
            raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
        letters = await target.dead_letters(before, limit + 1)
        following = cursor_to(_LETTERS, letters[limit - 1].id) if len(letters) > limit else None
        return json_response(
            {"items": [_letter(letter, zone) for letter in letters[:limit]], "next": following}
        )


def _target(status: TargetStatus, zone: tzinfo) -> dict[str, Any]:
    return {
        "name": status.name,
        "state": status.state.value,
        "since": local_time(status.since_us, zone),
        "lag_s": status.lag_s,
        "queued": status.queued_rows,
        "lost": status.lost_rows,
        "sent": status.sent_rows,
        "last_error": status.last_error,
    }


def _letter(letter: DeadLetter, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": letter.id,
        "at": local_time(letter.at_us, zone),
        "tag": letter.tag,
        "time": local_time(letter.time_us, zone),
        "line": letter.line,
        "reason": letter.reason,
    }
