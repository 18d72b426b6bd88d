"""Findings, proposals and turns as the API writes them."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api.formats import local_time
from api.names import NameShape, name_shape
from operations.attendance.judge import Proposal
from operations.attendance.kinds import Attended, OpenKind, Sentence, SlipKind
from operations.attendance.turns import JudgedTurn
from operations.findings.life import State, Step
from operations.findings.records import Finding
from operations.rules.sets import RuleSets
from telemetry.duty import OnShift

_TIMES: Final = ("start_us", "end_us", "signed_in_us", "signed_out_us")


class RuleShape(BaseModel):
    """The rule behind a line: which set, which clause, and its sentence."""

    rule_set: str = Field(description="first day of the set", examples=["2025-04-01"])
    clause: str
    sentence: Sentence
    source: str | None = Field(description="where it stands")
    quoted: NameShape | None = Field(description="as written")


class ProposalShape(BaseModel):
    """What the rules say of a turn; nothing follows before somebody decides."""

    proposal: str = Field(description="what a decision names")
    kind: SlipKind
    at: str
    minutes: int | None
    amount_yuan: float
    takes_day_wage: bool
    rule: RuleShape
    evidence: dict[str, Any]


class AwayShape(BaseModel):
    """Signed out of a turn, minutes or hours before the sign-out that counts; nothing is judged by it."""

    signed_out: str
    signed_in_again: str | None = Field(description="null where only a later sign-out followed")


class JudgedTurnShape(BaseModel):
    """Somebody's turn, judged."""

    day: str
    shift: NameShape
    start: str
    end: str
    person: UUID
    number: str
    name: str
    post: NameShape
    crew: NameShape | None
    stands: Attended
    signed_in: str | None
    signed_out: str | None
    away: list[AwayShape]
    open: OpenKind | None = Field(description="what the plant manager must settle first")
    proposals: list[ProposalShape]


class EventShape(BaseModel):
    """A step of a finding's life."""

    step: Step
    at: str
    by: str | None = Field(description="null for the node")
    note: str
    witness: str
    cause: str | None


class FindingShape(BaseModel):
    """What one person is said to have done, and what was done about it."""

    id: UUID
    kind: SlipKind
    item: str | None
    item_name: NameShape | None
    person: UUID
    number: str
    name: str
    post: NameShape | None
    day: str
    at: str
    minutes: int | None
    what: str
    place: str
    amount_yuan: float
    takes_day_wage: bool
    rule: RuleShape
    evidence: dict[str, Any]
    occasion: UUID = Field(description="the same for all who are named in one finding")
    proposal: str | None
    state: State
    counts: bool = Field(description="whether the sums have it")
    approved_after: UUID | None = Field(description="the leave or swap that voids it")
    swallowed_by: UUID | None = Field(description="the absence of the same shift that counts in its stead")
    changed: bool = Field(
        description="what was signed or settled since it was decided on would not propose it; it stands "
        "until it is voided, or the step `keep` says that it does"
    )
    may_follow: list[Step]
    entered: str
    by: str | None = Field(description="null for what the node proposed")
    events: list[EventShape]


def json_yuan(yuan: Decimal | None) -> float | None:
    """Return a sum as JSON has it: a sum to the cent is the shortest number that reads so."""
    return None if yuan is None else float(yuan)


class Shapes:
    """Writes them for a plant."""

    def __init__(self, rules: RuleSets, zone: ZoneInfo) -> None:
        self._rules = rules
        self._zone = zone

    def finding(self, found: Finding) -> dict[str, Any]:
        """Return a finding."""
        rules = self._rules.named(found.rule_set)
        item = rules.duty_item(found.item) if rules and found.item else None
        return {
            "id": str(found.id),
            "kind": found.kind.value,
            "item": found.item,
            "item_name": name_shape(item.name) if item else None,
            "person": str(found.person),
            "number": found.number,
            "name": found.name,
            "post": name_shape(found.post_name),
            "day": found.day.isoformat(),
            "at": self.time(found.at_us),
            "minutes": found.minutes,
            "what": found.what,
            "place": found.place,
            "amount_yuan": json_yuan(found.amount_yuan),
            "takes_day_wage": found.takes_day_wage,
            "rule": self.rule(found.rule_set, found.clause, found.sentence),
            "evidence": self.evidence(dict(found.evidence)),
            "occasion": str(found.occasion),
            "proposal": found.subject,
            "state": found.life.state.value,
            "counts": found.counts,
            "approved_after": str(found.approved_after) if found.approved_after else None,
            "swallowed_by": str(found.swallowed_by) if found.swallowed_by else None,
            "changed": found.changed,
            "may_follow": [step.value for step in found.may_follow()],
            "entered": self.time(found.recorded_us),
            "by": found.by,
            "events": [
                {
                    "step": event.step.value,
                    "at": self.time(event.at_us),
                    "by": event.by,
                    "note": event.note,
                    "witness": event.witness,
                    "cause": event.cause,
                }
                for event in found.events
            ],
        }

    def turn(self, turn: JudgedTurn) -> dict[str, Any]:
        """Return a judged turn."""
        on, judged = turn.on, turn.judged
        return {
            "day": judged.day.isoformat(),
            "shift": name_shape(on.shift.name),
            "start": self.time(on.shift.start_us),
            "end": self.time(on.shift.end_us),
            **self.person(on),
            "stands": judged.stands.value,
            "signed_in": self.time(on.signed_in_us),
            "signed_out": self.time(on.signed_out_us),
            "away": [
                {"signed_out": self.time(one.out_us), "signed_in_again": self.time(one.back_us)}
                for one in judged.turn.away
            ],
            "open": judged.open.value if judged.open else None,
            "proposals": [self.proposal(one) for one in judged.proposals],
        }

    def person(self, on: OnShift) -> dict[str, Any]:
        """Return somebody on shift."""
        return {
            "person": str(on.person),
            "number": on.number,
            "name": on.name,
            "post": name_shape(on.post_name),
            "crew": name_shape(on.crew_name),
        }

    def proposal(self, one: Proposal) -> dict[str, Any]:
        """Return what is proposed."""
        return {
            "proposal": one.key,
            "kind": one.kind.value,
            "at": self.time(one.at_us),
            "minutes": one.minutes,
            "amount_yuan": one.amount_yuan,
            "takes_day_wage": one.takes_day_wage,
            "rule": self.rule(one.rule_set, one.clause, one.sentence),
            "evidence": self.evidence(dict(one.evidence)),
        }

    def rule(self, rule_set: str, clause: str, sentence: Sentence) -> dict[str, Any]:
        """Return the rule behind a line."""
        rules = self._rules.named(rule_set)
        found = rules.clauses.get(clause) if rules else None
        quoted = found.sentences.get(sentence.value) if found else None
        return {
            "rule_set": rule_set,
            "clause": clause,
            "sentence": sentence.value,
            "source": found.source if found else None,
            "quoted": {"zh": quoted.zh, "en": quoted.en} if quoted else None,
        }

    def evidence(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return evidence with its times as times."""
        times = {name.removesuffix("_us"): self.time(told.pop(name)) for name in _TIMES if name in told}
        return times | told

    def time(self, at_us: Any) -> str | None:
        """Return a time of the plant's zone."""
        return local_time(at_us, self._zone)
