"""What can be made to go wrong: a fault has a name, what it can befall, and a switch.

A fault that joins is one more entry of FAULTS. Those without a switch of their own are looked up where they
show: on the wire (modbus_server.py, mqtt_stations.py), in the biology (plant.py) or at a sensor (signals.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from config.folder import PlantFolder
from simulator.active_faults import (
    DRIFTING,
    FROZEN,
    ILLEGAL,
    MUTE,
    SILENT,
    SLOW,
    UNREACHABLE,
    WRONG_CLOCK,
    ActiveFault,
)
from simulator.analysers import METHODS
from simulator.equipment import Drive
from simulator.mqtt_stations import topics_of
from simulator.plant import INHIBITED, INHIBITED_UNIT, Plant
from simulator.works import Works
from telemetry.plant import Point, PointKind
from telemetry.simulated import FaultAmount, FaultKind, FaultOn, amount_of, kind_of

_ANALYSERS: Final = [f"{method.name[:3]}_ANA_{method.name[4:]}" for method in METHODS]
"""The analysers by equipment, in the order of the works."""
_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
_INLET: Final = "influent"
_MEASURED: Final = frozenset({PointKind.ANALOG, PointKind.TOTAL})


@dataclass(frozen=True, slots=True)
class Site:
    """What faults can befall: the plant, and where it has one, the folder that is served with its values."""

    plant: Plant
    folder: PlantFolder | None = None
    values: Callable[[], Mapping[str, float]] = lambda: _NOTHING

    @property
    def works(self) -> Works:
        """The works of the plant."""
        return self.plant.works

    def measured(self, *kinds: PointKind) -> list[str]:
        """Return the tags of the points that devices measure."""
        return [point.tag for point in self._points() if point.kind in kinds]

    def point(self, tag: str) -> Point:
        """Return a point of the folder."""
        return next(point for point in self._points() if point.tag == tag)

    def stations(self) -> list[str]:
        """Return the telemetry units behind the folder's brokers."""
        if self.folder is None:
            return []
        return [topic.station for name in self.folder.mqtt for topic in topics_of(self.folder, name)]

    def _points(self) -> list[Point]:
        points = self.folder.plant.points if self.folder is not None else ()
        return [point for point in points if point.kind is not PointKind.MANUAL and not point.is_own]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its words, whom it can befall, and what switching it on or off does to the plant."""

    name: str
    zh: str
    en: str
    targets: Callable[[Site], Sequence[str]]
    switch: Callable[[Plant, str, ActiveFault | None], None] = lambda plant, target, fault: None
    amount: FaultAmount | None = None
    held: Callable[[Site, str, float], float] = lambda site, target, amount: 0.0


def kinds_of(site: Site) -> list[FaultKind]:
    """Return every fault with what it can befall here."""
    return [
        FaultKind(fault.name, fault.zh, fault.en, tuple(fault.targets(site)), fault.amount)
        for fault in FAULTS.values()
    ]


def switch_fault(
    site: Plant | Site, name: str, target: str, active: bool, amount: float | None = None
) -> None:
    """Switch a fault at once; NotFound and Invalid say what there is instead. Twice on is on, anew."""
    site = Site(site) if isinstance(site, Plant) else site
    kind = kind_of(kinds_of(site), name, target)
    fault, plant = FAULTS[name], site.plant
    if active:
        much = amount_of(kind, amount)
        held = fault.held(site, target, much or 0.0)
        begun = ActiveFault(name, target, plant.now_us, much, held)
        plant.faults.begin(begun)
        fault.switch(plant, target, begun)
    else:
        plant.faults.end(name, target)
        fault.switch(plant, target, None)
    plant.touch()


def faults_on(plant: Plant) -> list[FaultOn]:
    """Return the faults that are on, in the order they came."""
    return [FaultOn(one.fault, one.target, one.since_us, one.amount) for one in plant.faults]


def _trip(plant: Plant, target: str, fault: ActiveFault | None) -> None:
    """Trip a drive; reset, it stands by until its group wants it."""
    drive = plant.drives[target]
    if fault is not None:
        drive.trip()
    else:
        drive.reset()


def _fail(plant: Plant, target: str, fault: ActiveFault | None) -> None:
    """Break an analyser down, or repair it."""
    analyser = plant.works.analysers[_ANALYSERS.index(target)]
    if fault is not None:
        analyser.fail()
    else:
        analyser.repair()


def _spoil(plant: Plant, target: str, fault: ActiveFault | None) -> None:
    """Let an analyser's reagents go bad, or give it fresh ones."""
    analyser = plant.works.analysers[_ANALYSERS.index(target)]
    if fault is not None:
        analyser.spoil()
    else:
        analyser.refresh()


