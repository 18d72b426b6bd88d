"""What each online analyser does now, and how old its last result is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.folder import PlantFolder
from telemetry.plant import EquipmentKind, Point, PointKind
from web import naming
from web.language import Language

# The gravest first: a fault says more than the hold it causes.
STATES: Final = (
    "fault", "no_sample", "maintenance", "calibration", "standard_check", "holding", "measuring",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Analyser:
    """An analyser: its status word and where it says when its last sample was taken."""

    equipment: str
    label: str
    regulatory: bool
    status: str
    states: tuple[tuple[str, int], ...]
    """(state, mask), the gravest first."""
    sampled: str | None
    """The point that holds the last sample's time, Unix seconds."""

    def state(self, word: int | None) -> str:
        """Return the state a status word says; `unknown` without one, `idle` when no bit is set."""
        if word is None:
            return "unknown"
        return next((state for state, mask in self.states if word & mask), "idle")


def analysers(folder: PlantFolder, language: Language) -> list[Analyser]:
    """Return the analysers with a status word, those whose results are reported first."""
    found = [
        analyser
        for item in folder.plant.equipment
        if item.kind is EquipmentKind.ANALYSER
        for analyser in [_analyser(folder, item.id, language)]
        if analyser is not None
    ]
    return sorted(found, key=lambda analyser: not analyser.regulatory)


def _analyser(folder: PlantFolder, equipment: str, language: Language) -> Analyser | None:
    own = [point for point in folder.plant.points if point.equipment == equipment]
    status = next((point for point in own if point.kind is PointKind.STATUS and point.bits), None)
    if status is None:
        return None
    return Analyser(
        equipment=equipment,
        label=_label(folder, equipment, own, language),
        regulatory=any(point.regulatory for point in own),
        status=status.tag,
        states=tuple((state, bit.mask) for state in STATES for bit in [status.bit(state)] if bit is not None),
        sampled=folder.plant.sample_time_of(equipment),
    )


def _label(folder: PlantFolder, equipment: str, own: Sequence[Point], language: Language) -> str:
    """What it measures says it in fewest words; its own name serves where nothing is measured."""
    measured = next((point for point in own if point.kind is PointKind.ANALOG), None)
    name = language.name((measured or folder.plant.equipment_by_id[equipment]).name)
    return naming.short(name, "") if measured is None else naming.capital(name)
