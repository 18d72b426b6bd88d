"""Findings written: what somebody entered, what was decided of a proposal, and the steps after.

Every function runs in one transaction of the ledger, which nobody else writes in meanwhile.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from operations.attendance.judge import Proposal, day_of
from operations.attendance.kinds import Sentence, SlipKind
from operations.attendance.turns import JudgedTurn
from operations.findings.amounts import amount_of
from operations.findings.life import Step
from operations.findings.records import Finding, NewFinding, NewStep
from operations.findings.tables import finding, finding_event, wage
from operations.ledger import Writing
from operations.money import yuan
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet
from operations.sent import sent_before
from operations.staff.people import StaffMember
from storage.ids import uuid7
from telemetry.clock import from_us
from telemetry.duty import OnShift
from telemetry.errors import Conflict, Forbidden, Invalid
from telemetry.people import Actor

ENTERED: Final = (SlipKind.OFF_POST, SlipKind.ASLEEP, SlipKind.DUTY_ITEM)
"""What people enter; the others come from what was signed."""
OWN: Final = frozenset({Step.SIGN, Step.ASK_REVIEW})
"""Steps of the one concerned, and of nobody else."""
SAYING_WHY: Final = frozenset(
    {Step.REFUSE, Step.ASK_REVIEW, Step.UPHOLD, Step.REJECT, Step.VOID, Step.EXCLUDE, Step.KEEP}
)


def propose(
    page: Writing, new: NewFinding, members: list[tuple[StaffMember, OnShift | None]], rules: RuleSet,
    zone: Any, by: Actor, id: UUID | None = None,
) -> list[UUID]:  # fmt: skip
    """Write what somebody found, for each person it names; Invalid where the rules have no such thing."""
    _checked(new, rules)
    occasion, made = id or uuid7(page.at_us), []
    for member, on in members:
        clause = rules.clause_of(member.category)
        yuan = None
        if clause is not None:
            yuan = amount_of(new.kind, clause, len(members), rules.duty_item_charges)
        if clause is None or yuan is None:
            raise Invalid("not_in_rules", f"the rules have no such finding for {member.name}")
        day = from_us(new.at_us).astimezone(zone).date() if on is None else day_of(on.shift, rules, zone)
        values = {
            "kind": new.kind.value,
            "item": new.item,
            "sentence": Sentence(new.kind.value).value,
            "person": member.person,
            "post": new.post or (on.post if on else None),
            "crew": on.crew if on else None,
            "entry": on.assignment if on else None,
            "occasion": occasion,
            "day": day,
            "at_us": new.at_us,
            "rule_set": rules.id,
            "clause": rules.categories[member.category],
            "amount_yuan": yuan,
            "takes_day_wage": False,
            "evidence": dict(new.evidence) or None,
        }
        made.append(page.add(finding, values, {"what": new.what, "place": new.place}, by))
    return made


def proposed_before(page: Writing, new: NewFinding, by: Actor, id: UUID | None) -> list[UUID]:
    """Return what was written of a finding under the sender's id; Conflict where it was another."""
    values = {
        "kind": new.kind.value,
        "item": new.item,
        "at_us": new.at_us,
        "evidence": dict(new.evidence) or None,
    } | ({} if new.post is None else {"post": new.post})
    texts = {"what": new.what, "place": new.place}
    found = sent_before(page, finding, id, by, values, texts, finding.c.occasion)
    named = select(finding.c.person).where(finding.c.id.in_(found))
    if found and set(page.connection.execute(named).scalars()) != set(new.persons):
        raise Conflict("id_taken", "other people were named under this id: give what is new one of its own")
    return found


def take_up(page: Writing, proposal: Proposal, turn: JudgedTurn, step: NewStep, by: Actor) -> UUID:
    """Write what the node proposes as a finding, and what somebody decided of it."""
    values = {
        "kind": proposal.kind.value,
        "sentence": proposal.sentence.value,
        "person": turn.on.person,
        "post": turn.on.post,
        "crew": turn.on.crew,
        "entry": turn.on.assignment,
        "occasion": uuid7(page.at_us),
        "subject": proposal.key,
        "day": proposal.day,
        "at_us": proposal.at_us,
        "minutes": proposal.minutes,
        "rule_set": proposal.rule_set,
        "clause": proposal.clause,
        "amount_yuan": proposal.amount_yuan,
        "takes_day_wage": proposal.takes_day_wage,
        "evidence": dict(proposal.evidence),
    }
    made = page.add(finding, values, None, None)
    _add_event(page, made, step, by)
    return made


