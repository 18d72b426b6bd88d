"""States of an alarm after ISA-18.2, as a table (domain.md 4.1; letters in brackets).

Latched, shelved, suppressed and out of service join the table with their features.
"""

from enum import StrEnum
from typing import Final


class AlarmState(StrEnum):
    """Where an alarm stands. The order of the members is the code in snapshots: add at the end."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


class AlarmEvent(StrEnum):
    """What moves it."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"


TRANSITIONS: Final[dict[tuple[AlarmState, AlarmEvent], AlarmState]] = {
    (AlarmState.NORMAL, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,  # A → B
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.CLEAR): AlarmState.RETURNED,  # B → D
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,  # B → C
    (AlarmState.ACKNOWLEDGED, AlarmEvent.CLEAR): AlarmState.NORMAL,  # C → A
    (AlarmState.RETURNED, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,  # D → B
    (AlarmState.RETURNED, AlarmEvent.ACKNOWLEDGE): AlarmState.NORMAL,  # D → A
}


def next_state(state: AlarmState, event: AlarmEvent) -> AlarmState | None:
    """Return the state after an event, None where the event means nothing in this state."""
    return TRANSITIONS.get((state, event))
