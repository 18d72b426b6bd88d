"""The assessment of a month: `/api/v1/assessment`, and the rules it rests on, `/api/v1/rule-sets`."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.finding_shape import FindingShape, JudgedTurnShape, RuleShape, Shapes, json_yuan
from api.formats import Month as MonthDay
from api.formats import json_response
from api.names import NameShape, name_shape
from api.routes import principal_of, stated
from api.services import ApiServices
from operations.access import Permission
from operations.assessment.records import CrewMonth, Month, PersonMonth, PlantMonth
from operations.assessment.responses import Answered
from operations.assessment.responses import Response as Answer
from operations.assessment.sums import Counts, WageCheck
from operations.attendance.kinds import Sentence
from operations.findings.access import sees_all
from telemetry.errors import NotFound

MonthOf = Annotated[MonthDay, Query(description="a calendar month", examples=["2026-10"])]


class CountsShape(BaseModel):
    """How often."""

    late: int
    early: int
    off_post: int
    asleep: int
    duty_items: int
    absence_days: float
    converted_days: float = Field(description="that late and early leaves made")
    penalties: int


class LimitShape(BaseModel):
    """What cancels the year-end bonus, and how far it is."""

    sentence: Sentence
    counted: float
    limit: float
    reached: bool


class DeductionShape(BaseModel):
    """绩效扣减建议: what is proposed to payroll."""

    proposed_yuan: float | None = Field(description="null where a day's wage is in it that nobody entered")
    slips_yuan: float
    day_wages: float = Field(description="how many days' wages beside it")
    day_wage_yuan: float | None
    minimum_wage: WageCheck
    most_yuan: float | None = Field(description="how much leaves the minimum wage")


class AnsweredShape(BaseModel):
    """Alarms and their answers."""

    raised: int
    acknowledged: int
    median_s: float | None
    slowest_s: float | None


class AnswerShape(BaseModel):
    """One alarm and its answer."""

    alarm: UUID
    key: str
    tag: str
    priority: str
    raised: str
    acknowledged: str | None
    seconds: float | None
    by: str | None
    comment: str | None
    cleared: str | None
    on_shift: list[str]


class ConvertedShape(BaseModel):
    """A day's absence made of late and early leaves."""

    day: str
    findings: list[UUID]
    absence_days: float
    amount_yuan: float
    rule: RuleShape | None


class PersonRow(BaseModel):
    """Somebody's month in a line."""

    person: UUID
    number: str
    name: str
    category: str
    clause: str | None = Field(description="null for a category that no rule speaks of")
    crew: NameShape | None
    turns: int = Field(description="of the whole month, also those released from or to come")
    due: int = Field(description="that were to be come to until now")
    worked: int
    released: int
    undecided: int = Field(description="turns with something to decide or to settle")
    month: CountsShape
    year: CountsShape
    limits: list[LimitShape]
    deduction: DeductionShape
    answered: AnsweredShape


class PersonSheet(PersonRow):
    """Somebody's month, every line with what it rests on."""

    turns_judged: list[JudgedTurnShape]
    findings: list[FindingShape]
    converted: list[ConvertedShape]
    answers: list[AnswerShape]


class CrewRow(BaseModel):
    """A crew's month; its alarms are those raised while it was on shift."""

    crew: UUID
    name: NameShape
    people: list[UUID]
    turns: int = Field(description="of the whole month, also those released from or to come")
    due: int = Field(description="that were to be come to until now")
    worked: int
    findings: int
    answered: AnsweredShape


class CrewSheet(CrewRow):
    """A crew's month with its lines."""

    finding_lines: list[FindingShape]
    answers: list[AnswerShape]


class OnlineShape(BaseModel):
    """在线仪达标率 by the choice of the rule set; the plant's figure is the lowest analyser."""

    measure: str | None
    target: float | None
    value: float | None


class PlantSheet(BaseModel):
    """The plant's month."""

    month: str
    rule_sets: list[str] = Field(description="those that held; empty: the month is not judged")
    people: list[PersonRow]
    crews: list[CrewRow]
    answered: AnsweredShape
    complete: bool = Field(description="whether all alarms of the month are among the answers")
    online: OnlineShape


class RuleSetsShape(BaseModel):
    """The rules for people, as data."""

    items: list[dict[str, Any]]


