"""The operator's first page: my turn, what waits for me, my month so far."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from alarms.active import rank
from operations.access import Permission, Principal
from operations.assessment.records import Month
from operations.findings.evidence import Opened
from operations.handover.records import Handover
from operations.handover.rules import Phase, Standing
from operations.leave.requests import LeaveRequest
from operations.leave.rules import Step
from operations.staff.people import StaffMember
from telemetry.clock import duration_us
from web import assessment_words
from web.alarm_view import AlarmSpeaker
from web.assessment_view import AssessmentSpeaker
from web.guard import principal_of
from web.own_view import handover_line, own_month, relieved_by, shown_requests, told
from web.page import Pages
from web.push_view import test_context
from web.relief_view import relief_line
from web.requests_view import RequestSpeaker, turn_names
from web.shift_view import WINDOW_US, MyTurn, ShiftSpeaker
from web.words import spoken

_AHEAD_US: Final = duration_us(timedelta(days=8))
_RELIEF_US: Final = duration_us(timedelta(hours=4))
_TOLD: Final = timedelta(days=92)
_ALARMS: Final = 3
_REQUESTS: Final = 30


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what is signed, agreed to and answered there goes to the API."""
    services = pages.services
    desk, calendar, assessments = services.desk, services.folder.calendar, services.assessments

    @router.get("/my-shift")
    async def my_shift(request: Request) -> Response:
        """Show one's own turn, what waits, and one's own month."""
        principal = principal_of(request)
        now_us = services.clock.now_us()
        alarms = pages.speaker(request, now_us)
        own, found = await asyncio.gather(
            desk.staff.person_of(principal.account_id), services.handovers.standing()
        )
        active = sorted(services.alarms.active(), key=rank)
        context: dict[str, Any] = {
            "own": own,
            "crew": await pages.crew.now(now_us, alarms.language),
            "relief": relief_line(found, calendar, alarms.language),
            "alarms": alarms.lines(active[:_ALARMS]),
            "alarm_count": len(active),
            "may_write": principal.may(Permission.WRITE_LOG),
            "may_enter": principal.may(Permission.ENTER_READINGS),
        }
        if own is not None:
            context |= await of_person(own, principal, found, alarms)
        return pages.render(request, "my_shift.html", **context)

    async def of_person(
        own: StaffMember, principal: Principal, found: Standing | None, alarms: AlarmSpeaker
    ) -> dict[str, Any]:
        speaker, now_us = ShiftSpeaker(alarms), alarms.now_us
        lines, asked, held = await asyncio.gather(
            desk.roster.of_person(own.person, now_us - WINDOW_US, now_us + _AHEAD_US),
            desk.leave.list(person=own.person, limit=_REQUESTS),
            started(found),
        )
        turn = speaker.at_hand(lines)
        return {
            **test_context(services.pushes, alarms.language),
            "turn": turn,
            "opening": speaker.opening(lines, turn),
            "coming": speaker.coming(lines, turn),
            "relieved": await relieved(turn, alarms),
            "handover": handover_line(found, held, own.person, principal.account_id, alarms),
            **await requests_of(own, shown_requests(asked, now_us), alarms),
            **await month_of(own, principal, alarms),
        }

    async def started(found: Standing | None) -> Handover | None:
        if found is None or found.phase is not Phase.SIGNED:
            return None
        return await services.handovers.of_turn(found.outgoing.shift.key)

    async def relieved(turn: MyTurn | None, alarms: AlarmSpeaker) -> str:
        if turn is None:
            return ""
        shift = turn.on.shift
        rows = await desk.duty.between(shift.start_us, shift.end_us + _RELIEF_US)
        return relieved_by(turn.on, rows, alarms)

    async def requests_of(
        own: StaffMember, shown: Sequence[LeaveRequest], alarms: AlarmSpeaker
    ) -> dict[str, Any]:
        names = {}
        if any(one.entry for one in shown):
            days = [calendar.day_of(one.from_us) for one in shown]
            # The turn in return lies near the one that is given.
            near = await desk.roster.days(min(days) - _TOLD / 3, max(days) + _TOLD / 3)
            names = turn_names(near, alarms.language)
        lines = RequestSpeaker(alarms, own).lines(shown, names)
        asked = {one.id for one in shown if one.substitute == own.person and one.next is Step.AGREE}
        return {
            "asked_of_me": [line for line in lines if line.id in asked],
            "requests": [line for line in lines if line.id not in asked],
        }

    async def month_of(own: StaffMember, principal: Principal, alarms: AlarmSpeaker) -> dict[str, Any]:
        language, today = alarms.language, alarms.today
        month = Month.of(today)
        one, findings = await asyncio.gather(
            assessments.own(own.person, month),
            assessments.findings.listed(today - _TOLD, today, own.person),
        )
        rules = assessments.rules.on(today)
        clause = None if rules is None else rules.clause_of(own.category)
        say = AssessmentSpeaker(alarms, assessments.rules, principal, own.person, Opened({}, {}, {}))
        refused = assessment_words.REFUSED
        return {
            "month": month,
            "own_month": None if one is None or clause is None else own_month(one, clause, alarms),
            "told": [(say.finding(found), Month.of(found.day)) for found in told(findings)],
            "refused": {key: spoken(refused, key, language) for key in refused},
        }
