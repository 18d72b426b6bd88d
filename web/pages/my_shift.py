"""The operator's first page: my turn, what waits, what comes."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from alarms.active import rank
from operations.access import Permission
from telemetry.clock import duration_us
from web.guard import principal_of
from web.page import Pages
from web.shift_view import WINDOW_US, ShiftSpeaker

_AHEAD_US: Final = duration_us(timedelta(days=8))
_ALARMS: Final = 3


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; signing goes to the API."""
    services = pages.services
    desk = services.desk

    @router.get("/my-shift")
    async def my_shift(request: Request) -> Response:
        """Show one's own turn."""
        principal = principal_of(request)
        now_us = services.clock.now_us()
        alarms = pages.speaker(request, now_us)
        speaker = ShiftSpeaker(alarms)
        own = await desk.staff.person_of(principal.account_id)
        lines = (
            []
            if own is None
            else await desk.roster.of_person(own.person, now_us - WINDOW_US, now_us + _AHEAD_US)
        )
        turn = speaker.at_hand(lines)
        crew = await pages.crew.now(now_us, alarms.language)
        active = sorted(services.alarms.active(), key=rank)
        return pages.render(
            request,
            "my_shift.html",
            own=own,
            turn=turn,
            coming=speaker.coming(lines, turn),
            crew=crew,
            alarms=alarms.lines(active[:_ALARMS]),
            alarm_count=len(active),
            may_write=principal.may(Permission.WRITE_LOG),
            may_enter=principal.may(Permission.ENTER_READINGS),
        )
