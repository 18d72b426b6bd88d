"""The two secondary clarifiers: sludge settles, thickens and goes back; clear water leaves."""

from dataclasses import dataclass, field
from typing import Final

from simulator.biology import AMMONIA, NITRATE, PHOSPHATE, READY

AREA_M2: Final = 1060.0
_WATER_M3: Final = 3400.0
_USUAL_SLUDGE_KG: Final = 5400.0
_USUAL_RETURN_G_M3: Final = 8200.0
_USUAL_SVI: Final = 95.0
CARRIED: Final = (READY, AMMONIA, NITRATE, PHOSPHATE)


@dataclass(slots=True)
class Clarifiers:
    """Sludge stored and dissolved matter of the water above it. `water` in the order of CARRIED."""

    sludge_kg: float = _USUAL_SLUDGE_KG
    svi_ml_g: float = _USUAL_SVI
    water: list[float] = field(default_factory=lambda: [1.0, 0.6, 7.5, 0.7])

    @property
    def return_g_m3(self) -> float:
        """How dense the sludge at the bottom is: denser under more of it, thinner when it bulks."""
        packed = (self.sludge_kg / _USUAL_SLUDGE_KG) ** (1.0 / 3.0)
        return float(_USUAL_RETURN_G_M3 * packed * (_USUAL_SVI / self.svi_ml_g) ** 0.5)

    @property
    def blanket_m(self) -> float:
        """How high the sludge stands."""
        return self.sludge_kg * 1000.0 / (AREA_M2 * self.return_g_m3)

    def solids_out(self, outflow_m3_h: float) -> float:
        """Return the solids in the clear water, mg/L: more at high load, far more over a high blanket."""
        load = outflow_m3_h / 800.0
        return 5.0 + 2.5 * load * load + 30.0 * max(self.blanket_m - 1.3, 0.0)

    def advance(
        self,
        mixed_g_m3: float,
        arriving: list[float],
        outflow_m3_h: float,
        returned_m3_h: float,
        wasted_m3_h: float,
        dt_h: float,
    ) -> None:
        """Advance; `arriving` is one zone's content by READY … OXYGEN, flows without the waste sludge."""
        settled = (outflow_m3_h + returned_m3_h + wasted_m3_h) * mixed_g_m3
        drawn = (returned_m3_h + wasted_m3_h) * self.return_g_m3
        lost = outflow_m3_h * self.solids_out(outflow_m3_h)
        self.sludge_kg = max(self.sludge_kg + (settled - drawn - lost) * dt_h / 1000.0, 100.0)
        exchange = outflow_m3_h * dt_h / _WATER_M3
        for place, item in enumerate(CARRIED):
            self.water[place] += exchange * (arriving[item] - self.water[place])
