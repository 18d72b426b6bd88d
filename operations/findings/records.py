"""Findings as they are told, with their life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from operations.assessment.sums import Slip
from operations.attendance.kinds import Sentence, SlipKind
from operations.findings.life import DECIDES, Life, State, Step
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """A step of a finding's life; `by` is None for the node itself."""

    id: UUID
    step: Step
    at_us: int
    by_id: UUID | None
    by: str | None
    note: str
    witness: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one person is said to have done, and all that was done about it.

    `subject` is the key of the proposal it was made of, None for what somebody entered; `occasion` is one
    for all who are named in the same finding. `approved_after` voids it; `swallowed_by` is the absence of
    the same shift that counts in its stead. `changed`: by what was signed or settled since, the rules would
    not propose it now; it stands until somebody decides on that, and may decide to let it stand.
    """

    id: UUID
    kind: SlipKind
    item: str | None
    sentence: Sentence
    person: UUID
    number: str
    name: str
    post: UUID | None
    post_name: Name | None
    crew: UUID | None
    entry: UUID | None
    occasion: UUID
    subject: str | None
    day: date
    at_us: int
    minutes: int | None
    rule_set: str
    clause: str
    amount_yuan: Decimal
    takes_day_wage: bool
    evidence: Mapping[str, object]
    what: str
    place: str
    recorded_us: int
    by_id: UUID | None
    by: str | None
    life: Life
    counts: bool
    approved_after: UUID | None = None
    swallowed_by: UUID | None = None
    changed: bool = False
    events: tuple[FindingEvent, ...] = ()

    @property
    def decided_us(self) -> int:
        """When somebody last decided that it stands; when it was made where nobody did."""
        return max((one.at_us for one in self.events if one.step in DECIDES), default=self.recorded_us)

    def may_follow(self) -> tuple[Step, ...]:
        """Return the steps that may come next."""
        kept = self.changed and self.life.state not in (State.PROPOSED, State.IN_REVIEW)
        return (*self.life.may_follow(), *((Step.KEEP,) if kept else ()))

    @property
    def slip(self) -> Slip:
        """What the sums take of it; only of one that counts."""
        return Slip(
            self.id,
            self.kind,
            self.person,
            self.day,
            self.at_us,
            self.amount_yuan,
            self.takes_day_wage,
            self.rule_set,
            self.clause,
        )


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What somebody enters after an on-duty check, or about a duty undone; its texts are clean already."""

    kind: SlipKind
    at_us: int
    persons: tuple[UUID, ...]
    what: str
    place: str = ""
    item: str | None = None
    post: UUID | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that somebody takes."""

    step: Step
    note: str = ""
    witness: str = ""
    cause: str | None = None
