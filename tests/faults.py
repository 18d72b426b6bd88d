"""A plant whose faults can be switched, in this process: what a demo's node is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from config.folder import PlantFolder
from simulator.faults import Site, faults_on, kinds_of, switch_fault
from simulator.plant import Plant
from simulator.signals import Signals
from telemetry.errors import DeviceUnreachable
from telemetry.people import Actor
from telemetry.simulated import FaultKind, FaultOn


@dataclass
class PlantSwitch:
    """The simulator's own faults of its own plant, without a process between."""

    folder: PlantFolder
    now_us: int
    away: bool = False
    switched_by: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        plant = Plant(1, self.folder.plant.timezone, self.now_us)
        self.site = Site(plant, self.folder, Signals(plant, self.folder.plant.points).values)

    @property
    def kinds(self) -> Sequence[FaultKind]:
        return kinds_of(self.site)

    @property
    def active(self) -> Sequence[FaultOn]:
        return faults_on(self.site.plant)

    async def switch(
        self, fault: str, target: str, active: bool, amount: float | None = None, by: Actor | None = None
    ) -> None:
        if self.away:
            raise DeviceUnreachable("the simulated plant does not answer")
        switch_fault(self.site, fault, target, active, amount)
        self.switched_by.append("" if by is None else by.name)
