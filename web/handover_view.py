"""What the handover page says: a content in words, and who may do what about it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmState
from operations.handover.choice import GROUPS, SLUDGE
from operations.handover.content import (
    Content,
    EffluentItem,
    Ends,
    LogLine,
    Machine,
    OpenAlarm,
    RaisedLine,
    Reading,
    Stock,
    Total,
    TurnSide,
)
from operations.handover.records import Addendum, Handover, Signature
from operations.handover.rules import CHECKS
from operations.handover.service import Spoken
from telemetry.plant import Equipment, EquipmentKind, Point, UnitStage
from telemetry.quality import major
from web import discharge, formats, log_words, naming, words
from web import handover_words as own_words
from web.alarm_view import AlarmLine, AlarmSpeaker
from web.language import Language

_DECIMALS: Final = {"t": 2, "MWh": 2}
_TALLIED: Final = ("running", "standby", "stopped", "moving", "fault", "unknown")
_MOST_ALARMS: Final = 15
_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is shown; `condition` is good, uncertain, bad, stale or waiting."""

    text: str
    condition: str = "good"


@dataclass(frozen=True, slots=True)
class EffluentRow:
    """One regulated item beside its limits."""

    name: str
    measure: str
    now: Figure
    mean: str
    extreme: str
    daily: str
    single: str
    verdict: str
    word: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One machine: what tells it from its like, how it stands, and what that is called."""

    label: str
    state: str
    word: str
    mode: str


@dataclass(frozen=True, slots=True)
class MachineRow:
    """Machines of a kind."""

    name: str
    chips: tuple[Chip, ...]

    @property
    def is_faulty(self) -> bool:
        """Whether one of them is out of order."""
        return any(chip.state == "fault" for chip in self.chips)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A named value, with what stands beside it in words."""

    name: str
    value: Figure
    measure: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class TotalGroup:
    """What totalisers of a kind went on by."""

    name: str
    rows: tuple[ValueRow, ...]


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry of the log."""

    at: str
    kind: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody of a turn; `signed_in` is empty where nobody signed in."""

    name: str
    post: str
    signed_in: str


