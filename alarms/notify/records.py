"""What the outbox holds: pushes, attempts, and how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from alarms.settings import Priority, RuleKind


class Step(StrEnum):
    """Which telling of an alarm a push is."""

    RAISE = "raise"
    SECOND = "second"
    """Nobody answered the first in time, or it reached nobody."""
    FALLBACK = "fallback"
    """The second reached nobody either: the targets that are nobody's."""
    TAKEN = "taken"
    """Somebody else answered."""
    END = "end"
    SUMMARY = "summary"
    """One push for all that were too many."""
    NOTICE = "notice"
    """Of something that is no alarm, such as a relief that has not come."""
    TEST = "test"


TELLING: Final = frozenset({Step.RAISE, Step.SECOND, Step.FALLBACK})
"""The steps that tell somebody of an alarm."""


class PushState(StrEnum):
    """How a push stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """No target took it: all refused, or were tried as often as they are."""
    GROUPED = "grouped"
    """Told of within another push, of the same cause."""
    SUMMARISED = "summarised"
    """One too many: told of within one that sums up."""
    OBSOLETE = "obsolete"
    """Answered or over before it could be delivered."""
    NOBODY = "nobody"
    """Nobody was there to be told."""


class Outcome(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The target says no, and will say so again: a wrong address or key."""
    FAILED = "failed"
    """No answer, or one that says to come again."""


@dataclass(frozen=True, slots=True)
class Push:
    """One telling of one alarm to one recipient; `id` is its key for targets that deduplicate.

    `recipient` names whom: a person's id, `fallback` or `nobody`. `waits` while the next step is due
    unless somebody answers. `under` is the push that tells of it, where that is another one.
    """

    id: UUID
    occurrence: UUID
    step: Step
    recipient: str
    rule: str
    tag: str
    kind: RuleKind
    priority: Priority
    person: UUID | None
    account_id: UUID | None
    name: str
    language: str
    created_us: int
    state: PushState
    waits: bool = False
    under: UUID | None = None
    title: str | None = None
    body: str | None = None
    settled_us: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one target; `target` is a digest that means something within its push only.

    `outcome` is None while it is under way, and of one that a kill cut short.
    """

    push: UUID
    target: str
    target_kind: str
    began_us: int
    took_ms: int | None
    outcome: Outcome | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TriedPush:
    """A push and what was tried, oldest first."""

    push: Push
    attempts: Sequence[Attempt]
