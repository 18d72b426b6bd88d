"""Where a request for leave, a swap or a cover stands, and who is to say something next: pure.

    asked ──endorse──▶ endorsed ──approve──▶ approved       operators
    asked ──────────────approve──────────▶ approved         others
      └── refuse, withdraw: closed; approved ── withdraw (the department) ──▶ withdrawn

Of a swap or cover the colleague who is to take the turn agrees before all that, or refuses. Which steps
a category needs is data of the rule set.
"""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from telemetry.errors import Conflict


class RequestKind(StrEnum):
    """What somebody asks for."""

    LEAVE = "leave"
    SWAP = "swap"
    """Another takes one's turn, and one may take another in return (换班)."""
    COVER = "cover"
    """Another takes one's turn (替班)."""


class LeaveKind(StrEnum):
    """The sort of leave."""

    PERSONAL = "personal"
    SICK = "sick"
    ANNUAL = "annual"
    COMPENSATORY = "compensatory"
    """For overtime worked (调休)."""
    OTHER = "other"


class Step(StrEnum):
    """What is said of a request."""

    AGREE = "agree"
    """The colleague who takes the turn."""
    ENDORSE = "endorse"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class State(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    ENDORSED = "endorsed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


StepsFor = Callable[[str, date], Sequence[str]]
"""The steps that a category of staff needs on a day, in order, the last one `approve`."""

_LEADS_TO: Final = {
    Step.AGREE: State.ASKED,
    Step.ENDORSE: State.ENDORSED,
    Step.APPROVE: State.APPROVED,
    Step.REFUSE: State.REFUSED,
    Step.WITHDRAW: State.WITHDRAWN,
}


def steps_of(kind: RequestKind, needs: Sequence[str]) -> tuple[str, ...]:
    """Return the steps that a request needs: of leave, whoever decides says who stands in, agreed or not."""
    return tuple(step for step in needs if step != Step.AGREE or kind is not RequestKind.LEAVE)


def state_of(steps: Sequence[Step]) -> State:
    """Return where a request stands after what was said of it."""
    return _LEADS_TO[steps[-1]] if steps else State.ASKED


def next_step(needs: Sequence[str], steps: Sequence[Step]) -> Step | None:
    """Return what is to be said next; None for a request that is closed."""
    if state_of(steps) not in (State.ASKED, State.ENDORSED):
        return None
    return next((Step(step) for step in needs if step not in steps), None)


def check_step(step: Step, needs: Sequence[str], steps: Sequence[Step]) -> None:
    """Conflict where a request does not stand so that this can be said of it."""
    state = state_of(steps)
    if step is Step.WITHDRAW and state is State.APPROVED:
        return
    following = next_step(needs, steps)
    if following is None:
        raise Conflict("request_closed", f"the request is {state.value} already")
    if step in (Step.REFUSE, Step.WITHDRAW) or step is following:
        return
    if following is Step.AGREE:
        raise Conflict("not_agreed", "the colleague who is to take the turn agrees first")
    if step is Step.AGREE:
        raise Conflict("no_agreement", "nobody is asked to agree to it, or has agreed already")
    if step is Step.APPROVE:
        raise Conflict("not_endorsed", "the plant manager endorses it first, then the department approves")
    raise Conflict("no_endorsement", "it needs no endorsement, or has it: the department approves it")
