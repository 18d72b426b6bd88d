"""The alarm journal: what happened, and who answered."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from telemetry.clock import to_us
from web.guard import principal_of
from web.language import Language
from web.page import Pages

PAGE: Final = 100
PERIODS: Final = (1, 7, 30)
_YEARS: Final = range(1971, 2200)
"""As in the API: what lies outside has no place on the clock, or no day behind it."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the journal."""
    services = pages.services
    zone = services.folder.plant.timezone

    @router.get("/alarms/journal")
    async def journal(
        request: Request,
        tag: Annotated[str, Query(max_length=64)] = "",
        days: Annotated[int | None, Query(ge=1, le=3660)] = None,
        from_: Annotated[str, Query(alias="from", max_length=10)] = "",
        to: Annotated[str, Query(max_length=10)] = "",
        before: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
        rows: bool = False,
    ) -> Response:
        """Show a page of the journal, the newest first; `rows` asks for the next rows alone."""
        principal_of(request)
        language = pages.language(request)
        now_us = services.clock.now_us()
        today = pages.local(now_us).date()
        first, last = day_of(from_), day_of(to)
        if first is None and last is None:
            days = days or PERIODS[1]
            first, last = today - timedelta(days=days - 1), today
        else:
            days = None
            first, last = first or last or today, last or today
        problem = _problem(language, tag in services.folder.plant.point_by_tag or not tag, first <= last)
        records = []
        if problem is None:
            records = await services.alarms.journal(
                before=before,
                limit=PAGE + 1,
                tag=tag or None,
                from_us=to_us(datetime.combine(first, time(), zone)),
                to_us=to_us(datetime.combine(last + timedelta(days=1), time(), zone)),
            )
        speaker = pages.speaker(request, now_us, await pages.names.known())
        shown = records[:PAGE]
        kept = {"tag": tag, "from": first.isoformat(), "to": last.isoformat()}
        more = urlencode(kept | {"before": shown[-1].seq}) if len(records) > PAGE else None
        template = "parts/journal_rows.html" if rows else "journal.html"
        return pages.render(
            request,
            template,
            records=[speaker.record(record) for record in shown],
            more=None if more is None else f"/alarms/journal?{more}",
            tag=tag,
            from_day=first.isoformat(),
            to_day=last.isoformat(),
            chosen_days=days,
            periods=[(number, _period(number, language)) for number in PERIODS],
            points=services.folder.plant.points,
            problem=problem,
        )


def day_of(text: str) -> date | None:
    """Return the day that somebody chose, None for none or one that no clock shows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _period(days: int, _: Language) -> str:
    return _("Today") if days == 1 else _.ngettext("%(num)d day", "%(num)d days", days)


def _problem(_: Language, known: bool, ordered: bool) -> str | None:
    if not known:
        return _("There is no such point: choose one from the list.")
    return None if ordered else _("The period ends before it begins.")
