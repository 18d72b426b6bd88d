"""The assessment of a month put together from the roster, findings, wages and the alarm journal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from alarms.journal import JournalRecord
from alarms.settings import Priority
from operations.assessment import sums
from operations.assessment.records import (
    AnalyserMonths,
    CrewMonth,
    Month,
    PersonMonth,
    PlantMonth,
    due_of,
    worked_of,
)
from operations.assessment.responses import Response, answered, answerer, responses
from operations.attendance.kinds import Attended
from operations.attendance.turns import JudgedTurn, judged_turns
from operations.calls import StoreCalls
from operations.findings import reading
from operations.findings.changed import told_changes
from operations.findings.records import Finding
from operations.findings.service import Findings, undecided
from operations.ledger import Head, Ledger
from operations.money import yuan
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet
from operations.staff import people
from operations.staff.people import Crew, StaffMember
from storage.unit_of_work import reading as reading_store
from telemetry.clock import to_us

_PAGE: Final = 1000
_MOST_PAGES: Final = 40
_LATE_ANSWER: Final = timedelta(days=1)


class Journal(Protocol):
    """The alarm journal, newest first."""

    async def journal(
        self,
        *,
        before: int | None,
        limit: int,
        tag: str | None = None,
        key: str | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> list[JournalRecord]:
        """Return a page of the records of [from, to)."""
        ...


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the people's store says of a month; `turns` begin with those of the day before."""

    members: dict[UUID, StaffMember]
    crews: dict[UUID, Crew]
    turns: list[JudgedTurn]
    undecided: list[JudgedTurn]
    year: list[Finding]
    wages: dict[UUID, tuple[Decimal | None, Decimal | None]]
    versions: dict[UUID, list[StaffMember]]


