"""The analysers page: what each has left of its month, and where its hours went."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from operations.access import Permission
from telemetry.shares import target_text
from web import analysers_view, judged_words, words
from web.compliance_view import percent
from web.guard import principal_of
from web.months import Month, MonthText
from web.page import Pages


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page."""
    services = pages.services
    calendar = services.folder.calendar

    @router.get("/analysers")
    async def analysers(request: Request, month: MonthText = "") -> Response:
        """Show the analysers' month."""
        principal = principal_of(request)
        now_us = services.clock.now_us()
        shown = Month.asked(month, calendar.day_of(now_us))
        language = pages.language(request)
        speaker = analysers_view.UptimeSpeaker(services.folder, pages.speaker(request, now_us), calendar)
        found = await services.judgements.uptime(shown.first)
        before = None
        if shown.is_this and speaker.asks_before(found):
            # On the first days of a month the last checks are those of the month before.
            before = await services.judgements.uptime(shown.first - timedelta(days=1))
        cards = speaker.cards(shown, found, before)
        legend = [
            (
                kind,
                [
                    (judged_words.CAUSE_LETTER[c.value], words.spoken(judged_words.CAUSE, c.value, language))
                    for c in causes
                ],
            )
            for kind, causes in analysers_view.key()
        ]
        return pages.render(
            request,
            "analysers.html",
            month=shown,
            month_said=shown.said(language),
            cards=cards,
            legend=legend,
            plant_uptime=percent(found.uptime),
            target=target_text(found.target),
            lowest=next((card.label for card in cards if card.lowest), ""),
            may_mark=principal.may(Permission.MARK_READINGS),
        )
