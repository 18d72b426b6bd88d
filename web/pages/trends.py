"""The trends page: any points over any period, and the same as CSV."""

import asyncio
import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from alarms.compliance.limits import Water
from config.folder import PlantFolder
from history.bounds import MAX_WINDOWS
from telemetry.clock import US_PER_S, from_us, window_offset_us
from telemetry.errors import Invalid, StoreError
from telemetry.plant import Point, PointKind, UnitStage
from telemetry.protocols import Aggregate, Windows
from web import bands, discharge, formats, limit_steps, naming, words
from web.guard import principal_of
from web.language import Language
from web.page import Pages
from web.script_words import BAD_PERIOD

MOST_POINTS: Final = 8
LONGEST_MS: Final = 400 * 86_400_000
_LATEST_MS: Final = 7_258_118_400_000
"""The year 2200, as in the API: dates of later times cannot be written."""
_BOM: Final = "\ufeff"
_CHARTED: Final = (PointKind.ANALOG, PointKind.TOTAL, PointKind.MANUAL)


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and its download."""
    services = pages.services
    folder = services.folder

    @router.get("/trends")
    async def trends(request: Request) -> Response:
        """Show the page; what is charted stands in its address, and the script draws it."""
        principal_of(request)
        language = pages.language(request)
        day = folder.calendar.day_of(services.clock.now_us())
        return pages.render(
            request,
            "trends.html",
            units=_units(folder, language),
            points=_points(folder, day, language),
            most=MOST_POINTS,
        )

    @router.get("/trends/limits")
    async def limits(
        request: Request,
        p: Annotated[str, Query(max_length=1000)],
        from_ms: Annotated[int, Query(alias="from", ge=0, le=_LATEST_MS)],
        to_ms: Annotated[int, Query(alias="to", ge=0, le=_LATEST_MS)],
    ) -> Response:
        """Return the limits of points as they were in a period: by tag [kind, value, from ms, to ms]."""
        principal_of(request)
        points = _asked(folder, p)
        if not 0 < to_ms - from_ms <= LONGEST_MS:
            raise Invalid("bad_period", pages.language(request)(BAD_PERIOD))
        waters = await waters_between(from_ms * 1000, to_ms * 1000)
        found = {
            point.tag: [
                [step.kind, step.value, _ms(step.from_us), _ms(step.to_us)]
                for step in limit_steps.steps(folder, point.tag, from_ms * 1000, to_ms * 1000, waters)
            ]
            for point in points
        }
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    async def waters_between(from_us: int, to_us: int) -> Mapping[date, Water]:
        try:
            return await services.judgements.water(*limit_steps.days_of(folder, from_us, to_us))
        except StoreError:
            # The chart is drawn all the same, with the stricter limits.
            return {}

    @router.get("/trends.csv")
    async def download(
        request: Request,
        p: Annotated[str, Query(max_length=1000)],
        from_ms: Annotated[int, Query(alias="from", ge=0, le=_LATEST_MS)],
        to_ms: Annotated[int, Query(alias="to", ge=0, le=_LATEST_MS)],
        every: Annotated[int, Query(ge=1, le=86400 * 31)] = 60,
    ) -> Response:
        """Return means of equal windows as CSV, as spreadsheets in China open it: UTF-8 with its mark."""
        principal_of(request)
        points = _asked(folder, p)
        problem = _problem(pages.language(request), from_ms, to_ms, every)
        if problem is not None:
            raise Invalid("bad_period", problem)
        every_us = every * US_PER_S
        offset_us = window_offset_us(every_us, folder.plant.timezone, from_ms * 1000)
        columns = [
            await services.history.windows(
                point.tag, from_ms * 1000, to_ms * 1000, every_us, Aggregate.MEAN, offset_us
            )
            for point in points
        ]
        language = pages.language(request)
        text = await asyncio.to_thread(_csv, pages, points, columns, language)
        first, last = (from_us(ms * 1000).astimezone(folder.plant.timezone) for ms in (from_ms, to_ms))
        name = f"{folder.plant.id}_{first:%Y%m%d-%H%M}_{last:%Y%m%d-%H%M}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(_BOM + text, media_type="text/csv; charset=utf-8", headers=headers)


def _problem(_: Language, from_ms: int, to_ms: int, every_s: int) -> str | None:
    """Return what the store would refuse, as people are told it; windows may begin before the period."""
    if to_ms <= from_ms:
        return _("The period ends before it begins.")
    if to_ms - from_ms <= (MAX_WINDOWS - 1) * every_s * 1000:
        return None
    return _("A download has %(num)d rows at most: choose a shorter period.", num=MAX_WINDOWS)


def _asked(folder: PlantFolder, tags: str) -> list[Point]:
    known = folder.plant.point_by_tag
    points = [known[tag] for tag in dict.fromkeys(tags.split(",")) if tag in known]
    if not points or len(points) > MOST_POINTS:
        raise Invalid("bad_points", f"name one to {MOST_POINTS} points of this plant")
    return points


def _csv(pages: Pages, points: Sequence[Point], columns: Sequence[Windows], _: Language) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    measures = [words.measure(point.engineering_unit) for point in points]
    names = [
        cell(f"{_.name(p.name)} ({m})" if m else _.name(p.name))
        for p, m in zip(points, measures, strict=True)
    ]
    writer.writerow([cell(_("Time")), *names])
    writer.writerow(["", *(cell(point.tag) for point in points)])
    rows: dict[int, list[str]] = {}
    for index, (point, windows) in enumerate(zip(points, columns, strict=True)):
        places = min(formats.decimals(point) + 1, formats.MOST_DECIMALS)
        for us, value in zip(windows.times_us.tolist(), windows.values.tolist(), strict=True):
            row = rows.setdefault(us, [""] * len(points))
            row[index] = f"{value:.{places}f}" if math.isfinite(value) else ""
    for us in sorted(rows):
        writer.writerow([_stamp(pages.local(us)), *rows[us]])
    return out.getvalue()


def cell(text: str) -> str:
    """Return a header's text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _ms(us: int | None) -> int | None:
    return None if us is None else us // 1000


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _units(folder: PlantFolder, language: Language) -> list[dict[str, Any]]:
    """Return the units that have something to chart, the water's way first, with their points."""
    order = (UnitStage.WATER, UnitStage.SERVICE, UnitStage.SLUDGE, UnitStage.NETWORK, UnitStage.LABORATORY)
    found = []
    for unit in sorted(folder.plant.units, key=lambda unit: order.index(unit.stage)):
        own = [p for p in folder.plant.points if p.unit == unit.id and p.kind in _CHARTED]
        if own:
            name = language.name(unit.name)
            found.append({"id": unit.id, "name": naming.capital(name), "points": own})
    return found


def _points(folder: PlantFolder, day: Any, language: Language) -> dict[str, dict[str, Any]]:
    """Return what the script needs to know of each point, by tag."""
    limits = bands.limits_by_tag(folder.rules_on(day))
    discharged = {item.point.tag: item for item in discharge.items(folder, day, language)}
    found: dict[str, dict[str, Any]] = {}
    for point in folder.plant.points:
        if point.kind not in _CHARTED:
            continue
        own = limits.get(point.tag, {})
        item = discharged.get(point.tag)
        found[point.tag] = {
            "name": naming.capital(language.name(point.name)),
            "measure": words.measure(point.engineering_unit),
            "decimals": item.decimals
            if item
            else formats.decimals(point, [r.threshold for r in own.values()]),
            "holds": None if point.holds_for is None else point.holds_for.total_seconds(),
            "counter": point.kind is PointKind.TOTAL,
        }
    return found
