"""Waste sludge: a storage tank that thickens, two filter presses in day shifts, the cake's weight."""

from dataclasses import dataclass
from typing import Final

from simulator.equipment import Drive

_TANK_M2: Final = 60.0
_DECANT_FROM_M: Final = 2.3
_DECANT_TO_M: Final = 2.0
_DECANT_M3_H: Final = 14.0
_NO_WASTE_ABOVE_M: Final = 4.0
_PRESS_ABOVE_M: Final = 1.5
_PRESS_ABOVE_KG_M3: Final = 15.0
_FEED_KG: Final = 560.0
"""Dry solids a press takes in one cycle."""

_SQUEEZE_S: Final = 2400.0
_EMPTYING_S: Final = 1500.0
_DRY_PART_OF_CAKE: Final = 0.22
_PAM_L_PER_KG: Final = 2.0
"""Polymer solution of 0.2 % for 4 kg of PAM a tonne of dry solids."""

IDLE, FEEDING, SQUEEZING, EMPTYING = range(4)


@dataclass(slots=True)
class Press:
    """A plate press and the pump that feeds it."""

    press: Drive
    pump: Drive
    phase: int = IDLE
    phase_s: float = 0.0
    fed_kg: float = 0.0
    flow_m3_h: float = 0.0
    pressure_mpa: float = 0.0

    def advance(self, tank_kg_m3: float, may_start: bool, dt_s: float) -> float:
        """Advance the cycle and return the cake that fell meanwhile, t."""
        self.press.advance(dt_s)
        self.pump.advance(dt_s)
        self.phase_s += dt_s
        if self.phase == IDLE and may_start and self.press.available and self.pump.available:
            self._enter(FEEDING)
            self.fed_kg = 0.0
        elif self.phase == FEEDING:
            return self._feed(tank_kg_m3, dt_s)
        elif self.phase == SQUEEZING and self.phase_s >= _SQUEEZE_S:
            self._enter(EMPTYING)
        elif self.phase == EMPTYING:
            self.pressure_mpa = 0.0
            if self.phase_s >= _EMPTYING_S:
                self._enter(IDLE)
                return self.fed_kg / 1000.0 / _DRY_PART_OF_CAKE
        return 0.0

    def _feed(self, tank_kg_m3: float, dt_s: float) -> float:
        if self.pump.tripped or self.press.tripped:
            self._enter(IDLE)
            return 0.0
        filled = self.fed_kg / _FEED_KG
        # The cake resists the more, the thicker it is: pressure rises and the flow falls.
        self.flow_m3_h = 34.0 - 24.0 * filled
        self.pressure_mpa = 0.25 + 0.58 * filled * filled
        self.fed_kg += self.flow_m3_h * tank_kg_m3 * dt_s / 3600.0
        if self.fed_kg >= _FEED_KG:
            self._enter(SQUEEZING)
        return 0.0

    def _enter(self, phase: int) -> None:
        self.phase, self.phase_s, self.flow_m3_h = phase, 0.0, 0.0
        if phase == FEEDING:
            self.press.start()
            self.pump.start()
        elif phase == SQUEEZING:
            self.pump.stop()
            self.pressure_mpa = 0.85
        elif phase == IDLE:
            self.pump.stop()
            self.press.stop()
            self.pressure_mpa = 0.0


@dataclass(slots=True)
class Dewatering:
    """The storage tank and what stands behind it."""

    presses: list[Press]
    cake_t: float
    volume_m3: float = 150.0
    solids_kg: float = 2700.0
    decanting: bool = False
    decant_m3_h: float = 0.0
    pam_l_h: float = 0.0
    next_press: int = 0

    @property
    def level_m(self) -> float:
        """The level in the storage tank."""
        return self.volume_m3 / _TANK_M2

    @property
    def solids_kg_m3(self) -> float:
        """How dense the sludge in the tank is."""
        return self.solids_kg / max(self.volume_m3, 1.0)

    @property
    def takes_sludge(self) -> bool:
        """Whether waste sludge may be pumped in."""
        return self.level_m < _NO_WASTE_ABOVE_M

    @property
    def feed_m3_h(self) -> float:
        """What the presses are fed."""
        return self.presses[0].flow_m3_h + self.presses[1].flow_m3_h

    def advance(self, wasted_m3_h: float, wasted_g_m3: float, hour: float, dt_s: float) -> None:
        """Advance tank, presses and the cake's total."""
        dt_h = dt_s / 3600.0
        dense = self.solids_kg_m3
        turn = self.next_press
        for place, press in enumerate(self.presses):
            other = self.presses[1 - place]
            may_start = place == turn and other.phase != FEEDING and self._may_press(hour)
            was = press.phase
            cake_t = press.advance(dense, may_start, dt_s)
            self.cake_t += cake_t
            if was == IDLE and press.phase == FEEDING:
                self.next_press = 1 - turn
        fed = self.feed_m3_h
        self.pam_l_h = fed * dense * _PAM_L_PER_KG
        self._decant(dt_h)
        self.volume_m3 += (wasted_m3_h - fed - self.decant_m3_h) * dt_h
        self.solids_kg += (wasted_m3_h * wasted_g_m3 / 1000.0 - fed * dense) * dt_h

    def _may_press(self, hour: float) -> bool:
        return 8.0 <= hour < 18.0 and self.level_m > _PRESS_ABOVE_M and self.solids_kg_m3 > _PRESS_ABOVE_KG_M3

    def _decant(self, dt_h: float) -> None:
        """Draw off clear water while there is any: sludge thickens to 3 % at most."""
        if self.decanting:
            self.decanting = self.level_m > _DECANT_TO_M and self.solids_kg_m3 < 30.0
        else:
            self.decanting = self.level_m > _DECANT_FROM_M and self.solids_kg_m3 < 25.0
        self.decant_m3_h = _DECANT_M3_H if self.decanting else 0.0
