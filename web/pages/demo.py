"""The demo's own page: what can be made to go wrong in the simulated plant. A real plant has none."""

from typing import Any

from fastapi import APIRouter, Request, Response

from operations.access import Permission
from telemetry.errors import Forbidden
from web import faults_view as view
from web.guard import principal_of
from web.page import Pages


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and the part of it that is asked for anew, where there is a plant to switch."""
    services = pages.services
    faults = services.faults
    if faults is None:
        return

    @router.get("/demo")
    async def demo(request: Request) -> Response:
        """Show what can go wrong, and what does."""
        speaker = pages.speaker(request, services.clock.now_us())
        language = pages.language(request)
        rows = [view.fault_row(kind, services.folder, language) for kind in faults.kinds]
        return pages.render(request, "demo.html", faults=rows, speaker=speaker, **shown(request))

    @router.get("/demo/on")
    async def on(request: Request) -> Response:
        """Return what is on, anew."""
        return pages.render(request, "parts/faults_on.html", **shown(request))

    def shown(request: Request) -> dict[str, Any]:
        principal = principal_of(request)
        if not principal.may(Permission.DIAGNOSE):
            raise Forbidden("not_permitted", "this role does not see the simulated plant")
        speaker = pages.speaker(request, services.clock.now_us())
        return {
            "on": view.rows_on(faults, services.folder, pages.language(request), speaker),
            "switches": principal.may(Permission.SWITCH_FAULTS),
        }
