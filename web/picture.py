"""The plant's picture, laid out from its folder: which units, machines and values stand where.

Nothing here knows a plant. What is shown of a unit follows from what its points are: levels of
tanks that can both run dry and overflow are drawn as fill, machines with a status word as
symbols, and of the measured values those that have limits first, alike ones in one row.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from alarms.settings import Rule, RuleKind
from config.folder import PlantFolder
from telemetry.plant import Equipment, EquipmentKind, Point, PointKind, Unit, UnitStage
from web import formats, naming, words
from web.language import Language

LIMITS: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)
METRICS_AT_MOST: Final = 4
ROWS: Final = 3
MACHINES_IN_HEAD: Final = 2
"""Up to so many machines stand beside their unit's name where its values need all rows."""
BESIDE_UNITS: Final = 15
STEP_PX: Final = 20
WATER_PX: Final = 1880
BESIDE_PX: Final = 306
FRAME_PX: Final = 30
"""At 1080p: room for the row on the water's way and for one unit's values beside it; a unit's own frame."""
ON_BITS: Final = ("running", "open", "present", "on_mains")
FAULT_BITS: Final = ("fault", "overload", "estop")

# How much a value says about its unit, by what it is measured in; what is in the air around the
# unit (ppm, %LEL) is shown where nothing else is, and otherwise when it alarms.
_WEIGHT: Final[Mapping[str, int]] = {
    "m3/h": 40, "m": 40, "kW": 35, "mg/L": 30, "mV": 30, "kPa": 25, "MPa": 20,
    "NTU": 25, "L/h": 20, "V": 20, "%": 15, "-": 15, "degC": 10, "uS/cm": 5, "mm/h": 5,
}  # fmt: skip
_AROUND: Final = 0
_LIMIT_WEIGHT: Final = 5
_SYMBOLS: Final = frozenset(EquipmentKind) - {
    EquipmentKind.ANALYSER, EquipmentKind.SAMPLER, EquipmentKind.INSTRUMENT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """The scale beside a value, in its unit: where it begins and ends, and its normal part."""

    low: float
    high: float
    normal_low: float
    normal_high: float

    def at(self, value: float) -> float:
        """Return where a value stands on the scale, 0 to 100."""
        if value != value or self.high <= self.low:
            return 0.0
        return round(min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) * 100, 2)


@dataclass(frozen=True, slots=True)
class Metric:
    """Alike points of a unit under one label; a `tank`'s single level is drawn as fill."""

    label: str
    measure: str
    points: tuple[Point, ...]
    decimals: int
    band: Band
    tank: bool = False
    tank_limits: tuple[float, float] | None = None

    def fill(self, value: float) -> float:
        """Return how high a level stands in its tank, 0 to 98 of 100: the wall takes the rest."""
        point = self.points[0]
        return round(Band(point.range_low, point.range_high, 0, 0).at(value) * 0.98, 2)


@dataclass(frozen=True, slots=True)
class Machine:
    """A symbol: its number, and the bits of its status word that say how it stands."""

    equipment: Equipment
    number: str
    name: str
    status: str
    on: int
    fault: int
    moving: int = 0
    remote: int = 0
    auto: int = 0

    @property
    def words(self) -> tuple[str, str]:
        """What it is called when its bit is set, and when it is not."""
        by_kind = {EquipmentKind.GATE: ("open", "closed"), EquipmentKind.SUPPLY: ("live", "dead")}
        return by_kind.get(self.equipment.kind, ("running", "stopped"))

    def state(self, word: int | None) -> str:
        """Return how it stands by its status word: fault, moving, on, off, or unknown without one."""
        if word is None:
            return "unknown"
        if word & self.fault:
            return "fault"
        return "moving" if word & self.moving else "on" if word & self.on else "off"

    def mode(self, word: int | None) -> str:
        """Return `local` when not run from the control room, `hand` when not by the automatic, or nothing."""
        if word is None:
            return ""
        if self.remote and not word & self.remote:
            return "local"
        return "hand" if self.auto and not word & self.auto else ""


@dataclass(frozen=True, slots=True)
class UnitPicture:
    """What is drawn of one unit; `width` is its share of the row on the water's way."""

    unit: Unit
    name: str
    machines: tuple[Machine, ...]
    metrics: tuple[Metric, ...]
    channels: tuple[str, ...]
    width: int

    @property
    def columns(self) -> int:
        """In how many columns its values stand."""
        return _columns(len(self.machines), len(self.metrics))

    @property
    def machines_in_head(self) -> bool:
        """Whether its machines stand beside its name."""
        return _in_head(len(self.machines), len(self.metrics))

    @property
    def roomy(self) -> bool:
        """Whether labels may take two lines."""
        return _is_roomy(len(self.machines), len(self.metrics))


@dataclass(frozen=True, slots=True)
class Picture:
    """Units on the water's way, those beside it, and how many found no place."""

    water: tuple[UnitPicture, ...]
    beside: tuple[UnitPicture, ...]
    left_out: int


