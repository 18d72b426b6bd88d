"""Alarms and journal records as people read them: what, where, how bad, since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from config.folder import PlantFolder
from telemetry.clock import from_us
from web import formats, naming, words
from web.language import Language

LOUD = (Priority.HIGH, Priority.CRITICAL)
_DATA = (RuleKind.INSTRUMENT, RuleKind.LINK)
_LIMIT = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm in a list. `tone` is its colour: its priority, or `data` for instruments and links."""

    id: UUID
    key: str
    tag: str
    equipment: str | None
    unit: str
    unit_name: str
    priority: str
    letter: str
    tone: str
    name: str
    what: str
    state: str
    state_word: str
    unacknowledged: bool
    loud: bool
    raised: str
    raised_us: int
    lasted: str
    cleared: str | None
    acknowledged: str | None
    acknowledged_by: str | None
    comment: str | None
    value: str | None
    limit: str | None


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the journal."""

    seq: int
    occurrence: UUID
    tag: str
    event: str
    event_word: str
    at: str
    at_us: int
    priority: str
    letter: str
    tone: str
    name: str
    what: str
    value: str | None
    actor: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class AlarmSpeaker:
    """Puts alarms into words, in a language, at one moment of the plant's time."""

    folder: PlantFolder
    language: Language
    now_us: int
    names: Mapping[UUID, str] = field(default_factory=dict)
    """Whose accounts are, where somebody asked for it."""

    def named(self, account: UUID | None, name: str | None) -> str | None:
        """Return what somebody who acted is called: the person's name, else the account's."""
        return name if account is None else self.names.get(account, name)

    @property
    def now(self) -> datetime:
        """The moment in the plant's zone."""
        return self.local(self.now_us)

    @property
    def today(self) -> date:
        """The day of the plant's calendar."""
        return self.now.date()

    def local(self, us: int) -> datetime:
        """Return a time in the plant's zone."""
        return from_us(us).astimezone(self.folder.plant.timezone)

    def moment(self, us: int) -> str:
        """Return a time as staff say it."""
        return formats.moment(self.local(us), self.now, self.language)

    def lasted(self, from_us_: int, to_us: int | None = None) -> str:
        """Return how long something lasted, or has lasted."""
        end = self.now_us if to_us is None else to_us
        return formats.duration(timedelta(microseconds=max(end - from_us_, 0)), self.language)

    def lines(self, alarms: Iterable[ActiveAlarm]) -> list[AlarmLine]:
        """Return alarms as lines, in their order."""
        return [self.line(alarm) for alarm in alarms]

    def line(self, alarm: ActiveAlarm) -> AlarmLine:
        """Return one alarm as a line."""
        unit = self.folder.plant.unit_by_id.get(alarm.unit)
        unacknowledged = alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
        acknowledged_us, cleared_us = alarm.acknowledged_at_us, alarm.cleared_at_us
        return AlarmLine(
            id=alarm.id,
            key=alarm.key,
            tag=alarm.tag,
            equipment=alarm.equipment,
            unit=alarm.unit,
            unit_name=alarm.unit if unit is None else naming.capital(self.language.name(unit.name)),
            name=self.subject(alarm.tag, alarm.kind, alarm.equipment),
            what=self.what(alarm.tag, alarm.kind, alarm.bit),
            state=alarm.state.value,
            state_word=words.spoken(words.STATE, alarm.state.value, self.language),
            unacknowledged=unacknowledged,
            loud=alarm.state is AlarmState.UNACKNOWLEDGED and alarm.priority in LOUD,
            raised=self.moment(alarm.raised_at_us),
            raised_us=alarm.raised_at_us,
            lasted=self.lasted(alarm.raised_at_us, cleared_us),
            cleared=None if cleared_us is None else self.moment(cleared_us),
            acknowledged=None if acknowledged_us is None else self.moment(acknowledged_us),
            acknowledged_by=self.named(alarm.acknowledged_by_id, alarm.acknowledged_by),
            comment=alarm.comment,
            value=self.figure(alarm.tag, alarm.kind, alarm.value),
            limit=self.figure(alarm.tag, alarm.kind, alarm.limit),
            **self._weight(alarm.priority, alarm.kind),
        )

    def record(self, record: JournalRecord) -> JournalLine:
        """Return one record of the journal as a line."""
        equipment = self._equipment_of(record.tag)
        bit = record.key.rpartition(".")[2] if record.kind is RuleKind.BIT else None
        return JournalLine(
            seq=record.seq,
            occurrence=record.occurrence,
            tag=record.tag,
            event=record.event.value,
            event_word=words.spoken(words.EVENT, record.event.value, self.language),
            at=formats.moment(self.local(record.at_us), self.now, self.language, seconds=True),
            at_us=record.at_us,
            name=self.subject(record.tag, record.kind, equipment),
            what=self.what(record.tag, record.kind, bit),
            value=self.figure(record.tag, record.kind, record.value),
            actor=self.named(record.actor_id, record.actor),
            comment=record.comment,
            **self._weight(record.priority, record.kind),
        )

    def subject(self, tag: str, kind: RuleKind, equipment: str | None) -> str:
        """Return what the alarm is about: the machine for a bit, the point otherwise."""
        plant = self.folder.plant
        if kind is RuleKind.BIT and equipment in plant.equipment_by_id:
            return naming.capital(self.language.name(plant.equipment_by_id[equipment].name))
        point = plant.point_by_tag.get(tag)
        return tag if point is None else naming.capital(self.language.name(point.name))

    def what(self, tag: str, kind: RuleKind, bit: str | None) -> str:
        """Return what happened, in two or three words."""
        if kind is RuleKind.LINK:
            return words.spoken(words.LINK, "down", self.language)
        key = f"{tag}.{kind.value}"
        if key in words.NODE:
            return words.spoken(words.NODE, key, self.language)
        if kind is not RuleKind.BIT:
            return words.spoken(words.ALARM, kind.value, self.language)
        point = self.folder.plant.point_by_tag.get(tag)
        named = point.bit(bit) if point is not None and bit is not None else None
        label = None if named is None else named.alarm_label or named.label
        return bit or "" if label is None else self.language.name(label)

    def figure(self, tag: str, kind: RuleKind, value: float) -> str | None:
        """Return a value with its unit, None where the number means nothing to people."""
        point = self.folder.plant.point_by_tag.get(tag)
        if point is None or kind not in _LIMIT or value != value:
            return None
        places = max(formats.decimals(point), formats.written_decimals(value))
        return f"{formats.number(value, places)} {words.measure(point.engineering_unit)}".rstrip()

    def _equipment_of(self, tag: str) -> str | None:
        point = self.folder.plant.point_by_tag.get(tag)
        return None if point is None else point.equipment

    def _weight(self, priority: Priority, kind: RuleKind) -> dict[str, str]:
        letter = words.spoken(words.PRIORITY_LETTER, priority.word, self.language)
        tone = "data" if kind in _DATA else priority.word
        return {"priority": priority.word, "letter": letter, "tone": tone}


