"""What the sewers bring: flow and concentrations by the hour, the week and the season.

Two peaks a day, when the town gets up and after supper, each reaching the plant some two hours
later; less at weekends; warm in August, cold in February. Rain is off until somebody sets it.
"""

import math
from dataclasses import dataclass
from typing import Final

from simulator.chance import SmoothNoise

_DAY_S: Final = 86_400.0
_YEAR_S: Final = 365.2425 * _DAY_S

MEAN_FLOW_M3_H: Final = 812.0
_WEEKEND: Final = 0.93
_WARMEST_DAY: Final = 218
_RAIN_M3_H_PER_MM: Final = 60.0
"""Flow that 1 mm/h brings through wrong connections and manholes of separate sewers."""


@dataclass(slots=True)
class Weather:
    """What faults and tests change; everything else is a function of time."""

    rain_mm_h: float = 0.0
    runoff_m3_h: float = 0.0
    colder_by_c: float = 0.0
    flow_factor: float = 1.0


@dataclass(slots=True, frozen=True)
class Sewage:
    """The influent at a moment; concentrations in mg/L, N and P as such."""

    flow_m3_h: float
    cod: float
    ammonia: float
    organic_n: float
    phosphorus: float
    ph: float
    conductivity: float
    water_c: float
    air_c: float


class Influent:
    """The town as a function of time and seed."""

    def __init__(self, seed: int) -> None:
        self._day = SmoothNoise(seed, "day", _DAY_S)
        self._flow = SmoothNoise(seed, "flow", 5400.0)
        self._ripple = SmoothNoise(seed, "ripple", 700.0)
        self._strength = SmoothNoise(seed, "strength", 0.7 * _DAY_S)
        self._cod = SmoothNoise(seed, "cod", 7200.0)
        self._nitrogen = SmoothNoise(seed, "nitrogen", 9000.0)
        self._phosphorus = SmoothNoise(seed, "phosphorus", 8000.0)
        self._ph = SmoothNoise(seed, "ph", 10_000.0)
        self._spell = SmoothNoise(seed, "spell", 4 * _DAY_S)

    def at(self, local_s: float, weather: Weather) -> Sewage:
        """Return the sewage at a local time, s since 1970-01-01 00:00 of the plant's calendar."""
        hour = local_s / 3600.0 % 24.0
        dry = MEAN_FLOW_M3_H * weather.flow_factor * self._flow_pattern(local_s, hour)
        flow = dry + weather.runoff_m3_h
        # Rain dilutes what is dissolved; the minerals of road and soil keep some of the rest up.
        dilution = dry / flow
        load = (1.0 + 0.05 * _wave(hour, 15.0, 24.0) + 0.11 * _wave(hour, 10.2, 12.0)) * dilution
        load *= 1.0 + 0.06 * self._strength.at(local_s)
        ammonia = 28.2 * load * (1.0 + 0.03 * self._nitrogen.at(local_s))
        cod = 262.0 * load * (1.0 + 0.07 * self._cod.at(local_s))
        air, water = self._temperatures(local_s, hour, weather)
        return Sewage(
            flow_m3_h=flow,
            cod=cod,
            ammonia=ammonia,
            organic_n=0.0365 * cod,
            phosphorus=4.1 * load * (1.0 + 0.05 * self._phosphorus.at(local_s)),
            ph=7.35 + 0.08 * _wave(hour, 11.0, 24.0) + 0.06 * self._ph.at(local_s),
            conductivity=420.0 + 660.0 * load,
            water_c=water,
            air_c=air,
        )

    def _flow_pattern(self, local_s: float, hour: float) -> float:
        day = math.floor(local_s / _DAY_S)
        # 1970-01-01 was a Thursday. Around midnight a weekend fades in and out over two hours.
        weekend = _WEEKEND if (day + 3) % 7 >= 5 else 1.0
        before = _WEEKEND if (day + 2) % 7 >= 5 else 1.0
        weekly = weekend if hour >= 2.0 else before + (weekend - before) * hour / 2.0
        daily = 1.0 + 0.14 * _wave(hour, 16.0, 24.0) + 0.165 * _wave(hour, 9.2, 12.0)
        chance = 1.0 + 0.035 * self._day.at(local_s) + 0.03 * self._flow.at(local_s)
        return weekly * daily * (chance + 0.012 * self._ripple.at(local_s))

    def _temperatures(self, local_s: float, hour: float, weather: Weather) -> tuple[float, float]:
        season = math.cos(2.0 * math.pi * (local_s / _YEAR_S - _WARMEST_DAY / 365.2425))
        spell = self._spell.at(local_s)
        air = 17.0 + 12.0 * season + 3.5 * spell + 3.5 * _wave(hour, 15.0, 24.0) - weather.colder_by_c
        water = 20.0 + 6.2 * season + 0.5 * spell + 0.4 * _wave(hour, 17.0, 24.0)
        cold_runoff = 0.004 * weather.runoff_m3_h
        return air, water - weather.colder_by_c - min(cold_runoff, 4.0)


def rain(weather: Weather, dt_h: float) -> None:
    """Let the runoff follow the rain: an hour from the roofs to the plant."""
    target = weather.rain_mm_h * _RAIN_M3_H_PER_MM
    weather.runoff_m3_h += (target - weather.runoff_m3_h) * (1.0 - math.exp(-dt_h / 0.75))


def _wave(hour: float, peak: float, period: float) -> float:
    return math.cos(2.0 * math.pi * (hour - peak) / period)
