"""What people enter, correct and mark: `/api/v1/entries` and the ways to make one."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.points import find_point
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from history.entries import Entry, EntryKind
from history.marks import MarkKind
from operations.access import Permission
from telemetry.clock import to_us
from telemetry.errors import Forbidden
from telemetry.people import TEXT_LENGTH

_LIST: Final = "entries"

Reason = Annotated[
    str, Field(min_length=1, max_length=TEXT_LENGTH, description="why; stays on record", examples=["笔误"])
]
Number = Annotated[
    float, Field(strict=True, allow_inf_nan=False, description="in the point's unit", examples=[28.5])
]
TagOf = Annotated[str, Field(min_length=1, max_length=64, description="tag of a point")]


class NewEntry(BaseModel):
    """A reading that somebody took."""

    model_config = {"extra": "forbid"}

    tag: TagOf
    time: Time = Field(description="when it was read", examples=["2026-11-21T08:00:00+08:00"])
    value: Number


class NewCorrection(NewEntry):
    """Another value for a reading that was entered; null takes it back, as for a wrong time."""

    value: Number | None  # type: ignore[assignment]  # a correction may say less than an entry
    reason: Reason


class NewMark(BaseModel):
    """A time in which a measured point's values are not to count."""

    model_config = {"extra": "forbid"}

    tag: TagOf
    from_: Time = Field(alias="from", description="first time, included")
    to: Time = Field(description="last time, not included")
    kind: MarkKind
    reason: Reason


class NewWithdrawal(BaseModel):
    """Why a mark is taken back."""

    model_config = {"extra": "forbid"}

    reason: Reason


class EntryShape(BaseModel):
    """What somebody did with readings."""

    id: UUID
    kind: EntryKind
    tag: str
    from_: str = Field(alias="from")
    to: str
    value: float | None
    former: float | None = Field(description="the value before a correction")
    mark: MarkKind | None
    of: UUID | None = Field(description="the mark that was taken back")
    samples: int
    by: str = Field(description="who did it, by account")
    reason: str
    made: str


def add_entries(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    plant, entries = services.folder.plant, services.entries

    def shape(entry: Entry) -> dict[str, Any]:
        return {
            "id": str(entry.id),
            "kind": entry.kind.value,
            "tag": entry.tag,
            "from": local_time(entry.from_us, plant.timezone),
            "to": local_time(entry.to_us, plant.timezone),
            "value": entry.value,
            "former": entry.former,
            "mark": entry.mark.value if entry.mark else None,
            "of": str(entry.of) if entry.of else None,
            "samples": entry.samples,
            "by": entry.actor.name,
            "reason": entry.reason,
            "made": local_time(entry.made_us, plant.timezone),
        }

    @router.get(
        "/api/v1/entries",
        response_model=Page[EntryShape],
        tags=["entries"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def list_entries(
        tag: Annotated[str | None, Query(min_length=1, max_length=64, description="tag of a point")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """What people entered, corrected and marked, the newest first."""
        if tag is not None:
            find_point(plant, tag)
        found = await entries.listed(tag, position_of(_LIST, cursor, int), limit + 1)
        following = cursor_to(_LIST, found[limit - 1].batch) if len(found) > limit else None
        return json_response({"items": [shape(entry) for entry in found[:limit]], "next": following})

    @router.post(
        "/api/v1/entries",
        response_model=EntryShape,
        status_code=201,
        tags=["entries"],
        **stated(Permission.ENTER_READINGS, 404, 409, 503),
    )
    async def enter_reading(request: Request, body: Annotated[NewEntry, Body()]) -> Response:
        """Enter a reading of a point that people read; it is stored when this is answered."""
        find_point(plant, body.tag)
        entry = await entries.enter(body.tag, to_us(body.time), body.value, actor_of(request))
        return json_response(shape(entry), 201)

    @router.post(
        "/api/v1/entries/corrections",
        response_model=EntryShape,
        status_code=201,
        tags=["entries"],
        **stated(Permission.ENTER_READINGS, 404, 409, 503),
    )
    async def correct_reading(request: Request, body: Annotated[NewCorrection, Body()]) -> Response:
        """Correct a reading that was entered; the former value stays on record."""
        find_point(plant, body.tag)
        at_us = to_us(body.time)
        entry = await entries.correct(body.tag, at_us, body.value, body.reason, actor_of(request))
        return json_response(shape(entry), 201)

    @router.post(
        "/api/v1/marks",
        response_model=EntryShape,
        status_code=201,
        tags=["entries"],
        **stated(Permission.MARK_READINGS, 404, 409, 503),
    )
    async def mark_readings(request: Request, body: Annotated[NewMark, Body()]) -> Response:
        """Have a measured point's values of a time not count; the values themselves stay.

        Who may not `mark_all` marks regulated analysers only.
        """
        point = find_point(plant, body.tag)
        if not point.regulatory and not principal_of(request).may(Permission.MARK_ALL):
            raise Forbidden("not_regulated", f"{point.tag} is no regulated analyser's: an engineer marks it")
        span = (to_us(body.from_), to_us(body.to))
        entry = await entries.mark(body.tag, *span, body.kind, body.reason, actor_of(request))
        return json_response(shape(entry), 201)

    @router.post(
        "/api/v1/marks/{mark_id}/withdraw",
        response_model=EntryShape,
        status_code=201,
        tags=["entries"],
        **stated(Permission.MARK_READINGS, 404, 409, 503),
    )
    async def withdraw_mark(
        request: Request,
        mark_id: Annotated[UUID, Path(description="`id` of a mark")],
        body: Annotated[NewWithdrawal, Body()],
    ) -> Response:
        """Take a mark back; both stay on record. Who may not `mark_all` takes back own ones only."""
        principal = principal_of(request)
        if not principal.may(Permission.MARK_ALL):
            mark = await entries.standing_mark(mark_id)
            if mark.actor.account_id != principal.account_id:
                raise Forbidden(
                    "not_own_mark", f"{mark.actor.name} made this mark: an engineer takes it back"
                )
        entry = await entries.withdraw(mark_id, body.reason, actor_of(request))
        return json_response(shape(entry), 201)
