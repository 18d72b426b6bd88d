"""The entries page: readings that people take, their corrections, and marks on measured values."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from history.marks import MarkKind
from operations.access import Permission
from web import words
from web.entries_view import EntrySpeaker
from web.guard import principal_of
from web.page import Pages

_MINUTE: Final = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})?$"
PAGE: Final = 50
MOST: Final = 1000
"""What was done about a row stands above it, so every answer reads from the newest one on."""


class Asked(BaseModel):
    """How many rows to show, and a mark to offer; its times are the plant's, as its form has them."""

    show: int = Field(default=PAGE, ge=1, le=MOST)
    mark: str = Field(default="", max_length=64)
    begin: str = Field(default="", alias="from", pattern=_MINUTE)
    end: str = Field(default="", alias="to", pattern=_MINUTE)
    kind: MarkKind = MarkKind.MAINTENANCE


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and its list; what the page enters goes to the API."""
    services = pages.services

    @router.get("/entries")
    async def entries_page(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """Show the latest entries, and the forms for those who may; a mark's as it is asked for."""
        found = await shown(request, asked.show)
        known = {choice.tag for group in found["marked"] for choice in group.choices}
        wanted = asked if asked.mark in known else None
        return pages.render(request, "entries.html", wanted=wanted, **found)

    @router.get("/entries/list")
    async def entry_list(request: Request, show: Annotated[int, Query(ge=1, le=MOST)] = PAGE) -> Response:
        """Return the list anew."""
        return pages.render(request, "parts/entry_list.html", **await shown(request, show))

    async def shown(request: Request, show: int) -> dict[str, Any]:
        principal = principal_of(request)
        now_us = services.clock.now_us()
        language = pages.language(request)
        names = await pages.names.known()
        says = pages.speaker(request, now_us, names)
        speaker = EntrySpeaker(says, pages.presenter(request, now_us), principal)
        found = await services.entries.listed(None, None, MOST)
        may_enter, may_mark = (
            principal.may(permission) for permission in (Permission.ENTER_READINGS, Permission.MARK_READINGS)
        )
        return {
            "rows": speaker.rows(found, show),
            "show": show,
            "more": min(show + PAGE, MOST) if len(found) > show else None,
            "may_enter": may_enter,
            "may_mark": may_mark,
            "entered": speaker.entered(found) if may_enter else [],
            "marked": speaker.marked() if may_mark else [],
            "kinds": [(kind.value, words.spoken(words.MARK_KIND, kind.value, language)) for kind in MarkKind],
            "minute": f"{pages.local(now_us):%Y-%m-%dT%H:%M}",
        }
