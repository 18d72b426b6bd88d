"""States of an alarm after ISA-18.2, as a table (domain.md 4.1; letters in brackets).

Latched, shelved, suppressed and out of service join the table with their features.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AlarmState(StrEnum):
    """Where an alarm stands. The order of the members is the code in the engine: add at the end."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


class AlarmEvent(StrEnum):
    """What moves it."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    WITHDRAW = "withdraw"
    """Its rule left the plant folder: nothing judges it any more, so it ends, and the journal says why."""


TRANSITIONS: Final[dict[tuple[AlarmState, AlarmEvent], AlarmState]] = {
    (AlarmState.NORMAL, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,  # A → B
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.CLEAR): AlarmState.RETURNED,  # B → D
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,  # B → C
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.WITHDRAW): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.CLEAR): AlarmState.NORMAL,  # C → A
    (AlarmState.ACKNOWLEDGED, AlarmEvent.WITHDRAW): AlarmState.NORMAL,
    (AlarmState.RETURNED, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,  # D → B
    (AlarmState.RETURNED, AlarmEvent.ACKNOWLEDGE): AlarmState.NORMAL,  # D → A
    (AlarmState.RETURNED, AlarmEvent.WITHDRAW): AlarmState.NORMAL,
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One move of one alarm.

    `at_us` is when it became due, not when it was noticed: on the time of the samples, and for
    INSTRUMENT rules on that of their coming. `value` is the point's value then and `limit` the
    threshold; both NaN where they mean nothing. `batch` is the number of the last batch that had
    been evaluated.
    """

    key: str
    event: AlarmEvent
    from_state: AlarmState
    to_state: AlarmState
    at_us: int
    value: float
    limit: float
    batch: int


def next_state(state: AlarmState, event: AlarmEvent) -> AlarmState | None:
    """Return the state after an event, None where the event means nothing in this state."""
    return TRANSITIONS.get((state, event))
