"""A month of people's work in counts, of a real ledger."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from config.rule_sets import shipped_rule_sets
from operations.assessment.service import Assessments
from operations.attendance.kinds import SlipKind
from operations.calls import StoreCalls
from operations.findings.life import Step
from operations.findings.records import Finding, NewStep
from operations.ledger import Ledger
from reports.inputs import CrewMonth, FindingCount, Staff
from reports.staff_month import StaffOfPlant
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import to_us
from telemetry.people import Actor
from telemetry.plant import Name
from tests.clock import MovedClock
from tests.operations.plant_life import ZONE, PlantLife, at

DEPARTMENT = Actor(UUID(int=70), "运营部")


class NoAlarms:
    """A journal in which nothing stands."""

    async def journal(self, **_: object) -> list:  # type: ignore[type-arg]
        return []


async def none(from_us: int, to_us: int) -> int:
    """Count nothing."""
    return 0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    engine = open_engine(sqlite_url(tmp_path / "people.sqlite"))
    migrate(engine, StoreKind.PEOPLE)
    clock = MovedClock()
    clock.at_us = to_us(at("2026-11-30T23:00"))
    yield Ledger(engine, clock, plant="p1", node="n1")
    engine.dispose()


@pytest.fixture
def calls() -> Iterator[StoreCalls]:
    made = StoreCalls(2, "desk")
    yield made
    made.close()


async def test_what_was_refused_counts_nowhere_and_what_is_told_stands(
    book: Ledger, calls: StoreCalls
) -> None:
    life = PlantLife(book)
    wang, li = life.person("001", "王磊"), life.person("002", "李静")
    late = life.worked(wang, "2026-11-03", came="08:12")
    refused = life.worked(wang, "2026-11-04", came="08:15")
    absent = life.turn(li, "2026-11-05")
    assessments = Assessments(book, calls, shipped_rule_sets(), ZONE, NoAlarms())
    decide = assessments.findings.decide
    told = await decide(f"{SlipKind.LATE}:{late}", NewStep(Step.CONFIRM), DEPARTMENT)
    await assessments.findings.follow(told.id, NewStep(Step.NOTIFY), DEPARTMENT)
    await decide(f"{SlipKind.LATE}:{refused}", NewStep(Step.REFUSE, note="堵车有证明"), DEPARTMENT)
    await decide(f"{SlipKind.ABSENCE}:{absent}", NewStep(Step.CONFIRM), DEPARTMENT)

    async def seven(from_us: int, to_us: int) -> int:
        return 7 if from_us < to_us else 0

    staff = await StaffOfPlant(assessments, seven, seven, book.clock).month(date(2026, 11, 1), 0, 1)

    crews = staff.crews
    assert [(crew.turns, crew.signed, crew.late, crew.early, crew.absent) for crew in crews] == [
        (3, 2, 1, 0, 1)
    ]
    assert isinstance(crews[0], CrewMonth)
    assert staff == Staff(
        crews,
        (
            FindingCount("late", Name("迟到", "late"), proposed=0, confirmed=1, voided=1),
            FindingCount("absence", Name("旷工", "absence"), proposed=1, confirmed=0, voided=0),
        ),
        7,
        7,
    )


async def test_a_turn_whose_absence_counts_is_absent_however_its_record_was_settled_since(
    book: Ledger, calls: StoreCalls
) -> None:
    life = PlantLife(book)
    wang, li = life.person("001", "王磊"), life.person("002", "李静")
    assessments = Assessments(book, calls, shipped_rule_sets(), ZONE, NoAlarms())
    findings = assessments.findings

    async def told(key: str) -> Finding:
        found = await findings.decide(key, NewStep(Step.CONFIRM), DEPARTMENT)
        return await findings.follow(found.id, NewStep(Step.NOTIFY), DEPARTMENT)

    # Nobody signed: absent, and told so. Then the times are settled, late and within the hour.
    settled = life.turn(wang, "2026-11-05")
    absence = await told(f"{SlipKind.ABSENCE}:{settled}")
    life.settled(settled, "sign_in", "2026-11-05T08:20")
    life.settled(settled, "sign_out", "2026-11-05T16:00")
    # Told late, and then settled as gone two hours before the end: the late goes into the absence.
    both = life.worked(li, "2026-11-06", came="08:20")
    await told(f"{SlipKind.LATE}:{both}")
    life.settled(both, "sign_out", "2026-11-06T14:00")
    await told(f"{SlipKind.ABSENCE}:{both}")

    async def counts() -> list[tuple[int, int | None, int | None, int | None]]:
        month = await StaffOfPlant(assessments, none, none, book.clock).month(date(2026, 11, 1), 0, 1)
        return [(crew.turns, crew.late, crew.early, crew.absent) for crew in month.crews]

    undecided = await counts()
    await findings.decide(f"{SlipKind.LATE}:{settled}", NewStep(Step.CONFIRM), DEPARTMENT)
    swallowed = await counts()
    await findings.follow(absence.id, NewStep(Step.VOID, note="手机损坏"), DEPARTMENT)

    assert undecided == [(2, 1, 0, 2)], "nobody decided on the late yet"
    assert swallowed == [(2, 0, 0, 2)]
    assert await counts() == [(2, 1, 0, 1)]


async def test_crews_stand_in_the_order_of_their_codes(book: Ledger, calls: StoreCalls) -> None:
    # A to D: 甲, 乙, 丙, 丁. By their characters 丁 and 丙 would come first.
    life = PlantLife(book)
    ding = life.another_crew("D", "丁班")
    life.turn(life.person("002", "李静"), "2026-11-05", crew=ding)
    life.turn(life.person("001", "王磊"), "2026-11-05")
    assessments = Assessments(book, calls, shipped_rule_sets(), ZONE, NoAlarms())

    staff = await StaffOfPlant(assessments, none, none, book.clock).month(date(2026, 11, 1), 0, 1)

    assert [crew.name.zh for crew in staff.crews] == ["甲班", "丁班"]
