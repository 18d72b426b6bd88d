"""`/api/v1/roster`: patterns, their publication, who stands where, and where it is thin."""

from datetime import time
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.formats import Day, SentId, Time, json_response, local_time
from api.names import NameBody, name_shape
from api.paging import Page
from api.people_shape import (
    OnShiftShape,
    ShiftShape,
    line_shape,
    reader_of,
    shift_shape,
)
from api.problems import invalid
from api.routes import actor_of, stated
from api.services import ApiServices
from api.staff import KnownAt
from operations.access import Permission
from operations.roster.pattern import Pattern, ShiftTimes
from operations.roster.patterns import KeptPattern
from operations.staff.people import EVER
from telemetry.clock import to_us
from telemetry.people import TEXT_LENGTH

LONGEST_DAYS: Final = 92
_US_A_DAY: Final = 86_400_000_000

Code = Annotated[str, Field(min_length=1, max_length=32)]
RosterDay = Annotated[Day, Query(description="a day on the plant's clock", examples=["2026-11-01"])]


class ShiftBody(BaseModel):
    """A shift of a pattern."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,15}$", examples=["evening"])
    name: NameBody
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["16:00"])
    hours: float = Field(gt=0, le=24, examples=[8])


class PatternBody(BaseModel):
    """A repeating pattern: a row a day, in it a shift's code for each crew, null where it is off."""

    model_config = ConfigDict(extra="forbid")

    pattern: UUID | None = Field(default=None, description="a further version of this one")
    code: Code
    name: NameBody
    shifts: list[ShiftBody] = Field(min_length=1, max_length=12)
    cycle: list[list[str | None]] = Field(min_length=1, max_length=366)
    crews: list[UUID] = Field(min_length=1, max_length=32)
    anchor: Day = Field(description="the day of the first row")


class PublicationBody(BaseModel):
    """A pattern for days, both included."""

    model_config = ConfigDict(extra="forbid")

    pattern: UUID
    from_day: Day
    to_day: Day
    seen: UUID | None = Field(
        default=None,
        description="the newest publication that the sender knows, null for none: another is refused;"
        " where this is absent nobody looks",
    )


class CoverBody(BaseModel):
    """Somebody on a turn, besides who stands there."""

    model_config = ConfigDict(extra="forbid")

    turn: str = Field(min_length=12, max_length=32, examples=["2026-11-21/evening"])
    person: UUID
    post: UUID
    reason: str = Field(min_length=1, max_length=TEXT_LENGTH)
    id: SentId = None


