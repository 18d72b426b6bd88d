"""The points page: what is measured where, raw and in its unit, and whether it can be believed."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from collectors.outages import OutageQuery
from config.point_addresses import point_addresses
from config.point_search import PointFilter, PointSearch
from history.entries import Entry, EntryKind
from history.live import Condition
from operations.access import Permission
from telemetry.clock import US_PER_S
from telemetry.errors import Conflict, Forbidden, NotFound, StoreError, TooMany
from telemetry.plant import Point, PointKind
from web import naming
from web.entries_view import EntryRow, EntrySpeaker
from web.guard import principal_of
from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for
from web.outages_view import OutageRow, outage_rows
from web.page import Pages
from web.points_view import PointSpeaker

logger = logging.getLogger(__name__)

PAGE: Final = 100
_MARKS_SHOWN: Final = 10
_ENTRIES_LOOKED_AT: Final = 100
_OUTAGES_SHOWN: Final = 10
_WEEK_US: Final = 7 * 86_400 * US_PER_S
STANDINGS: Final[Mapping[str, frozenset[Condition]]] = {
    "bad": frozenset({Condition.BAD, Condition.STALE, Condition.WAITING}),
    "uncertain": frozenset({Condition.UNCERTAIN}),
    "good": frozenset({Condition.GOOD}),
}
_STANDING_WORDS: Final = {
    "": N_("All|points"),
    "bad": N_("No valid value"),
    "uncertain": N_("Uncertain|values"),
    "good": N_("Good|values"),
}


class Asked(BaseModel):
    """Which points are asked for; empty for any."""

    q: str = Field(default="", max_length=64)
    unit: str = Field(default="", max_length=64)
    connection: str = Field(default="", max_length=128)
    quality: str = Field(default="", max_length=16)
    after: str = Field(default="", max_length=64)

    @property
    def filters(self) -> dict[str, str]:
        """What chooses, without the place in the list."""
        return {key: value for key, value in self.model_dump(exclude={"after"}).items() if value}


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page, a point's own page, and the parts of them that are asked for anew."""
    services = pages.services
    plant, live, clock = services.folder.plant, services.live, services.clock
    addresses = point_addresses(services.folder)
    connections = sorted({point.connection for point in plant.points if point.connection})
    search = PointSearch(plant, lambda tag: live.latest(tag, clock.now_us()).condition)

    @router.get("/points")
    async def points(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """Show the points that fit."""
        return pages.render(request, "points.html", **listed(request, asked))

    @router.get("/points/list")
    async def point_list(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """Return the list anew."""
        return pages.render(request, "parts/point_list.html", **listed(request, asked))

    @router.get("/points/{tag}")
    async def one_point(request: Request, tag: str) -> Response:
        """Show one point with its last day, its marks and the outages of its channel."""
        point = named(request, tag)
        marks, outages = await marks_of(request, point), await outages_of(request, point)
        return pages.render(request, "point.html", marks=marks, outages=outages, **detail(request, point))

    @router.get("/points/{tag}/now")
    async def point_now(request: Request, tag: str) -> Response:
        """Return what is known of a point now, anew."""
        return pages.render(request, "parts/point_now.html", **detail(request, named(request, tag)))

    @router.post("/points/{tag}/test-read")
    async def test_read(request: Request, tag: str) -> Response:
        """Read a point from its device now, and say what came."""
        point, trial, problem = named(request, tag), None, ""
        language = pages.language(request)
        try:
            trial = speaker(request).trial(point, await services.diagnosis.try_point(tag))
        except TooMany:
            problem = language("Too many points are being read at this moment: try again.")
        except Conflict:
            problem = language("No device can be asked for this point.")
        return pages.render(request, "parts/point_trial.html", trial=trial, problem=problem)

    def named(request: Request, tag: str) -> Point:
        admit(request)
        point = plant.point_by_tag.get(tag)
        if point is None:
            raise NotFound("point_not_found", f"there is no point {tag}")
        return point

    def speaker(request: Request) -> PointSpeaker:
        now_us = clock.now_us()
        return PointSpeaker(
            pages.speaker(request, now_us),
            pages.presenter(request, now_us),
            addresses,
            services.diagnosis,
            {each.tag: each for figures in services.connections() for each in figures.quarantined},
        )

    def listed(request: Request, asked: Asked) -> dict[str, Any]:
        admit(request)
        conditions = STANDINGS.get(asked.quality)
        wanted = PointFilter(asked.unit or None, asked.q, asked.connection or None, conditions)
        behind = asked.after if asked.after in plant.point_by_tag else None
        # What nobody has entered yet is no fault of an instrument.
        manual_too = asked.quality != "bad"
        found = [p for p in search.find(wanted, behind) if manual_too or p.kind is not PointKind.MANUAL]
        shown, language = found[:PAGE], pages.language(request)
        rows = speaker(request).rows(shown)
        return {
            "rows": rows,
            "has_raw": any(row.raw for row in rows),
            "asked": asked,
            "here": asked.filters | ({"after": behind} if behind else {}),
            "left": len(found) - len(shown),
            "count": len(found),
            "next": asked.filters | {"after": shown[-1].tag} if len(found) > len(shown) else None,
            "standings": [(key, language(word)) for key, word in _STANDING_WORDS.items()],
            "units": _units(pages, language),
            "connections": connections,
        }

    def detail(request: Request, point: Point) -> dict[str, Any]:
        says = speaker(request)
        return {
            "row": says.rows([point])[0],
            "point": point,
            "bits": says.bits(point),
            "refused": says.refusal(point),
            "can_try": services.diagnosis.can_try(point.tag),
        }

    async def marks_of(request: Request, point: Point) -> list[EntryRow] | None:
        """Return the marks of a point and what was taken back, newest first; None where nobody can say."""
        try:
            found: list[Entry] = await services.entries.listed(point.tag, None, _ENTRIES_LOOKED_AT)
            names = await pages.names.known()
        except StoreError as error:
            logger.warning("marks of %s: %s", point.tag, error)
            return None
        says = pages.speaker(request, clock.now_us(), names)
        rows = EntrySpeaker(says, pages.presenter(request, says.now_us), principal_of(request))
        marks = [each for each in found if each.kind in (EntryKind.MARK, EntryKind.WITHDRAWAL)]
        return rows.rows(marks, _MARKS_SHOWN)

    async def outages_of(request: Request, point: Point) -> list[OutageRow] | None:
        """Return a week's outages of the point's channel, the newest first; None where nobody can say."""
        if point.channel is None:
            return []
        says = pages.speaker(request, clock.now_us())
        asked = OutageQuery([point.channel], says.now_us - _WEEK_US)
        try:
            found = await asyncio.to_thread(services.outages.page, asked, None, _OUTAGES_SHOWN)
        except StoreError as error:
            logger.warning("outages of %s: %s", point.channel, error)
            return None
        return outage_rows(found, says)


def admit(request: Request) -> None:
    """Raise Forbidden for who does not see connections."""
    if not principal_of(request).may(Permission.DIAGNOSE):
        raise Forbidden("not_permitted", "this role does not see where points are read")


def _units(pages: Pages, language: Language) -> list[tuple[str, str]]:
    """Return the units that have points, by id."""
    plant = pages.services.folder.plant
    used = {point.unit for point in plant.points}
    return [(unit.id, naming.capital(language.name(unit.name))) for unit in plant.units if unit.id in used]
