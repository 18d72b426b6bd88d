"""The console put together: its pages as a router, its files as an application."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from web.assets import Assets, VersionedFiles
from web.guard import home_of, route_class
from web.page import Pages
from web.pages import (
    alarms,
    analysers,
    assessment,
    compliance,
    connections,
    entries,
    handover,
    journal,
    link,
    log,
    my_shift,
    points,
    reports,
    roster,
    sign_in,
    staff,
    trends,
    wall,
)
from web.services import WebServices

PAGES: Final = (
    sign_in,
    wall,
    my_shift,
    trends,
    journal,
    alarms,
    log,
    handover,
    entries,
    compliance,
    analysers,
    roster,
    staff,
    reports,
    assessment,
    connections,
    points,
    link,
)


def web_router(services: WebServices) -> APIRouter:
    """Return the console's pages."""
    pages = Pages(services, Assets())
    router = APIRouter(route_class=route_class(pages), include_in_schema=False)

    @router.get("/")
    async def home(request: Request) -> RedirectResponse:
        """Lead to the page that somebody begins with."""
        return RedirectResponse(home_of(request, getattr(request.state, "principal", None)), status_code=303)

    for part in PAGES:
        part.add_routes(router, pages)
    return router


def web_error_page(services: WebServices) -> Callable[[Request, int, str, str], Response]:
    """Return what makes a page of an error outside the console's own routes: status, code, sentence."""
    pages = Pages(services, Assets())

    def error_page(request: Request, status: int, code: str, sentence: str) -> Response:
        if code == "people_unavailable":
            return pages.people_away(request)
        return pages.error(request, status, sentence or code, code)

    return error_page


def static_app() -> VersionedFiles:
    """Return what serves the files below /static."""
    return VersionedFiles(Assets())
