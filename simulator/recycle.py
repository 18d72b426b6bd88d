"""Sludge and nitrate on their ways back: return, internal recycle and waste sludge pumps."""

from dataclasses import dataclass
from typing import Final

from simulator.equipment import DutyGroup, motor_kw

_RETURN_RATIO: Final = 0.85
_RETURN_EACH_M3_H: Final = 520.0
_RETURN_LOWEST_M3_H: Final = 380.0
_RECYCLE_EACH_M3_H: Final = 1080.0
_WASTE_M3_H: Final = 30.0
_WASTE_CYCLE_S: Final = 3600.0
RECYCLE_AMPS: Final = 28.5


@dataclass(slots=True)
class Recycle:
    """The three groups. Waste sludge is drawn for a part of each hour that keeps the solids."""

    returning: DutyGroup
    recycling: DutyGroup
    wasting: DutyGroup
    returned_total_m3: float
    wasted_total_m3: float
    returned_m3_h: float = 680.0
    recycled_m3_h: float = 2160.0
    wasted_m3_h: float = 0.0
    cycle_s: float = 0.0
    waste_part: float = 0.36

    def advance(
        self, lifted_m3_h: float, solids_g_m3: float, wanted_g_m3: float, takes_sludge: bool, dt_s: float
    ) -> None:
        """Advance pumps, flows and totals."""
        dt_h = dt_s / 3600.0
        self.returning.advance(dt_s)
        running = self.returning.running
        wanted = min(max(_RETURN_RATIO * lifted_m3_h, _RETURN_LOWEST_M3_H), running * _RETURN_EACH_M3_H)
        self.returned_m3_h += (wanted - self.returned_m3_h) * min(dt_s / 300.0, 1.0)
        self.returned_total_m3 += self.returned_m3_h * dt_h

        self.recycling.advance(dt_s)
        target = self.recycling.running * _RECYCLE_EACH_M3_H
        self.recycled_m3_h += (target - self.recycled_m3_h) * min(dt_s / 20.0, 1.0)

        self._waste(solids_g_m3, wanted_g_m3, takes_sludge, dt_s)
        self.wasted_total_m3 += self.wasted_m3_h * dt_h

    def return_amps(self) -> float:
        """Return the current of a return pump that runs."""
        running = self.returning.running
        load = self.returned_m3_h / running / _RETURN_EACH_M3_H if running else 0.0
        return 14.0 + 20.0 * float(load**1.5)

    def kw(self) -> float:
        """Return what the pumps take."""
        returning = self.returning.running * motor_kw(self.return_amps())
        return returning + self.recycling.running * motor_kw(RECYCLE_AMPS) + 4.0 * self.wasting.running

    def _waste(self, solids: float, wanted: float, takes_sludge: bool, dt_s: float) -> None:
        self.cycle_s += dt_s
        if self.cycle_s >= _WASTE_CYCLE_S:
            self.cycle_s -= _WASTE_CYCLE_S
            self.waste_part = min(max(0.36 + (solids - wanted) / 1500.0, 0.05), 0.8)
        due = takes_sludge and self.cycle_s < self.waste_part * _WASTE_CYCLE_S
        self.wasting.wanted = 1 if due else 0
        self.wasting.advance(dt_s)
        self.wasted_m3_h = _WASTE_M3_H if self.wasting.running else 0.0