@dataclass(frozen=True, slots=True)
class SideRow:
    """A turn."""

    turn: str
    span: str
    crew: str
    members: tuple[MemberRow, ...]


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A signature, or an addendum, as it is shown."""

    who: str
    at: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandoverSpeaker:
    """Puts one content into words; its limits and times are those of when it was frozen."""

    alarms: AlarmSpeaker
    content: Content
    spoken: Spoken

    @property
    def _language(self) -> Language:
        return self.alarms.language

    def outgoing(self) -> SideRow:
        """Return the turn that hands over."""
        return self._side(self.content.outgoing)

    def incoming(self) -> SideRow | None:
        """Return the turn that takes over."""
        return None if self.content.incoming is None else self._side(self.content.incoming)

    def effluent(self) -> list[EffluentRow]:
        """Return the regulated items."""
        day = self.alarms.local(self.content.at_us).date()
        items = {item.point.tag: item for item in discharge.items(self.alarms.folder, day, self._language)}
        return [self._effluent(item, items.get(item.reading.tag)) for item in self.content.effluent]

    def open_alarms(self) -> list[tuple[AlarmLine, str]]:
        """Return the alarms to be told one by one, those that stood first, each with when it was raised."""
        return [(self.alarms.line(_active(one)), self.at(one.raised_us)) for one in self._told]

    def more_alarms(self) -> list[tuple[str, int]]:
        """Return the states of the alarms that are not told one by one, and how many each has."""
        more = Counter(one.state for one in self.content.alarms if one not in self._told)
        return [(words.spoken(words.STATE, state, self._language), count) for state, count in more.items()]

    @property
    def _told(self) -> list[OpenAlarm]:
        """What stands comes before what has returned; after a flood nobody reads a hundred lines."""
        returned = AlarmState.RETURNED.value
        grave = [one for one in self.content.alarms if one.state != returned or one.priority >= Priority.HIGH]
        return sorted(grave, key=lambda one: one.state == returned)[:_MOST_ALARMS]

    def machines(self) -> list[MachineRow]:
        """Return the machines by kind; those of a lift station together."""
        rows = []
        plant = self.alarms.folder.plant
        known = [one for one in self.content.machines if one.equipment in plant.equipment_by_id]
        for _, group in groupby(known, key=lambda one: self._family(plant.equipment_by_id[one.equipment])):
            machines = list(group)
            item = plant.equipment_by_id[machines[0].equipment]
            unit = plant.unit_by_id[item.unit]
            by_unit = unit.stage is UnitStage.NETWORK
            name = self._name(unit.name.zh, unit.name.en) if by_unit else self._kind(item)
            rows.append(MachineRow(name, tuple(self._chip(one, by_unit) for one in machines)))
        return rows

    def tally(self) -> list[tuple[str, str, int]]:
        """Return how many machines stand how: the state, its word and their number."""
        states = [one.state for one in self.content.machines]
        return [
            (state, words.spoken(own_words.STATE, state, self._language), states.count(state))
            for state in _TALLIED
            if state in states
        ]

    def flows(self) -> list[ValueRow]:
        """Return the flows, each with the turn's mean and highest."""
        return [self._flow(flow.reading, flow.mean, flow.highest) for flow in self.content.flows]

    def totals(self) -> list[TotalGroup]:
        """Return the totals of the turn by group."""
        by_group: dict[str, list[Total]] = {}
        for total in self.content.totals:
            by_group.setdefault(total.group, []).append(total)
        return [
            TotalGroup(
                words.spoken(own_words.GROUP, group, self._language),
                tuple(self._total(total) for total in by_group[group]),
            )
            for group in GROUPS
            if group in by_group and group != SLUDGE
        ]

    def sludge(self) -> list[ValueRow]:
        """Return what left with the sludge: by the totalisers, and as people entered it."""
        counted = [self._total(total) for total in self.content.totals if total.group == SLUDGE]
        return counted + self.taken(self.content.sludge)

    def log(self) -> list[LogRow]:
        """Return the entries of the log."""
        return [self._logged(line) for line in self.content.log]

    def stock(self) -> list[ValueRow]:
        """Return the chemicals that are there."""
        return [self._stock(one) for one in self.content.stock]

    def taken(self, readings: Sequence[Reading]) -> list[ValueRow]:
        """Return what people entered, with when it was read."""
        return [self._value(one, self.at(one.time_us)) for one in readings]

    def missing(self, section: str) -> str:
        """Return why a section's input is missing, nothing where it is not."""
        reason = self.content.missing.get(section, "")
        return words.spoken(own_words.MISSING, reason, self._language) if reason else ""

    def checks(self) -> list[tuple[str, bool | None]]:
        """Return what is handed over by word, and whether it was in order; None where nobody answered."""
        return [
            (words.spoken(own_words.CHECK, name, self._language), self.content.checks.get(name))
            for name in CHECKS
        ]

    def signed(self, one: Signature) -> SignedRow:
        """Return a signature."""
        return SignedRow(self.who(one.person, one.name), self.at(one.at_us), one.reason, one.note)

    def added(self, one: Addendum) -> SignedRow:
        """Return an addendum."""
        return SignedRow(self.who(one.person, one.name), self.at(one.at_us), note=one.text)

    def who(self, person: UUID | None, account: str = "") -> str:
        """Return somebody's name: of the staff, else of the account, else nobody's."""
        _ = self._language
        return (self.spoken.names.get(person) if person is not None else None) or account or _("name deleted")

    def at(self, us: int) -> str:
        """Return a time as a document has it: 14:05, on another day than the turn's 11-19 22:10."""
        return _moment(self.alarms.local(us), self.alarms.local(self.content.outgoing.start_us).date())

    def _side(self, side: TurnSide) -> SideRow:
        begin, end = self.alarms.local(side.start_us), self.alarms.local(side.end_us)
        return SideRow(
            turn=self._name(side.name.zh, side.name.en),
            span=f"{begin:%m-%d %H:%M}–{end:%H:%M}",
            crew="" if side.crew_name is None else self._name(side.crew_name.zh, side.crew_name.en),
            members=tuple(
                MemberRow(
                    self.who(member.person),
                    self._name(member.post_name.zh, member.post_name.en),
                    "" if member.signed_in_us is None else self.at(member.signed_in_us),
                )
                for member in side.members
            ),
        )

    def _effluent(self, item: EffluentItem, known: discharge.Item | None) -> EffluentRow:
        point = self._point(item.reading.tag)
        places = known.decimals if known is not None else 2
        lows = item.single.low is not None or item.daily.low is not None
        highest = formats.number(_or_nan(item.highest), places)
        lowest = formats.number(_or_nan(item.lowest), places)
        return EffluentRow(
            name=item.reading.tag if known is None else known.label,
            measure="" if point is None else words.measure(point.engineering_unit),
            now=self._figure(item.reading, places),
            mean=formats.number(_or_nan(item.mean), places),
            extreme=f"{lowest}–{highest}" if lows and item.highest is not None else highest,
            daily=_ends(item.daily),
            single=_ends(item.single),
            verdict=item.verdict,
            word=words.spoken(own_words.VERDICT, item.verdict, self._language),
        )

    def _chip(self, machine: Machine, by_unit: bool) -> Chip:
        plant = self.alarms.folder.plant
        item = plant.equipment_by_id[machine.equipment]
        unit = plant.unit_by_id[item.unit]
        label = naming.ordinal(item.name.zh, unit.name.zh)
        if not label and by_unit and item.kind is not EquipmentKind.SUPPLY:
            label = naming.short(self._language.name(item.name), self._language.name(unit.name))
        by_kind: Mapping[EquipmentKind, Mapping[str, str]] = {
            EquipmentKind.GATE: own_words.GATE,
            EquipmentKind.SUPPLY: own_words.SUPPLY,
        }
        table = {**own_words.STATE, **by_kind.get(item.kind, {})}
        return Chip(
            label=label,
            state=machine.state,
            word=words.spoken(table, machine.state, self._language),
            mode=words.spoken(own_words.MODE, machine.mode, self._language) if machine.mode else "",
        )

    def _family(self, item: Equipment) -> tuple[str, str]:
        unit = self.alarms.folder.plant.unit_by_id[item.unit]
        return unit.id, "" if unit.stage is UnitStage.NETWORK else naming.family(item.name)

    def _kind(self, item: Equipment) -> str:
        return naming.short(self._language.name(item.name), "")

    def _flow(self, reading: Reading, mean: float | None, highest: float | None) -> ValueRow:
        _ = self._language
        row = self._value(reading, "")
        if mean is None:
            return row
        said = _(
            "mean %(mean)s, highest %(highest)s",
            mean=formats.number(mean, 0),
            highest=formats.number(_or_nan(highest), 0),
        )
        return ValueRow(row.name, row.value, row.measure, said)

    def _total(self, total: Total) -> ValueRow:
        _ = self._language
        point = self._point(total.tag)
        unit = "" if point is None else point.engineering_unit
        value = Figure(formats.number(_or_nan(total.total), _DECIMALS.get(unit, 0)))
        beside = _("counter was set back") if total.resets else ""
        return ValueRow(self._named(total.tag, point), value, words.measure(unit), beside)

    def _stock(self, stock: Stock) -> ValueRow:
        _ = self._language
        point = self._point(stock.reading.tag)
        row = self._value(stock.reading, "")
        if stock.at_start is not None and point is not None:
            start = formats.number(stock.at_start, formats.decimals(point))
            return ValueRow(row.name, row.value, row.measure, _("at the start %(value)s", value=start))
        if point is None or point.expected_every is not None:
            return row
        # What people entered is as old as it is.
        entered = self.at(stock.reading.time_us) if stock.reading.time_us else _("not entered")
        return ValueRow(row.name, row.value, row.measure, entered)

    def _value(self, reading: Reading, beside: str) -> ValueRow:
        point = self._point(reading.tag)
        places = 2 if point is None else formats.decimals(point)
        if reading.value is not None:
            places = max(places, formats.written_decimals(reading.value)) if beside else places
        measure = "" if point is None else words.measure(point.engineering_unit)
        return ValueRow(self._named(reading.tag, point), self._figure(reading, places), measure, beside)

    def _figure(self, reading: Reading, places: int) -> Figure:
        if not reading.time_us or reading.value is None:
            return Figure(formats.NO_VALUE, "waiting" if not reading.time_us else "bad")
        quality = major(reading.quality)
        condition = "bad" if quality == "bad" else "stale" if reading.stale else quality
        return Figure(formats.number(reading.value, places), condition)

    def _logged(self, line: LogLine) -> LogRow:
        texts = self.spoken.texts.get(line.record, {})
        _ = self._language
        said = [texts["text"]] if texts.get("text") else []
        if line.raised is not None:
            said.insert(0, self._raised(line.raised))
        return LogRow(
            at=self.at(line.at_us),
            kind=words.spoken(log_words.KIND, line.kind, _),
            who="" if line.person is None else self.who(line.person),
            text=" · ".join(said) or _("words deleted"),
        )

    def _raised(self, raised: RaisedLine) -> str:
        kind, point = RuleKind(raised.kind), self._point(raised.tag)
        bit = raised.rule.rpartition(".")[2] if kind is RuleKind.BIT else None
        subject = self.alarms.subject(raised.tag, kind, None if point is None else point.equipment)
        return f"{subject} {self.alarms.what(raised.tag, kind, bit)}"

    def _named(self, tag: str, point: Point | None) -> str:
        return tag if point is None else naming.capital(self._language.name(point.name))

    def _point(self, tag: str) -> Point | None:
        return self.alarms.folder.plant.point_by_tag.get(tag)

    def _name(self, zh: str, en: str) -> str:
        return zh if self._language.tag.startswith("zh") else naming.capital(en)


def persons_of(held: Handover) -> Iterator[UUID]:
    """Yield those who are named in a handover beside its content."""
    named = [held.person, *(one.person for one in held.signatures), *(one.person for one in held.addenda)]
    yield from (person for person in named if person is not None)


def _active(alarm: OpenAlarm) -> ActiveAlarm:
    return ActiveAlarm(
        id=alarm.id,
        key=alarm.key,
        tag=alarm.tag,
        kind=RuleKind(alarm.kind),
        priority=Priority(alarm.priority),
        state=AlarmState(alarm.state),
        unit=alarm.unit,
        equipment=alarm.equipment,
        bit=alarm.bit,
        raised_at_us=alarm.raised_us,
        cleared_at_us=alarm.cleared_us,
        acknowledged_at_us=alarm.acknowledged_us,
        acknowledged_by=None,
        comment=None,
        value=_or_nan(alarm.value),
        limit=_or_nan(alarm.limit),
    )


def _ends(ends: Ends) -> str:
    return discharge.Bounds(ends.low, ends.high).text


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value


def _moment(at: datetime, day: date) -> str:
    if at.date() == day:
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == day.year else f"{at:%Y-%m-%d %H:%M}"
