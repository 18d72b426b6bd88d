"""The plant's vocabulary: plant, process unit, equipment, point.

A `Unit` is a process unit (好氧池, aerobic tank), as the water passes it; what a value is measured
in is its point's `engineering_unit`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

_STALE_AFTER_INTERVALS: Final = 3
_STALE_AFTER_AT_LEAST: Final = timedelta(seconds=10)
_HOLDS_AT_LEAST: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the staff and as others say it."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the name for a language tag such as `zh_CN` or `en`."""
        return self.zh if language.startswith("zh") else self.en


NODE: Final = "NODE"
"""The source of what the node says of itself."""
NODE_DISK: Final = "NODE.disk"
"""How much is left on the disk of its data, MB."""
NODE_CLOCK: Final = "NODE.clock"
"""By how much its clock stands behind what it stamped itself, s; 0 while all is well."""
NODE_FUTURE: Final = "NODE.future"
"""By how much a device was ahead of the node's clock in the last minutes, s; 0 while all is well."""


def link_tag(channel: str) -> str:
    """Return the tag of the point that says whether a channel answers."""
    return f"{channel}.link"


class PointKind(StrEnum):
    """What a point is; the value is the word in points.csv."""

    ANALOG = "AI"
    STATUS = "DI"
    TOTAL = "TOT"
    SYSTEM = "SYS"
    MANUAL = "MAN"


class EquipmentKind(StrEnum):
    """What a piece of equipment is; decides its symbol on the wall."""

    PUMP = "pump"
    BLOWER = "blower"
    MIXER = "mixer"
    SCREEN = "screen"
    SCRAPER = "scraper"
    FILTER = "filter"
    PRESS = "press"
    FAN = "fan"
    GATE = "gate"
    ANALYSER = "analyser"
    SAMPLER = "sampler"
    INSTRUMENT = "instrument"
    SUPPLY = "supply"


class UnitStage(StrEnum):
    """Where a unit stands on the wall: on the water's way, or beside it."""

    WATER = "water"
    SLUDGE = "sludge"
    SERVICE = "service"
    NETWORK = "network"
    LABORATORY = "laboratory"


@dataclass(frozen=True, slots=True)
class Unit:
    """A process unit. `id` is the `area` of points.csv; units stand in the order of flow."""

    id: str
    name: Name
    stage: UnitStage
    flow: str | None = None
    """Tag of the flow that its concentrations are weighted with, m³/h."""
    serves: str | None = None
    """Unit that its machines work for, as blowers do for the aerobic tank."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """A pump, a blower, an analyser: what runs, trips and is maintained."""

    id: str
    name: Name
    kind: EquipmentKind
    unit: str


@dataclass(frozen=True, slots=True)
class Bit:
    """A named bit of a status word; bit 0 is the least significant.

    `label` says what the bit says when it is set; `alarm_label` what its alarm says, where that is
    something else (a bit whose alarm is that it is not set).
    """

    name: str
    position: int
    label: Name | None = None
    alarm_label: Name | None = None

    @property
    def mask(self) -> int:
        """The word with only this bit set."""
        return 1 << self.position


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is measured, counted or reported.

    `range_low` and `range_high` are in engineering units; `source` names a connection, MANUAL or NODE;
    `expected_every` is how often a sample is due, None where people enter it, `stale_at_least` how old
    one may be however often it is due. `bits` name the bits of a status word. A `regulatory` point's
    values are never altered, only marked. `rollover` is by what a counter falls as it starts anew, in
    engineering units; None where nobody has said it.

    `channel` is what can be lost as one: a Modbus connection (`PLC2`), a topic of a broker
    (`MQTT.LS2`). Each channel has a point of its own, `PLC2.link`, 1 while it answers and 0 while
    it does not, kept and judged like every other reading, so that one lost line is one alarm.
    """

    tag: str
    unit: str
    name: Name
    kind: PointKind
    engineering_unit: str
    range_low: float
    range_high: float
    source: str
    channel: str | None = None
    equipment: str | None = None
    regulatory: bool = False
    expected_every: timedelta | None = None
    stale_at_least: timedelta = _STALE_AFTER_AT_LEAST
    bits: tuple[Bit, ...] = ()
    rollover: float | None = None

    @property
    def span(self) -> float:
        """Width of the range, engineering units."""
        return self.range_high - self.range_low

    @property
    def stale_after(self) -> timedelta | None:
        """How old its newest sample may be; None for what people enter."""
        if self.expected_every is None:
            return None
        return max(self.expected_every * _STALE_AFTER_INTERVALS, self.stale_at_least)

    @property
    def holds_for(self) -> timedelta | None:
        """How long a reading holds in figures and charts; None for what people enter, which holds no time.

        A node that is started again leaves a gap of seconds, and what was running ran on.
        """
        return None if self.stale_after is None else max(self.stale_after, _HOLDS_AT_LEAST)

    @property
    def is_link(self) -> bool:
        """Whether the point says how its channel stands."""
        return self.channel is not None and self.tag == link_tag(self.channel)

    @property
    def is_own(self) -> bool:
        """Whether the node says it of itself: how a channel, its disk or a clock stands."""
        return self.source == NODE or self.is_link

    @property
    def connection(self) -> str | None:
        """The connection it comes over; None for what people enter and what the node says of itself."""
        return None if self.source == NODE or self.kind is PointKind.MANUAL else self.source

    def bit(self, name: str) -> Bit | None:
        """Return the bit of this name, None where there is none."""
        return next((bit for bit in self.bits if bit.name == name), None)


