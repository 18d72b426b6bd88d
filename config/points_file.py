"""points.csv: one line a point, what it is, where it is read, when it alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from alarms.settings import RuleKind
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from config.connections_file import MANUAL
from config.csv_file import Row, read_table
from config.enabling import LIMITS_IN_FORCE
from config.equipment_file import check_id, known
from config.problems import Problems, quoted
from telemetry.plant import Name, PointKind

COLUMNS: Final = (
    "tag", "area", "desc_zh", "desc_en", "kind", "unit", "range_lo", "range_hi", "source", "modbus_fc",
    "offset0", "regs", "dtype", "word_order", "scale", "LL", "L", "H", "HH", "deadband_pct_span",
    "on_delay_s", "off_delay_s", "enable", "regulatory", "poll_s", "equipment", "priority", "bits",
)  # fmt: skip
HOLDS: Final = "the points, one a line, under a header that begins tag,area,desc_zh"
LIMIT_KINDS: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)
JSON: Final = "JSON"
LONGEST_DELAY_S: Final = 86_400
LONGEST_POLL_S: Final = 86_400
SHORTEST_POLL_S: Final = 0.05
MOST_POINTS: Final = 100_000
_FUNCTIONS: Final = {f"FC0{code.value}": code for code in FunctionCode}
_BIT_FUNCTIONS: Final = frozenset({FunctionCode.COILS, FunctionCode.DISCRETE_INPUTS})


@dataclass(frozen=True, slots=True)
class KnownIds:
    """What points may name; None where the file with it could not be read, and all passes."""

    units: frozenset[str] | None
    connections: Mapping[str, str | None] | None
    equipment: frozenset[str] | None
    bit_sets: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class PointRow:
    """A line of points.csv whose cells each make sense by themselves."""

    row: Row
    tag: str
    unit: str
    name: Name
    kind: PointKind
    engineering_unit: str
    range_low: float
    range_high: float
    source: str
    modbus: ModbusPoint | None
    limits: Mapping[RuleKind, float]
    deadband_pct: float
    on_delay: timedelta
    off_delay: timedelta
    enable: str
    regulatory: bool
    poll: timedelta | None
    equipment: str | None
    priority: str
    bits: str | None

    @property
    def deadband(self) -> float:
        """Deadband in engineering units."""
        return self.deadband_pct / 100 * (self.range_high - self.range_low)

    @property
    def limits_in_force(self) -> bool:
        """Whether the limits come from limits.csv."""
        return self.enable == LIMITS_IN_FORCE


@dataclass(frozen=True, slots=True)
class PointsFile:
    """points.csv; `tags` also has the points with mistakes, None where unreadable."""

    points: tuple[PointRow, ...]
    tags: frozenset[str] | None


def read_points(folder: Path, ids: KnownIds, problems: Problems) -> PointsFile:
    """Read points.csv line by line; what lines have to do with each other is not judged here."""
    table = read_table(folder / "points.csv", COLUMNS, "point", HOLDS, problems)
    if table is None:
        return PointsFile((), None)
    points: list[PointRow] = []
    first: dict[str, int] = {}
    for row in table.rows:
        point = _read_row(row, ids, first)
        if point is not None:
            points.append(point)
    if not table.rows and not table.damaged:
        problems.add(folder / "points.csv", 1, "there are no points", "write one line for each")
    return PointsFile(tuple(points), frozenset(first) | table.damaged)


def _read_row(row: Row, ids: KnownIds, first: dict[str, int]) -> PointRow | None:
    before = row.problems.count
    tag = check_id(row, "tag", first)
    unit = known(row, "area", ids.units, "plant.yaml has")
    zh = row.need("desc_zh", "write its Chinese name")
    en = row.need("desc_en", "write its English name")
    kind_word = row.choice("kind", tuple(kind.value for kind in PointKind))
    engineering_unit = row.need("unit", "write what it is measured in, or - for nothing")
    low, high = _range(row)
    source = _source(row, ids.connections, kind_word)
    poll = _poll(row, source, ids.connections)
    modbus = _modbus(row, tag, source, poll, ids.connections)
    limits = _limits(row)
    deadband = row.number("deadband_pct_span", 0, 100)
    on_delay, off_delay = _seconds(row, "on_delay_s"), _seconds(row, "off_delay_s")
    regulatory = row.choice("regulatory", ("0", "1"))
    equipment = known(row, "equipment", ids.equipment, "equipment.csv has") if row.text("equipment") else None
    bits = known(row, "bits", ids.bit_sets, "bits.yaml has") if row.text("bits") else None
    if row.problems.count > before:
        return None
    if not (tag and unit and zh and en and kind_word and engineering_unit and source):
        return None
    if low is None or high is None or regulatory is None:
        return None
    return PointRow(
        row=row, tag=tag, unit=unit, name=Name(zh, en), kind=PointKind(kind_word),
        engineering_unit=engineering_unit, range_low=low, range_high=high, source=source, modbus=modbus,
        limits=limits, deadband_pct=deadband or 0.0, on_delay=on_delay, off_delay=off_delay,
        enable=row.text("enable"), regulatory=regulatory == "1", poll=poll, equipment=equipment,
        priority=row.text("priority"), bits=bits,
    )  # fmt: skip


def _range(row: Row) -> tuple[float | None, float | None]:
    low = row.number("range_lo") if row.need("range_lo", "write the lowest value") else None
    high = row.number("range_hi") if row.need("range_hi", "write the highest value") else None
    if low is not None and high is not None and not low < high:
        row.add(f"range_lo {low:g} is not below range_hi {high:g}", "write the lower one in range_lo")
        return None, None
    return low, high


def _source(row: Row, connections: Mapping[str, str | None] | None, kind: str | None) -> str | None:
    ids = None if connections is None else frozenset(connections) | {MANUAL}
    source = known(row, "source", ids, "connections.yaml has, or MANUAL")
    if source and kind and (source == MANUAL) != (kind == PointKind.MANUAL):
        row.add(f"kind {kind} with source {source}", "kind MAN and source MANUAL go together")
    return source


def _limits(row: Row) -> dict[RuleKind, float]:
    values = {kind: row.number(kind.value) for kind in LIMIT_KINDS}
    return {kind: value for kind, value in values.items() if value is not None}


def _seconds(row: Row, column: str) -> timedelta:
    return timedelta(seconds=row.number(column, 0, LONGEST_DELAY_S) or 0.0)


def _poll(row: Row, source: str | None, connections: Mapping[str, str | None] | None) -> timedelta | None:
    if source == MANUAL:
        if row.text("poll_s"):
            row.add("poll_s for what people enter", "leave poll_s blank")
        return None
    type_ = (connections or {}).get(source or "")
    if type_ == "modbus" and row.need("poll_s", "write how often it is read, in seconds") is None:
        return None
    seconds = row.number("poll_s", SHORTEST_POLL_S, LONGEST_POLL_S)
    return None if seconds is None else timedelta(seconds=seconds)


def _modbus(
    row: Row,
    tag: str | None,
    source: str | None,
    poll: timedelta | None,
    connections: Mapping[str, str | None] | None,
) -> ModbusPoint | None:
    type_ = (connections or {}).get(source or "")
    if type_ != "modbus":
        if type_ == "mqtt" or source == MANUAL:
            _no_register(row, source or "")
        return None
    function = row.choice("modbus_fc", tuple(_FUNCTIONS))
    offset = row.integer("offset0", 0, 65_535) if row.need("offset0", "write the address, from 0") else None
    dtype = row.choice("dtype", tuple(item.value for item in DataType))
    order = row.choice("word_order", tuple(item.value for item in WordOrder))
    scale = row.number("scale") if row.need("scale", "write 1 where the value needs no scaling") else None
    registers = row.integer("regs", 1, 4) if row.need("regs", "write how many registers it takes") else None
    if scale == 0:
        row.add("scale is 0", "write what the raw value is multiplied by, 1 for nothing")
    if dtype and registers is not None and registers != DataType(dtype).registers:
        needs = DataType(dtype).registers
        row.add(f"dtype {dtype} needs {needs} registers, regs is {registers}", f"set regs to {needs}")
    if dtype and offset is not None and offset + DataType(dtype).registers > 65_536:
        last = offset + DataType(dtype).registers - 1
        row.add(f"registers {offset} to {last} go beyond 65535", "write an offset0 that leaves room")
    if dtype and function and (dtype == DataType.BOOL) != (_FUNCTIONS[function] in _BIT_FUNCTIONS):
        row.add(f"dtype {dtype} with {function}", "BOOL goes with FC01 and FC02, all else with FC03 and FC04")
    if not (tag and source and function and dtype and order and scale and poll) or offset is None:
        return None
    return ModbusPoint(
        tag=tag, source=source, function_code=_FUNCTIONS[function], offset=offset, data_type=DataType(dtype),
        word_order=WordOrder(order), scale=scale, poll=poll,
    )  # fmt: skip


def _no_register(row: Row, source: str) -> None:
    for column in ("modbus_fc", "offset0", "regs", "word_order"):
        if row.text(column):
            row.add(
                f"{column} for a point from {quoted(source)}",
                f"leave {column} blank: it is not read over Modbus",
            )
    dtype = row.text("dtype")
    if dtype and dtype != JSON:
        row.add(
            f"dtype {quoted(dtype)} for a point from {quoted(source)}", f"write {JSON}, or leave dtype blank"
        )
