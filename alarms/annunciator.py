"""From conditions to transitions: delays and the state table, for all rules at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from alarms.points import IndexArray
from alarms.settings import Rule
from alarms.states import TRANSITIONS, AlarmEvent, AlarmState, Transition
from telemetry.clock import duration_us
from telemetry.quality import BoolArray
from telemetry.samples import TimeArray, ValueArray

NEVER: Final = (1 << 63) - 1
STATES: Final = tuple(AlarmState)
STANDING: Final = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)
CODES: Final = {state: code for code, state in enumerate(STATES)}
_EVENTS: Final = (AlarmEvent.RAISE, AlarmEvent.CLEAR)
_NEXT: Final = np.array(
    [[CODES.get(TRANSITIONS.get((state, event), state)) for event in _EVENTS] for state in STATES],
    dtype=np.uint8,
)


class Annunciator:
    """Columns by rule.

    met     the condition as last judged
    active  whether the alarm stands: the condition, after its delays
    state   code of the ISA state
    due_us  when `active` follows `met`; NEVER while they agree
    last_us the rule's last transition

    A transition bears the time it was due, however late that is noticed, and at least 1 µs after
    the rule's last one, so that their order can be told.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        count = len(rules)
        self._rules = rules
        self.met: BoolArray = np.zeros(count, dtype=np.bool_)
        self.active: BoolArray = np.zeros(count, dtype=np.bool_)
        self.state: npt.NDArray[np.uint8] = np.zeros(count, dtype=np.uint8)
        self.due_us: TimeArray = np.full(count, NEVER, dtype=np.int64)
        self.last_us: TimeArray = np.zeros(count, dtype=np.int64)
        self._on_us = np.array([duration_us(rule.on_delay) for rule in rules], dtype=np.int64)
        self._off_us = np.array([duration_us(rule.off_delay) for rule in rules], dtype=np.int64)
        self._next_due = NEVER
        self._fired: list[tuple[IndexArray, BoolArray, npt.NDArray[np.uint8], TimeArray, ValueArray]] = []

    def turn(self, rules: IndexArray, at_us: TimeArray, values: ValueArray) -> None:
        """Turn the conditions of some rules: their delays begin, or are over because they turned back."""
        self.met[rules] = ~self.met[rules]
        out = self.met[rules] != self.active[rules]
        self.due_us[rules[~out]] = NEVER
        rules, at_us, values = rules[out], at_us[out], values[out]
        delay = self.delay_us(rules)
        due = at_us + delay
        self.due_us[rules] = due
        self._next_due = min(self._next_due, int(due.min(initial=NEVER)))
        at_once = delay == 0
        self.fire(rules[at_once], at_us[at_once], values[at_once])

    def delay_us(self, rules: IndexArray) -> TimeArray:
        """Return the delay each rule's next change takes."""
        return np.where(self.active[rules], self._off_us[rules], self._on_us[rules])

    def forget(self, rules: IndexArray) -> None:
        """End the delays that run: nothing is known of the time in between."""
        self.met[rules] = self.active[rules]
        self.due_us[rules] = NEVER

    def overdue(self, at_us: int) -> IndexArray:
        """Return the rules whose delay is over by a time."""
        if at_us < self._next_due:
            return np.empty(0, dtype=np.intp)
        self._next_due = int(self.due_us.min(initial=NEVER))
        return np.flatnonzero(self.due_us <= at_us)

    def fire(self, rules: IndexArray, at_us: TimeArray, values: ValueArray) -> None:
        """Let `active` follow `met`: raise what is met, clear what is not."""
        if len(rules) == 0:
            return
        at_us = np.maximum(at_us, self.last_us[rules] + 1)
        clears = self.active[rules]
        before = self.state[rules]
        self.active[rules] = ~clears
        self.state[rules] = _NEXT[before, clears.astype(np.intp)]
        self.due_us[rules] = NEVER
        self.last_us[rules] = at_us
        self._fired.append((rules, clears, before, at_us, values))

    def drain(self, batch: int) -> list[Transition]:
        """Return what fired since the last call, oldest first."""
        if not self._fired:
            return []
        rules, clears, before, at_us, values = (
            np.concatenate(column) for column in zip(*self._fired, strict=True)
        )
        self._fired.clear()
        order = np.lexsort((rules, at_us))
        columns = (column[order].tolist() for column in (rules, clears, before, at_us, values))
        return [
            self._transition(rule, _EVENTS[clear], STATES[state], at, value, batch)
            for rule, clear, state, at, value in zip(*columns, strict=True)
        ]

    def acknowledge(self, rule: int, at_us: int, value: float, batch: int) -> Transition | None:
        """Acknowledge an alarm; None where there is nothing to acknowledge."""
        before = STATES[self.state[rule]]
        if (before, AlarmEvent.ACKNOWLEDGE) not in TRANSITIONS:
            return None
        at_us = max(at_us, int(self.last_us[rule]) + 1)
        done = self._transition(rule, AlarmEvent.ACKNOWLEDGE, before, at_us, value, batch)
        self.state[rule] = CODES[done.to_state]
        self.last_us[rule] = at_us
        return done

    def describe(self, now_us: int) -> dict[str, Any]:
        """Return the rules that are not at rest, for a snapshot."""
        rest = (self.state == 0) & ~self.met & (self.due_us == NEVER) & (self.last_us < now_us)
        rules = np.flatnonzero(~rest)
        delayed = self.due_us[rules] != NEVER
        since_us = np.where(delayed, self.due_us[rules] - self.delay_us(rules), -1)
        return {
            "key": [self._rules[rule].key for rule in rules.tolist()],
            "state": [STATES[code] for code in self.state[rules]],
            "met": self.met[rules],
            "since_us": since_us,
            "last_us": self.last_us[rules],
            "judged": [_judged_by(self._rules[rule]) for rule in rules.tolist()],
        }

    def recall(self, described: Mapping[str, Any], index_by_key: Mapping[str, int]) -> IndexArray:
        """Take the described rules back but for those that are gone; return those judged otherwise now."""
        here = [row for row, key in enumerate(described["key"]) if key in index_by_key]
        rules: IndexArray = np.array([index_by_key[described["key"][row]] for row in here], dtype=np.intp)
        self.stand(rules, [AlarmState(described["state"][row]) for row in here])
        self.met[rules] = [described["met"][row] for row in here]
        self.last_us[rules] = [described["last_us"][row] for row in here]
        since_us = np.array([described["since_us"][row] for row in here], dtype=np.int64)
        self.due_us[rules] = np.where(since_us < 0, NEVER, since_us + self.delay_us(rules))
        self._next_due = int(self.due_us.min(initial=NEVER))
        changed = [
            described["judged"][row] != _judged_by(self._rules[rule])
            for row, rule in zip(here, rules.tolist(), strict=True)
        ]
        return rules[np.array(changed, dtype=np.bool_)]

    def stand(self, rules: IndexArray, states: Sequence[AlarmState]) -> None:
        """Put alarms into states, with conditions that agree."""
        self.state[rules] = [CODES[state] for state in states]
        self.active[rules] = [state in STANDING for state in states]
        self.forget(rules)

    def set_back(self, at_us: int) -> None:
        """Let no delay have begun, and nothing have happened, after a time."""
        running = np.flatnonzero(self.due_us != NEVER)
        self.due_us[running] = np.minimum(self.due_us[running], at_us + self.delay_us(running))
        np.minimum(self.last_us, at_us, out=self.last_us)
        self._next_due = int(self.due_us.min(initial=NEVER))

    def _transition(
        self, rule: int, event: AlarmEvent, state: AlarmState, at_us: int, value: float, batch: int
    ) -> Transition:
        limit = self._rules[rule].threshold
        return Transition(
            self._rules[rule].key, event, state, TRANSITIONS[state, event], at_us, value, limit, batch
        )


def _judged_by(rule: Rule) -> str:
    """Return what a rule's condition is computed from."""
    return f"{rule.threshold!r} {rule.deadband!r} {rule.mask} {rule.invert}"
