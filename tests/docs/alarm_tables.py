"""The states of an alarm as a table and as a Mermaid diagram, from alarms/states.py."""

from datetime import timedelta

from alarms.settings import Priority
from alarms.states import TRANSITIONS, AlarmEvent, AlarmState
from config.rules import INSTRUMENT_ON_DELAY, LINK_OFF_DELAY, LINK_ON_DELAY
from tests.docs.settings_tables import table

STATES: dict[AlarmState, tuple[str, str]] = {
    AlarmState.NORMAL: ("A", "nothing is wrong, and nothing is left to acknowledge; in no list"),
    AlarmState.UNACKNOWLEDGED: ("B", "it holds, and nobody has taken it: sounds, flashes"),
    AlarmState.ACKNOWLEDGED: ("C", "it holds, and somebody has taken it: silent, still in the list"),
    AlarmState.RETURNED: ("D", "it is over, and nobody has taken it: stays in the list until acknowledged"),
}

EVENTS: dict[AlarmEvent, str] = {
    AlarmEvent.RAISE: "the condition has held for the on-delay",
    AlarmEvent.CLEAR: "the value is back by the deadband, for the off-delay",
    AlarmEvent.ACKNOWLEDGE: "a person acknowledges, and may say why",
    AlarmEvent.WITHDRAW: "its rule left the plant folder: nothing judges it any more",
}


def state_table() -> str:
    """Return each state, and where each event leads from it."""
    rows = []
    for state in AlarmState:
        letter, meaning = STATES[state]
        led = [TRANSITIONS.get((state, event)) for event in AlarmEvent]
        rows.append((f"`{state}` ({letter})", meaning, *(f"`{to}`" if to else "–" for to in led)))
    return table(("state", "meaning", *(f"on `{event}`" for event in AlarmEvent)), rows)


def event_table() -> str:
    """Return what each event is."""
    return table(("event", "when"), [(f"`{event}`", EVENTS[event]) for event in AlarmEvent])


def state_diagram() -> str:
    """Return the transitions as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {AlarmState.NORMAL}"]
    lines += [f"    {state} --> {to}: {event}" for (state, event), to in TRANSITIONS.items()]
    return "\n".join([*lines, "```"])


def priority_words() -> str:
    """Return the priorities in a sentence, the highest first."""
    words = ", ".join(f"`{priority.word}`" for priority in sorted(Priority, reverse=True))
    return f"The priorities are {words}, the highest first."


def fixed_delays() -> str:
    """Return the delays that no plant folder sets."""

    def seconds(span: timedelta) -> str:
        return f"{span.total_seconds():g} s"

    return (
        f"An instrument alarm is raised after {seconds(INSTRUMENT_ON_DELAY)}; a link alarm after "
        f"{seconds(LINK_ON_DELAY)}, and it clears after {seconds(LINK_OFF_DELAY)}."
    )
