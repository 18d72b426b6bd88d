"""Whose answers a month counts, on both stores."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine

from alarms.journal import JournalRecord
from alarms.states import AlarmEvent
from config.rule_sets import shipped_rule_sets
from operations.assessment.records import Month
from operations.assessment.service import Assessments
from operations.calls import StoreCalls
from operations.ledger import Ledger
from telemetry.clock import to_us
from tests.clock import MovedClock
from tests.operations.assessment.test_responses import move
from tests.operations.plant_life import ZONE, PlantLife


class Kept:
    """A journal in memory."""

    def __init__(self, records: list[JournalRecord]) -> None:
        self.records = records

    async def journal(self, **_: object) -> list[JournalRecord]:
        return self.records


async def test_who_answers_from_a_push_without_an_account_has_the_answers_in_their_month(
    engine: Engine, clock: MovedClock, calls: StoreCalls
) -> None:
    clock.at_us = to_us(datetime(2026, 11, 30, 12, tzinfo=ZONE))
    book = Ledger(engine, clock, plant="p1", node="n1")
    wang = PlantLife(book).person("001", "王磊")
    raised_s = int(datetime(2026, 11, 20, 3, tzinfo=ZONE).timestamp())
    raised, taken = (
        move(seq, raised_s + seconds, event, 1)
        for seq, seconds, event in ((1, 0, AlarmEvent.RAISE), (2, 90, AlarmEvent.ACKNOWLEDGE))
    )
    taken = replace(taken, actor_id=wang)
    assessments = Assessments(book, calls, shipped_rule_sets(), ZONE, Kept([raised, taken]))

    person = (await assessments.month(Month.of(date(2026, 11, 1)))).person(wang)

    assert person is not None
    assert [one.occurrence for one in person.responses] == [UUID(int=1)]
    assert (person.answered.raised, person.answered.acknowledged, person.answered.median_s) == (1, 1, 90.0)


async def test_turns_that_were_to_be_come_to_are_those_that_ended_or_run_and_were_not_given_away(
    engine: Engine, clock: MovedClock, calls: StoreCalls
) -> None:
    clock.at_us = to_us(datetime(2026, 11, 20, 12, tzinfo=ZONE))
    book = Ledger(engine, clock, plant="p1", node="n1")
    life = PlantLife(book)
    wang = life.person("001", "王磊")
    life.worked(wang, "2026-11-03")
    life.turn(wang, "2026-11-04")
    life.approve_leave(life.turn(wang, "2026-11-05"))
    life.signed(wang, life.turn(wang, "2026-11-20"), came="2026-11-20T07:55", left=None)
    life.turn(wang, "2026-11-21")
    assessments = Assessments(book, calls, shipped_rule_sets(), ZONE, Kept([]))

    found = await assessments.month(Month.of(date(2026, 11, 1)))

    [person], [crew] = found.people, found.crews
    assert (len(person.turns), person.due, person.worked, person.released) == (5, 3, 2, 1)
    assert (crew.turns, crew.due, crew.worked) == (5, 3, 2)
