"""The life of a finding, from its events: what it is now, whether it counts, and what may follow. Pure.

    proposed ─ confirm ─▶ confirmed ─ notify ─▶ notified ─ sign | refuse_to_sign ─▶ signed | sign_refused
        │                                          │  ask_review ─▶ in_review ─ reject ─▶ as before
        └─ refuse ─▶ refused                       │                    └────── uphold ─▶ upheld
    from everywhere before an end, and from swallowed: void ──▶ voided, exclude ──▶ excluded
    while an absence of its shift counts: swallowed; void and exclude alone follow, a review waits that long
    where its record changed, but for proposed and in_review: keep ─▶ as before

A slip counts while it is confirmed and notified and nothing ended it; a review that is open changes no sum,
one that is upheld does. Beside an absence of the same shift that counts, late and early do not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Step(StrEnum):
    """What somebody did about a finding."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    NOTIFY = "notify"
    SIGN = "sign"
    REFUSE_TO_SIGN = "refuse_to_sign"
    ASK_REVIEW = "ask_review"
    UPHOLD = "uphold"
    """The review is upheld: the slip is void."""
    REJECT = "reject"
    VOID = "void"
    EXCLUDE = "exclude"
    KEEP = "keep"
    """Its record changed, and it stands all the same."""


class State(StrEnum):
    """Where a finding stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    NOTIFIED = "notified"
    SIGNED = "signed"
    SIGN_REFUSED = "sign_refused"
    IN_REVIEW = "in_review"
    UPHELD = "upheld"
    VOIDED = "voided"
    EXCLUDED = "excluded"
    APPROVED_AFTER = "approved_after"
    """Leave was approved after the fact: the absence is void, and the record of both stays."""
    SWALLOWED = "swallowed"
    """An absence of the same shift counts, beside which only that does; should it fall, this counts again."""


DECIDES: Final = frozenset({Step.CONFIRM, Step.REJECT, Step.KEEP})
"""The steps by which a finding stands: whoever takes one knows the record of its turn as it is then."""
ENDS: Final = frozenset(
    {State.REFUSED, State.UPHELD, State.VOIDED, State.EXCLUDED, State.APPROVED_AFTER, State.SWALLOWED}
)
_ALWAYS: Final = {Step.VOID: State.VOIDED, Step.EXCLUDE: State.EXCLUDED}
_TOLD: Final = {Step.ASK_REVIEW: State.IN_REVIEW, **_ALWAYS}
MOVES: Final[dict[State, dict[Step, State]]] = {
    State.PROPOSED: {Step.CONFIRM: State.CONFIRMED, Step.REFUSE: State.REFUSED, **_ALWAYS},
    State.CONFIRMED: {Step.NOTIFY: State.NOTIFIED, **_ALWAYS},
    State.NOTIFIED: {Step.SIGN: State.SIGNED, Step.REFUSE_TO_SIGN: State.SIGN_REFUSED, **_TOLD},
    State.SIGNED: _TOLD,
    State.SIGN_REFUSED: _TOLD,
    State.IN_REVIEW: {Step.UPHOLD: State.UPHELD, **_ALWAYS},
    State.SWALLOWED: _ALWAYS,
}
"""What each step makes of each state; REJECT leads back to where the review was asked."""


@dataclass(frozen=True, slots=True)
class Life:
    """Where a finding stands, and through what it went."""

    state: State
    done: frozenset[Step]

    def counts(self, needs: Collection[str]) -> bool:
        """Whether it counts as a slip, by the steps that the rule set asks for."""
        if self.state in ENDS:
            return False
        signed = {Step.SIGN, Step.REFUSE_TO_SIGN}
        return all(bool(self.done & signed) if need == "sign" else Step(need) in self.done for need in needs)

    def may_follow(self) -> tuple[Step, ...]:
        """Return the steps that may come next, in the order of the table."""
        moves = tuple(MOVES.get(self.state, {}))
        return (*moves, Step.REJECT) if self.state is State.IN_REVIEW else moves


def life_of(
    steps: Sequence[Step], approved_after: UUID | None = None, swallowed_by: UUID | None = None
) -> Life:
    """Return the life that steps in their order make, PROPOSE left out; what cannot follow changes nothing.

    `approved_after` is the leave or swap that was approved for its shift after the fact, `swallowed_by` the
    absence of the same shift that counts.
    """
    state = before = State.PROPOSED
    done = {Step.PROPOSE}
    for step in steps:
        if step is Step.REJECT and state is State.IN_REVIEW:
            state = before
        elif step in MOVES.get(state, {}):
            before, state = (
                (state, MOVES[state][step]) if step is Step.ASK_REVIEW else (before, MOVES[state][step])
            )
        else:
            continue
        done.add(step)
    if approved_after is not None and state not in ENDS:
        state = State.APPROVED_AFTER
    if swallowed_by is not None and state not in ENDS:
        state = State.SWALLOWED
    return Life(state, frozenset(done))
