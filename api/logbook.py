"""The logbook: `/api/v1/logbook`, its amendments, additions and photos."""

from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import Time, json_response
from api.logbook_shapes import LogEntryShape, shape_of
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import actor_of, principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from operations.logbook.records import Asked, LogEntry, LogKind, NewEntry
from operations.logbook.service import MOST_SUBJECTS, MOST_VALUES, TEXT_LENGTH
from operations.logbook.subjects import LONGEST_SEARCH
from telemetry.clock import to_us
from telemetry.errors import Forbidden
from telemetry.people import TEXT_LENGTH as REASON_LENGTH

_LIST: Final = "logbook"
_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
_PHOTO_BODY: Final = {
    "required": True,
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _TYPES},
}
_KEPT: Final = "private, max-age=86400, immutable"
_LARGEST_CURSOR: Final = 1 << 62

Word = Annotated[str, Field(min_length=1, max_length=64)]
Said = Annotated[
    str, Field(max_length=TEXT_LENGTH, description="what happened", examples=["1#好氧池泡沫增多"])
]
EntryId = Annotated[UUID, Path(description="`id` of an entry")]


class NewValue(BaseModel):
    """A value that somebody read; it becomes a reading."""

    model_config = {"extra": "forbid"}

    tag: Word = Field(description="tag of a point that people enter")
    value: float = Field(strict=True, allow_inf_nan=False, description="in the point's unit", examples=[28.5])


class NewLogEntry(BaseModel):
    """What happened. Sent again with the same `id`, it is written once."""

    model_config = {"extra": "forbid"}

    id: UUID | None = Field(default=None, description="an id of your own, so that it can be sent again")
    kind: LogKind = LogKind.ROUTINE
    text: Said = ""
    at: Time | None = Field(default=None, description="when it happened; now where it is left out")
    unit: Word | None = Field(default=None, description="id of a process unit")
    tags: list[Word] = Field(default_factory=list, max_length=MOST_SUBJECTS)
    equipment: list[Word] = Field(default_factory=list, max_length=MOST_SUBJECTS)
    values: list[NewValue] = Field(
        default_factory=list,
        max_length=MOST_VALUES,
        description="readings of the time `at`; with `enter_readings`",
    )


class NewAmendment(BaseModel):
    """Other words for an entry; the former ones stay."""

    model_config = {"extra": "forbid"}

    text: Said
    reason: Annotated[str, Field(max_length=REASON_LENGTH, description="why; stays on record")]


class NewFollowUp(BaseModel):
    """What came later. Sent again with the same `id`, it is added once."""

    model_config = {"extra": "forbid"}

    id: UUID | None = Field(default=None, description="an id of your own, so that it can be sent again")
    text: Said


