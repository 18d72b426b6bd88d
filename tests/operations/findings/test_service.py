"""Findings: proposed, decided, told, reviewed; on both stores, and each step in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine

from config.rule_sets import shipped_rule_sets
from operations.access import Role
from operations.accounts import Accounts
from operations.assessment.records import Month, PlantMonth
from operations.assessment.service import Assessments
from operations.assessment.sums import WageCheck
from operations.attendance.kinds import Attended, OpenKind, SlipKind
from operations.calls import StoreCalls
from operations.findings.life import State, Step
from operations.findings.reading import wages
from operations.findings.records import Finding, NewFinding, NewStep
from operations.findings.service import Findings
from operations.ledger import Ledger
from operations.roster import entries
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet
from reports.staff_month import findings_of
from storage.unit_of_work import reading
from telemetry.clock import to_us
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound, RequestError
from telemetry.people import Actor
from tests.clock import MovedClock
from tests.operations.plant_life import ZONE, PlantLife, at

NOVEMBER = Month(2026, 11)
DEPARTMENT = Actor(UUID(int=70), "运营部")
MANAGER = Actor(UUID(int=71), "厂长")
CONFIRM, NOTIFY = NewStep(Step.CONFIRM), NewStep(Step.NOTIFY)


class NoAlarms:
    """A journal in which nothing stands."""

    async def journal(self, **_: object) -> list:  # type: ignore[type-arg]
        return []


@pytest.fixture
def book(engine: Engine, clock: MovedClock) -> Ledger:
    clock.at_us = to_us(at("2026-11-30T23:00"))
    return Ledger(engine, clock, plant="p1", node="n1")


@pytest.fixture
def life(book: Ledger) -> PlantLife:
    return PlantLife(book)


@pytest.fixture
def wang(life: PlantLife, accounts: Accounts) -> tuple[UUID, Actor]:
    account = accounts.add("wang", Role.OPERATOR, "pass-word-1", "test")
    return life.person("001", "王磊", account_id=account), Actor(account, "wang")


@pytest.fixture
def findings(book: Ledger, calls: StoreCalls) -> Findings:
    return Findings(book, calls, shipped_rule_sets(), ZONE)


@pytest.fixture
def assessments(book: Ledger, calls: StoreCalls) -> Assessments:
    return Assessments(book, calls, shipped_rule_sets(), ZONE, NoAlarms())


async def decided(findings: Findings, kind: SlipKind, entry: UUID, *steps: NewStep) -> Finding:
    """Take a proposal through steps."""
    found = await findings.decide(f"{kind}:{entry}", CONFIRM, DEPARTMENT)
    for step in steps:
        found = await findings.follow(found.id, step, DEPARTMENT)
    return found


async def months(assessments: Assessments, person: UUID) -> tuple[PlantMonth, str]:
    """Return the month, and in short what it says of somebody."""
    month = await assessments.month(NOVEMBER)
    one = month.person(person)
    assert one
    money = one.deduction
    return month, f"{money.slips_yuan.normalize():f}+{money.day_wages:g} absent {one.year.absence_days_all:g}"


async def test_what_was_signed_is_proposed_and_costs_nothing(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor]
) -> None:
    person, _ = wang
    late = life.worked(person, "2026-11-03", came="08:12")
    life.worked(person, "2026-11-04")
    absent = life.turn(person, "2026-11-05")

    open_turns = await findings.proposals(NOVEMBER.first, NOVEMBER.last)
    month, said = await months(assessments, person)

    assert [[one.key for one in turn.judged.proposals] for turn in open_turns] == [
        [f"late:{late}"],
        [f"absence:{absent}"],
    ]
    assert said == "0+0 absent 0"
    assert [len(one.undecided) for one in month.people] == [2]


async def test_only_what_is_confirmed_and_told_counts(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor], book: Ledger
) -> None:
    person, _ = wang
    entry = life.turn(person, "2026-11-05")

    confirmed = await decided(findings, SlipKind.ABSENCE, entry)
    _, before = await months(assessments, person)
    told = await findings.follow(confirmed.id, NOTIFY, DEPARTMENT)
    _, after = await months(assessments, person)

    assert (confirmed.life.state, confirmed.counts, before) == (State.CONFIRMED, False, "0+0 absent 0")
    assert (told.life.state, told.counts, after) == (State.NOTIFIED, True, "200+1 absent 1")
    assert await findings.proposals(NOVEMBER.first, NOVEMBER.last) == []
    assert [event.step for event in told.events] == [Step.CONFIRM, Step.NOTIFY]
    kinds = [line.kind for line in book.lines(limit=3)]
    assert kinds == ["finding_event", "finding_event", "finding"]
    book.verify()


async def test_an_upheld_review_voids_and_the_sums_follow(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor]
) -> None:
    person, me = wang
    slips = []
    for day in ("02", "03", "04"):
        entry = life.worked(person, f"2026-11-{day}", came="08:30")
        slips.append(await decided(findings, SlipKind.LATE, entry, NOTIFY))
    month, said = await months(assessments, person)
    assert [one.slips for one in month.people[0].converted] == [tuple(slip.id for slip in slips)]
    assert said == "30+0 absent 1"

    await findings.follow(slips[1].id, NewStep(Step.ASK_REVIEW, "堵车"), me)
    _, in_review = await months(assessments, person)
    upheld = await findings.follow(slips[1].id, NewStep(Step.UPHOLD, "属实"), DEPARTMENT)
    month, said = await months(assessments, person)

    assert in_review == "30+0 absent 1"
    assert (upheld.life.state, said, month.people[0].converted) == (State.UPHELD, "20+0 absent 0", ())
    assert len(month.people[0].findings) == 3, "what is void stays visible"


async def test_a_rejected_review_leaves_it_as_it_was(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor]
) -> None:
    person, me = wang
    entry = life.worked(person, "2026-11-02", came="08:30")
    slip = await decided(findings, SlipKind.LATE, entry, NOTIFY, NewStep(Step.REFUSE_TO_SIGN, witness="李静"))
    await findings.follow(slip.id, NewStep(Step.ASK_REVIEW, "堵车"), me)
    found = await findings.follow(slip.id, NewStep(Step.REJECT, "无证明"), DEPARTMENT)

    assert (found.life.state, found.counts) == (State.SIGN_REFUSED, True)
    assert Step.ASK_REVIEW in found.life.may_follow(), "review is always open"
    assert [event.witness for event in found.events if event.witness] == ["李静"]


async def test_leave_approved_afterwards_voids_the_absence_and_both_stay(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor]
) -> None:
    person, _ = wang
    li = life.person("002", "李静")
    entry = life.turn(person, "2026-11-05")
    slip = await decided(findings, SlipKind.ABSENCE, entry, NOTIFY)

    request = life.approve_leave(entry, substitute=li)
    found = await findings.one(slip.id)
    month, said = await months(assessments, person)
    other = month.person(li)

    assert (found.life.state, found.counts, found.approved_after) == (State.APPROVED_AFTER, False, request)
    assert said == "0+0 absent 0"
    assert other
    [turn] = other.turns
    assert (turn.judged.proposals, turn.judged.open) == ((), OpenKind.NO_SIGN_IN), "had nothing to sign then"
    assert [turn.judged.stands for turn in month.people[0].turns] == [Attended.RELEASED]


async def test_while_a_turn_goes_on_nothing_of_it_is_decided(
    life: PlantLife, findings: Findings, clock: MovedClock, wang: tuple[UUID, Actor]
) -> None:
    person, _ = wang
    entry = life.turn(person, "2026-11-03")
    life.signed(person, entry, "2026-11-03T08:20", None)
    key = f"{SlipKind.LATE}:{entry}"
    clock.at_us = to_us(at("2026-11-03T09:00"))

    with pytest.raises(Conflict) as refused:
        await findings.decide(key, CONFIRM, DEPARTMENT)
    clock.at_us = to_us(at("2026-11-03T16:00"))
    found = await findings.decide(key, CONFIRM, DEPARTMENT)

    assert (refused.value.code, found.kind) == ("turn_not_over", SlipKind.LATE)


async def test_beside_an_absence_of_the_same_shift_nothing_else_counts(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor], book: Ledger
) -> None:
    person, _ = wang
    for day in ("02", "03"):
        other = life.worked(person, f"2026-11-{day}", came="08:30")
        await decided(findings, SlipKind.LATE, other, NOTIFY)
    entry = life.worked(person, "2026-11-05", came="08:20")
    late = await decided(findings, SlipKind.LATE, entry, NOTIFY)
    _, before = await months(assessments, person)
    life.settled(entry, "sign_out", "2026-11-05T14:00")
    absence = await decided(findings, SlipKind.ABSENCE, entry)
    _, not_told = await months(assessments, person)
    await findings.follow(absence.id, NOTIFY, DEPARTMENT)

    found = await findings.one(late.id)
    month, said = await months(assessments, person)
    counted = findings_of(month.people[0].findings)
    await findings.follow(absence.id, NewStep(Step.VOID, "误判"), DEPARTMENT)
    again = await findings.one(late.id)
    _, after = await months(assessments, person)

    assert (before, not_told) == ("30+0 absent 1", "30+0 absent 1"), "only what counts goes before"
    assert (found.life.state, found.counts, found.swallowed_by) == (State.SWALLOWED, False, absence.id)
    assert found.life.may_follow() == (Step.VOID, Step.EXCLUDE)
    assert said == "220+1 absent 1", "and it is none of the three"
    assert [(one.kind, one.proposed, one.confirmed, one.voided) for one in counted] == [
        ("late", 0, 2, 1),
        ("absence", 0, 1, 0),
    ]
    assert (again.life.state, again.counts, again.swallowed_by) == (State.NOTIFIED, True, None)
    assert after == "30+0 absent 1"


async def test_where_the_rules_let_both_stand_late_counts_beside_the_absence(
    life: PlantLife, book: Ledger, calls: StoreCalls, wang: tuple[UUID, Actor]
) -> None:
    (shipped,) = shipped_rule_sets()
    written = shipped.model_dump(mode="json")
    written["clauses"]["operators"]["absence_swallows"] = False
    rules = RuleSets.of([RuleSet.model_validate(written)])
    findings = Findings(book, calls, rules, ZONE)
    person, _ = wang
    entry = life.worked(person, "2026-11-05", came="08:20", left="14:00")

    absence = await decided(findings, SlipKind.ABSENCE, entry, NOTIFY)
    late = await decided(findings, SlipKind.LATE, entry, NOTIFY)

    assert [one.counts for one in await findings.listed(NOVEMBER.first, NOVEMBER.last)] == [True, True]
    assert (absence.changed, late.swallowed_by, late.changed) == (False, None, False)


async def test_an_absence_whose_turn_is_settled_afterwards_stands_and_says_that_its_record_changed(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor], book: Ledger
) -> None:
    person, _ = wang
    entry = life.turn(person, "2026-11-05", start="16:00")
    slip = await decided(findings, SlipKind.ABSENCE, entry, NOTIFY)
    before = await findings.one(slip.id)

    life.settled(entry, "sign_in", "2026-11-05T16:20")
    life.settled(entry, "sign_out", "2026-11-06T00:00")
    after = await findings.one(slip.id)
    month, said = await months(assessments, person)
    late = await decided(findings, SlipKind.LATE, entry)
    await findings.follow(slip.id, NewStep(Step.VOID, "手机损坏"), DEPARTMENT)
    await findings.follow(late.id, NOTIFY, DEPARTMENT)
    listed = await findings.listed(NOVEMBER.first, NOVEMBER.last, person)
    _, voided = await months(assessments, person)

    assert (before.changed, after.changed, after.counts, said) == (False, True, True, "200+1 absent 1")
    assert [one.changed for one in month.people[0].findings] == [True]
    assert (late.life.state, late.swallowed_by) == (State.SWALLOWED, slip.id)
    assert {one.kind: (one.life.state, one.counts, one.changed) for one in listed} == {
        SlipKind.ABSENCE: (State.VOIDED, False, False),
        SlipKind.LATE: (State.NOTIFIED, True, False),
    }
    assert voided == "10+0 absent 0"


async def test_a_changed_record_waits_until_somebody_decides_that_the_line_stands(
    life: PlantLife,
    findings: Findings,
    assessments: Assessments,
    wang: tuple[UUID, Actor],
    clock: MovedClock,
) -> None:
    person, me = wang
    slips = {}
    for day in ("05", "06"):
        entry = life.turn(person, f"2026-11-{day}")
        slips[entry] = await decided(findings, SlipKind.ABSENCE, entry, NOTIFY)
        clock.at_us += 1
        life.settled(entry, "sign_in", f"2026-11-{day}T08:00")
        life.settled(entry, "sign_out", f"2026-11-{day}T16:00")
    (first, reviewed), (_, kept) = slips.items()

    async def changed() -> list[bool]:
        clock.at_us += 1
        return [(await findings.one(one.id)).changed for one in (reviewed, kept)]

    before = await changed()
    await findings.follow(reviewed.id, NewStep(Step.ASK_REVIEW, "手机损坏"), me)
    in_review = await findings.one(reviewed.id)
    with pytest.raises(Conflict) as refused:
        await findings.follow(reviewed.id, NewStep(Step.KEEP, "维持"), DEPARTMENT)
    await findings.follow(reviewed.id, NewStep(Step.REJECT, "维持"), DEPARTMENT)
    rejected = await changed()
    with pytest.raises(Invalid) as silent:
        await findings.follow(kept.id, NewStep(Step.KEEP), DEPARTMENT)
    stands = await findings.follow(kept.id, NewStep(Step.KEEP, "代签"), DEPARTMENT)
    decided_on = await changed()
    _, said = await months(assessments, person)
    life.settled(first, "sign_in", "2026-11-05T08:01")

    assert (before, in_review.changed) == ([True, True], True)
    assert Step.KEEP not in in_review.may_follow()
    assert (refused.value.code, silent.value.code) == ("step_impossible", "reason_missing")
    assert (rejected, decided_on) == ([False, True], [False, False])
    assert (stands.life.state, stands.counts, stands.changed, said) == (
        State.NOTIFIED, True, False, "400+2 absent 2",
    )  # fmt: skip
    assert stands.may_follow() == stands.life.may_follow(), "nothing to keep any more"
    assert [(event.step, event.note) for event in stands.events][-1] == (Step.KEEP, "代签")
    assert await changed() == [True, False], "settled once more: it waits again"


async def test_an_approval_after_the_fact_that_is_taken_back_voids_nothing(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor], book: Ledger
) -> None:
    person, _ = wang
    li = life.person("002", "李静")
    decided_on, open_one = life.turn(person, "2026-11-05"), life.turn(person, "2026-11-06")
    slip = await decided(findings, SlipKind.ABSENCE, decided_on, NOTIFY)
    for entry in (decided_on, open_one):
        life.take_back(life.approve_leave(entry, substitute=li))

    found = await findings.one(slip.id)
    proposed = await findings.proposals(NOVEMBER.first, NOVEMBER.last)
    month, _ = await months(assessments, person)

    assert (found.life.state, found.counts, found.approved_after) == (State.NOTIFIED, True, None)
    assert [[one.key for one in turn.judged.proposals] for turn in proposed] == [[f"absence:{open_one}"]]
    assert [turn.judged.stands for turn in month.people[0].turns] == [Attended.ABSENT] * 2
    other = month.person(li)
    assert other is None or other.turns == (), "the substitute was never to be there"
    with reading(book.engine) as connection:
        slots = [entries.one(connection, "p1", entry) for entry in (decided_on, open_one)]
    for slot in slots:
        assert slot
        life.approve_leave_of(slot.slot)
    again = await findings.one(slip.id)
    assert (again.life.state, again.counts) == (State.APPROVED_AFTER, False), "approved for good later"
    assert await findings.proposals(NOVEMBER.first, NOVEMBER.last) == []


async def test_leave_approved_before_a_turn_and_taken_back_after_it_still_released(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor], clock: MovedClock
) -> None:
    person, _ = wang
    now_us = clock.at_us
    clock.at_us = to_us(at("2026-11-04T09:00"))
    entry = life.turn(person, "2026-11-05")
    request = life.approve_leave(entry)
    clock.at_us = now_us
    life.take_back(request)

    assert await findings.proposals(NOVEMBER.first, NOVEMBER.last) == []


async def test_a_clock_that_is_set_back_does_not_undo_what_was_decided(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor], clock: MovedClock, book: Ledger
) -> None:
    person, me = wang
    entry = life.turn(person, "2026-11-05")
    confirmed = await decided(findings, SlipKind.ABSENCE, entry)
    clock.move(-60)
    told = await findings.follow(confirmed.id, NOTIFY, DEPARTMENT)
    clock.move(-60)
    signed = await findings.follow(confirmed.id, NewStep(Step.SIGN), me)

    assert (told.life.state, told.counts) == (State.NOTIFIED, True)
    assert (signed.life.state, [event.step for event in signed.events]) == (
        State.SIGNED,
        [Step.CONFIRM, Step.NOTIFY, Step.SIGN],
    )
    for month_yuan in (5000.0, 6000.0):
        await findings.enter_wage(person, NOVEMBER.first, month_yuan, None, DEPARTMENT)
        clock.move(-60)
    with reading(book.engine) as connection:
        assert wages(connection, "p1", NOVEMBER.last) == {person: (Decimal(6000), None)}


async def test_leave_that_nobody_approved_is_an_absence_that_names_the_request(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor], book: Ledger
) -> None:
    person, _ = wang
    entry = life.turn(person, "2026-11-05")
    with reading(book.engine) as connection:
        found = entries.one(connection, "p1", entry)
    assert found
    request = life.ask_leave(found.slot)

    (turn,) = await findings.proposals(NOVEMBER.first, NOVEMBER.last)

    (proposal,) = turn.judged.proposals
    assert (proposal.kind, proposal.sentence.value) == (SlipKind.ABSENCE, "absent_unapproved")
    assert proposal.evidence["asked"] == str(request)


async def test_a_duty_undone_names_those_on_shift_and_costs_each(
    life: PlantLife, findings: Findings, assessments: Assessments, wang: tuple[UUID, Actor]
) -> None:
    person, _ = wang
    li = life.person("002", "李静")
    life.worked(person, "2026-11-05")
    life.worked(li, "2026-11-05")
    noon = to_us(at("2026-11-05T12:00"))

    candidates = await findings.candidates(noon, life.post)
    new = NewFinding(SlipKind.DUTY_ITEM, noon, (person, li), "计量渠未清洗", item="flume")
    made = await findings.propose(new, MANAGER)
    for one in made:
        await findings.follow(one.id, CONFIRM, DEPARTMENT)
        await findings.follow(one.id, NOTIFY, MANAGER)
    month = await assessments.month(NOVEMBER)

    assert [on.name for on in candidates] == ["王磊", "李静"]
    assert len({one.occasion for one in made}) == 1
    assert [(one.month.duty_items, one.deduction.slips_yuan) for one in month.people] == [
        (1, Decimal(50))
    ] * 2
    assert [one.crew for one in made] == [life.crew, life.crew]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"item": None}, "duty_item_missing"),
        ({"item": "golf"}, "duty_item_unknown"),
        ({"what": ""}, "what_missing"),
        ({"kind": SlipKind.LATE, "item": None}, "proposed_by_node"),
        ({"kind": SlipKind.ASLEEP, "item": None}, "check_incomplete"),
        ({"at_us": to_us(at("2026-12-05T12:00"))}, "time_ahead"),
        ({"at_us": to_us(at("2026-11-05T20:00"))}, "not_on_shift"),
        ({"at_us": to_us(at("2025-03-05T12:00"))}, "no_rules"),
        ({"persons": ()}, "persons_missing"),
    ],
)
async def test_what_cannot_be_found_is_refused(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor], changed: dict[str, object], code: str
) -> None:
    person, _ = wang
    life.worked(person, "2026-11-05")
    values: dict[str, object] = {
        "kind": SlipKind.DUTY_ITEM,
        "at_us": to_us(at("2026-11-05T12:00")),
        "persons": (person,),
        "what": "计量渠未清洗",
        "item": "flume",
    }

    with pytest.raises(Invalid) as refused:
        await findings.propose(NewFinding(**values | changed), MANAGER)  # type: ignore[arg-type]

    assert refused.value.code == code


async def test_process_staff_have_no_duty_list(life: PlantLife, findings: Findings) -> None:
    zhao = life.person("009", "赵工", "engineer")
    life.worked(zhao, "2026-11-05")
    new = NewFinding(SlipKind.DUTY_ITEM, to_us(at("2026-11-05T12:00")), (zhao,), "计量渠未清洗", item="flume")
    with pytest.raises(Invalid, match="no such finding for 赵工"):
        await findings.propose(new, MANAGER)


async def test_who_may_not_and_what_cannot_follow(
    life: PlantLife, findings: Findings, wang: tuple[UUID, Actor]
) -> None:
    person, me = wang
    entry = life.worked(person, "2026-11-02", came="08:30")
    key = f"late:{entry}"

    async def code(step: NewStep, by: Actor) -> str:
        with pytest.raises(RequestError) as refused:
            await findings.follow(slip.id, step, by)
        return refused.value.code

    with pytest.raises(Forbidden):
        await findings.decide(key, CONFIRM, me)
    with pytest.raises(Invalid):
        await findings.decide(key, NewStep(Step.REFUSE), DEPARTMENT)
    with pytest.raises(NotFound):
        await findings.decide(f"early:{entry}", CONFIRM, DEPARTMENT)
    slip = await findings.decide(key, CONFIRM, DEPARTMENT)
    with pytest.raises(Conflict):
        await findings.decide(key, CONFIRM, DEPARTMENT)

    assert await code(NewStep(Step.SIGN), me) == "step_impossible"
    assert await code(CONFIRM, DEPARTMENT) == "step_impossible"
    assert await code(NOTIFY, me) == "own_finding"
    await findings.follow(slip.id, NOTIFY, DEPARTMENT)
    assert await code(NewStep(Step.SIGN), DEPARTMENT) == "not_own_finding"
    assert await code(NewStep(Step.REFUSE_TO_SIGN), MANAGER) == "witness_missing"
    assert await code(NewStep(Step.EXCLUDE, "断电"), DEPARTMENT) == "cause_missing"
    assert await code(NewStep(Step.EXCLUDE, cause="force_majeure"), DEPARTMENT) == "reason_missing"
    excluded = await findings.follow(
        slip.id, NewStep(Step.EXCLUDE, "暴雨", cause="force_majeure"), DEPARTMENT
    )
    assert (excluded.life.state, excluded.counts) == (State.EXCLUDED, False)
    assert await code(NewStep(Step.VOID, "误记"), DEPARTMENT) == "step_impossible"


@dataclass(frozen=True)
class Analyser:
    """An analyser's month, as the judging tells it."""

    tag: str
    uptime: float | None
    compliance_rate: float | None


