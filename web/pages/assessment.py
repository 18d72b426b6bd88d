"""The assessment: what a month says of the plant, a crew or a person, and why."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from operations.access import Permission
from operations.assessment.records import Month, PlantMonth
from operations.assessment.responses import Response as Answer
from operations.attendance.kinds import SlipKind
from operations.findings.access import sees_all
from operations.findings.writing import ENTERED
from telemetry.errors import NotFound
from web import assessment_words as said
from web.assessment_view import AnswerLine, AssessmentSpeaker
from web.guard import principal_of
from web.page import Pages
from web.words import spoken

_MOST_ANSWERS: Final = 60
"""Of a plant's or a crew's month the page shows those that took longest; the API has all."""


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page; what it decides goes to the API."""
    services = pages.services
    assessments = services.assessments

    @router.get("/assessment")
    async def assessment_page(
        request: Request,
        month: Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")] = "",
        person: UUID | None = None,
        crew: UUID | None = None,
    ) -> Response:
        """Show the plant's month, a crew's or a person's; those who see only their own see that."""
        principal = principal_of(request)
        now = pages.local(services.clock.now_us())
        asked = _month(month) or Month.of(now.date())
        member = await assessments.findings.person_of(principal.account_id)
        me = None if member is None else member.person
        every = sees_all(principal)
        if not every:
            if person not in (None, me) or crew is not None:
                raise NotFound("person_not_found", "nobody of this id is on the staff")
            person = me
        found = await assessments.month(asked)
        speaker = pages.speaker(request, services.clock.now_us())
        say = AssessmentSpeaker(speaker, assessments.rules, principal, me)
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


def _plant(found: PlantMonth, say: AssessmentSpeaker) -> dict[str, Any]:
    turns = sorted(
        (turn for one in found.people for turn in one.undecided), key=lambda turn: turn.on.shift.start_us
    )
    findings = sorted(
        (line for one in found.people for line in one.findings), key=lambda line: line.at_us, reverse=True
    )
    return {
        "turns": [say.turn(turn) for turn in turns],
        "waiting": sum(len(turn.judged.proposals) for turn in turns),
        "open_items": sum(turn.judged.open is not None for turn in turns),
        "lines": [say.finding(line) for line in findings],
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


def _month(text: str) -> Month | None:
    if not text:
        return None
    year, number = (int(part) for part in text.split("-"))
    return Month(year, number)
