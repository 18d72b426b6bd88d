"""Air: three blowers on a common frequency, the DO control, and what the air does in the basins.

The DO control changes the frequency slowly; blowers join and leave when it has been at an end of
its range. So when one trips, half the air is missing until the standby has started.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulator.biology import AEROBIC_1, AEROBIC_2, AMMONIA, OXYGEN, ZONE_M3, Train
from simulator.equipment import Drive, DutyGroup, motor_kw

Seen = Callable[[str, float], float]
"""What a sensor shows of what there is, by its tag."""

_BLOWER_M3_H: Final = 4200.0
_LOWEST_HZ: Final = 25.0
_RAMP_HZ_S: Final = 0.7
_GAIN_HZ: Final = 5.0
_INTEGRAL_S: Final = 1200.0
_FIRST_ZONE: Final = 0.65
"""Share of a train's air that goes to its first zone, where the load arrives."""

_TRANSFER: Final = 5.1
"""kLa per hour in a zone that gets its own volume of air each hour, at 20 °C in mixed liquor."""


@dataclass(slots=True)
class Blower(Drive):
    """A blower: a drive that gets warm."""

    bearing_c: float = 45.0
    outlet_c: float = 40.0
    air_m3_h: float = 0.0

    def heat(self, hz: float, air_c: float, pressure_kpa: float, dt_s: float) -> None:
        """Advance temperatures towards what load and weather make them."""
        part = min(dt_s / 1200.0, 1.0)
        load = (hz / 50.0) ** 1.5 if self.running else 0.0
        hall_c = 0.5 * (air_c + 22.0)
        self.bearing_c += part * (hall_c + (18.0 + 24.0 * load if self.running else 0.0) - self.bearing_c)
        rise = 0.72 * pressure_kpa + 8.0 * load if self.running else 0.0
        self.outlet_c += 2.0 * part / (1.0 + part) * (hall_c + rise - self.outlet_c)


@dataclass(slots=True)
class Aeration:
    """Blowers, header and the DO control. `first_share` is the share of train 1."""

    blowers: list[Blower]
    group: DutyGroup
    total_m3: float
    energy_kwh: float
    hz: float = 32.0
    integral_hz: float = 32.0
    stage_s: float = 0.0
    staging: bool = False
    setpoint_mg_l: float = 2.0
    first_share: float = 0.5
    header_kpa: float = 55.0
    header_m3_h: float = 5000.0

    def advance(self, trains: list[Train], air_c: float, dt_s: float, seen: Seen | None = None) -> None:
        """Advance control, blowers and totals; the control sees the trains' DO as its meters show it."""
        self._control(trains, dt_s, seen or _as_it_is)
        before = self.group.running
        self.group.advance(dt_s)
        self._settle(before)
        each = _BLOWER_M3_H * self.hz / 50.0
        self.header_m3_h = self.group.running * each
        if self.group.running:
            self.header_kpa = 51.5 + 4.0 * (self.header_m3_h / 5000.0) ** 2
        else:
            self.header_kpa = 0.0
        for blower in self.blowers:
            blower.air_m3_h = each if blower.running else 0.0
            blower.heat(self.hz, air_c, self.header_kpa, dt_s)
        self.total_m3 += self.header_m3_h * dt_s / 3600.0
        self.energy_kwh += self.kw() * dt_s / 3600.0

    def train_air(self) -> tuple[float, float]:
        """Return the air of both trains, m³/h."""
        first = self.header_m3_h * self.first_share
        return first, self.header_m3_h - first

    def amps(self) -> float:
        """Return the current of a blower that runs."""
        return 18.0 + 108.0 * self.hz / 50.0 * (self.header_kpa / 57.0)

    def kw(self) -> float:
        """Return what the blowers take."""
        return self.group.running * motor_kw(self.amps())

    def _control(self, trains: list[Train], dt_s: float, seen: Seen) -> None:
        do, ends = [], []
        for place, train in enumerate(trains):
            first, second = train.zones[AEROBIC_1], train.zones[AEROBIC_2]
            meters = (f"AE_DO{2 * place + 1}", first[OXYGEN]), (f"AE_DO{2 * place + 2}", second[OXYGEN])
            do.append(sum(max(seen(tag, mg_l), 0.0) for tag, mg_l in meters) / 2.0)
            ends.append(max(seen(f"AE_NH3{place + 1}", second[AMMONIA]), 0.0))
        ammonia = (ends[0] + ends[1]) / 2.0
        # The outer loop of the cascade: more ammonia at the end of the basins, more oxygen.
        wanted = min(max(2.1 + 0.3 * (ammonia - 0.5), 2.0), 2.7)
        self.setpoint_mg_l += (wanted - self.setpoint_mg_l) * min(dt_s / 900.0, 1.0)
        error = self.setpoint_mg_l - (do[0] + do[1]) / 2.0
        self.integral_hz += _GAIN_HZ * error * dt_s / _INTEGRAL_S
        self.integral_hz = min(max(self.integral_hz, _LOWEST_HZ), 50.0)
        wanted_hz = min(max(self.integral_hz + _GAIN_HZ * error, _LOWEST_HZ), 50.0)
        ramp = _RAMP_HZ_S * dt_s
        self.hz += min(max(wanted_hz - self.hz, -ramp), ramp)
        # The branch valves creep until both trains breathe alike.
        self.first_share += 0.02 * (do[1] - do[0]) * dt_s / 3600.0
        self.first_share = min(max(self.first_share, 0.44), 0.56)
        self._stage(error, dt_s)

    def _stage(self, error: float, dt_s: float) -> None:
        wanted = self.group.wanted
        if self.hz > 47.0 and error > 0.05 and wanted < 2:
            self.stage_s = max(self.stage_s, 0.0) + dt_s
        elif self.hz < 25.5 and error < -0.2 and wanted > 1:
            self.stage_s = min(self.stage_s, 0.0) - dt_s
        else:
            self.stage_s = 0.0
        if self.stage_s > 180.0:
            self.group.wanted, self.stage_s, self.staging = wanted + 1, 0.0, True
        elif self.stage_s < -1200.0:
            self.group.wanted, self.stage_s, self.staging = wanted - 1, 0.0, True

    def _settle(self, before: int) -> None:
        """Move the frequency when one joined or left, so that the air stays as it was.

        One that comes in for another that tripped is not met so: its air was missing.
        """
        running = self.group.running
        if self.staging and running == self.group.wanted:
            self.staging = False
            if before and running:
                self.hz = min(max(self.hz * before / running, _LOWEST_HZ), 50.0)
                self.integral_hz = self.hz


def _as_it_is(tag: str, value: float) -> float:
    return value


def oxygen_transfer(air_m3_h: float) -> tuple[float, float]:
    """Return kLa of a train's two aerobic zones, per day at 20 °C."""
    first = air_m3_h * _FIRST_ZONE / ZONE_M3[AEROBIC_1]
    second = air_m3_h * (1.0 - _FIRST_ZONE) / ZONE_M3[AEROBIC_2]
    return 24.0 * _TRANSFER * float(first**0.9), 24.0 * _TRANSFER * float(second**0.9)
