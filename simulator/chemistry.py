"""What is dosed: PAC against phosphorus, carbon for denitrification, hypochlorite against germs.

Each has a pump, a tank that falls and is filled again by day, and a total. Then the tertiary stage
the PAC acts in: high-rate settler, cloth filters, contact tank.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from simulator.equipment import Drive

_REFILL_BELOW_M: Final = 1.2
_REFILL_TO_M: Final = 2.45
_REFILL_M_H: Final = 1.6

PAC_G_L: Final = 200.0
"""g of PAC product in a litre as dosed."""

_AL_MOL_PER_G: Final = 0.00196
"""mol of Al in a gram of PAC with 10 % Al2O3."""

_P_G_MOL: Final = 30.97
_CARBON_G_COD_L: Final = 200.0
_CHLORINE_G_L: Final = 50.0
_PHOSPHATE_TARGET: Final = 0.09
_NITRATE_TARGET: Final = 1.6
_CHLORINE_TARGET: Final = 0.45
_CHLORINE_DEMAND: Final = 1.7
_SETTLER_M3: Final = 450.0
_CONTACT_M3: Final = 420.0


@dataclass(slots=True)
class Dosing:
    """A dosing pump and its tank."""

    pump: Drive
    area_m2: float
    level_m: float
    total_l: float
    flow_l_h: float
    filling: bool = False

    def advance(self, wanted_l_h: float, hour: float, dt_s: float) -> None:
        """Advance flow, tank and total; an empty tank gives nothing."""
        dt_h = dt_s / 3600.0
        if self.pump.tripped:
            wanted_l_h = 0.0
        self.pump.advance(dt_s)
        self.flow_l_h += (wanted_l_h - self.flow_l_h) * min(dt_s / 30.0, 1.0)
        self.flow_l_h = min(max(self.flow_l_h, 0.0), 480.0) if self.level_m > 0.05 else 0.0
        if self.flow_l_h > 2.0:
            self.pump.start()
        else:
            self.pump.stop()
            self.flow_l_h = 0.0
        # Deliveries and preparation are day work.
        if self.filling:
            self.filling = self.level_m < _REFILL_TO_M
        else:
            self.filling = self.level_m < _REFILL_BELOW_M and 8.0 <= hour < 16.0
        self.level_m += (_REFILL_M_H if self.filling else 0.0) * dt_h
        self.level_m -= self.flow_l_h * dt_h / 1000.0 / self.area_m2
        self.total_l += self.flow_l_h * dt_h


@dataclass(slots=True)
class Filter:
    """A cloth filter: its head loss grows until it is backwashed."""

    loss_kpa: float
    washing_s: float = 0.0

    def advance(self, flow_m3_h: float, solids_mg_l: float, dt_s: float) -> None:
        """Advance the head loss of the clean and the clogged cloth."""
        if self.washing_s > 0.0:
            self.washing_s -= dt_s
            self.loss_kpa += (4.0 - self.loss_kpa) * min(dt_s / 120.0, 1.0)
        else:
            self.loss_kpa += 0.9 * (flow_m3_h / 800.0) * (solids_mg_l / 8.0) * dt_s / 3600.0
            if self.loss_kpa > 13.0:
                self.washing_s = 480.0


@dataclass(slots=True)
class Tertiary:
    """Dosing and the stages after the clarifiers. Faults and tests turn `pac_factor`."""

    pac: Dosing
    carbon: Dosing
    hypochlorite: Dosing
    filters: list[Filter] = field(default_factory=lambda: [Filter(6.0), Filter(9.5)])
    pac_factor: float = 1.0
    carbon_integral: float = 100.0
    phosphate_seen: float = 0.7
    phosphate: float = 0.12
    chlorine: float = 0.45
    turbidity: float = 2.0
    solids: float = 4.5

    def advance(
        self,
        flow_m3_h: float,
        phosphate_in: float,
        solids_in: float,
        anoxic_nitrate: float,
        hour: float,
        dt_s: float,
    ) -> None:
        """Advance dosing and the water that leaves the filters and the contact tank."""
        # The phosphate analyser that paces the PAC is half an hour behind.
        self.phosphate_seen += (phosphate_in - self.phosphate_seen) * min(dt_s / 1800.0, 1.0)
        self.pac.advance(self._pac_wanted(flow_m3_h, self.phosphate_seen), hour, dt_s)
        self.carbon.advance(self._carbon_wanted(flow_m3_h, anoxic_nitrate, dt_s), hour, dt_s)
        chlorine_dose = _CHLORINE_DEMAND + 1.3 * _CHLORINE_TARGET
        self.hypochlorite.advance(chlorine_dose * flow_m3_h / _CHLORINE_G_L, hour, dt_s)
        flow = max(flow_m3_h, 1.0)
        dt_h = dt_s / 3600.0
        settled = self._precipitated(phosphate_in, self.pac.flow_l_h * PAC_G_L / flow)
        self._clear(flow, settled, solids_in, dt_h)
        for cloth in self.filters:
            cloth.advance(flow, solids_in, dt_s)
        dosed = self.hypochlorite.flow_l_h * _CHLORINE_G_L / flow
        held = _CONTACT_M3 / flow
        left = max(dosed - _CHLORINE_DEMAND, 0.0)
        self.chlorine = (self.chlorine + dt_h / held * left) / (1.0 + dt_h / held + 0.6 * dt_h)

    def _clear(self, flow: float, settled: float, solids_in: float, dt_h: float) -> None:
        part = 1.0 - math.exp(-dt_h * flow / _SETTLER_M3)
        self.phosphate += part * (settled - self.phosphate)
        coagulated = min(self.pac.flow_l_h * PAC_G_L / flow / 40.0, 1.0)
        self.turbidity += part * (0.55 * solids_in * (0.65 - 0.25 * coagulated) - self.turbidity)
        self.solids += part * (1.4 + 1.35 * self.turbidity - self.solids)

    def _pac_wanted(self, flow: float, phosphate: float) -> float:
        ratio = math.log(max(phosphate / _PHOSPHATE_TARGET, 1.05)) / 0.65
        dose = min(max(ratio * phosphate / _P_G_MOL / _AL_MOL_PER_G, 15.0), 90.0)
        return self.pac_factor * dose * flow / PAC_G_L

    def _carbon_wanted(self, flow: float, nitrate: float, dt_s: float) -> float:
        error = nitrate - _NITRATE_TARGET
        self.carbon_integral += 40.0 * error * dt_s / 3600.0
        self.carbon_integral = min(max(self.carbon_integral, 20.0), 260.0)
        return max(self.carbon_integral * flow / 800.0 + 60.0 * error, 0.0)

    def _precipitated(self, phosphate: float, pac_mg_l: float) -> float:
        """Return the phosphate left: each mol of Al for a mol of P takes the same share again."""
        molar = pac_mg_l * _AL_MOL_PER_G * _P_G_MOL / max(phosphate, 1e-6)
        return phosphate * math.exp(-0.65 * molar)

    def carbon_g_cod_d(self) -> float:
        """Return the COD dosed into the anoxic zones, g/d."""
        return self.carbon.flow_l_h * _CARBON_G_COD_L * 24.0
