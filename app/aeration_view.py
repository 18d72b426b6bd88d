"""What belongs to a plant's aeration, found by what it is measured in and by what the staff call it."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from config.folder import PlantFolder
from dashboards.description import Aeration, Chart, Machine, Status, Value
from telemetry.plant import EquipmentKind, Point, PointKind, UnitStage
from web import machines, naming
from web.language import Language

# Group, measures, and the words by which names tell that a point belongs to it.
_DO: Final = re.compile(r"溶解氧|\bDO\b|dissolved oxygen", re.IGNORECASE)
_AIR: Final = re.compile(r"风量|曝气|\bair\b", re.IGNORECASE)
_PRESSURE: Final = re.compile(r"压力|pressure", re.IGNORECASE)
_AMMONIA: Final = re.compile(r"氨氮|\bNH[34]|ammoni", re.IGNORECASE)
_SOLIDS: Final = re.compile(r"污泥浓度|\bMLSS\b", re.IGNORECASE)
_BLOWER: Final = re.compile(r"鼓风|blower", re.IGNORECASE)
_ON_BLOWERS: Final = ("A", "Hz", "degC")


class Values(Protocol):
    """How a point becomes a shown value."""

    def __call__(self, point: Point, label: str | None = None, decimals: int | None = None) -> Value:
        """Return the value, under a label of its own if one is given."""


class Statuses(Protocol):
    """How a machine becomes a shown status."""

    def __call__(self, machine: machines.Machine, label: str | None = None) -> Status:
        """Return the status, under a label of its own if one is given."""


def aeration_of(folder: PlantFolder, value: Values, status: Statuses, language: Language) -> Aeration | None:
    """Return the aeration of a plant; None where no dissolved oxygen is measured on the water's way."""
    plant = folder.plant
    water = {unit.id for unit in plant.units if unit.stage is UnitStage.WATER}
    analog = [p for p in plant.points if p.kind is PointKind.ANALOG]
    oxygen = [p for p in analog if p.unit in water and p.engineering_unit == "mg/L" and _is(_DO, p)]
    if not oxygen:
        return None
    tanks = {p.unit for p in oxygen}
    blowers = [item for item in plant.equipment if item.kind is EquipmentKind.BLOWER]
    around = tanks | {item.unit for item in blowers}
    common = [p for p in analog if p.equipment is None]
    found = (
        oxygen,
        [p for p in common if p.unit in around and p.engineering_unit == "m3/h" and _is(_AIR, p)],
        [
            p
            for p in common
            if p.unit in around and p.engineering_unit in ("kPa", "bar") and _is(_PRESSURE, p)
        ],
        [p for p in analog if p.unit in tanks and p.engineering_unit == "mg/L" and _is(_AMMONIA, p)],
        [p for p in analog if p.unit in tanks and p.engineering_unit == "mg/L" and _is(_SOLIDS, p)],
    )
    groups = [chart for points in found for chart in _charts(points, value, language)]
    return Aeration(groups, tuple(_blowers(folder, value, status, language)), _energy(folder, value))


def _is(words_: re.Pattern[str], point: Point) -> bool:
    return words_.search(point.name.zh) is not None or words_.search(point.name.en) is not None


def _charts(points: Sequence[Point], value: Values, language: Language) -> list[Chart]:
    """One chart a family of like names and ranges."""
    families: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        key = (naming.family(point.name), point.engineering_unit, point.range_low, point.range_high)
        families.setdefault(key, []).append(point)
    return [
        Chart(naming.short(language.name(family[0].name), ""), tuple(value(point) for point in family))
        for family in families.values()
    ]


def _blowers(folder: PlantFolder, value: Values, status: Statuses, language: Language) -> list[Machine]:
    found = []
    for unit in folder.plant.units:
        points = [p for p in folder.plant.points if p.unit == unit.id]
        for machine in machines.machines_of(folder, unit, points, language):
            if machine.equipment.kind is not EquipmentKind.BLOWER:
                continue
            own = [p for p in points if p.equipment == machine.equipment.id and p.kind is PointKind.ANALOG]
            name = language.name(machine.equipment.name)
            values = {
                measure: value(point, name)
                for measure in _ON_BLOWERS
                for point in [next((p for p in own if p.engineering_unit == measure), None)]
                if point is not None
            }
            found.append(Machine(status(machine, ""), name, values))
    return found


def _energy(folder: PlantFolder, value: Values) -> tuple[Value, ...]:
    """The blowers' meters, or the plant's where they have none of their own."""
    meters = [p for p in folder.plant.points if p.kind is PointKind.TOTAL and p.engineering_unit == "kWh"]
    own = [p for p in meters if _is(_BLOWER, p)]
    return tuple(value(point) for point in own or meters[:1])
