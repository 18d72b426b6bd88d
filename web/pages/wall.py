"""The wall, and the part of it that changes with the alarms."""

from fastapi import APIRouter, Request, Response

from web import wall_view
from web.alarm_pages import last_raised
from web.guard import principal_of
from web.page import Pages


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
        context = wall_view.wall(services.folder, active, panel, speaker, presenter, targets)
        crew = await pages.crew.now(now_us, pages.language(request))
        return pages.render(request, "wall.html", crew=crew, **context)

    @router.get("/wall/shift")
    async def wall_shift(request: Request) -> Response:
        """Return who is on shift."""
        principal_of(request)
        crew = await pages.crew.now(services.clock.now_us(), pages.language(request))
        return pages.render(request, "parts/wall_shift.html", crew=crew)

    @router.get("/wall/alarms")
    async def wall_alarms(request: Request) -> Response:
        """Return the alarm panel and the band."""
        principal_of(request)
        speaker = pages.speaker(request, services.clock.now_us())
        last = await last_raised(pages)
        panel = wall_view.alarm_panel(services.alarms.active(), speaker, last)
        return pages.render(request, "parts/wall_alarms.html", panel=panel, swapped=True)