def add_roster(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone, roster = services.folder.plant.timezone, services.desk.roster

    @router.get("/api/v1/patterns", tags=["roster"], **stated(Permission.VIEW, 503))
    async def list_patterns() -> Response:
        """The patterns by code, each in its newest version."""
        return json_response({"items": [_pattern(kept) for kept in await roster.patterns()], "next": None})

    @router.post(
        "/api/v1/patterns",
        status_code=201,
        tags=["roster"],
        **stated(Permission.PUBLISH_ROSTER, 404, 409, 503),
    )
    async def keep_pattern(request: Request, body: Annotated[PatternBody, Body()]) -> Response:
        """Keep a pattern, or a further version of one; it is on the roster once it is published."""
        made = await roster.set_pattern(
            body.code, body.name.name, _given(body), actor_of(request), known=body.pattern
        )
        return json_response({"pattern": str(made)}, 201)

    @router.post(
        "/api/v1/roster/publications",
        status_code=201,
        tags=["roster"],
        **stated(Permission.PUBLISH_ROSTER, 404, 409, 503),
    )
    async def publish_roster(request: Request, body: Annotated[PublicationBody, Body()]) -> Response:
        """Publish a pattern with its crews' members; what was published for these days is superseded.

        Turns that have begun stay, and what was approved since. `on_leave` names who is left out.
        """
        done = await roster.publish(
            body.pattern,
            body.from_day,
            body.to_day,
            actor_of(request),
            seen=body.seen,
            check_seen="seen" in body.model_fields_set,
        )
        away = [{"turn": slot.key, "person": str(slot.person)} for slot in done.on_leave]
        told = {
            "publication": str(done.id),
            "assigned": done.assigned,
            "withdrawn": done.withdrawn,
            "kept": done.kept,
            "on_leave": away,
        }
        return json_response(told, 201)

    @router.post(
        "/api/v1/roster/covers",
        status_code=201,
        tags=["roster"],
        **stated(Permission.PUBLISH_ROSTER, 404, 409, 503),
    )
    async def cover_turn(request: Request, body: Annotated[CoverBody, Body()]) -> Response:
        """Have somebody stand on a turn besides who stands there: at once, also after the fact."""
        by = actor_of(request)
        made = await roster.cover(body.turn, body.person, body.post, body.reason, by, body.id)
        return json_response({"entry": str(made)}, 201)

    @router.get("/api/v1/roster", tags=["roster"], **stated(Permission.VIEW, 503))
    async def show_roster(
        request: Request,
        from_: Annotated[RosterDay, Query(alias="from")],
        to: Annotated[RosterDay, Query(description="the last day, included")],
        as_known_at: KnownAt = None,
    ) -> Response:
        """The turns that start on these days, who stands on them, and what was published for them."""
        if not 0 <= (to - from_).days < LONGEST_DAYS:
            raise invalid("query.to", f"the last of 1 to {LONGEST_DAYS} days")
        known_us = EVER if as_known_at is None else to_us(as_known_at)
        now_us = services.clock.now_us() if as_known_at is None else None
        reader = await reader_of(request, services.desk, now_us)
        found = await roster.days(from_, to, known_us=known_us)
        publications = [
            {
                "publication": str(one.id),
                "pattern": str(one.pattern),
                "from_day": one.from_day.isoformat(),
                "to_day": one.to_day.isoformat(),
                "published": local_time(one.recorded_us, zone),
                "by": one.by,
            }
            for one in found.publications
        ]
        told = {
            "items": [line_shape(line, zone, reader) for line in found.lines],
            "turns": [shift_shape(shift, zone) for shift in found.turns],
            "publications": publications,
            "next": None,
        }
        return json_response(told)

    @router.get(
        "/api/v1/roster/on-shift",
        response_model=Page[OnShiftShape],
        tags=["roster"],
        **stated(Permission.VIEW, 503),
    )
    async def show_on_shift(
        request: Request,
        at: Annotated[Time | None, Query(description="now where it is absent")] = None,
        post: Annotated[UUID | None, Query(description="only this post")] = None,
        as_known_at: KnownAt = None,
    ) -> Response:
        """Who is on shift at a time, by post; `as_known_at`: as the roster stood then."""
        now_us = services.clock.now_us()
        at_us = now_us if at is None else to_us(at)
        known_us = EVER if as_known_at is None else to_us(as_known_at)
        reader = await reader_of(request, services.desk, now_us if as_known_at is None else None)
        found = await roster.on_shift(at_us, post, known_us=known_us)
        shapes = [line_shape(line, zone, reader) for line in found]
        return json_response({"items": shapes, "next": None})

    @router.get("/api/v1/roster/gaps", tags=["roster"], **stated(Permission.VIEW, 503))
    async def show_gaps(
        from_: Annotated[Time, Query(alias="from")],
        to: Annotated[Time, Query()],
    ) -> Response:
        """Posts with fewer on a turn than they need, and rests of less than 11 h between two turns."""
        found = await roster.gaps(*_span(from_, to))
        below = [
            {
                "shift": shift_shape(gap.shift, zone),
                "post": str(gap.post.post),
                "post_name": name_shape(gap.post.name),
                "has": gap.has,
                "minimum": gap.post.minimum,
            }
            for gap in found.below
        ]
        rests = [
            {
                "person": str(rest.after.person),
                "name": rest.after.name,
                "before": shift_shape(rest.before.shift, zone),
                "after": shift_shape(rest.after.shift, zone),
                "hours": round(rest.rest_us / 3_600_000_000, 2),
            }
            for rest in found.rests
        ]
        return json_response({"below": below, "rests": rests})

    @router.get(
        "/api/v1/shifts", response_model=Page[ShiftShape], tags=["roster"], **stated(Permission.VIEW, 503)
    )
    async def list_shifts(
        from_: Annotated[Time, Query(alias="from")],
        to: Annotated[Time, Query()],
    ) -> Response:
        """The published turns that overlap with a time, by start, manned or not."""
        found = await roster.turns(*_span(from_, to))
        return json_response({"items": [shift_shape(shift, zone) for shift in found], "next": None})


def _span(from_: Time, to: Time) -> tuple[int, int]:
    if not 0 < to_us(to) - to_us(from_) <= LONGEST_DAYS * _US_A_DAY:
        raise invalid("query.to", f"after `from`, at most {LONGEST_DAYS} days")
    return to_us(from_), to_us(to)


def _given(body: PatternBody) -> Pattern:
    shifts = tuple(
        ShiftTimes(one.code, one.name.name, time.fromisoformat(one.start), round(one.hours * 60))
        for one in body.shifts
    )
    return Pattern(shifts, tuple(tuple(row) for row in body.cycle), tuple(body.crews), body.anchor)


def _pattern(kept: KeptPattern) -> dict[str, Any]:
    pattern = kept.pattern
    return {
        "pattern": str(kept.id),
        "version": str(kept.version),
        "code": kept.code,
        "name": name_shape(kept.name),
        "shifts": [
            {
                "code": shift.code,
                "name": name_shape(shift.name),
                "start": shift.start.strftime("%H:%M"),
                "hours": shift.minutes / 60,
            }
            for shift in pattern.shifts
        ],
        "cycle": [list(row) for row in pattern.cycle],
        "crews": [str(crew) for crew in pattern.crews],
        "anchor": pattern.anchor.isoformat(),
    }
