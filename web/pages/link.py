"""The page behind a push's link: one alarm, on a phone, at night. GET shows, POST acknowledges.

Messengers open links to preview them, so to open one must change nothing. Who has the link is taken
for its recipient; it ends by itself. An unknown word, an expired one and one of somebody who left are
answered alike, and only these are counted: behind a proxy all phones have one address, and whoever
tries words there must keep nobody from an alarm. A word has 128 bits; the counts spare the node work.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alarms.notify.records import TELLING, Step
from alarms.notify.service import OpenedLink
from alarms.notify.words import BY_LINK
from alarms.states import AlarmState
from operations.throttle import Throttle, ThrottleSettings
from telemetry.clock import US_PER_S
from telemetry.errors import Conflict, NotFound, StoreError, TooMany
from telemetry.people import Actor
from web import formats
from web.alarm_view import AlarmSpeaker, occurrence
from web.language import Language
from web.page import Pages

logger = logging.getLogger(__name__)

LISTED: Final = 10
_UNANSWERED: Final = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
FREE_OF_ONE: Final = 30
FREE_OF_ALL: Final = 300
_EVERYBODY: Final = "everybody"


def _slow(free: int) -> ThrottleSettings:
    longest = timedelta(minutes=1)
    return ThrottleSettings(
        free_per_name=free, free_per_client=free, longest_wait_name=longest, longest_wait_client=longest
    )


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and what its button does."""
    links = _Links(pages, Throttle(_slow(FREE_OF_ONE)), Throttle(_slow(FREE_OF_ALL)))

    @router.get("/a/{token}")
    async def show_link(request: Request, token: str) -> Response:
        """Show the alarm of a push; changes nothing."""
        opened = await links.opened(request, token)
        return links.unknown(request) if opened is None else await links.page(request, opened)

    @router.post("/a/{token}")
    async def acknowledge_by_link(request: Request, token: str) -> Response:
        """Acknowledge the alarm, and those told of with it, as the push's recipient."""
        opened = await links.opened(request, token)
        if opened is None:
            return links.unknown(request)
        if opened.recipient.person is None or opened.push.step not in TELLING | {Step.END}:
            return await links.page(request, opened)
        try:
            await links.acknowledge(opened)
        except StoreError as error:
            logger.warning("alarm %s by link: %s", opened.push.occurrence, error)
            return await links.page(request, opened, failed=True)
        return RedirectResponse(request.url.path, status_code=303)


@dataclass(frozen=True, slots=True)
class _Links:
    pages: Pages
    of_one: Throttle
    of_all: Throttle

    async def opened(self, request: Request, token: str) -> OpenedLink | None:
        """Return what a link shows, None for an unknown one; TooMany for who tries many of these."""
        found = await self.pages.services.pushes.opened(token)
        if found is None:
            self._count(request)
        return found

    def _count(self, request: Request) -> None:
        """Count a word that leads nowhere; TooMany where its sender, or all together, sent many."""
        client = request.client.host if request.client else "local"
        now_us = self.pages.services.clock.monotonic_us()
        wait_us = self.of_one.begin("link", client, now_us) or self.of_all.begin("link", _EVERYBODY, now_us)
        if wait_us:
            wait_s = -(-wait_us // US_PER_S)
            raise TooMany("too_many_links", f"too many links that lead nowhere; wait {wait_s} s", wait_s)

    async def acknowledge(self, opened: OpenedLink) -> None:
        """Acknowledge what of it waits for an answer; what somebody else answered meanwhile is well."""
        alarms, recipient = self.pages.services.alarms, opened.recipient
        who = recipient.account_id or recipient.person
        assert who is not None
        actor = Actor(who, recipient.name)
        told = [opened.push, *(push for push in opened.below if push.step in TELLING)]
        waiting = {alarm.id for alarm in alarms.active() if alarm.state in _UNANSWERED}
        for alarm_id in dict.fromkeys(push.occurrence for push in told):
            if alarm_id not in waiting:
                continue
            try:
                await alarms.acknowledge(alarm_id, actor, BY_LINK.in_language(recipient.language))
            except (Conflict, NotFound) as error:
                logger.info("alarm %s by link: %s", alarm_id, error)

    async def page(self, request: Request, opened: OpenedLink, *, failed: bool = False) -> Response:
        """Show a link's alarm."""
        services, language = self.pages.services, self._language(request, opened)
        names = await self.pages.names.known()
        speaker = AlarmSpeaker(services.folder, language, services.clock.now_us(), names)
        alarm = occurrence(opened.steps, services.folder)
        told = {push.occurrence: push for push in opened.below if push.step in TELLING}
        unanswered = {each.id for each in services.alarms.active() if each.state in _UNANSWERED}
        what = services.pushes.wording.what
        context: dict[str, Any] = {
            "line": None if alarm is None else speaker.line(alarm),
            "advice": None if alarm is None else services.pushes.wording.advice(opened.push, language.tag),
            "others": [what(push, language.tag) for push in list(told.values())[:LISTED]],
            "more": max(len(told) - LISTED, 0),
            "recipient": opened.recipient,
            "waits": opened.push.occurrence in unanswered,
            "count": len(unanswered & {opened.push.occurrence, *told}),
            "many": opened.push.step is Step.SUMMARY,
            "failed": failed,
            "at": formats.moment(speaker.now, speaker.now, language, seconds=True),
        }
        return self._render(request, language, "link.html", 503 if failed else 200, context)

    def unknown(self, request: Request) -> Response:
        """Answer for every link that shows nothing."""
        return self._render(request, self.pages.language(request), "link_unknown.html", 404, {})

    def _language(self, request: Request, opened: OpenedLink) -> Language:
        if "lang" in request.query_params or not opened.recipient.language:
            return self.pages.language(request)
        return Language(opened.recipient.language)

    def _render(
        self, request: Request, language: Language, template: str, status: int, context: dict[str, Any]
    ) -> Response:
        spoken = {"_": language, "ngettext": language.ngettext, "language": language}
        dark = {"theme": "dark", "dark_media": "all"}
        return self.pages.render(request, template, status_code=status, **spoken, **dark, **context)
