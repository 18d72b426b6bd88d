"""points.csv: one line a point, what it is, where it is read, when it alarms."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from alarms.settings import RuleKind
from config import registers
from config.bits_file import BitSettings
from config.cells import Row
from config.connections_file import MANUAL
from config.csv_file import read_table
from config.enabling import LIMITS_IN_FORCE
from config.equipment_file import check_id, known
from config.limit_checks import check_limits
from config.priorities import PriorityMistake, check_priority
from config.problems import Problems, listed, quoted
from config.raw_values import RawMistake, modulus
from config.registers import Register, capacity, check_bits, read_register, refuse_register
from telemetry.plant import Bit, Name, PointKind

COLUMNS: Final = (
    "tag", "area", "desc_zh", "desc_en", "kind", "unit", "range_lo", "range_hi", "source", "modbus_fc",
    "offset0", "regs", "dtype", "word_order", "scale", "LL", "L", "H", "HH", "deadband_pct_span",
    "on_delay_s", "off_delay_s", "enable", "regulatory", "poll_s", "equipment", "priority", "bits",
    "bit", "shift", "invalid", "rollover",
)  # fmt: skip
MAY_LACK: Final = (*registers.MAY_LACK, "rollover")
HOLDS: Final = "the points, one a line, under a header that begins tag,area,desc_zh"
LIMIT_KINDS: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)
COUNTERS: Final = (PointKind.TOTAL, PointKind.SYSTEM)
KINDS: Final = tuple(kind.value for kind in PointKind)
LONGEST_DELAY_S: Final = 86_400
LONGEST_POLL_S: Final = 86_400
SHORTEST_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Named:
    """What points may name; None where the file with it could not be read, and all passes.

    A connection's type is None where it cannot be told; `bit_sets` has the bits of sound sets, None
    for a set with mistakes.
    """

    units: Collection[str] | None
    connections: Mapping[str, str | None] | None
    equipment: Collection[str] | None
    bit_sets: Mapping[str, Mapping[str, BitSettings] | None] | None


@dataclass(frozen=True, slots=True)
class PointRow:
    """A line of points.csv whose cells each make sense."""

    row: Row
    tag: str
    unit: str
    name: Name
    kind: PointKind
    engineering_unit: str
    range_low: float
    range_high: float
    source: str
    register: Register | None
    limits: Mapping[RuleKind, float]
    deadband_pct: float
    on_delay: timedelta
    off_delay: timedelta
    enable: str
    regulatory: bool
    poll: timedelta | None
    equipment: str | None
    priority: str
    bits: Mapping[str, BitSettings]
    rollover: float | None

    @property
    def deadband(self) -> float:
        """Deadband in engineering units."""
        return self.deadband_pct / 100 * (self.range_high - self.range_low)

    @property
    def limits_in_force(self) -> bool:
        """Whether limits come from limits.csv."""
        return self.enable == LIMITS_IN_FORCE


@dataclass(frozen=True, slots=True)
class PointLine:
    """What is known of a line, mistakes or not, for what lines have to do with each other.

    `bits` is None where it cannot be told which they are.
    """

    row: Row
    tag: str
    source: str | None
    register: Register | None
    poll: timedelta | None
    enable: str
    bits: tuple[Bit, ...] | None


@dataclass(frozen=True, slots=True)
class PointsFile:
    """points.csv; `lines` has every line with a tag, `tags` every tag, None where unreadable."""

    points: tuple[PointRow, ...]
    lines: tuple[PointLine, ...]
    tags: Collection[str] | None


def read_points(folder: Path, named: Named, problems: Problems) -> PointsFile:
    """Read points.csv line by line; what lines have to do with each other is not judged here."""
    file = folder / "points.csv"
    table = read_table(file, COLUMNS, "point", HOLDS, problems, MAY_LACK)
    if table is None:
        return PointsFile((), (), None)
    if not table.rows and not table.damaged:
        problems.add(file, 1, "there are no points", "write one line for each")
    readings = [_Reading(row, named) for row in table.rows]
    first: dict[str, int] = {}
    results = [reading.read(first) for reading in readings]
    return PointsFile(
        tuple(point for point, _ in results if point is not None),
        tuple(line for _, line in results if line is not None),
        first | dict.fromkeys(table.damaged, 0),
    )


class _Reading:
    """One line on its way to a point."""

    def __init__(self, row: Row, named: Named) -> None:
        self.row = row
        self.named = named

    def read(self, first: dict[str, int]) -> tuple[PointRow | None, PointLine | None]:
        """Return the point, and what is known of the line; `first` collects tags and their lines."""
        row, named, before = self.row, self.named, self.row.problems.count
        tag = check_id(row, "tag", first)
        unit = known(row, "area", named.units, "plant.yaml has")
        zh, en = row.need("desc_zh", "write its Chinese name"), row.need("desc_en", "write its English name")
        kind = row.choice("kind", KINDS)
        engineering_unit = row.need("unit", "write what it is measured in, or - for nothing")
        low, high = self._range()
        source = self._source(kind)
        type_ = (named.connections or {}).get(source or "")
        poll = self._poll(source, type_)
        register = self._register(source, type_)
        regulatory = row.choice("regulatory", ("0", "1"))
        on_delay, off_delay = self._delay("on_delay_s"), self._delay("off_delay_s")
        equipment = row.text("equipment") or None
        if equipment:
            known(row, "equipment", named.equipment, "equipment.csv has")
        bits = self._bits(register, high)
        rollover = self._rollover(kind, register)
        enable = " ".join(row.text("enable").split())
        enable = LIMITS_IN_FORCE if enable.casefold() == LIMITS_IN_FORCE else enable
        limits, deadband_pct = self._limits(kind, low, high)
        self._priority(limits, bits, enable)
        named_bits = None if bits is None else tuple(bit.named(name) for name, bit in bits.items())
        line = PointLine(row, tag, source, register, poll, enable, named_bits) if tag else None
        if row.problems.count > before or not (tag and unit and zh and en and kind and engineering_unit):
            return None, line
        if not source or low is None or high is None:
            return None, line
        return PointRow(
            row=row, tag=tag, unit=unit, name=Name(zh, en), kind=PointKind(kind),
            engineering_unit=engineering_unit, range_low=low, range_high=high, source=source,
            register=register, limits=limits, deadband_pct=deadband_pct, on_delay=on_delay,
            off_delay=off_delay, enable=enable, regulatory=regulatory == "1", poll=poll,
            equipment=equipment, priority=row.text("priority"), bits=bits or {}, rollover=rollover,
        ), line  # fmt: skip

    def _range(self) -> tuple[float | None, float | None]:
        low = self.row.number("range_lo", need="write the lowest value")
        high = self.row.number("range_hi", need="write the highest value")
        if low is None or high is None or low < high:
            return low, high
        self.row.add(f"range_lo {low:g} is not below range_hi {high:g}", "write the lower one in range_lo")
        return None, None

    def _source(self, kind: str | None) -> str | None:
        connections = self.named.connections
        ids = None if connections is None else {**connections, MANUAL: None}
        source = known(self.row, "source", ids, "connections.yaml has")
        if source and kind and (source == MANUAL) != (kind == PointKind.MANUAL):
            self.row.add(
                f"kind {kind} with source {quoted(source)}", "kind MAN and source MANUAL go together"
            )
        return source

    def _poll(self, source: str | None, type_: str | None) -> timedelta | None:
        if source == MANUAL:
            if self.row.text("poll_s"):
                self.row.add("poll_s is written, but people enter this point", "leave poll_s blank")
            return None
        need = "write how often it is read, in seconds" if type_ == "modbus" else ""
        seconds = self.row.number("poll_s", SHORTEST_POLL_S, LONGEST_POLL_S, need=need)
        return None if seconds is None else timedelta(seconds=seconds)

    def _register(self, source: str | None, type_: str | None) -> Register | None:
        if type_ == "modbus":
            return read_register(self.row)
        if source is not None and (type_ == "mqtt" or source == MANUAL):
            refuse_register(self.row, source)
        return None

    def _delay(self, column: str) -> timedelta:
        return timedelta(seconds=self.row.number(column, 0, LONGEST_DELAY_S) or 0.0)

    def _limits(
        self, kind: str | None, low: float | None, high: float | None
    ) -> tuple[dict[RuleKind, float], float]:
        written = {limit: self.row.number(limit.value) for limit in LIMIT_KINDS}
        limits = {limit: value for limit, value in written.items() if value is not None}
        deadband_pct = self.row.number("deadband_pct_span", 0, 100) or 0.0
        if limits and kind == PointKind.STATUS:
            names = listed([limit.value for limit in limits])
            self.row.add(
                f"{names} of a status (kind DI)", "leave it blank; alarms of bits stand in bits.yaml"
            )
        else:
            check_limits(self.row, low, high, limits, deadband_pct)
        return limits, deadband_pct

    def _bits(self, register: Register | None, high: float | None) -> Mapping[str, BitSettings] | None:
        name = self.row.text("bits")
        if not name:
            return {}
        sets = self.named.bit_sets
        if known(self.row, "bits", sets, "bits.yaml has") is None or sets is None:
            return None
        bits = sets[name]
        if bits is not None:
            check_bits(self.row, register, [bit.bit for bit in bits.values()], high)
        return bits

    def _rollover(self, kind: str | None, register: Register | None) -> float | None:
        """Return by what the counter falls as it rolls over, in engineering units."""
        text = self.row.text("rollover")
        if not text:
            return None
        if kind is not None and kind not in COUNTERS:
            self.row.add(f"rollover of kind {kind}", "set kind to TOT, or leave rollover blank")
            return None
        try:
            raw = modulus(text)
        except RawMistake as mistake:
            self.row.add(mistake.what, mistake.mend)
            return None
        if register is None:
            return raw
        most = capacity(register.data_type)
        if most is not None and raw > most:
            what = f"rollover is {quoted(text)}, more than dtype {register.data_type} can count"
            self.row.add(what, f"write {most} or less: it counts raw values, before scale")
            return None
        return raw * abs(register.scale)

    def _priority(
        self, limits: Mapping[RuleKind, float], bits: Mapping[str, BitSettings] | None, enable: str
    ) -> None:
        if bits is None:
            return
        kinds = LIMIT_KINDS if enable == LIMITS_IN_FORCE else limits
        names = [kind.value for kind in kinds] + [name for name, bit in bits.items() if bit.alarm]
        try:
            check_priority(self.row.text("priority"), names)
        except PriorityMistake as mistake:
            self.row.add(mistake.what, mistake.mend)
