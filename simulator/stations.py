"""The three lift stations in the town: two pumps each that empty a sump, one after the other."""

from dataclasses import dataclass
from typing import Final

from simulator.equipment import DutyGroup

SHARES: Final = {"LS1": 0.12, "LS2": 0.09, "LS3": 0.07}
"""What part of the plant's influent comes through each station."""

_SUMP_M2: Final = 22.0
_START_M: Final = 2.6
_BOTH_M: Final = 3.6
_STOP_M: Final = 1.4
_PUMP_M3_H: Final = 165.0
_OVERFLOWS_M: Final = 6.4
"""Where the sump runs over into the street's ditch: above the last alarm of its level."""


@dataclass(slots=True)
class Station:
    """A lift station; `mains` is false while its power is away."""

    id: str
    pumps: DutyGroup
    total_m3: float
    level_m: float = 2.0
    flow_m3_h: float = 0.0
    screen_m: float = 0.04
    h2s_ppm: float = 1.5
    mains: bool = True

    def advance(self, inflow_m3_h: float, dt_s: float, seen_m: float | None = None) -> None:
        """Advance level, pumps and total; the pumps follow `seen_m`, the level that its meter shows."""
        seen_m = self.level_m if seen_m is None else seen_m
        if seen_m > _BOTH_M:
            self.pumps.wanted = 2
        elif seen_m > _START_M:
            self.pumps.wanted = max(self.pumps.wanted, 1)
        elif seen_m < _STOP_M:
            self.pumps.wanted = 0
        if not self.mains:
            for pump in self.pumps.drives:
                pump.stop()
        else:
            self.pumps.advance(dt_s)
        dt_h = dt_s / 3600.0
        held_m3 = (self.level_m - 0.6) * _SUMP_M2
        self.flow_m3_h = min(self.pumps.running * _PUMP_M3_H, max(held_m3 / dt_h, 0.0))
        self.level_m += (inflow_m3_h - self.flow_m3_h) * dt_h / _SUMP_M2
        self.level_m = min(self.level_m, _OVERFLOWS_M)
        self.total_m3 += self.flow_m3_h * dt_h
        # Debris is raked by hand on the morning round; gas comes off the sewage that waits.
        self.screen_m += (0.06 + 0.0002 * inflow_m3_h - self.screen_m) * min(dt_s / 7200.0, 1.0)
        self.h2s_ppm += (0.6 + 0.5 * self.level_m - self.h2s_ppm) * min(dt_s / 900.0, 1.0)