def occurrence(steps: Sequence[JournalRecord], folder: PlantFolder) -> ActiveAlarm | None:
    """Return an alarm that is over as its steps, oldest first, tell it; None without its raise."""
    raised = next((step for step in steps if step.event is AlarmEvent.RAISE), None)
    if raised is None:
        return None
    cleared = _last(steps, AlarmEvent.CLEAR) or _last(steps, AlarmEvent.WITHDRAW)
    answered = next((step for step in steps if step.event is AlarmEvent.ACKNOWLEDGE), None)
    point = folder.plant.point_by_tag.get(raised.tag)
    return ActiveAlarm(
        id=raised.occurrence,
        key=raised.key,
        tag=raised.tag,
        kind=raised.kind,
        priority=raised.priority,
        state=steps[-1].to_state,
        unit="" if point is None else point.unit,
        equipment=None if point is None else point.equipment,
        bit=raised.key.rpartition(".")[2] if raised.kind is RuleKind.BIT else None,
        raised_at_us=raised.at_us,
        cleared_at_us=None if cleared is None else cleared.at_us,
        acknowledged_at_us=None if answered is None else answered.at_us,
        acknowledged_by=None if answered is None else answered.actor,
        acknowledged_by_id=None if answered is None else answered.actor_id,
        comment=None if answered is None else answered.comment,
        value=raised.value,
        limit=raised.limit,
    )


def _last(steps: Sequence[JournalRecord], event: AlarmEvent) -> JournalRecord | None:
    return next((step for step in reversed(steps) if step.event is event), None)


def marks(alarms: Iterable[ActiveAlarm], folder: PlantFolder) -> dict[str, dict[str, str]]:
    """Return the gravest tone of each tag, machine and unit of alarms, gravest first: what is coloured."""
    found: dict[str, dict[str, str]] = {"tag": {}, "equipment": {}, "unit": {}}
    for alarm in alarms:
        if alarm.state is AlarmState.RETURNED:
            continue
        tone = "data" if alarm.kind in _DATA else alarm.priority.word
        found["tag"].setdefault(alarm.tag, tone)
        found["unit"].setdefault(alarm.unit, tone)
        if alarm.equipment is not None and alarm.kind is RuleKind.BIT:
            found["equipment"].setdefault(alarm.equipment, tone)
    return found
