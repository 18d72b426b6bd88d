"""Which points a handover tells of, by what the plant folder says of them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telemetry.plant import Equipment, EquipmentKind, Plant, Point, PointKind, UnitStage

WATER: Final = "water"
NETWORK: Final = "network"
SLUDGE: Final = "sludge"
CHEMICALS: Final = "chemicals"
AIR: Final = "air"
ENERGY: Final = "energy"
GROUPS: Final = (WATER, NETWORK, SLUDGE, CHEMICALS, AIR, ENERGY)
_ENERGY_UNITS: Final = ("kWh", "MWh")
_WEIGHTS: Final = ("t", "kg")
_STOCK: Final = "库存"
_SILENT: Final = frozenset({EquipmentKind.ANALYSER, EquipmentKind.SAMPLER, EquipmentKind.INSTRUMENT})
_ON_BITS: Final = ("running", "open", "present", "on_mains")
_FAULT_BITS: Final = ("fault", "overload", "estop")


@dataclass(frozen=True, slots=True)
class Machinery:
    """A machine with its status word: the bits by name that say how it stands."""

    equipment: Equipment
    status: str
    masks: Mapping[str, int]

    def state(self, word: int | None) -> str:
        """Return how it stands by its word; unknown without one.

        Standby is what is ready to be started from the control room, stopped what is not.
        """
        if word is None:
            return "unknown"
        if any(word & self.masks.get(name, 0) for name in _FAULT_BITS):
            return "fault"
        if word & self.masks.get("moving", 0):
            return "moving"
        if any(word & self.masks.get(name, 0) for name in _ON_BITS):
            return "running"
        return "standby" if word & self.masks.get("ready", 0) else "stopped"

    def mode(self, word: int | None) -> str:
        """Return `local` or `hand` where a machine is not run by the automatic."""
        if word is None:
            return ""
        if "remote" in self.masks and not word & self.masks["remote"]:
            return "local"
        return "hand" if "auto" in self.masks and not word & self.masks["auto"] else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The points of each section, in the plant folder's order."""

    flows: tuple[str, ...]
    totals: tuple[tuple[str, str], ...]
    stock: tuple[str, ...]
    hauled: tuple[str, ...]
    sampled: tuple[str, ...]
    machinery: tuple[Machinery, ...]


def chosen(plant: Plant) -> Choice:
    """Return what a handover of this plant tells of."""
    units = [unit for unit in plant.units if unit.flow is not None]
    totals = tuple(_totals(plant))
    manual = [point for point in plant.points if point.kind is PointKind.MANUAL]
    stock = [point.tag for point in manual if _STOCK in point.name.zh]
    hauled = [p.tag for p in manual if p.engineering_unit in _WEIGHTS and p.tag not in stock]
    return Choice(
        flows=tuple(unit.flow for unit in units if unit.flow in plant.point_by_tag),
        totals=totals,
        stock=(*_tank_levels(plant, totals), *stock),
        hauled=tuple(hauled),
        sampled=tuple(point.tag for point in manual if point.tag not in (*stock, *hauled)),
        machinery=tuple(_machinery(plant)),
    )


def _totals(plant: Plant) -> Iterator[tuple[str, str]]:
    with_blowers = {item.unit for item in plant.equipment if item.kind is EquipmentKind.BLOWER}
    for point in plant.points:
        if point.kind is not PointKind.TOTAL or point.engineering_unit in ("h", "s", "-"):
            continue
        unit = plant.unit_by_id.get(point.unit)
        stage = UnitStage.SERVICE if unit is None else unit.stage
        yield point.tag, _group(point, stage, point.unit in with_blowers)


def _group(point: Point, stage: UnitStage, with_blowers: bool) -> str:
    if point.engineering_unit in _ENERGY_UNITS:
        return ENERGY
    by_stage = {UnitStage.WATER: WATER, UnitStage.NETWORK: NETWORK, UnitStage.SLUDGE: SLUDGE}
    return by_stage.get(stage, AIR if with_blowers else CHEMICALS)


def _tank_levels(plant: Plant, totals: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the levels of the tanks that chemicals are dosed from."""
    dosing = {plant.point_by_tag[tag].unit for tag, group in totals if group == CHEMICALS}
    for point in plant.points:
        if point.kind is PointKind.ANALOG and point.engineering_unit == "m" and point.unit in dosing:
            yield point.tag


def _machinery(plant: Plant) -> Iterator[Machinery]:
    status = {p.equipment: p for p in plant.points if p.equipment is not None and p.bits}
    for item in plant.equipment:
        point = status.get(item.id)
        if point is None or item.kind in _SILENT:
            continue
        masks = {bit.name: bit.mask for bit in point.bits}
        if any(name in masks for name in _ON_BITS):
            yield Machinery(item, point.tag, masks)
