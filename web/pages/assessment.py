"""The assessment: what a month says of the plant, a crew or a person, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alarms.states import AlarmEvent
from operations.access import Permission
from operations.assessment.records import Month, PlantMonth
from operations.assessment.responses import Response as Answer
from operations.attendance.kinds import SlipKind
from operations.findings.access import sees_all
from operations.findings.evidence import Evidence, Opened
from operations.findings.writing import ENTERED
from telemetry.calendar import month_named
from telemetry.clock import US_PER_S, to_us
from telemetry.errors import Forbidden, Invalid, NotFound
from web import assessment_words as said
from web.assessment_view import AnswerLine, AssessmentSpeaker
from web.evidence_view import EvidenceSpeaker
from web.guard import principal_of
from web.months import MonthText
from web.page import Pages
from web.words import spoken

_BEFORE_US: Final = 4 * 3600 * US_PER_S
_AFTER_US: Final = 2 * 3600 * US_PER_S
"""What lies so far from a finding may be named with it: half a turn before, and what followed."""
_MOST_NAMED: Final = 20
_MOST_READ: Final = 1000
_MOST_ANSWERS: Final = 60
"""Of a plant's or a crew's month the page shows those that took longest; the API has all."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what it decides goes to the API."""
    services = pages.services
    assessments, desk = services.assessments, services.desk
    evidence = Evidence(desk.leave, desk.attendance, services.logbook, services.alarms)

    @router.get("/assessment")
    async def assessment_page(
        request: Request,
        month: MonthText = "",
        person: UUID | None = None,
        crew: UUID | None = None,
    ) -> Response:
        """Show the plant's month, a crew's or a person's; those who see only their own see that."""
        principal = principal_of(request)
        now = pages.local(services.clock.now_us())
        asked = Month.of(month_named(month) if month else now.date())
        member = await assessments.findings.person_of(principal.account_id)
        me = None if member is None else member.person
        every = sees_all(principal)
        if not every:
            if person not in (None, me) or crew is not None:
                raise NotFound("person_not_found", "nobody of this id is on the staff")
            person = me
        found = await assessments.month(asked)
        speaker = pages.speaker(request, services.clock.now_us())
        opened = await evidence.opened(*_named(found, person, crew))
        say = AssessmentSpeaker(speaker, assessments.rules, principal, me, opened)
        language = pages.language(request)
        shared: dict[str, Any] = {
            "say": say,
            "month": asked,
            "found": found,
            "every": every,
            "current": Month.of(now.date()),
            "causes": [(key, spoken(said.CAUSE, key, language)) for key in said.CAUSE],
            "sides": [(key, spoken(said.SIDE, key, language)) for key in said.SIDE],
            "refused": {key: spoken(said.REFUSED, key, language) for key in said.REFUSED},
            "may_propose": principal.may(Permission.PROPOSE_FINDING),
            "head": await assessments.head(),
        }
        if person is not None:
            sheet = _person(found, person, say, me)
            return pages.render(request, "assessment_person.html", **shared, **sheet)
        if crew is not None:
            return pages.render(request, "assessment_crew.html", **shared, **_crew(found, crew, say))
        if not every:
            return pages.render(request, "assessment_nobody.html", **shared)
        kinds = [(kind.value, spoken(said.KIND, kind.value, language)) for kind in _in_order(ENTERED)]
        return pages.render(
            request,
            "assessment.html",
            **shared,
            **_plant(found, say),
            kinds=kinds,
            items=found.rules[-1].duty_items if found.rules else (),
            minute=f"{now:%Y-%m-%dT%H:%M}",
        )

    @router.get("/assessment/around")
    async def assessment_around(
        request: Request, at: Annotated[str, Query(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")]
    ) -> Response:
        """Show what the log and the alarms say of a time, for the form of a finding to name."""
        if not principal_of(request).may(Permission.PROPOSE_FINDING):
            raise Forbidden("not_permitted", "this role enters no findings")
        at_us = _time_us(at, services.folder.plant.timezone)
        span = (at_us - _BEFORE_US, at_us + _AFTER_US)
        entries = await services.logbook.listed(*span)
        records = await services.alarms.journal(before=None, limit=_MOST_READ, from_us=span[0], to_us=span[1])
        raises = [record for record in reversed(records) if record.event is AlarmEvent.RAISE]
        say = EvidenceSpeaker(pages.speaker(request, services.clock.now_us()), Opened({}, {}, {}))
        return pages.render(
            request,
            "parts/assessment_around.html",
            entries=say.entry_choices(_nearest(entries, at_us)),
            alarms=say.alarm_choices(_nearest(raises, at_us)),
        )


class _Dated(Protocol):
    @property
    def at_us(self) -> int: ...


_D = TypeVar("_D", bound=_Dated)


def _nearest(found: Sequence[_D], at_us: int) -> list[_D]:
    """Return those nearest to a time, in their order; a finding names no more of a sort."""
    near = sorted(found, key=lambda one: abs(one.at_us - at_us))[:_MOST_NAMED]
    return sorted(near, key=lambda one: one.at_us)


def _time_us(text: str, zone: tzinfo) -> int:
    try:
        return to_us(datetime.fromisoformat(text).replace(tzinfo=zone))
    except ValueError:
        raise Invalid("time_missing", "not a time; write 2026-11-21T16:30") from None


def _named(
    found: PlantMonth, person: UUID | None, crew: UUID | None
) -> tuple[list[Mapping[str, object]], list[UUID]]:
    """Return the evidence of all lines of a sheet, and the requests that were approved afterwards."""
    people = [one for one in found.people if person in (None, one.member.person)]
    findings = [line for one in people for line in one.findings]
    if crew is not None:
        findings = [line for one in found.crews if one.crew == crew for line in one.findings]
    turns = [turn for one in people for turn in (*one.undecided, *(one.turns if person else ()))]
    told = [line.evidence for line in findings]
    told += [one.evidence for turn in turns for one in turn.judged.proposals]
    return told, [line.approved_after for line in findings if line.approved_after]


def _plant(found: PlantMonth, say: AssessmentSpeaker) -> dict[str, Any]:
    turns = sorted(
        (turn for one in found.people for turn in one.undecided), key=lambda turn: turn.on.shift.start_us
    )
    findings = sorted(
        (line for one in found.people for line in one.findings), key=lambda line: line.at_us, reverse=True
    )
    return {
        "turns": [say.turn(turn) for turn in turns],
        "waiting": sum(len(turn.judged.proposals) for turn in turns) + sum(line.changed for line in findings),
        "open_items": sum(turn.judged.open is not None for turn in turns),
        "changed": [say.finding(line) for line in findings if line.changed],
        "lines": [say.finding(line) for line in findings if not line.changed],
        "answers": _answers(found.responses, say),
    }


def _person(found: PlantMonth, person: UUID, say: AssessmentSpeaker, me: UUID | None) -> dict[str, Any]:
    one = found.person(person)
    if one is None:
        raise NotFound("person_not_found", "nobody of this id is on the staff")
    return {
        "one": one,
        "own": me == person,
        "may_enter_wage": say.may_enter_wage(person),
        "turns": [say.turn(turn) for turn in one.turns],
        "undecided": [say.turn(turn) for turn in one.undecided],
        "lines": [say.finding(line) for line in one.findings],
        "converted": [say.converted(made, one.findings) for made in one.converted],
        "limits": [say.limit(limit, one, found.month) for limit in one.limits],
        "answers": [say.answer(answer) for answer in one.responses[-_MOST_ANSWERS:]],
    }


def _crew(found: PlantMonth, crew: UUID, say: AssessmentSpeaker) -> dict[str, Any]:
    one = next((one for one in found.crews if one.crew == crew), None)
    if one is None:
        raise NotFound("crew_not_found", "there is no crew of this id")
    return {
        "one": one,
        "lines": [say.finding(line) for line in one.findings],
        "answers": _answers(one.responses, say),
    }


def _answers(responses: Sequence[Answer], say: AssessmentSpeaker) -> list[AnswerLine]:
    """Return the alarms that nobody answered, and those whose answer took longest."""
    slowest = sorted(responses, key=lambda one: (one.seconds is not None, -(one.seconds or 0)))
    return [say.answer(one) for one in slowest[:_MOST_ANSWERS]]


def _in_order(kinds: tuple[SlipKind, ...]) -> list[SlipKind]:
    return sorted(kinds, key=lambda kind: kind is not SlipKind.DUTY_ITEM)
