"""Where water stands and how it is lifted: sewer, wet well with its pumps, screens, flume.

Storages are linear reservoirs advanced implicitly: what leaves is exactly what came in less what
stayed, at any step.
"""

from dataclasses import dataclass, field
from typing import Final

from simulator.equipment import Drive, DutyGroup, motor_kw

WET_WELL_AREA_M2: Final = 130.0
_EMPTY_M: Final = 1.0
_LIFT_PER_METRE: Final = 400.0
"""m³/h of pumping for each metre above empty: the level control's gain."""

_PUMP_M3_H: Final = 650.0
_DEAD_HEAD_HZ: Final = 20.0
_LOWEST_HZ: Final = 28.0
_RAMP_HZ_S: Final = 2.0
_ALL_PUMPS_M: Final = 4.4
_BYPASS_OPENS_M: Final = 6.6
_BYPASS_SHUTS_M: Final = 5.4

_FLUME_C: Final = 0.561
_FLUME_N: Final = 1.513
"""Parshall flume, throat 0.25 m: Q[m³/s] = 0.561·h[m]^1.513 (ISO 9826)."""


@dataclass(slots=True)
class Reservoir:
    """Water that runs off in proportion to what is stored."""

    volume_m3: float
    residence_h: float

    def advance(self, inflow_m3_h: float, dt_h: float) -> float:
        """Take in water and return the outflow in m³/h."""
        self.volume_m3 = (self.volume_m3 + dt_h * inflow_m3_h) / (1.0 + dt_h / self.residence_h)
        return self.volume_m3 / self.residence_h


@dataclass(slots=True)
class WetWell:
    """The wet well and its three lift pumps on a common frequency, two of them on duty at most."""

    pumps: DutyGroup
    total_m3: float
    level_m: float = 3.0
    hz: float = 40.0
    lifted_m3_h: float = 800.0
    stage_s: float = 0.0
    bypass_open: bool = False
    bypass_m3_h: float = 0.0

    def advance(self, inflow_m3_h: float, dt_s: float, seen_m: float | None = None) -> None:
        """Advance level, pumps and the total lifted; `seen_m` is the level that its meter shows.

        The pumps follow the meter; the by-pass gate has a float of its own.
        """
        seen_m = self.level_m if seen_m is None else seen_m
        demand = _LIFT_PER_METRE * max(seen_m - _EMPTY_M, 0.0)
        self._stage(demand, seen_m, dt_s)
        self.pumps.advance(dt_s)
        running = self.pumps.running
        share = demand / running if running else 0.0
        wanted_hz = _DEAD_HEAD_HZ + (50.0 - _DEAD_HEAD_HZ) * share / _PUMP_M3_H
        wanted_hz = min(max(wanted_hz, _LOWEST_HZ), 50.0)
        ramp = _RAMP_HZ_S * dt_s
        self.hz += min(max(wanted_hz - self.hz, -ramp), ramp)
        lift = _PUMP_M3_H * (self.hz - _DEAD_HEAD_HZ) / (50.0 - _DEAD_HEAD_HZ)
        dt_h = dt_s / 3600.0
        held_m3 = (self.level_m - 0.3) * WET_WELL_AREA_M2
        self.lifted_m3_h = min(running * lift, held_m3 / dt_h)
        self._bypass()
        self.level_m += (inflow_m3_h - self.lifted_m3_h - self.bypass_m3_h) * dt_h / WET_WELL_AREA_M2
        self.total_m3 += self.lifted_m3_h * dt_h

    def amps(self) -> float:
        """Return the current of a pump that runs."""
        return 14.0 + 46.0 * float((self.hz / 50.0) ** 2.5)

    def kw(self) -> float:
        """Return what the pumps take."""
        return self.pumps.running * motor_kw(self.amps())

    def _stage(self, demand: float, seen_m: float, dt_s: float) -> None:
        wanted = self.pumps.wanted
        most = 3 if seen_m > _ALL_PUMPS_M else 2
        if demand > 0.98 * wanted * _PUMP_M3_H and wanted < most:
            self.stage_s = max(self.stage_s, 0.0) + dt_s
        elif wanted > 1 and demand < 0.94 * (wanted - 1) * _PUMP_M3_H:
            self.stage_s = min(self.stage_s, 0.0) - dt_s
        else:
            self.stage_s = 0.0
        if self.stage_s > 60.0:
            self.pumps.wanted, self.stage_s = wanted + 1, 0.0
        elif self.stage_s < -600.0:
            self.pumps.wanted, self.stage_s = wanted - 1, 0.0

    def _bypass(self) -> None:
        if self.bypass_open:
            self.bypass_open = self.level_m > _BYPASS_SHUTS_M
        else:
            self.bypass_open = self.level_m > _BYPASS_OPENS_M
        self.bypass_m3_h = 700.0 * (self.level_m - 5.0) ** 0.5 if self.bypass_open else 0.0


@dataclass(slots=True)
class Screen:
    """A bar screen that is raked when it is clogged, or every twenty minutes."""

    rake: Drive
    debris_m: float = 0.02
    loss_m: float = 0.05

    def advance(self, flow_m3_h: float, dt_s: float) -> None:
        """Advance what lies on the bars and the level difference across them."""
        self.rake.advance(dt_s)
        load = flow_m3_h / 800.0
        if self.rake.running:
            self.debris_m = max(self.debris_m - 0.0012 * dt_s, 0.0)
            if self.debris_m == 0.0 and self.rake.stint_s >= 60.0:
                self.rake.stop()
        else:
            self.debris_m += 0.04 * load * dt_s / 1200.0
            if self.debris_m > 0.06 or self.rake.stint_s > 1200.0:
                self.rake.start()
        self.loss_m = 0.03 * load * load + self.debris_m


@dataclass(slots=True)
class Outlet:
    """The way from the clarifiers' weirs to the Parshall flume, and the flow measured there."""

    storage: Reservoir = field(default_factory=lambda: Reservoir(volume_m3=200.0, residence_h=0.25))
    flow_m3_h: float = 800.0
    total_m3: float = 0.0

    def advance(self, inflow_m3_h: float, dt_h: float) -> None:
        """Advance flow and total."""
        self.flow_m3_h = self.storage.advance(inflow_m3_h, dt_h)
        self.total_m3 += self.flow_m3_h * dt_h

    @property
    def level_m(self) -> float:
        """The water level in the flume."""
        return flume_level_m(self.flow_m3_h)


def flume_level_m(flow_m3_h: float) -> float:
    """Return the level at which the flume passes a flow."""
    return float((max(flow_m3_h, 0.0) / 3600.0 / _FLUME_C) ** (1.0 / _FLUME_N))
