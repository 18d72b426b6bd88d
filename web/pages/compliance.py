"""The compliance page: today, a month as cells, a day opened."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from alarms.compliance.crews import BEFORE_US
from operations.access import Role
from telemetry.duty import OnShift
from telemetry.errors import StoreAway
from web.compliance_view import ComplianceSpeaker, OpenedDay, percent
from web.guard import principal_of
from web.months import Month, MonthText
from web.page import Pages

_FORECASTS: Final = frozenset({Role.ENGINEER, Role.MANAGER, Role.DEPARTMENT})
"""What the rest of a day may still average is for those who answer for the process."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page."""
    services = pages.services
    judgements, calendar = services.judgements, services.folder.calendar

    @router.get("/compliance")
    async def compliance(
        request: Request,
        month: MonthText = "",
        day: Annotated[str, Query(max_length=10)] = "",
        tag: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """Show today, a month, and the day of an item that was asked for."""
        principal = principal_of(request)
        now_us = services.clock.now_us()
        today = calendar.day_of(now_us)
        asked = _day(day)
        shown = Month.asked(month or (f"{asked:%Y-%m}" if asked else ""), today)
        speaker = ComplianceSpeaker(
            services.folder, pages.speaker(request, now_us), principal.role in _FORECASTS
        )
        chosen = _chosen(asked, tag, shown, judgements.items)
        found = await judgements.months(shown.first)
        cards = await judgements.days(today, today) if shown.is_this else []
        opened, crews_away = (None, False) if chosen is None else await open_day(speaker, *chosen, today)
        return pages.render(
            request,
            "compliance.html",
            month=shown,
            month_said=shown.said(speaker.language),
            rows=speaker.rows(shown, found, chosen),
            numbers=range(1, shown.last.day + 1),
            judged=found.judged_days,
            complying=found.complying_days,
            rate=percent(found.rate),
            today=speaker.today(cards),
            opened=opened,
            crews_away=crews_away,
        )

    async def open_day(
        speaker: ComplianceSpeaker, tag: str, day: date, today: date
    ) -> tuple[OpenedDay | None, bool]:
        found = await judgements.days(day, day, [tag])
        if not found:
            return None, False
        hours = await judgements.hours(tag, day)
        crews: Sequence[OnShift] = ()
        away = False
        if found[0].exceedances or found[0].control:
            try:
                crews = await services.desk.duty.between(found[0].start_us - BEFORE_US, found[0].end_us)
            except StoreAway:
                away = True
        return speaker.opened(found[0], hours, crews, today), away


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _chosen(asked: date | None, tag: str, month: Month, items: Sequence[str]) -> tuple[str, date] | None:
    known = asked is not None and tag in items and month.holds(asked) and asked <= month.today
    return (tag, asked) if asked is not None and known else None