@dataclass(frozen=True)
class Plant:
    """A plant: its units in the order of flow, its equipment and its points."""

    id: str
    name: Name
    timezone: ZoneInfo
    design_flow_m3_d: float
    outlet: Name
    units: tuple[Unit, ...]
    equipment: tuple[Equipment, ...]
    points: tuple[Point, ...] = field(repr=False)

    @cached_property
    def point_by_tag(self) -> dict[str, Point]:
        """Points by tag."""
        return {point.tag: point for point in self.points}

    def sample_time_of(self, equipment: str | None) -> str | None:
        """Return the tag by which an analyser tells when its last sample was taken, Unix seconds."""
        return self._sample_times.get(equipment or "")

    @cached_property
    def check_values(self) -> frozenset[str]:
        """Tags of what analysers last found of their standards: of their analog values all but the first."""
        analysers = {item.id for item in self.equipment if item.kind is EquipmentKind.ANALYSER}
        reading: dict[str, str] = {}
        return frozenset(
            point.tag
            for point in self.points
            if point.kind is PointKind.ANALOG
            and point.equipment in analysers
            and reading.setdefault(point.equipment, point.tag) != point.tag
        )

    @cached_property
    def _sample_times(self) -> dict[str, str]:
        analysers = {item.id for item in self.equipment if item.kind is EquipmentKind.ANALYSER}
        return {
            point.equipment: point.tag
            for point in self.points
            if point.equipment in analysers
            and point.kind is PointKind.SYSTEM
            and point.engineering_unit == "s"
        }

    def flow_of(self, tag: str) -> str | None:
        """Return the tag of the flow that a concentration is weighted with, None for other points."""
        point = self.point_by_tag[tag]
        if point.engineering_unit != "mg/L" or point.kind is not PointKind.ANALOG:
            return None
        unit = self.unit_by_id.get(point.unit)
        return unit.flow if unit else None

    @cached_property
    def unit_by_id(self) -> dict[str, Unit]:
        """Units by id."""
        return {unit.id: unit for unit in self.units}

    @cached_property
    def equipment_by_id(self) -> dict[str, Equipment]:
        """Equipment by id."""
        return {item.id: item for item in self.equipment}
