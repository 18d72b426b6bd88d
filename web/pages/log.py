"""The log's page (运行台账): what happened, who saw it; and the form to write it down in."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from operations.access import Permission
from operations.logbook.moments import chosen
from operations.logbook.records import Asked, LogKind
from operations.logbook.subjects import LONGEST_SEARCH
from telemetry.clock import to_us
from web.guard import principal_of
from web.log_view import LogSpeaker
from web.log_words import TEMPLATES
from web.page import Pages
from web.pages.journal import day_of

PAGE: Final = 30
_MOST: Final = 1 << 62
OneOrAll = Annotated[str, Query(pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")]
"""An id; the form sends nothing for all."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page, its list and what an entry about a place would carry; the form goes to the API."""
    services = pages.services
    plant = services.folder.plant

    @router.get("/log")
    async def log_page(
        request: Request,
        q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        kind: Annotated[str, Query(max_length=16)] = "",
        place: Annotated[str, Query(max_length=80)] = "",
        crew: OneOrAll = "",
        person: OneOrAll = "",
        from_: Annotated[str, Query(alias="from", max_length=10)] = "",
        to: Annotated[str, Query(max_length=10)] = "",
        before: Annotated[str, Query(max_length=40, pattern=r"^(\d{1,19}-\d{1,19})?$")] = "",
        part: Annotated[str, Query(pattern="^(|list|rows)$")] = "",
    ) -> Response:
        """Show the log, the newest first; `part` asks for the list or further rows alone."""
        kept = {"q": q, "kind": kind, "place": place, "crew": crew, "person": person, "from": from_, "to": to}
        asked = Asked(
            words=q,
            kind=LogKind(kind) if kind in set(LogKind) else None,
            crew=UUID(crew) if crew else None,
            person=UUID(person) if person else None,
            from_us=_start_us(from_, 0),
            to_us=_start_us(to, 1),
            before=_position(before),
            **_place(place),
        )
        found = await services.logbook.page(asked, PAGE + 1)
        shown = found[:PAGE]
        following = f"{shown[-1].at_us}-{shown[-1].seq}" if len(found) > PAGE else None
        speaker = speaker_for(request)
        filters = {name: value for name, value in kept.items() if value}
        context: dict[str, Any] = {
            "rows": speaker.rows(shown, await services.logbook.on_shift_of(shown)),
            "query": urlencode(filters),
            "more": None if following is None else urlencode(filters | {"before": following}),
            "filtered": bool(filters),
        }
        if part:
            return pages.render(request, f"parts/log_{part}.html", **context)
        whose = await people_of(request)
        return pages.render(request, "log.html", **context, kept=kept, **whose, **form_of(request, speaker))

    @router.get("/log/moment")
    async def log_moment(request: Request, place: Annotated[str, Query(max_length=80)] = "") -> Response:
        """Return the readings that an entry about a place would carry now."""
        readings = await moment_of(place)
        return pages.render(
            request, "parts/log_moment.html", readings=speaker_for(request).readings(readings)
        )

    @router.get("/log/{entry_id}")
    async def log_entry(request: Request, entry_id: UUID) -> Response:
        """Show one entry."""
        speaker = speaker_for(request)
        entry = await services.logbook.get(entry_id)
        rows = speaker.rows([entry], await services.logbook.on_shift_of([entry]))
        return pages.render(request, "log_entry.html", rows=rows, more=None, may_write=speaker.may_write)

    def speaker_for(request: Request) -> LogSpeaker:
        may_write = principal_of(request).may(Permission.WRITE_LOG)
        return LogSpeaker(pages.speaker(request, services.clock.now_us()), may_write)

    async def people_of(request: Request) -> dict[str, Any]:
        """Return the crews and people that entries may be of, those who left after the others."""
        language = pages.language(request)
        people, places = await services.desk.staff.list(), await services.desk.staff.places()
        crews = sorted(places.crews.values(), key=lambda crew: (not crew.active, crew.code))
        return {
            "crews": [(str(crew.crew), language.name(crew.name)) for crew in crews],
            "people": [
                (str(member.person), f"{member.name} {member.number}")
                for member in sorted(people, key=lambda member: (not member.active, member.number))
            ],
        }

    def form_of(request: Request, speaker: LogSpeaker) -> dict[str, Any]:
        may_enter = principal_of(request).may(Permission.ENTER_READINGS)
        return {
            "may_write": speaker.may_write,
            "templates": TEMPLATES,
            "places": speaker.places(),
            "kinds": speaker.kinds(),
            "written_kinds": speaker.kinds(by_people=True),
            "sheets": speaker.sheets() if may_enter else [],
            "minute": f"{pages.local(services.clock.now_us()):%Y-%m-%dT%H:%M}",
        }

    async def moment_of(place: str) -> Any:
        where = _place(place)
        equipment = [where["equipment"]] if where.get("equipment") else []
        points = chosen(plant, where.get("unit"), [], equipment)
        return await services.logbook.readings_now(points)

    def _start_us(text: str, days: int) -> int | None:
        day: date | None = day_of(text)
        if day is None:
            return None
        return to_us(datetime.combine(day + timedelta(days=days), time(), plant.timezone))


def _place(place: str) -> dict[str, str]:
    what, _, value = place.partition(":")
    return {what: value} if what in ("unit", "equipment") and value else {}


def _position(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    at_us, _, seq = text.partition("-")
    return min(int(at_us), _MOST), min(int(seq), _MOST)