class Assessments:
    """Months assessed. Nothing is kept: every answer follows from the records as they stand."""

    def __init__(
        self,
        ledger: Ledger,
        calls: StoreCalls,
        rules: RuleSets,
        zone: ZoneInfo,
        journal: Journal,
        analysers: AnalyserMonths | None = None,
    ) -> None:
        self.rules = rules
        self.findings = Findings(ledger, calls, rules, zone)
        self._ledger = ledger
        self._calls = calls
        self._zone = zone
        self._journal = journal
        self._analysers = analysers

    async def month(self, month: Month) -> PlantMonth:
        """Return a month of everybody."""
        stored = await self._calls.call(self._stored, month)
        records, complete = await self._records(month)
        rules = tuple(self._held(month))
        lowest = Priority[rules[-1].responses_from.upper()] if rules else Priority.MEDIUM
        span = (self._start(month.first), self._start(month.next.first))
        answers = responses(records, [turn.on for turn in stored.turns if _stands(turn)], *span, lowest)
        of_person: dict[UUID | None, list[Response]] = defaultdict(list)
        for place, one in enumerate(answers):
            who = answerer(one, stored.versions, self._zone)
            if who in stored.versions:
                one = answers[place] = replace(one, by=stored.versions[who][-1].name)
            of_person[who].append(one)
        persons = tuple(
            self._person(member, month, stored, of_person[member.person])
            for member in _assessed(stored, month)
        )
        analysers = None
        if self._analysers is not None:
            analysers = tuple((await self._analysers.uptime(month.first)).analysers)
        return PlantMonth(
            month=month,
            rules=rules,
            people=persons,
            crews=tuple(_crew(crew, persons, month, stored, answers) for crew in stored.crews.values()),
            responses=tuple(answers),
            answered=answered(answers),
            complete=complete,
            analysers=analysers,
        )

    async def own(self, person: UUID, month: Month) -> PersonMonth | None:
        """Return a month of one person, without the alarms answered; None for nobody on the staff."""
        stored = await self._calls.call(self._stored, month, [person])
        member = stored.members.get(person)
        return None if member is None else self._person(member, month, stored, ())

    async def head(self) -> Head:
        """Return where the ledger's chain ends, which is printed on every sheet."""
        return await self._calls.call(self._ledger.head)

    def _stored(self, month: Month, persons: list[UUID] | None = None) -> _Stored:
        plant, now_us = self._ledger.plant, self._ledger.clock.now_us()
        before = month.first - timedelta(days=1)
        with reading_store(self._ledger.engine) as connection:
            turns = judged_turns(
                connection, plant, self.rules, self._zone, before, month.last, now_us, persons
            )
            own = [turn for turn in turns if turn.judged.day >= month.first]
            january = date(month.year, 1, 1)
            year = reading.between(connection, plant, self.rules, january, month.last, persons)
            return _Stored(
                members=people.staff_on(connection, plant, month.last, persons),
                crews=people.crews(connection, plant),
                turns=turns,
                undecided=undecided(connection, plant, own),
                year=told_changes(connection, plant, self.rules, self._zone, now_us, year),
                wages=reading.wages(connection, plant, month.last, persons),
                versions=people.versions(connection, plant, persons),
            )

    async def _records(self, month: Month) -> tuple[list[JournalRecord], bool]:
        """Return the journal's records of a month and the day after it, which may hold the answers."""
        from_us = self._start(month.first)
        to_us_ = self._start(month.next.first) + _LATE_ANSWER // timedelta(microseconds=1)
        found: list[JournalRecord] = []
        before = None
        for _ in range(_MOST_PAGES):
            page = await self._journal.journal(before=before, limit=_PAGE, from_us=from_us, to_us=to_us_)
            found += page
            if len(page) < _PAGE:
                return found, True
            before = page[-1].seq
        return found, False

    def _person(
        self, member: StaffMember, month: Month, stored: _Stored, mine: Sequence[Response]
    ) -> PersonMonth:
        turns = [
            turn
            for turn in stored.turns
            if turn.on.person == member.person and turn.judged.day >= month.first
        ]
        year = [found for found in stored.year if found.person == member.person]
        own = [found for found in year if found.day >= month.first]
        slips = [found.slip for found in own if found.counts]
        rules = self.rules.on(month.last)
        clause = None if rules is None else rules.clause_of(member.category)
        year_counts = sums.counts([found.slip for found in year if found.counts], self.rules)
        month_wage, day_wage = stored.wages.get(member.person, (None, None))
        if day_wage is None and month_wage is not None and rules is not None:
            day_wage = yuan(month_wage / Decimal(str(rules.wages.work_days_month)))
        crew = next((turn.on for turn in reversed(turns) if turn.on.crew is not None), None)
        return PersonMonth(
            member=member,
            crew=crew.crew if crew else None,
            crew_name=crew.crew_name if crew else None,
            clause=rules.categories.get(member.category) if rules else None,
            turns=tuple(turns),
            undecided=tuple(turn for turn in stored.undecided if turn.on.person == member.person),
            findings=tuple(own),
            converted=tuple(sums.converted(slips, self.rules)),
            month=sums.counts(slips, self.rules),
            year=year_counts,
            limits=tuple(sums.limits(year_counts, clause)),
            deduction=sums.deduction(
                slips,
                self.rules,
                month_wage=month_wage,
                day_wage=day_wage,
                minimum_wage=_minimum(rules),
            ),
            responses=tuple(mine),
            answered=answered(mine),
        )

    def _held(self, month: Month) -> list[RuleSet]:
        later = [one for one in self.rules if month.first < one.valid_from <= month.last]
        first = self.rules.on(month.first)
        return [*([first] if first else []), *later]

    def _start(self, day: date) -> int:
        return to_us(datetime(day.year, day.month, day.day, tzinfo=self._zone))


def _minimum(rules: RuleSet | None) -> Decimal | None:
    least = None if rules is None else rules.wages.minimum_month_yuan
    return None if least is None else yuan(least)


def _stands(turn: JudgedTurn) -> bool:
    return turn.judged.stands is not Attended.RELEASED


def _assessed(stored: _Stored, month: Month) -> list[StaffMember]:
    """Return who has a month: those on the staff, and those who had a turn or a finding in it; by number."""
    had = {turn.on.person for turn in stored.turns if turn.judged.day >= month.first}
    had |= {found.person for found in stored.year if found.day >= month.first}
    found = [one for one in stored.members.values() if one.active or one.person in had]
    return sorted(found, key=lambda member: member.number)


def _crew(
    crew: Crew, persons: Sequence[PersonMonth], month: Month, stored: _Stored, answers: Sequence[Response]
) -> CrewMonth:
    turns = [turn for turn in stored.turns if turn.on.crew == crew.crew and turn.judged.day >= month.first]
    raised = [one for one in answers if any(on.crew == crew.crew for on in one.on_shift)]
    own = [found for found in stored.year if found.crew == crew.crew and found.day >= month.first]
    return CrewMonth(
        crew=crew.crew,
        name=crew.name,
        people=tuple(one for one in persons if one.crew == crew.crew),
        turns=len(turns),
        due=due_of(turns),
        worked=worked_of(turns),
        findings=tuple(own),
        responses=tuple(raised),
        answered=answered(raised),
    )