@dataclass(frozen=True)
class Analysers:
    """A month of two of them, one of which nothing was due of."""

    analysers: Sequence[Analyser] = (
        Analyser("COD", 0.97, 1.0),
        Analyser("TP", 0.94, 0.99),
        Analyser("TN", None, None),
    )

    async def uptime(self, _: date) -> "Analysers":
        return self


@pytest.mark.parametrize(("chosen", "rate"), [("uptime", 0.94), ("compliance", 0.99)])
async def test_the_95_percent_is_the_lowest_analysers_by_the_departments_choice(
    book: Ledger, calls: StoreCalls, chosen: str, rate: float
) -> None:
    (shipped,) = shipped_rule_sets()
    rules = RuleSets.of([RuleSet.model_validate(shipped.model_dump(mode="json") | {"online_rate": chosen})])

    with_them = await Assessments(book, calls, rules, ZONE, NoAlarms(), Analysers()).month(NOVEMBER)
    without = await Assessments(book, calls, rules, ZONE, NoAlarms()).month(NOVEMBER)

    assert (with_them.online_rate, without.online_rate) == (rate, None)


async def test_a_deduction_is_held_against_the_minimum_wage(
    life: PlantLife, book: Ledger, calls: StoreCalls, findings: Findings, wang: tuple[UUID, Actor]
) -> None:
    person, _ = wang
    (shipped,) = shipped_rule_sets()
    written = shipped.model_dump(mode="json")
    written["wages"]["minimum_month_yuan"] = 2490
    rules = RuleSets.of([RuleSet.model_validate(written)])
    assessments = Assessments(book, calls, rules, ZONE, NoAlarms())
    await decided(findings, SlipKind.ABSENCE, life.turn(person, "2026-11-05"), NOTIFY)

    async def deduction(month_yuan: float | None) -> tuple[Decimal | None, WageCheck, Decimal | None]:
        if month_yuan is not None:
            await findings.enter_wage(person, date(2026, 1, 1), month_yuan, None, DEPARTMENT)
        money = (await assessments.month(NOVEMBER)).people[0].deduction
        return money.yuan, money.check, money.most_yuan

    assert await deduction(None) == (None, WageCheck.NOT_ENTERED, None)
    assert await deduction(4350) == (Decimal(400), WageCheck.KEPT, Decimal(1860))
    assert await deduction(2610) == (Decimal(320), WageCheck.BELOW, Decimal(120))