def draw(folder: PlantFolder, day: date, language: Language) -> Picture:
    """Lay the plant out for a day of its calendar."""
    limits = limits_by_tag(folder.rules_on(day))
    discharged = {limit.tag for limit in folder.limits}
    water: list[UnitPicture] = []
    beside: list[UnitPicture] = []
    for unit in folder.plant.units:
        points = [p for p in folder.plant.points if p.unit == unit.id and p.tag not in discharged]
        machines = tuple(_machines(folder, unit, points, language))
        metrics = _metrics(unit, points, limits, language)
        if not machines and not metrics:
            continue
        on_the_way = unit.stage is UnitStage.WATER
        kept = metrics[:METRICS_AT_MOST] if on_the_way else _fitting(metrics)
        (water if on_the_way else beside).append(_draw_unit(unit, machines, kept, language))
    order = (UnitStage.NETWORK, UnitStage.SERVICE, UnitStage.SLUDGE, UnitStage.LABORATORY)
    beside.sort(key=lambda shown: order.index(shown.unit.stage))
    return Picture(_narrowed(water), tuple(beside[:BESIDE_UNITS]), max(len(beside) - BESIDE_UNITS, 0))


def _fitting(metrics: Sequence[Metric]) -> list[Metric]:
    """Return the first values for which there is room beside the water's way, at least one."""
    kept: list[Metric] = []
    for metric in metrics[:METRICS_AT_MOST]:
        labels = naming.without_common_end([m.label for m in (*kept, metric)])
        wanted = sum(
            _metric_px(replace(m, label=label)) for m, label in zip((*kept, metric), labels, strict=True)
        )
        if kept and wanted + 14 * len(kept) > BESIDE_PX:
            break
        kept.append(metric)
    return kept


def _narrowed(units: Sequence[UnitPicture]) -> tuple[UnitPicture, ...]:
    """Return the units with so many values left out that all fit: each time the one that saves most."""
    shown = list(units)
    while sum(unit.width for unit in shown) * STEP_PX > WATER_PX:
        narrower = [
            (unit.width - less.width, index, less)
            for index, unit in enumerate(shown)
            for dropped in range(len(unit.metrics) - 1, 0, -1)
            for less in [_with_metrics(unit, unit.metrics[:dropped] + unit.metrics[dropped + 1 :])]
        ]
        saved, index, less = max(narrower, key=lambda way: way[0], default=(0, 0, None))
        if saved == 0 or less is None:
            break
        shown[index] = less
    return tuple(shown)


def _with_metrics(unit: UnitPicture, metrics: tuple[Metric, ...]) -> UnitPicture:
    return replace(unit, metrics=metrics, width=_width(unit.name, len(unit.machines), metrics))


def limits_by_tag(rules: Iterable[Rule]) -> dict[str, dict[RuleKind, Rule]]:
    """Return the limit rules of each point by kind, without those that do not hold at present."""
    found: dict[str, dict[RuleKind, Rule]] = {}
    for rule in rules:
        if rule.kind in LIMITS and math.isfinite(rule.threshold):
            found.setdefault(rule.tag, {})[rule.kind] = rule
    return found


def band(point: Point, limits: Mapping[RuleKind, Rule]) -> Band:
    """Return a scale on which the normal band takes the middle and both alarm limits are seen."""
    low, high = (_threshold(limits, kind) for kind in (RuleKind.LOW, RuleKind.HIGH))
    low = low if low is not None else _threshold(limits, RuleKind.LOW_LOW)
    high = high if high is not None else _threshold(limits, RuleKind.HIGH_HIGH)
    if low is not None and high is not None:
        margin = (high - low) * 0.4
        return Band(max(low - margin, point.range_low), min(high + margin, point.range_high), low, high)
    if high is not None:
        top = high + (high - point.range_low) * 0.35
        return Band(point.range_low, min(top, point.range_high), point.range_low, high)
    if low is not None:
        bottom = low - (point.range_high - low) * 0.35
        return Band(max(bottom, point.range_low), point.range_high, low, point.range_high)
    return Band(point.range_low, point.range_high, point.range_low, point.range_high)


def _threshold(limits: Mapping[RuleKind, Rule], kind: RuleKind) -> float | None:
    return limits[kind].threshold if kind in limits else None


def _draw_unit(
    unit: Unit, machines: tuple[Machine, ...], metrics: Sequence[Metric], language: Language
) -> UnitPicture:
    labels = naming.without_common_end([metric.label for metric in metrics])
    named = tuple(
        Metric(label, m.measure, m.points, m.decimals, m.band, m.tank, m.tank_limits)
        for label, m in zip(labels, metrics, strict=True)
    )
    channels = [p.channel for metric in metrics for p in metric.points if p.channel]
    name = language.name(unit.name)
    return UnitPicture(
        unit=unit,
        name=naming.capital(name),
        machines=machines,
        metrics=named,
        channels=tuple(dict.fromkeys(channels)),
        width=_width(name, len(machines), named),
    )


