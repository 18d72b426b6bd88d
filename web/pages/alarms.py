"""The alarms page: what is wrong now, and one alarm in detail with its answer."""

import logging
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarms.active import rank
from alarms.states import AlarmState
from operations.access import Permission
from telemetry.errors import Conflict, Forbidden, NotFound, StoreError
from web import words
from web.alarm_pages import AlarmPages
from web.guard import is_fragment, principal_of
from web.language import Language
from web.page import Pages

logger = logging.getLogger(__name__)

LONGEST_COMMENT: Final = 400
"""Of one's own words; with the reason before them the journal takes 500."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page, its parts and what it posts to."""
    alarm_pages = AlarmPages(pages)
    alarms = pages.services.alarms

    @router.get("/alarms")
    async def alarm_page(request: Request) -> Response:
        """Show what is wrong now; on a wide screen with the first in detail."""
        principal_of(request)
        first = min(alarms.active(), key=rank, default=None)
        context = await alarm_pages.listed(request, None if first is None else first.id)
        context |= await alarm_pages.detailed(request, first)
        return pages.render(request, "alarms.html", chosen=False, **context)

    @router.get("/alarms/list")
    async def alarm_list(request: Request) -> Response:
        """Return the list anew."""
        principal_of(request)
        chosen = _chosen(request.headers.get("hx-current-url", ""))
        context = await alarm_pages.listed(request, chosen)
        return pages.render(request, "parts/alarm_list.html", **context)

    @router.get("/alarms/first/detail")
    async def first_detail(request: Request) -> Response:
        """Return the detail of the alarm to be taken up first; 204 while there is none."""
        principal_of(request)
        first = min(alarms.active(), key=rank, default=None)
        if first is None:
            return Response(status_code=204)
        context = await alarm_pages.detailed(request, first)
        return pages.render(request, "parts/alarm_detail.html", **context)

    @router.get("/alarms/{alarm_id}")
    async def one_alarm(request: Request, alarm_id: UUID) -> Response:
        """Show the page with one alarm in detail, over or not."""
        principal_of(request)
        alarm = alarm_pages.find(alarm_id) or await alarm_pages.find_past(alarm_id)
        context = await alarm_pages.listed(request, alarm_id)
        context |= await alarm_pages.detailed(request, alarm, gone=alarm is None)
        status = 200 if alarm is not None else 404
        return pages.render(request, "alarms.html", status_code=status, chosen=True, **context)

    @router.get("/alarms/{alarm_id}/detail")
    async def alarm_detail(request: Request, alarm_id: UUID, state: AlarmState | None = None) -> Response:
        """Return one alarm's detail; 204 while it stands in `state`: no answer half given is lost."""
        principal_of(request)
        alarm = alarm_pages.find(alarm_id)
        if alarm is not None and alarm.state is state:
            return Response(status_code=204)
        alarm = alarm or await alarm_pages.find_past(alarm_id)
        if alarm is not None and state is not None and alarm.state is state:
            return Response(status_code=204)
        context = await alarm_pages.detailed(request, alarm, gone=alarm is None)
        return pages.render(request, "parts/alarm_detail.html", **context)

    @router.post("/alarms/{alarm_id}/acknowledge")
    async def acknowledge(
        request: Request,
        alarm_id: UUID,
        reason: Annotated[int | None, Form(ge=0, lt=len(words.REASONS))] = None,
        comment: Annotated[str, Form(max_length=LONGEST_COMMENT)] = "",
    ) -> Response:
        """Acknowledge an alarm with who and why."""
        principal = principal_of(request)
        if not principal.may(Permission.ACKNOWLEDGE):
            raise Forbidden("not_permitted", "this role does not acknowledge alarms")
        language = pages.language(request)
        problem = None
        try:
            await alarms.acknowledge(alarm_id, principal.actor, _why(reason, comment, language))
        except (Conflict, NotFound) as error:
            problem = _refusal(error.code, language)
        except StoreError as error:
            logger.warning("alarm %s: %s", alarm_id, error)
            problem = language("It could not be written down, so it is not acknowledged. Try again.")
        if not is_fragment(request):
            return RedirectResponse(f"/alarms/{alarm_id}", status_code=303)
        alarm = alarm_pages.find(alarm_id) or await alarm_pages.find_past(alarm_id)
        context = await alarm_pages.detailed(request, alarm, gone=alarm is None, problem=problem)
        return pages.render(request, "parts/alarm_detail.html", **context)


def _refusal(code: str, _: Language) -> str:
    if code == "already_acknowledged":
        return _("Somebody was faster: it had been acknowledged already.")
    if code == "raised_again":
        return _("It was raised again meanwhile: choose it anew in the list.")
    return _("This alarm was over before it was acknowledged.")


def _why(reason: int | None, comment: str, language: Language) -> str:
    own = "".join(c for c in comment if c.isprintable()).strip()
    chosen = "" if reason is None else language(words.REASONS[reason])
    return "；".join(part for part in (chosen, own) if part)


def _chosen(address: str) -> UUID | None:
    try:
        return UUID(address.split("?")[0].rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
