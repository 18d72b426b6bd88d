"""The handover page: what the next crew must know, frozen, with its two signatures."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from operations.access import Permission
from operations.handover.content import Content, without_times
from operations.handover.records import Handover
from operations.handover.rules import CHECKS, Asking, Phase, Role, Standing, unanswered
from web import handover_words, words
from web.alarm_view import AlarmSpeaker
from web.guard import principal_of
from web.handover_view import HandoverSpeaker, persons_of
from web.language import Language
from web.page import Pages

_EARLIER: Final = 9


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what is started, signed and added there goes to the API."""
    services = pages.services
    handovers = services.handovers

    @router.get("/handover")
    async def handover_page(
        request: Request, now: Annotated[bool, Query(description="show the turn so far")] = False
    ) -> Response:
        """Show the handover that is due; before it opens, the last one."""
        principal_of(request)
        found = await handovers.standing()
        held = None if found is None else await handovers.of_turn(found.outgoing.shift.key)
        earlier = await handovers.listed(None, _EARLIER)
        if found is None or (held is None and found.phase is Phase.RUNNING and not now):
            held = held or next(iter(earlier), None)
        content = held.content if held else await handovers.preview(found) if found else None
        return await shown(request, found, held, content, earlier)

    @router.get("/handover/{handover_id}")
    async def one_handover(request: Request, handover_id: UUID) -> Response:
        """Show one handover as it was frozen."""
        principal_of(request)
        held = await handovers.one(handover_id)
        found = await handovers.standing()
        return await shown(request, found, held, held.content, await handovers.listed(None, _EARLIER))

    async def shown(
        request: Request,
        found: Standing | None,
        held: Handover | None,
        content: Content | None,
        earlier: list[Handover],
    ) -> Response:
        principal = principal_of(request)
        language = pages.language(request)
        asking = await handovers.asking(principal.account_id, principal.may(Permission.PUBLISH_ROSTER))
        context: dict[str, Any] = {
            "found": found,
            "held": held,
            "doc": None,
            "own": found is not None
            and content is not None
            and found.outgoing.shift.key == content.outgoing.key,
            "earlier": [_line(one, pages.speaker(request, one.content.at_us)) for one in earlier],
            "waiting": len(unanswered(content.alarms)) if content else 0,
            "unanswered_now": held is not None and not held.complete and handovers.unstated(held),
            "may": await _may(principal.may(Permission.WRITE_LOG), asking, found, held),
            "checks": [(name, words.spoken(handover_words.CHECK, name, language)) for name in CHECKS],
            "roles": tuple(role.value for role in Role),
            "refusals": _refusals(language),
            "clock": lambda us: f"{pages.local(us):%H:%M}",
            "day_clock": lambda us: f"{pages.local(us):%m-%d %H:%M}",
            "handover_words": handover_words,
        }
        if content is not None:
            also = set(persons_of(held)) if held else set()
            spoken = await handovers.spoken(content, also)
            told = without_times(content, lambda of: principal.sees_attendance or of == asking.person)
            context["doc"] = HandoverSpeaker(pages.speaker(request, content.at_us), told, spoken)
        return pages.render(request, "handover.html", **context)

    async def _may(
        writes: bool, asking: Asking, found: Standing | None, held: Handover | None
    ) -> dict[str, bool]:
        """Return what whoever asks may do here; the API looks again."""
        may = {"start": False, "outgoing": False, "incoming": False, "add": writes and held is not None}
        may["stands_in"] = False
        if not writes:
            return may
        if held is None:
            own = found is not None and found.outgoing.has(asking.person)
            may["start"] = found is not None and found.phase is Phase.DUE and (own or asking.manages)
            return may
        leaving, coming = await handovers.members(held)
        signed = held.signed
        if Role.OUTGOING not in signed:
            may["outgoing"] = asking.person in leaving or asking.manages
            may["stands_in"] = asking.person not in leaving
        elif Role.INCOMING not in signed:
            first = signed[Role.OUTGOING]
            another = asking.account != first.account and asking.person != first.person
            may["incoming"] = asking.person in coming and another
        return may


def _line(held: Handover, speaker: AlarmSpeaker) -> dict[str, Any]:
    outgoing = held.content.outgoing
    begin, end = speaker.local(outgoing.start_us), speaker.local(outgoing.end_us)
    crew = "" if outgoing.crew_name is None else speaker.language.name(outgoing.crew_name)
    phase = Phase.COMPLETE if held.complete else Phase.SIGNED if held.signatures else Phase.STARTED
    return {
        "id": held.id,
        "turn": speaker.language.name(outgoing.name),
        "span": f"{begin:%m-%d %H:%M}–{end:%H:%M}",
        "crew": crew,
        "phase": phase.value,
    }


def _refusals(language: Language) -> dict[str, Any]:
    said = {code: language(text) for code, text in handover_words.REFUSED.items()}
    return {"said": said, "stale": list(handover_words.STALE)}