def add_logbook(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    logbook, zone = services.logbook, services.folder.plant.timezone
    photo = stated(Permission.WRITE_LOG, 404, 409, 413, 415, 429, 503)
    photo["openapi_extra"]["requestBody"] = _PHOTO_BODY

    async def answered(entry: LogEntry, status: int = 200) -> Response:
        on_shift = await logbook.on_shift_of([entry])
        return json_response(shape_of(entry, on_shift.get(entry.id, ()), zone), status)

    @router.get(
        "/api/v1/logbook",
        response_model=Page[LogEntryShape],
        tags=["logbook"],
        **stated(Permission.VIEW, 503),
    )
    async def list_log_entries(
        q: Annotated[
            str, Query(max_length=LONGEST_SEARCH, description="words, all of which are to be found")
        ] = "",
        kind: LogKind | None = None,
        unit: Annotated[str | None, Query(max_length=64)] = None,
        tag: Annotated[str | None, Query(max_length=64)] = None,
        equipment: Annotated[str | None, Query(max_length=64)] = None,
        crew: Annotated[UUID | None, Query(description="a crew that was on shift then")] = None,
        person: Annotated[UUID | None, Query(description="who wrote it")] = None,
        from_: Annotated[Time | None, Query(alias="from", description="first time, included")] = None,
        to: Annotated[Time | None, Query(description="last time, not included")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """The log, the newest first by the time it is of; two characters are enough to search by."""
        asked = Asked(
            words=q,
            kind=kind,
            unit=unit,
            tag=tag,
            equipment=equipment,
            crew=crew,
            person=person,
            from_us=None if from_ is None else to_us(from_),
            to_us=None if to is None else to_us(to),
            before=_before(position_of(_LIST, cursor, list)),
        )
        found = await logbook.page(asked, limit + 1)
        items = found[:limit]
        on_shift = await logbook.on_shift_of(items)
        following = cursor_to(_LIST, [items[-1].at_us, items[-1].seq]) if len(found) > limit else None
        shown = [shape_of(entry, on_shift.get(entry.id, ()), zone) for entry in items]
        return json_response({"items": shown, "next": following})

    @router.post(
        "/api/v1/logbook",
        response_model=LogEntryShape,
        status_code=201,
        tags=["logbook"],
        **stated(Permission.WRITE_LOG, 404, 409, 503),
    )
    async def write_log_entry(request: Request, body: Annotated[NewLogEntry, Body()]) -> Response:
        """Write an entry; its unit's readings and who is on shift are attached. Values become readings."""
        if body.values and not principal_of(request).may(Permission.ENTER_READINGS):
            raise Forbidden("not_permitted", "this role may not enter readings")
        new = NewEntry(
            id=body.id or uuid4(),
            kind=body.kind,
            text=body.text,
            at_us=None if body.at is None else to_us(body.at),
            unit=body.unit,
            tags=tuple(body.tags),
            equipment=tuple(body.equipment),
            values=tuple((value.tag, value.value) for value in body.values),
        )
        return await answered(await logbook.write(new, actor_of(request)), 201)

    @router.get(
        "/api/v1/logbook/{entry_id}",
        response_model=LogEntryShape,
        tags=["logbook"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def read_log_entry(entry_id: EntryId) -> Response:
        """One entry, with its amendments, what was added and its photos."""
        return await answered(await logbook.get(entry_id))

    @router.post(
        "/api/v1/logbook/{entry_id}/amendments",
        response_model=LogEntryShape,
        status_code=201,
        tags=["logbook"],
        **stated(Permission.WRITE_LOG, 404, 409, 503),
    )
    async def amend_log_entry(
        request: Request, entry_id: EntryId, body: Annotated[NewAmendment, Body()]
    ) -> Response:
        """Give an entry other words, with a reason; the former ones stay, shown."""
        return await answered(await logbook.amend(entry_id, body.text, body.reason, actor_of(request)), 201)

    @router.post(
        "/api/v1/logbook/{entry_id}/follow-ups",
        response_model=LogEntryShape,
        status_code=201,
        tags=["logbook"],
        **stated(Permission.WRITE_LOG, 404, 409, 503),
    )
    async def add_to_log_entry(
        request: Request, entry_id: EntryId, body: Annotated[NewFollowUp, Body()]
    ) -> Response:
        """Add what came later to an entry, one of an alarm too."""
        new_id = body.id or uuid4()
        return await answered(await logbook.follow_up(entry_id, new_id, body.text, actor_of(request)), 201)

    @router.post(
        "/api/v1/logbook/{entry_id}/photos",
        response_model=LogEntryShape,
        status_code=201,
        tags=["logbook"],
        **photo,
    )
    async def add_photo(request: Request, entry_id: EntryId) -> Response:
        """Add a photo: a JPEG, PNG or WebP of at most 10 MB, which is made anew, without its EXIF."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
            raise HTTPException(415, f"a photo is sent as {', '.join(_TYPES)}")
        return await answered(await logbook.add_photo(entry_id, await request.body(), actor_of(request)), 201)

    @router.get(
        "/api/v1/logbook/photos/{sha256}.jpg",
        response_class=Response,
        tags=["logbook"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def read_photo(
        sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="`href` of a photo")],
        small: bool = False,
    ) -> Response:
        """A photo."""
        content = await logbook.photos.read(sha256, as_small=small)
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": _KEPT})


def _before(position: list[Any] | None) -> tuple[int, int] | None:
    if position is None:
        return None
    if [type(part) for part in position] != [int, int] or max(map(abs, position)) > _LARGEST_CURSOR:
        raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
    return position[0], position[1]
