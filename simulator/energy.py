"""What the plant draws: the sum of its drives, the meters, the mains."""

from dataclasses import dataclass
from typing import Final

_ALWAYS_KW: Final = 55.0
"""Mixers 22, scrapers 2, odour fan 11, filters and settler 10, ventilation and light 10."""


@dataclass(slots=True)
class Energy:
    """The meters at the feeders."""

    total_kwh: float
    active_kw: float = 240.0
    power_factor: float = 0.95
    feeder_1_v: float = 394.0
    feeder_2_v: float = 395.0

    def advance(self, drives_kw: float, hour: float, dt_s: float) -> None:
        """Advance the meters; by day offices and neighbours draw too, so the voltage is lower."""
        day = 1.0 if 7.5 <= hour < 18.0 else 0.0
        self.active_kw = _ALWAYS_KW + drives_kw + 14.0 * day
        self.total_kwh += self.active_kw * dt_s / 3600.0
        # Motors at part load draw relatively more reactive power.
        self.power_factor = min(0.925 + 0.0001 * self.active_kw, 0.98)
        target = 398.0 - 4.0 * day - 0.012 * self.active_kw
        part = min(dt_s / 600.0, 1.0)
        self.feeder_1_v += (target - self.feeder_1_v) * part
        self.feeder_2_v += (target + 1.5 - self.feeder_2_v) * part
