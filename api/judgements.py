"""`/api/v1/compliance` and `/api/v1/analysers`: how days stand with their limits, and analysers with 95 %."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from alarms.compliance.crews import asked_crews
from alarms.compliance.records import DayJudgement
from api.formats import Day, Month, json_response
from api.judgement_shapes import (
    AnalyserHoursShape,
    DayShape,
    MonthShape,
    OpenedDayShape,
    Shapes,
    UptimeShape,
)
from api.paging import Page
from api.points import find_point
from api.problems import invalid
from api.readings import Turnstile
from api.routes import stated
from api.services import ApiServices
from operations.access import Permission
from telemetry.errors import NotFound, StoreAway

_MOST_DAYS: Final = 400

MonthOf = Annotated[Month | None, Query(description="report month, this one if absent", examples=["2026-11"])]
Tag = Annotated[str, Path(min_length=1, max_length=64, description="tag of a judged point")]


def add_judgements(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    judgements, calendar = services.judgements, services.folder.calendar
    shapes, turnstile = Shapes(calendar), Turnstile(4, 64)

    def today() -> date:
        return calendar.day_of(services.clock.now_us())

    def judged(tag: str) -> str:
        find_point(services.folder.plant, tag)
        if tag not in judgements.items:
            raise NotFound("point_not_found", f"{tag} is not judged; there are {', '.join(judgements.items)}")
        return tag

    @router.get(
        "/api/v1/compliance/days",
        response_model=Page[DayShape],
        tags=["compliance"],
        **stated(Permission.VIEW, 404, 429, 503),
    )
    async def list_days(
        from_: Annotated[Day | None, Query(alias="from", description="first report day")] = None,
        to: Annotated[Day | None, Query(description="last report day, included; today if absent")] = None,
        tag: Annotated[list[str] | None, Query(max_length=64, description="points; all if absent")] = None,
    ) -> Response:
        """Report days of items with their verdicts, by item, then day; today so far, with what it allows."""
        last = to or today()
        first = from_ or last.replace(day=1)
        if first > last:
            raise invalid("query.from", "is after `to`")
        if (last - first).days >= _MOST_DAYS:
            raise invalid("query.from", f"more than {_MOST_DAYS} days: ask for a shorter time")
        tags = None if tag is None else [judged(one) for one in dict.fromkeys(tag)]
        async with turnstile.turn():
            found = await judgements.days(first, last, tags)
        return json_response({"items": [shapes.day(day) for day in found], "next": None})

    @router.get(
        "/api/v1/compliance/days/{day}/{tag}",
        response_model=OpenedDayShape,
        tags=["compliance"],
        **stated(Permission.VIEW, 404, 429, 503),
    )
    async def open_day(
        day: Annotated[Day, Path(description="report day", examples=["2026-11-21"])], tag: Tag
    ) -> Response:
        """A day of an item with its hours, their results, and who was on shift then and before."""
        async with turnstile.turn():
            found = await judgements.days(day, day, [judged(tag)])
            hours = await judgements.hours(tag, day)
        if not found:
            raise NotFound("not_found", f"nothing was judged of {tag} on {day}")
        return json_response(
            {
                "day": shapes.day(found[0]),
                "hours": [shapes.hour(hour) for hour in hours],
                "turns": await turns(found[0]),
            }
        )

    @router.get(
        "/api/v1/compliance/months",
        response_model=MonthShape,
        tags=["compliance"],
        **stated(Permission.VIEW, 429, 503),
    )
    async def show_month(month: MonthOf = None) -> Response:
        """A month of all items: days, means, and the share of days that comply."""
        async with turnstile.turn():
            return json_response(shapes.month(await judgements.months(month or today())))

    @router.get(
        "/api/v1/analysers/uptime",
        response_model=UptimeShape,
        tags=["compliance"],
        **stated(Permission.VIEW, 429, 503),
    )
    async def show_uptime(month: MonthOf = None) -> Response:
        """A month of each analyser: due, valid and lost hours by cause, uptime, and the hours left of it."""
        async with turnstile.turn():
            return json_response(shapes.uptime(await judgements.uptime(month or today())))

    @router.get(
        "/api/v1/analysers/{tag}/hours",
        response_model=AnalyserHoursShape,
        tags=["compliance"],
        **stated(Permission.VIEW, 404, 429, 503),
    )
    async def list_analyser_hours(tag: Tag, month: MonthOf = None) -> Response:
        """The hours of an analyser's month that have begun, oldest first, with their results."""
        judged(tag)
        async with turnstile.turn():
            plant = await judgements.uptime(month or today())
        found = next((one for one in plant.analysers if one.tag == tag), None)
        if found is None:
            raise NotFound("point_not_found", f"{tag} is entered by people: it has no uptime")
        return json_response(
            {"analyser": shapes.analyser(found), "items": [shapes.hour(hour) for hour in found.hours]}
        )

    async def turns(day: DayJudgement) -> Sequence[dict[str, Any]] | None:
        try:
            found = await asked_crews(services.desk.duty, day.start_us, day.end_us)
        except StoreAway:
            return None
        return [shapes.turn(turn, before=turn in found.before) for turn in (*found.before, *found.then)]
