"""The roster page: who works when, where it is thin, and what was asked for."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from operations.access import Permission
from operations.roster.service import RosterDays
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from web import desk_words, words
from web.guard import principal_of
from web.months import Month, MonthText
from web.page import Pages
from web.publishing_view import told_done, told_outlook
from web.released_view import Released
from web.requests_view import RequestSpeaker, short_rests_said, turn_names
from web.roster_view import RosterSpeaker
from web.turn_words import shift_said

_AHEAD: int = 12
_REQUESTS: int = 200
"""More than wait at a time; the decided ones among them are shown on request."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what it changes goes to the API."""
    services = pages.services
    desk, calendar = services.desk, services.folder.calendar

    @router.get("/roster")
    async def roster(
        request: Request,
        month: MonthText = "",
        requests: Annotated[bool, Query()] = False,
        published: Annotated[UUID | None, Query()] = None,
    ) -> Response:
        """Show a month of the roster; `requests` shows also what is decided, `published` what that did."""
        principal = principal_of(request)
        now_us = services.clock.now_us()
        shown = Month.asked(month, calendar.day_of(now_us), _AHEAD)
        own = await desk.staff.person_of(principal.account_id)
        publishes, approves = (
            principal.may(one) for one in (Permission.PUBLISH_ROSTER, Permission.APPROVE_LEAVE)
        )
        decides = publishes or approves
        says = pages.speaker(request, now_us)
        speaker = RosterSpeaker(says, own)
        language = speaker.language
        days = await desk.roster.month(shown.first)
        people, places = await desk.staff.list(shown.last), await desk.staff.places()
        gaps = await desk.roster.gaps(calendar.start_us(shown.first), calendar.start_us(shown.end))
        near = await desk.roster.days(shown.first - timedelta(days=45), shown.last + timedelta(days=45))
        asked = [] if own is None and not decides else await desk.leave.list(
            person=None if decides or own is None else own.person, before=None, limit=_REQUESTS
        )  # fmt: skip
        of_days = await desk.leave.list(
            from_us=calendar.start_us(shown.first), to_us=calendar.start_us(shown.end), limit=_REQUESTS
        )
        changed = await desk.leave.some([line.request for line in days.lines if line.request is not None])
        off = Released.of(says, [*of_days, *changed.values()], people, own, every=decides)
        lines = RequestSpeaker(says, own, publishes, approves).lines(
            asked, turn_names(near, language), [line.on for line in near.lines]
        )
        patterns = await desk.roster.patterns() if publishes else []
        return pages.render(
            request,
            "roster.html",
            month=shown,
            month_said=shown.said(language),
            days=[shown.first + timedelta(days=n) for n in range(shown.last.day)],
            blocks=speaker.blocks(shown, days, people, places, off) if days.turns else [],
            shifts=speaker.shifts(days).values(),
            gaps=speaker.gaps(shown, gaps),
            rests=speaker.rests(gaps),
            requests=[line for line in lines if requests or line.matters],
            all_requests=requests,
            decided=sum(not line.matters for line in lines),
            own=own,
            may_ask=own is not None and principal.may(Permission.ATTEND),
            publishes=publishes,
            patterns=[(str(kept.id), language.name(kept.name)) for kept in patterns],
            in_force=_in_force(days, near),
            done=told_done(*await desk.roster.written_by(published), language) if published else "",
            people=[member for member in people if member.active],
            posts=[post for post in places.posts.values() if post.active],
            turns=[(turn.key, shift_said(turn, language)) for turn in days.turns if turn.end_us > now_us],
            leave_kinds=[(key, words.spoken(desk_words.LEAVE, key, language)) for key in desk_words.LEAVE],
            local_now=pages.local(now_us),
        )

    @router.get("/roster/outlook")
    async def outlook(
        request: Request, pattern: Annotated[UUID, Query()], from_day: date, to_day: date
    ) -> Response:
        """Return in words what publishing a pattern for days, both included, would do."""
        if not principal_of(request).may(Permission.PUBLISH_ROSTER):
            raise Forbidden("not_permitted", "the plant manager publishes the roster")
        language = pages.language(request)
        try:
            found = await desk.roster.outlook(pattern, from_day, to_day, services.clock.now_us())
            told = told_outlook(found, language)
        except (Conflict, Invalid, NotFound) as refused:
            # Publishing it is refused with the same words, and there the form says them.
            told = {"seen": None, "refused": "", "lines": [], "question": "", "code": refused.code}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @router.get("/roster/rests")
    async def rests(
        request: Request,
        entry: Annotated[UUID, Query()],
        in_return: Annotated[UUID, Query()],
        given: date,
        taken: date,
    ) -> Response:
        """Return where a swap of two turns, of these days, gives less than 11 h rest; nothing is written."""
        principal_of(request)
        first, last = sorted((given, taken))
        if last - first > timedelta(days=92):
            raise Invalid("bad_days", "two turns are swapped that lie at most 92 days apart")
        around = await desk.roster.days(first - timedelta(days=2), last + timedelta(days=2))
        on = [line.on for line in around.lines]
        of = {one.assignment: one.person for one in on}
        moves = {}
        if entry in of and in_return in of:
            moves = {entry: of[in_return], in_return: of[entry]}
        told = {"rests": short_rests_said(on, moves, pages.language(request))}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _in_force(days: RosterDays, near: RosterDays) -> str:
    """Return the pattern that was published last for some days, or else for those near them."""
    newest = next(iter(days.publications or near.publications), None)
    return str(newest.pattern) if newest else ""
