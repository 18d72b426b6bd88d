"""What can be made to go wrong: a fault has a name, equipment it can befall, and a switch.

A fault that joins is one more entry of FAULTS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.analysers import METHODS
from simulator.equipment import Drive
from simulator.plant import Plant
from simulator.works import Works
from telemetry.errors import NotFound

_ANALYSERS: Final = [f"{method.name[:3]}_ANA_{method.name[4:]}" for method in METHODS]
"""The analysers by equipment, in the order of the works."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: whom it can befall, and what switching it on or off does."""

    name: str
    targets: Callable[[Works], Sequence[str]]
    switch: Callable[[Plant, str, bool], None]


def switch_fault(plant: Plant, name: str, target: str, active: bool) -> None:
    """Switch a fault of the plant at once; NotFound names what there is instead."""
    fault = FAULTS.get(name)
    if fault is None:
        raise NotFound("fault_unknown", f"there is no fault {name!r}; there are {', '.join(FAULTS)}")
    targets = fault.targets(plant.works)
    if target not in targets:
        known = ", ".join(targets)
        raise NotFound("target_unknown", f"{name} cannot befall {target!r}; it can befall {known}")
    fault.switch(plant, target, active)
    plant.touch()


def _trip(plant: Plant, target: str, active: bool) -> None:
    """Trip a drive; reset, it stands by until its group wants it."""
    drive = plant.drives[target]
    if active:
        drive.trip()
    else:
        drive.reset()


def _fail(plant: Plant, target: str, active: bool) -> None:
    """Break an analyser down, or repair it."""
    analyser = plant.works.analysers[_ANALYSERS.index(target)]
    if active:
        analyser.fail()
    else:
        analyser.repair()


def _ids(drives: Sequence[Drive]) -> list[str]:
    return [drive.id for drive in drives]


def _blowers(works: Works) -> list[str]:
    return _ids(works.aeration.blowers)


def _lift_pumps(works: Works) -> list[str]:
    stations = [drive for station in works.stations for drive in station.pumps.drives]
    return _ids([*works.wet_well.pumps.drives, *stations])


FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("blower_trip", _blowers, _trip),
        Fault("pump_trip", _lift_pumps, _trip),
        Fault("analyser_failure", lambda _: _ANALYSERS, _fail),
    )
}
