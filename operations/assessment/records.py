"""The assessment of a month: a person's, a crew's and the plant's, every line with what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol
from uuid import UUID

from operations.assessment.responses import Answered, Response
from operations.assessment.sums import ConvertedAbsence, Counts, Deduction, Limit
from operations.attendance.kinds import Attended
from operations.attendance.turns import JudgedTurn
from operations.findings.records import Finding
from operations.rules.settings import RuleSet
from operations.staff.people import StaffMember
from telemetry.calendar import month_after
from telemetry.plant import Name

_WORKED: Final = (Attended.WORKED, Attended.ON_SHIFT)
_DUE: Final = (*_WORKED, Attended.ABSENT)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month.of(month_after(self.first))

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month.of(self.first - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


class AnalyserFigures(Protocol):
    """What 在线仪达标率 rests on: one analyser's month. Shares are None where nothing was due."""

    @property
    def tag(self) -> str:
        """The analyser's point."""
        ...

    @property
    def uptime(self) -> float | None:
        """Valid and transmitted results ÷ due results."""
        ...

    @property
    def compliance_rate(self) -> float | None:
        """Results within limits ÷ valid ones."""
        ...


class AnalysersMonth(Protocol):
    """A month of all analysers."""

    @property
    def analysers(self) -> Sequence[AnalyserFigures]:
        """Each of them."""
        ...


class AnalyserMonths(Protocol):
    """Knows the analysers' months; `alarms.judging` does."""

    async def uptime(self, month: date) -> AnalysersMonth:
        """Return the analysers' figures of the month that a day lies in."""
        ...


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """What a month says of somebody. `year` counts from January to the month's end."""

    member: StaffMember
    crew: UUID | None
    crew_name: Name | None
    clause: str | None
    turns: tuple[JudgedTurn, ...]
    undecided: tuple[JudgedTurn, ...]
    findings: tuple[Finding, ...]
    converted: tuple[ConvertedAbsence, ...]
    month: Counts
    year: Counts
    limits: tuple[Limit, ...]
    deduction: Deduction
    responses: tuple[Response, ...]
    """The alarms that this person acknowledged."""
    answered: Answered

    @property
    def worked(self) -> int:
        """How many turns somebody came to; one that is on counts."""
        return worked_of(self.turns)

    @property
    def due(self) -> int:
        """How many turns somebody was to come to until now."""
        return due_of(self.turns)

    @property
    def released(self) -> int:
        """How many turns somebody was released from: leave, a swap, a cover."""
        return sum(turn.judged.stands is Attended.RELEASED for turn in self.turns)

    @property
    def cancelled(self) -> bool:
        """Whether the year-end bonus is cancelled by what counts until now."""
        return any(limit.reached for limit in self.limits)


def worked_of(turns: Iterable[JudgedTurn]) -> int:
    """Return how many turns were come to; one that is on counts."""
    return sum(turn.judged.stands in _WORKED for turn in turns)


def due_of(turns: Iterable[JudgedTurn]) -> int:
    """Return how many turns were to be come to until now: not those released, to come, or without a rule."""
    return sum(turn.judged.stands in _DUE for turn in turns)


@dataclass(frozen=True, slots=True)
class CrewMonth:
    """What a month says of a crew: its people, and the alarms that were raised while it was on shift."""

    crew: UUID
    name: Name
    people: tuple[PersonMonth, ...]
    turns: int
    due: int
    worked: int
    findings: tuple[Finding, ...]
    responses: tuple[Response, ...]
    answered: Answered


@dataclass(frozen=True, slots=True)
class PlantMonth:
    """What a month says of the plant. `rules` are those that held on one of its days; none: not judged."""

    month: Month
    rules: tuple[RuleSet, ...]
    people: tuple[PersonMonth, ...]
    crews: tuple[CrewMonth, ...]
    responses: tuple[Response, ...]
    answered: Answered
    complete: bool
    """Whether all alarms of the month are among the responses; there is a bound to how many are read."""
    analysers: tuple[AnalyserFigures, ...] | None
    """None where nothing judges them."""

    def person(self, person: UUID) -> PersonMonth | None:
        """Return somebody's month."""
        return next((one for one in self.people if one.member.person == person), None)

    @property
    def online_rate(self) -> float | None:
        """在线仪达标率 by the rule set's choice: the plant's figure is the lowest analyser."""
        lowest = self.lowest_online
        return None if lowest is None else lowest[0]

    @property
    def lowest_online(self) -> tuple[float, str] | None:
        """That figure with the tag of its analyser, None before there is one."""
        if not self.analysers or not self.rules:
            return None
        chosen = self.rules[-1].online_rate.value
        figures = [
            (figure, one.tag)
            for one in self.analysers
            if (figure := one.uptime if chosen == "uptime" else one.compliance_rate) is not None
        ]
        return min(figures, default=None)
