"""The reports page: what was made, to look at and to send, and making one."""

from typing import Any

from fastapi import APIRouter, Request, Response

from operations.access import Permission
from web import reports_view as view
from web.guard import principal_of
from web.page import Pages


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and its list; what is made goes to the API."""
    services = pages.services

    @router.get("/reports")
    async def reports_page(request: Request) -> Response:
        """Show the reports there are, and the form for those who may make one."""
        return pages.render(request, "reports.html", **await shown(request))

    @router.get("/reports/list")
    async def report_list(request: Request) -> Response:
        """Return the list anew."""
        return pages.render(request, "parts/report_list.html", **await shown(request))

    async def shown(request: Request) -> dict[str, Any]:
        language = pages.language(request)
        names = await pages.names.known()
        today = services.folder.calendar.day_of(services.clock.now_us())
        return {
            "months": view.months_of(await services.reports.listed(), names, language, pages.local),
            "choices": view.choices(today, services.reports.since(), language),
            "refusals": {code: language(text) for code, text in view.REFUSED.items()},
            "may_make": principal_of(request).may(Permission.MAKE_REPORT),
        }
