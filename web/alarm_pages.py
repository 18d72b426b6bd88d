"""What the alarms page shows: the list, and one alarm in detail with its chart and its history."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from alarms.active import ActiveAlarm, rank
from alarms.journal import JournalRecord
from alarms.states import AlarmEvent
from operations.access import Permission
from telemetry.clock import duration_us
from telemetry.plant import Plant, Point, PointKind
from web import bands, formats, naming, words
from web.alarm_view import occurrence
from web.guard import principal_of
from web.language import Language
from web.page import Pages
from web.push_view import told_of

PAST: Final = 20
LISTED: Final = 200
_WEEK_US: Final = duration_us(timedelta(days=7))
_HOUR_US: Final = duration_us(timedelta(hours=1))
_COUNTED_AT_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class AlarmPages:
    """Gathers what the alarm templates show."""

    pages: Pages

    async def listed(self, request: Request, chosen: UUID | None) -> dict[str, Any]:
        """Return what the list shows."""
        services = self.pages.services
        speaker = self.pages.speaker(request, services.clock.now_us(), await self.pages.names.known())
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
        speaker = self.pages.speaker(request, now_us, await self.pages.names.known())
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
                "crew": await self.pages.crew.at(alarm.raised_at_us, now_us, speaker.language),
                "pushes": await told_of(services.pushes, speaker, alarm.id, principal),
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
        machine = folder.plant.equipment_by_id.get(alarm.equipment or "")
        shown: dict[str, Any] = {
            "machine": None if machine is None else naming.capital(language.name(machine.name)),
            "present": None,
            "chart": None,
        }
        point = telling_point(folder.plant, alarm)
        if point is None:
            return shown
        # The limits of the day it was raised: today's may be others.
        day = folder.calendar.day_of(alarm.raised_at_us)
        limits = bands.limits_by_tag(folder.rules_on(day)).get(point.tag, {})
        # One decimal more than the limits have: a value beyond its limit is seen to be beyond it.
        finest = max((formats.written_decimals(rule.threshold) + 1 for rule in limits.values()), default=0)
        places = min(max(formats.decimals(point), finest), formats.MOST_DECIMALS)
        if point.tag == alarm.tag:
            shown["present"] = self.pages.presenter(request, now_us).of(point, places)
        chart = _chart(alarm, point, places, limits, language)
        query = urlencode({"p": point.tag, "from": chart["from"], "to": chart["to"]})
        return shown | {"places": places, "chart": chart, "trend_link": f"/trends?{query}"}


def telling_point(plant: Plant, alarm: ActiveAlarm) -> Point | None:
    """Return what to chart: the point itself, or what the machine that tripped measures first."""
    point = plant.point_by_tag.get(alarm.tag)
    if point is not None and point.kind in (PointKind.ANALOG, PointKind.MANUAL):
        return point
    own = (p for p in plant.points if p.equipment == alarm.equipment and p.kind is PointKind.ANALOG)
    return None if alarm.equipment is None else next(own, None)


def _chart(
    alarm: ActiveAlarm, point: Point, places: int, limits: bands.OwnLimits, language: Language
) -> dict[str, Any]:
    """Return what the script draws: an hour before and after the alarm came."""
    own = point.tag == alarm.tag and math.isfinite(alarm.limit)
    return {
        "tag": point.tag,
        "name": language.name(point.name),
        "measure": words.measure(point.engineering_unit),
        "decimals": places,
        "from": (alarm.raised_at_us - _HOUR_US) // 1000,
        "to": (alarm.raised_at_us + _HOUR_US) // 1000,
        "every": _every_s(point.expected_every),
        "holds": None if point.holds_for is None else point.holds_for.total_seconds(),
        "limits": [[kind.value, rule.threshold] for kind, rule in limits.items()],
        "limit": alarm.limit if own else None,
        "raised": alarm.raised_at_us // 1000,
        "cleared": None if alarm.cleared_at_us is None else alarm.cleared_at_us // 1000,
        "priority": alarm.priority.word,
    }


async def last_raised(pages: Pages) -> JournalRecord | None:
    """Return the newest alarm of the journal, None while nothing was ever raised."""
    for record in await pages.services.alarms.journal(before=None, limit=20):
        if record.event is AlarmEvent.RAISE:
            return record
    return None


def _every_s(expected: timedelta | None) -> int:
    return 10 if expected is None else max(int(expected.total_seconds()), 10)
