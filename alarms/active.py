"""The alarms that stand, told from the journal's records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from alarms.annunciator import STANDING
from alarms.journal import Entry, JournalRecord
from alarms.settings import Priority, Rule, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition
from storage.ids import uuid7
from telemetry.people import Actor
from telemetry.plant import Plant

# One alarm for one cause: who sees the outer limit exceeded need not be told of the inner one.
_OUTER: Final = {RuleKind.HIGH: RuleKind.HIGH_HIGH, RuleKind.LOW: RuleKind.LOW_LOW}
_ORDER: Final = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED, AlarmState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class ActiveAlarm:
    """An alarm that is not normal. `id` is of this occurrence; `value` and `limit` are at the raise."""

    id: UUID
    key: str
    tag: str
    kind: RuleKind
    priority: Priority
    state: AlarmState
    unit: str
    equipment: str | None
    bit: str | None
    raised_at_us: int
    cleared_at_us: int | None
    acknowledged_at_us: int | None
    acknowledged_by: str | None
    comment: str | None
    value: float
    limit: float
    acknowledged_by_id: UUID | None = None

    @property
    def standing(self) -> bool:
        """Whether its condition holds, be it acknowledged or not."""
        return self.state in STANDING


def rank(alarm: ActiveAlarm) -> tuple[int, int, int, str]:
    """Return an alarm's place in every list: highest priority, within it unacknowledged, then newest."""
    return -alarm.priority, _ORDER.index(alarm.state), -alarm.raised_at_us, alarm.key


class Book:
    """Every alarm that is not normal, by rule key."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._alarms: dict[str, ActiveAlarm] = {}

    def enter(self, records: Iterable[JournalRecord], rules: Mapping[str, Rule]) -> None:
        """Follow the journal, oldest record first; the rules tell what an alarm is shown on."""
        for record in records:
            if record.event is AlarmEvent.RAISE:
                self._alarms[record.key] = self._raised(record, rules.get(record.key))
            elif record.key in self._alarms:
                self._alarms[record.key] = moved(self._alarms[record.key], record)
            if record.to_state is AlarmState.NORMAL:
                self._alarms.pop(record.key, None)

    def entries(
        self,
        transitions: Iterable[Transition],
        rules: Mapping[str, Rule],
        at_us: int,
        actor: Actor | None = None,
        comment: str = "",
    ) -> list[Entry]:
        """Return the journal's entries for transitions to come; each raise begins an occurrence."""
        occurrences: dict[str, UUID] = {}
        entries: list[Entry] = []
        for done in transitions:
            entry_id = uuid7(at_us)
            alarm = self._alarms.get(done.key)
            # Of a rule that is gone the alarm itself still knows.
            subject = rules[done.key] if alarm is None else rules.get(done.key, alarm)
            if done.event is AlarmEvent.RAISE:
                occurrences[done.key] = entry_id
            elif done.key not in occurrences:
                occurrences[done.key] = alarm.id if alarm else entry_id
            about = (subject.tag, subject.kind, subject.priority)
            entries.append(Entry(entry_id, done, *about, occurrences[done.key], actor, comment))
        return entries

    def of(self, key: str) -> ActiveAlarm | None:
        """Return a rule's alarm."""
        return self._alarms.get(key)

    def by_id(self, alarm_id: UUID) -> ActiveAlarm | None:
        """Return an occurrence that is not normal."""
        return next((alarm for alarm in self._alarms.values() if alarm.id == alarm_id), None)

    def beneath(self, alarm: ActiveAlarm) -> ActiveAlarm | None:
        """Return the alarm of the inner limit that this one stands for while it stands."""
        if not alarm.standing:
            return None
        return next((other for other in self._alarms.values() if self._hidden_by(other) == alarm), None)

    def shown(self) -> list[ActiveAlarm]:
        """Return the alarms people are to see, in the order of `rank`.

        While HH stands, a standing H of the same point is left out, and likewise LL and L; both
        live on in the journal, and the inner one is seen again when the outer has returned.
        """
        seen = [alarm for alarm in self._alarms.values() if self._hidden_by(alarm) is None]
        return sorted(seen, key=rank)

    def _hidden_by(self, alarm: ActiveAlarm) -> ActiveAlarm | None:
        if alarm.kind not in _OUTER or not alarm.standing:
            return None
        outer = self._alarms.get(f"{alarm.tag}.{_OUTER[alarm.kind]}")
        return outer if outer is not None and outer.standing else None

    def _raised(self, record: JournalRecord, rule: Rule | None) -> ActiveAlarm:
        point = self._plant.point_by_tag.get(record.tag)
        return ActiveAlarm(
            id=record.occurrence,
            key=record.key,
            tag=record.tag,
            kind=record.kind,
            priority=rule.priority if rule else record.priority,
            state=record.to_state,
            unit=point.unit if point else "",
            equipment=rule.equipment if rule else None,
            bit=rule.bit if rule else None,
            raised_at_us=record.at_us,
            cleared_at_us=None,
            acknowledged_at_us=None,
            acknowledged_by=None,
            comment=None,
            value=record.value,
            limit=record.limit,
        )


def moved(alarm: ActiveAlarm, record: JournalRecord) -> ActiveAlarm:
    """Return the alarm after a record that is not its raise."""
    if record.event is AlarmEvent.ACKNOWLEDGE:
        return replace(
            alarm,
            state=record.to_state,
            acknowledged_at_us=record.at_us,
            acknowledged_by=record.actor,
            acknowledged_by_id=record.actor_id,
            comment=record.comment,
        )
    return replace(alarm, state=record.to_state, cleared_at_us=record.at_us)
