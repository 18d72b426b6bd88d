"""Which measured values are shown of a unit, and in what order.

Those that have limits come before those that have none, flows, levels and concentrations before
the rest, alike ones stand in one row; what belongs to a machine is left to that machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alarms.settings import RuleKind
from telemetry.plant import Point, PointKind, Unit
from web import formats, naming, words
from web.bands import Band, LimitsByTag, OwnLimits, band, threshold
from web.language import Language

ALIKE_AT_MOST: Final = 4

# How much a value says about its unit, by what it is measured in; what is in the air around the
# unit (ppm, %LEL) is shown where nothing else is, and otherwise when it alarms.
_WEIGHT: Final[Mapping[str, int]] = {
    "m3/h": 40, "m": 40, "kW": 35, "mg/L": 30, "mV": 30, "kPa": 25, "MPa": 20,
    "NTU": 25, "L/h": 20, "V": 20, "%": 15, "-": 15, "degC": 10, "uS/cm": 5, "mm/h": 5,
}  # fmt: skip
_AROUND: Final = 0
_LIMIT_WEIGHT: Final = 5
_NOT_A_TANK: Final = 15


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


def metrics_of(
    unit: Unit,
    points: Sequence[Point],
    limits: LimitsByTag,
    language: Language,
) -> list[Metric]:
    """Return what is measured in a unit, the most telling first."""
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
    return [_metric(unit, family, limits.get(family[0].tag, {}), language) for _, family in weighed]


def _is_detail(point: Point, limits: OwnLimits) -> bool:
    """Whether a point belongs to a machine's own page: its current, its bearing, its calibration."""
    if any(rule.enable is not None for rule in limits.values()) and point.equipment is not None:
        return True
    return point.equipment is not None and not limits


def _weight(point: Point, limits: OwnLimits) -> int:
    weight = _WEIGHT.get(point.engineering_unit, _AROUND)
    if point.engineering_unit == "m" and len(limits) < 4:
        weight -= _NOT_A_TANK  # a difference or a blanket, not what a tank holds
    return weight + _LIMIT_WEIGHT * len(limits) if weight else _AROUND


def _metric(unit: Unit, family: Sequence[Point], limits: OwnLimits, language: Language) -> Metric:
    first = family[0]
    low, high = threshold(limits, RuleKind.LOW), threshold(limits, RuleKind.HIGH)
    tank = first.engineering_unit == "m" and low is not None and high is not None and len(family) == 1
    return Metric(
        label=naming.short(language.name(first.name), language.name(unit.name)),
        measure=words.measure(first.engineering_unit),
        points=tuple(family[:ALIKE_AT_MOST]),
        decimals=formats.decimals(first, [rule.threshold for rule in limits.values()]),
        band=band(first, limits),
        tank=tank,
        tank_limits=(low, high) if tank and low is not None and high is not None else None,
    )