def _metrics(
    unit: Unit,
    points: Sequence[Point],
    limits: Mapping[str, Mapping[RuleKind, Rule]],
    language: Language,
) -> list[Metric]:
    families: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        own = limits.get(point.tag, {})
        if point.kind is not PointKind.ANALOG or _is_detail(point, own):
            continue
        bounds = tuple((kind, rule.threshold) for kind, rule in sorted(own.items()))
        key = (naming.family(point.name), point.engineering_unit, point.range_low, point.range_high, bounds)
        families.setdefault(key, []).append(point)
    weighed = [(_weight(family[0], limits.get(family[0].tag, {})), family) for family in families.values()]
    if any(weight > _AROUND for weight, _family in weighed):
        weighed = [pair for pair in weighed if pair[0] > _AROUND]
    weighed.sort(key=lambda pair: -pair[0])
    return [_metric(unit, family, limits.get(family[0].tag, {}), language) for _weight_, family in weighed]


def _is_detail(point: Point, limits: Mapping[RuleKind, Rule]) -> bool:
    """Whether a point belongs to a machine's own page: its current, its bearing, its calibration."""
    if any(rule.enable is not None for rule in limits.values()) and point.equipment is not None:
        return True
    return point.equipment is not None and not limits


def _weight(point: Point, limits: Mapping[RuleKind, Rule]) -> int:
    weight = _WEIGHT.get(point.engineering_unit, _AROUND)
    if point.engineering_unit == "m" and len(limits) < 4:
        weight -= 15  # a difference or a blanket, not what a tank holds
    return weight + _LIMIT_WEIGHT * len(limits) if weight else _AROUND


def _metric(
    unit: Unit, family: Sequence[Point], limits: Mapping[RuleKind, Rule], language: Language
) -> Metric:
    first = family[0]
    low, high = _threshold(limits, RuleKind.LOW), _threshold(limits, RuleKind.HIGH)
    tank = first.engineering_unit == "m" and low is not None and high is not None and len(family) == 1
    return Metric(
        label=naming.short(language.name(first.name), language.name(unit.name)),
        measure=words.measure(first.engineering_unit),
        points=tuple(family[:4]),
        decimals=formats.decimals(first, [rule.threshold for rule in limits.values()]),
        band=band(first, limits),
        tank=tank,
        tank_limits=(low, high) if tank and low is not None and high is not None else None,
    )


def _machines(
    folder: PlantFolder, unit: Unit, points: Sequence[Point], language: Language
) -> Iterable[Machine]:
    status = {p.equipment: p for p in points if p.equipment and p.bits}
    for item in folder.plant.equipment:
        point = status.get(item.id)
        if item.unit != unit.id or item.kind not in _SYMBOLS or point is None:
            continue
        masks = {bit.name: bit.mask for bit in point.bits}
        on = next((masks[name] for name in ON_BITS if name in masks), 0)
        if not on:
            continue
        yield Machine(
            equipment=item,
            number=naming.ordinal(item.name.zh, unit.name.zh),
            name=language.name(item.name),
            status=point.tag,
            on=on,
            fault=sum(masks.get(name, 0) for name in FAULT_BITS),
            moving=masks.get("moving", 0),
            remote=masks.get("remote", 0),
            auto=masks.get("auto", 0),
        )


def _in_head(machines: int, metrics: int) -> bool:
    return machines <= MACHINES_IN_HEAD and metrics >= ROWS


def _columns(machines: int, metrics: int) -> int:
    rows = ROWS if _in_head(machines, metrics) or not machines else ROWS - 1
    return max(-(-metrics // rows), 1)


def _is_roomy(machines: int, metrics: int) -> bool:
    return metrics + (1 if machines else 0) < ROWS


def _width(name: str, machines: int, metrics: Sequence[Metric]) -> int:
    """Return how many steps of the row a unit wants: by its longest line, its frame and its gap."""
    columns = _columns(machines, len(metrics))
    lines = 2 if _is_roomy(machines, len(metrics)) else 1
    by_column = [[_metric_px(m, lines) for m in metrics[i::columns]] for i in range(columns)]
    wanted = sum(max(column, default=0) + 14 for column in by_column) - 14
    in_head = machines if _in_head(machines, len(metrics)) else 0
    # A name of several words takes two lines; the mark of an alarm has its place beside it.
    head = max(text_px(word, 20) for word in name.split(" ")) + 26 + in_head * 37
    in_row = 0 if in_head else (machines + 1) // 2 if machines > 4 else machines
    return max(math.ceil((max(wanted, in_row * 37, head) + FRAME_PX) / STEP_PX), 4)


def _metric_px(metric: Metric, lines: int = 1) -> int:
    digits = max(len(formats.number(bound, metric.decimals)) for bound in (metric.band.low, metric.band.high))
    values = len(metric.points) * (digits * 16 + 11) - 11
    label = text_px(metric.label, 20) + 5 + text_px(metric.measure, 18)
    if lines > 1:
        label = max(
            label * 6 // 10,
            *(text_px(word, 20) for word in metric.label.split(" ") if " " in metric.label),
            0,
        )
    return max(values, label) + (40 if metric.tank else 0)


def text_px(text: str, size: int) -> int:
    """Return roughly how wide a text is at a font size: hanzi are square, letters about half."""
    return round(sum(size if ord(c) > 0x2E7F else size * 0.56 for c in text))
