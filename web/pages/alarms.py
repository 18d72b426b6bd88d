"""The alarms page: what is wrong now, and one alarm in detail with its answer."""

import logging
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarms.active import ActiveAlarm, rank
from alarms.journal import Actor, JournalRecord
from alarms.states import AlarmEvent, AlarmState
from operations.access import Permission
from telemetry.clock import duration_us
from telemetry.errors import Conflict, Forbidden, NotFound, StoreError
from telemetry.plant import PointKind
from web import bands, formats, naming, words
from web.alarm_view import occurrence
from web.guard import is_fragment, principal_of
from web.language import Language
from web.page import Pages

logger = logging.getLogger(__name__)

PAST: Final = 20
LISTED: Final = 200
_WEEK_US: Final = duration_us(timedelta(days=7))
_HOUR_US: Final = duration_us(timedelta(hours=1))
_COUNTED_AT_MOST: Final = 1000
LONGEST_COMMENT: Final = 400
"""Of one's own words; with the reason before them the journal takes 500."""


@dataclass(frozen=True, slots=True)
class AlarmPages:
    """Gathers what the alarm templates show."""

    pages: Pages

    async def listed(self, request: Request, chosen: UUID | None) -> dict[str, Any]:
        """Return what the list shows."""
        services = self.pages.services
        speaker = self.pages.speaker(request, services.clock.now_us())
        alarms = sorted(services.alarms.active(), key=rank)
        lines = speaker.lines(alarms[:LISTED])
        last = None if lines else await last_raised(self.pages)
        return {
            "lines": lines,
            "total": len(alarms),
            "last": None if last is None else speaker.record(last),
            "last_at": "" if last is None else speaker.moment(last.at_us),
            "chosen_id": chosen,
        }

    async def detailed(self, request: Request, alarm: ActiveAlarm | None, **more: Any) -> dict[str, Any]:
        """Return what the detail of an alarm shows; None shows that there is nothing to answer."""
        shown: dict[str, Any] = {"line": None, "gone": False, "problem": None} | more
        if alarm is None:
            return shown
        services = self.pages.services
        now_us = services.clock.now_us()
        speaker = self.pages.speaker(request, now_us)
        principal = principal_of(request)
        # The week's count and the list come from one read; more often than that is a flood anyway.
        records = await services.alarms.journal(
            before=None, limit=_COUNTED_AT_MOST, key=alarm.key, from_us=now_us - _WEEK_US
        )
        return (
            shown
            | self._present(request, alarm, now_us)
            | {
                "line": speaker.line(alarm),
                "live_now": any(active.id == alarm.id for active in services.alarms.active()),
                "may_acknowledge": principal.may(Permission.ACKNOWLEDGE),
                "reasons": [speaker.language(reason) for reason in words.REASONS],
                "week": sum(record.event is AlarmEvent.RAISE for record in records),
                "past": [speaker.record(record) for record in records[:PAST]],
            }
        )

    def find(self, alarm_id: UUID) -> ActiveAlarm | None:
        """Return an alarm that is not normal."""
        return next((alarm for alarm in self.pages.services.alarms.active() if alarm.id == alarm_id), None)

    async def find_past(self, alarm_id: UUID) -> ActiveAlarm | None:
        """Return an alarm that is over, as the journal tells it."""
        services = self.pages.services
        return occurrence(await services.alarms.occurrence(alarm_id), services.folder)

    def _present(self, request: Request, alarm: ActiveAlarm, now_us: int) -> dict[str, Any]:
        folder = self.pages.services.folder
        language = self.pages.language(request)
        point = folder.plant.point_by_tag.get(alarm.tag)
        machine = folder.plant.equipment_by_id.get(alarm.equipment or "")
        shown: dict[str, Any] = {
            "machine": None if machine is None else naming.capital(language.name(machine.name)),
            "present": None,
            "chart": None,
        }
        if point is None or point.kind not in (PointKind.ANALOG, PointKind.MANUAL):
            return shown
        # The limits of the day it was raised: today's may be others.
        day = self.pages.local(alarm.raised_at_us).date()
        limits = bands.limits_by_tag(folder.rules_on(day)).get(point.tag, {})
        # One decimal more than the limits have: a value beyond its limit is seen to be beyond it.
        finest = max((formats.written_decimals(rule.threshold) + 1 for rule in limits.values()), default=0)
        places = min(max(formats.decimals(point), finest), formats.MOST_DECIMALS)
        from_us = alarm.raised_at_us - _HOUR_US
        to_us = alarm.raised_at_us + _HOUR_US
        return shown | {
            "present": self.pages.presenter(request, now_us).of(point, places),
            "places": places,
            "chart": {
                "tag": point.tag,
                "name": language.name(point.name),
                "measure": words.measure(point.engineering_unit),
                "decimals": places,
                "from": from_us // 1000,
                "to": to_us // 1000,
                "every": _every_s(point.expected_every),
                "limits": [[kind.value, rule.threshold] for kind, rule in limits.items()],
                "limit": alarm.limit if math.isfinite(alarm.limit) else None,
                "raised": alarm.raised_at_us // 1000,
                "cleared": None if alarm.cleared_at_us is None else alarm.cleared_at_us // 1000,
                "priority": alarm.priority.word,
            },
            "trend_link": "/trends?"
            + urlencode({"p": point.tag, "from": from_us // 1000, "to": to_us // 1000}),
        }


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
        actor = Actor(principal.account_id, principal.name)
        problem = None
        try:
            await alarms.acknowledge(alarm_id, actor, _why(reason, comment, language))
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


async def last_raised(pages: Pages) -> JournalRecord | None:
    """Return the newest alarm of the journal, None while nothing was ever raised."""
    for record in await pages.services.alarms.journal(before=None, limit=20):
        if record.event is AlarmEvent.RAISE:
            return record
    return None


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


def _every_s(expected: timedelta | None) -> int:
    return 10 if expected is None else max(int(expected.total_seconds()), 10)