def follow(page: Writing, found: Finding, step: NewStep, by: Actor, own: bool, rules: RuleSets) -> None:
    """Write a step; Conflict where it cannot follow, Forbidden where another must take it.

    `own` says that who acts is the one concerned.
    """
    if step.step in OWN and not own:
        raise Forbidden("not_own_finding", f"only {found.name} can do this")
    if own and step.step not in OWN:
        raise Forbidden("own_finding", "nobody decides on a finding on themselves")
    if step.step not in found.may_follow():
        state = found.life.state.value.replace("_", " ")
        raise Conflict("step_impossible", f"it is {state}: {step.step.value.replace('_', ' ')} cannot follow")
    held = rules.named(found.rule_set)
    again = step.step is Step.ASK_REVIEW and Step.REJECT in found.life.done
    if again and held is not None and not held.slips.review_always_open:
        raise Conflict("step_impossible", "its review was rejected: by these rules that is the end")
    _check_words(step, held)
    _add_event(page, found.id, step, by)


def enter_wage(
    page: Writing, person: UUID, valid_from: date, month_yuan: float | None, day_yuan: float | None, by: Actor
) -> UUID:
    """Write somebody's wage from a day on."""
    texts = {"month_yuan": month_yuan, "day_yuan": day_yuan}
    said = {name: f"{yuan(value)}" for name, value in texts.items() if value is not None}
    return page.add(wage, {"person": person, "valid_from": valid_from}, said, by)


def check_decision(step: NewStep, rules: RuleSets, day: date) -> None:
    """Raise Invalid where the words of a decision on a proposal are missing."""
    if step.step not in (Step.CONFIRM, Step.REFUSE, Step.EXCLUDE):
        raise Invalid("step_impossible_here", "a proposal is confirmed, refused or excluded")
    _check_words(step, rules.on(day))


def _checked(new: NewFinding, rules: RuleSet) -> None:
    if new.kind not in ENTERED:
        raise Invalid("proposed_by_node", "late, early and absent come from what was signed: decide on these")
    if (new.item is None) != (new.kind is not SlipKind.DUTY_ITEM):
        raise Invalid("duty_item_missing", "name the duty that was not done, and only then")
    if new.item is not None and rules.duty_item(new.item) is None:
        raise Invalid("duty_item_unknown", "the rules have no such duty")
    if not new.what:
        raise Invalid("what_missing", "say what was seen: it stays on record")
    if new.kind is not SlipKind.DUTY_ITEM:
        given: Mapping[str, object] = {"place": new.place, "what": new.what, "evidence": new.evidence}
        for need in rules.on_duty_check.needs:
            if not given[need]:
                raise Invalid("check_incomplete", f"an on-duty check says its {need}")


def _check_words(step: NewStep, rules: RuleSet | None) -> None:
    if step.step in SAYING_WHY and not step.note:
        raise Invalid("reason_missing", "say why: it stays on record")
    witnessed = rules is not None and "witness" in rules.slips.signed_by
    if step.step is Step.SIGN and witnessed and not step.witness:
        raise Invalid("witness_missing", "name who witnessed the signature")
    if (
        step.step is Step.REFUSE_TO_SIGN
        and not step.witness
        and (rules is None or rules.slips.refusal_needs_witness)
    ):
        raise Invalid("witness_missing", "name who witnessed that it was not signed")
    causes = () if rules is None else rules.slips.excluded_by
    if (step.step is Step.EXCLUDE) != (step.cause is not None) or (step.cause and step.cause not in causes):
        raise Invalid("cause_missing", "an exclusion names its cause: instrument_fault or force_majeure")


def _add_event(page: Writing, of: UUID, step: NewStep, by: Actor) -> None:
    values = {"finding": of, "step": step.step.value, "cause": step.cause}
    page.add(finding_event, values, {"note": step.note, "witness": step.witness}, by)