def _rain(plant: Plant, target: str, fault: ActiveFault | None) -> None:
    """Let it pour: the sewers bring more than the pumps lift, and the by-pass opens."""
    plant.works.weather.rain_mm_h = 0.0 if fault is None else fault.amount or 0.0


def _ids(drives: Sequence[Drive]) -> list[str]:
    return [drive.id for drive in drives]


def _blowers(site: Site) -> list[str]:
    return _ids(site.works.aeration.blowers)


def _pumps(site: Site) -> list[str]:
    works = site.works
    recycle, tertiary = works.recycle, works.tertiary
    groups = [works.wet_well.pumps, *(station.pumps for station in works.stations)]
    groups += [recycle.returning, recycle.recycling, recycle.wasting]
    dosing = [item.pump for item in (tertiary.pac, tertiary.carbon, tertiary.hypochlorite)]
    return _ids([*(drive for group in groups for drive in group.drives), *dosing])


def _analysers(site: Site) -> list[str]:
    return _ANALYSERS


def _devices(site: Site) -> list[str]:
    return list(site.folder.modbus) if site.folder is not None else []


def _registers(site: Site) -> list[str]:
    return [point.tag for point in site.folder.modbus_points] if site.folder is not None else []


FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("blower_trip", "鼓风机跳闸", "blower trips", _blowers, _trip),
        Fault("pump_trip", "水泵故障", "pump fails", _pumps, _trip),
        Fault(
            FROZEN,
            "仪表卡死",
            "sensor frozen",
            lambda site: site.measured(*_MEASURED),
            held=lambda site, tag, _: site.values()[tag],
        ),
        Fault(
            DRIFTING,
            "仪表漂移",
            "sensor drifting",
            lambda site: site.measured(PointKind.ANALOG),
            amount=FaultAmount("%/h", 30.0, -300.0, 300.0),
            held=lambda site, tag, amount: site.point(tag).span * amount / 100.0 / 3600.0,
        ),
        Fault("analyser_failure", "分析仪故障", "analyser fails", _analysers, _fail),
        Fault("standard_check_failed", "标样核查不合格", "standard check failed", _analysers, _spoil),
        Fault(
            INHIBITED,
            "氨氮穿透",
            "ammonia breakthrough",
            lambda _: [INHIBITED_UNIT],
            amount=FaultAmount("%", 90.0, 1.0, 100.0),
        ),
        Fault(
            "storm_bypass",
            "暴雨超越",
            "storm with by-pass",
            lambda _: [_INLET],
            _rain,
            amount=FaultAmount("mm/h", 40.0, 1.0, 100.0),
        ),
        Fault(UNREACHABLE, "PLC断线", "PLC unreachable", _devices),
        Fault(MUTE, "PLC无应答", "PLC does not answer", _devices),
        Fault(ILLEGAL, "寄存器不存在", "register illegal", _registers),
        Fault(SLOW, "设备应答慢", "device slow", _devices, amount=FaultAmount("s", 0.8, 0.05, 30.0)),
        Fault(SILENT, "泵站失联", "station silent", Site.stations),
        Fault(
            WRONG_CLOCK,
            "时钟不准",
            "clock wrong",
            lambda site: [*site.stations(), *_ANALYSERS],
            amount=FaultAmount("s", 900.0, -86_400.0, 86_400.0),
        ),
    )
}
