"""Machines as symbols: which stand in a unit, and what the bits of their status words say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from config.folder import PlantFolder
from telemetry.plant import Equipment, EquipmentKind, Point, Unit
from web import naming
from web.language import Language

ON_BITS: Final = ("running", "open", "present", "on_mains")
FAULT_BITS: Final = ("fault", "overload", "estop")
"""By these names of bits.yaml a symbol knows how its machine stands."""
SYMBOLS: Final = frozenset(EquipmentKind) - {
    EquipmentKind.ANALYSER, EquipmentKind.SAMPLER, EquipmentKind.INSTRUMENT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """A symbol: its number, and the bits of its status word that say how it stands."""

    equipment: Equipment
    number: str
    name: str
    status: str
    channel: str | None
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


def machines_of(
    folder: PlantFolder, unit: Unit, points: Sequence[Point], language: Language
) -> Iterator[Machine]:
    """Yield the machines of a unit that have a status word, in the order of equipment.csv."""
    status = {p.equipment: p for p in points if p.equipment and p.bits}
    for item in folder.plant.equipment:
        point = status.get(item.id)
        if item.unit != unit.id or item.kind not in SYMBOLS or point is None:
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
            channel=point.channel,
            on=on,
            fault=sum(masks.get(name, 0) for name in FAULT_BITS),
            moving=masks.get("moving", 0),
            remote=masks.get("remote", 0),
            auto=masks.get("auto", 0),
        )
