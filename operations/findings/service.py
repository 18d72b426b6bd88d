"""Findings as the API and the pages use them: off the loop, in one transaction each."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from operations.attendance.turns import JudgedTurn, judged_turns
from operations.calls import StoreCalls
from operations.findings import reading, writing
from operations.findings.changed import told_changes
from operations.findings.records import Finding, NewFinding, NewStep
from operations.ledger import Ledger
from operations.roster import entries
from operations.roster import reading as roster
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet
from operations.staff import checks, people
from operations.staff.people import StaffMember
from storage.unit_of_work import reading as reading_store
from telemetry.clock import from_us
from telemetry.duty import OnShift
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.people import Actor


class Findings:
    """The findings of a plant. Calls raise StoreError, and what they say in their first line."""

    def __init__(self, ledger: Ledger, calls: StoreCalls, rules: RuleSets, zone: ZoneInfo) -> None:
        self.rules = rules
        self.zone = zone
        self._ledger = ledger
        self._calls = calls

    async def listed(self, from_day: date, to_day: date, person: UUID | None = None) -> list[Finding]:
        """Return the findings of days, both included, the latest first."""
        return await self._calls.call(self._listed, from_day, to_day, None if person is None else [person])

    async def one(self, id: UUID) -> Finding:
        """Return a finding; NotFound."""
        return await self._calls.call(self._one, id)

    async def person_of(self, account_id: UUID) -> StaffMember | None:
        """Return who an account belongs to today."""
        return await self._calls.call(self._person_of, account_id)

    async def proposals(
        self, from_day: date, to_day: date, persons: Sequence[UUID] | None = None
    ) -> list[JudgedTurn]:
        """Return the turns of days on which something waits for a decision, proposals decided on left out."""
        return await self._calls.call(self._proposals, from_day, to_day, persons)

    async def candidates(self, at_us: int, post: UUID | None = None) -> list[OnShift]:
        """Return whom a finding of a moment may name: those rostered, of a post where one is given."""
        return await self._calls.call(self._candidates, at_us, post)

    async def propose(self, new: NewFinding, by: Actor, id: UUID | None = None) -> list[Finding]:
        """Enter a finding; Invalid says what is missing, or that the rules have no such thing.

        Sent again under an id of the sender's, it is written once.
        """
        return await self._calls.call(self._propose, new, by, id)

    async def decide(self, key: str, step: NewStep, by: Actor) -> Finding:
        """Decide on a proposal of the node; NotFound for none, Conflict where that was done already."""
        return await self._calls.call(self._decide, key, step, by)

    async def follow(self, id: UUID, step: NewStep, by: Actor) -> Finding:
        """Take a step of a finding's life; Conflict where it cannot follow, Forbidden for another's."""
        return await self._calls.call(self._follow, id, step, by)

    async def enter_wage(
        self,
        person: UUID,
        valid_from: date,
        month_yuan: float | None,
        day_yuan: float | None,
        by: Actor,
    ) -> None:
        """Enter somebody's wage from a day on; NotFound for nobody."""
        await self._calls.call(self._enter_wage, person, valid_from, month_yuan, day_yuan, by)

    def _listed(self, from_day: date, to_day: date, persons: list[UUID] | None) -> list[Finding]:
        with reading_store(self._ledger.engine) as connection:
            found = reading.between(connection, self._plant, self.rules, from_day, to_day, persons)
            return self._changed(connection, found)

    def _one(self, id: UUID) -> Finding:
        with reading_store(self._ledger.engine) as connection:
            return self._found(connection, id)

    def _person_of(self, account_id: UUID) -> StaffMember | None:
        with reading_store(self._ledger.engine) as connection:
            return people.person_of(connection, self._plant, account_id, self._today())

    def _proposals(self, from_day: date, to_day: date, persons: Sequence[UUID] | None) -> list[JudgedTurn]:
        with reading_store(self._ledger.engine) as connection:
            turns = self._judged(connection, from_day, to_day, persons)
            return undecided(connection, self._plant, turns)

    def _candidates(self, at_us: int, post: UUID | None) -> list[OnShift]:
        with reading_store(self._ledger.engine) as connection:
            return self._on_shift(connection, at_us, post)

    def _propose(self, new: NewFinding, by: Actor, id: UUID | None) -> list[Finding]:
        with self._ledger.writing() as page:
            if before := writing.proposed_before(page, new, by, id):
                return [self._found(page.connection, one) for one in before]
            if new.at_us > page.at_us:
                raise Invalid("time_ahead", "a finding cannot lie ahead")
            if not new.persons:
                raise Invalid("persons_missing", "name at least one person")
            rules = self._rules_at(new.at_us)
            on_shift = {on.person: on for on in self._on_shift(page.connection, new.at_us, new.post)}
            day = from_us(new.at_us).astimezone(self.zone).date()
            members = people.staff_on(page.connection, self._plant, day, new.persons)
            named: list[tuple[StaffMember, OnShift | None]] = []
            for person in dict.fromkeys(new.persons):
                if person not in members:
                    raise NotFound("person_not_found", "there is nobody of this id on the staff")
                if person not in on_shift:
                    raise Invalid("not_on_shift", f"{members[person].name} was not on shift at this time")
                named.append((members[person], on_shift[person]))
            made = writing.propose(page, new, named, rules, self.zone, by, id)
            return [self._found(page.connection, id) for id in made]

    def _decide(self, key: str, step: NewStep, by: Actor) -> Finding:
        with self._ledger.writing() as page:
            turn = self._turn_of(page.connection, key)
            proposal = next((one for one in turn.judged.proposals if one.key == key), None)
            if proposal is None:
                raise NotFound("proposal_not_found", "nothing of this kind is proposed: the record changed")
            if page.at_us < turn.on.shift.end_us:
                # Until then it may become an absence, beside which nothing else of the turn counts.
                raise Conflict("turn_not_over", "the turn is not over: decide when it is")
            if reading.subjects(page.connection, self._plant, [key]):
                raise Conflict("already_decided", "somebody decided on this already: load the page again")
            if self._is_own(page.connection, turn.on.person, by):
                raise Forbidden("own_finding", "nobody decides on a finding on themselves")
            writing.check_decision(step, self.rules, proposal.day)
            made = writing.take_up(page, proposal, turn, step, by)
            return self._found(page.connection, made)

    def _follow(self, id: UUID, step: NewStep, by: Actor) -> Finding:
        with self._ledger.writing() as page:
            found = self._found(page.connection, id)
            own = self._is_own(page.connection, found.person, by)
            writing.follow(page, found, step, by, own, self.rules)
            return self._found(page.connection, id)

    def _enter_wage(
        self, person: UUID, valid_from: date, month_yuan: float | None, day_yuan: float | None, by: Actor
    ) -> None:
        with self._ledger.writing() as page:
            if person not in people.staff_on(page.connection, self._plant, valid_from, [person]):
                raise NotFound("person_not_found", "there is nobody of this id on the staff")
            writing.enter_wage(page, person, valid_from, month_yuan, day_yuan, by)

    @property
    def _plant(self) -> str:
        return self._ledger.plant

    def _today(self) -> date:
        return from_us(self._ledger.clock.now_us()).astimezone(self.zone).date()

    def _rules_at(self, at_us: int) -> RuleSet:
        found = self.rules.on(from_us(at_us).astimezone(self.zone).date())
        if found is None:
            raise Invalid("no_rules", "no rules hold on that day: confirm their start first")
        return found

    def _judged(
        self, connection: Connection, from_day: date, to_day: date, persons: Sequence[UUID] | None
    ) -> list[JudgedTurn]:
        now_us = self._ledger.clock.now_us()
        return judged_turns(connection, self._plant, self.rules, self.zone, from_day, to_day, now_us, persons)

    def _on_shift(self, connection: Connection, at_us: int, post: UUID | None) -> list[OnShift]:
        found = entries.standing(connection, self._plant, at_us, at_us + 1, post=post)
        return [line.on for line in roster.lines(connection, self._plant, found)]

    def _turn_of(self, connection: Connection, key: str) -> JudgedTurn:
        entry = entries.one(connection, self._plant, _entry_of(key))
        if entry is not None:
            days = (entry.slot.day, entry.slot.day + timedelta(days=1))
            for turn in self._judged(connection, *days, [entry.slot.person]):
                if turn.on.assignment == entry.id:
                    return turn
        raise NotFound("proposal_not_found", "there is no such proposal")

    def _found(self, connection: Connection, id: UUID) -> Finding:
        found = reading.one(connection, self._plant, self.rules, id)
        if found is None:
            raise NotFound("finding_not_found", "there is no finding of this id")
        return self._changed(connection, [found])[0]

    def _changed(self, connection: Connection, found: list[Finding]) -> list[Finding]:
        now_us = self._ledger.clock.now_us()
        return told_changes(connection, self._plant, self.rules, self.zone, now_us, found)

    def _is_own(self, connection: Connection, person: UUID, by: Actor) -> bool:
        return checks.is_own(connection, self._plant, by.account_id, person, self._today())


def undecided(connection: Connection, plant: str, turns: Sequence[JudgedTurn]) -> list[JudgedTurn]:
    """Return the turns with something to decide or to settle, without the proposals that were decided on."""
    keys = [proposal.key for turn in turns for proposal in turn.judged.proposals]
    decided = reading.subjects(connection, plant, keys)
    left = [turn.without(decided) for turn in turns]
    return [turn for turn in left if turn.judged.proposals or turn.judged.open]


def _entry_of(key: str) -> UUID:
    try:
        return UUID(key.partition(":")[2])
    except ValueError:
        raise NotFound("proposal_not_found", "there is no such proposal") from None
