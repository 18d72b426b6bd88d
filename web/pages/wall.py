"""The wall, and the part of it that changes with the alarms."""

from typing import Any

from fastapi import APIRouter, Request, Response

from web import analysers, wall_view
from web.alarm_pages import last_raised
from web.guard import principal_of
from web.page import Pages
from web.relief_view import relief_line


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the wall and its alarm panel."""
    services = pages.services

    @router.get("/wall")
    async def wall(request: Request) -> Response:
        """Show the whole wall as it is now."""
        principal_of(request)
        now_us = services.clock.now_us()
        speaker, presenter = pages.speaker(request, now_us), pages.presenter(request, now_us)
        active = services.alarms.active()
        panel = wall_view.alarm_panel(active, speaker, await last_raised(pages))
        targets = [target.status for target in services.targets.values()]
        judged = await pages.judged.now(now_us, pages.language(request))
        context = wall_view.wall(services.folder, active, panel, speaker, presenter, targets, judged.water)
        shift = await shift_of(request, now_us)
        return pages.render(request, "wall.html", judged=judged, **shift, **context)

    @router.get("/wall/judged")
    async def wall_judged(request: Request) -> Response:
        """Return the means of today so far and the analysers' month."""
        principal_of(request)
        language, now_us = pages.language(request), services.clock.now_us()
        judged = await pages.judged.now(now_us, language)
        rows = analysers.analysers(services.folder, language)
        return pages.render(
            request,
            "parts/wall_judged.html",
            judged=judged,
            tags=list(dict.fromkeys(limit.tag for limit in services.folder.limits)),
            analysers=[row.equipment for row in rows if row.regulatory],
        )

    @router.get("/wall/shift")
    async def wall_shift(request: Request) -> Response:
        """Return who is on shift, and who was not relieved."""
        principal_of(request)
        shift = await shift_of(request, services.clock.now_us())
        return pages.render(request, "parts/wall_shift.html", **shift)

    async def shift_of(request: Request, now_us: int) -> dict[str, Any]:
        language = pages.language(request)
        return {
            "crew": await pages.crew.now(now_us, language),
            "relief": relief_line(services.overdue(), services.folder.calendar, language),
        }

    @router.get("/wall/alarms")
    async def wall_alarms(request: Request) -> Response:
        """Return the alarm panel and the band."""
        principal_of(request)
        speaker = pages.speaker(request, services.clock.now_us())
        last = await last_raised(pages)
        panel = wall_view.alarm_panel(services.alarms.active(), speaker, last)
        return pages.render(request, "parts/wall_alarms.html", panel=panel, swapped=True)