def add_assessment(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    assessments = services.assessments
    shapes = Sheets(Shapes(assessments.rules, services.folder.plant.timezone))

    async def sheet_of(month: date, person: UUID) -> Response:
        found = (await assessments.month(Month.of(month))).person(person)
        if found is None:
            raise NotFound("person_not_found", "nobody of this id is on the staff")
        return json_response(shapes.person(found))

    @router.get(
        "/api/v1/assessment",
        response_model=PlantSheet,
        tags=["assessment"],
        **stated(Permission.SEE_ASSESSMENT, 503),
    )
    async def get_assessment(month: MonthOf) -> Response:
        """The plant's month: everybody, every crew, how alarms were answered."""
        return json_response(shapes.plant(await assessments.month(Month.of(month))))

    @router.get(
        "/api/v1/assessment/own",
        response_model=PersonSheet,
        tags=["assessment"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def get_own_month(request: Request, month: MonthOf) -> Response:
        """One's own month, every line with its evidence and its rule."""
        me = await assessments.findings.person_of(principal_of(request).account_id)
        if me is None:
            raise NotFound("no_person", "this account belongs to nobody on the staff")
        return await sheet_of(month, me.person)

    @router.get(
        "/api/v1/assessment/people/{person}",
        response_model=PersonSheet,
        tags=["assessment"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def get_month_of_person(
        request: Request, person: Annotated[UUID, Path(description="somebody")], month: MonthOf
    ) -> Response:
        """Somebody's month; others' for those who see everybody's."""
        principal = principal_of(request)
        if not sees_all(principal):
            me = await assessments.findings.person_of(principal.account_id)
            if me is None or me.person != person:
                raise NotFound("person_not_found", "nobody of this id is on the staff")
        return await sheet_of(month, person)

    @router.get(
        "/api/v1/assessment/crews/{crew}",
        response_model=CrewSheet,
        tags=["assessment"],
        **stated(Permission.SEE_ASSESSMENT, 404, 503),
    )
    async def get_month_of_crew(
        crew: Annotated[UUID, Path(description="a crew")], month: MonthOf
    ) -> Response:
        """A crew's month: its findings, and the answers to alarms raised while it was on shift."""
        found = await assessments.month(Month.of(month))
        one = next((one for one in found.crews if one.crew == crew), None)
        if one is None:
            raise NotFound("crew_not_found", "there is no crew of this id")
        return json_response(shapes.crew(one))

    @router.get(
        "/api/v1/rule-sets",
        response_model=RuleSetsShape,
        tags=["assessment"],
        **stated(Permission.VIEW),
    )
    async def list_rule_sets() -> Response:
        """Every rule set of the plant, the first first, with every number in it."""
        return json_response({"items": [one.model_dump(mode="json") for one in assessments.rules]})


class Sheets:
    """Writes months."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def plant(self, month: PlantMonth) -> dict[str, Any]:
        """Return the plant's month."""
        rules = month.rules[-1] if month.rules else None
        return {
            "month": str(month.month),
            "rule_sets": [one.id for one in month.rules],
            "people": [self.person_row(one) for one in month.people],
            "crews": [self.crew_row(one) for one in month.crews],
            "answered": _answered(month.answered),
            "complete": month.complete,
            "online": {
                "measure": rules.online_rate.value if rules else None,
                "target": rules.online_rate_target if rules else None,
                "value": month.online_rate,
            },
        }

    def person_row(self, one: PersonMonth) -> dict[str, Any]:
        """Return somebody's month in a line."""
        money = one.deduction
        return {
            "person": str(one.member.person),
            "number": one.member.number,
            "name": one.member.name,
            "category": one.member.category,
            "clause": one.clause,
            "crew": name_shape(one.crew_name),
            "turns": len(one.turns),
            "due": one.due,
            "worked": one.worked,
            "released": one.released,
            "undecided": len(one.undecided),
            "month": _counts(one.month),
            "year": _counts(one.year),
            "limits": [
                {
                    "sentence": limit.sentence.value,
                    "counted": limit.counted,
                    "limit": limit.limit,
                    "reached": limit.reached,
                }
                for limit in one.limits
            ],
            "deduction": {
                "proposed_yuan": json_yuan(money.yuan),
                "slips_yuan": json_yuan(money.slips_yuan),
                "day_wages": money.day_wages,
                "day_wage_yuan": json_yuan(money.day_wage_yuan),
                "minimum_wage": money.check.value,
                "most_yuan": json_yuan(money.most_yuan),
            },
            "answered": _answered(one.answered),
        }

    def person(self, one: PersonMonth) -> dict[str, Any]:
        """Return somebody's month with its lines."""
        of = {found.id: found for found in one.findings}
        return self.person_row(one) | {
            "turns_judged": [self._shapes.turn(turn) for turn in one.turns],
            "findings": [self._shapes.finding(found) for found in one.findings],
            "converted": [
                {
                    "day": made.day.isoformat(),
                    "findings": [str(id) for id in made.slips],
                    "absence_days": made.absence_days,
                    "amount_yuan": json_yuan(made.amount_yuan),
                    "rule": self._shapes.rule(
                        of[made.slips[-1]].rule_set, of[made.slips[-1]].clause, Sentence.CONVERTED
                    ),
                }
                for made in one.converted
            ],
            "answers": [self._answer(answer) for answer in one.responses],
        }

    def crew_row(self, one: CrewMonth) -> dict[str, Any]:
        """Return a crew's month in a line."""
        return {
            "crew": str(one.crew),
            "name": name_shape(one.name),
            "people": [str(person.member.person) for person in one.people],
            "turns": one.turns,
            "due": one.due,
            "worked": one.worked,
            "findings": len(one.findings),
            "answered": _answered(one.answered),
        }

    def crew(self, one: CrewMonth) -> dict[str, Any]:
        """Return a crew's month with its lines."""
        return self.crew_row(one) | {
            "finding_lines": [self._shapes.finding(found) for found in one.findings],
            "answers": [self._answer(answer) for answer in one.responses],
        }

    def _answer(self, answer: Answer) -> dict[str, Any]:
        return {
            "alarm": str(answer.occurrence),
            "key": answer.key,
            "tag": answer.tag,
            "priority": answer.priority.word,
            "raised": self._shapes.time(answer.raised_us),
            "acknowledged": self._shapes.time(answer.acknowledged_us),
            "seconds": answer.seconds,
            "by": answer.by,
            "comment": answer.comment,
            "cleared": self._shapes.time(answer.cleared_us),
            "on_shift": [on.name for on in answer.on_shift],
        }


def _counts(counts: Counts) -> dict[str, Any]:
    return {name: getattr(counts, name) for name in CountsShape.model_fields}


def _answered(found: Answered) -> dict[str, Any]:
    return {name: getattr(found, name) for name in AnsweredShape.model_fields}
