"""The A²O process: two trains of an anaerobic, an anoxic and two aerobic zones.

Balances after the Activated Sludge Models (Henze et al., IWA 2000), with what an operator can see
and little more. Dissolved and slowly degradable matter is balanced in each zone; sludge, nitrifiers
and the N and P bound in the sludge in each train. In a zone, [g/m³]:

    READY      readily degradable COD            NITRATE    NO3-N
    SLOW       slowly degradable COD, carries N  PHOSPHATE  PO4-P
    AMMONIA    NH3-N                             OXYGEN     dissolved O2

What is consumed is taken implicitly (Patankar): nothing becomes negative at any step up to a
minute, and what one balance loses another gains.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from simulator.influent import Sewage

READY, SLOW, AMMONIA, NITRATE, PHOSPHATE, OXYGEN = range(6)

ANAEROBIC, ANOXIC, AEROBIC_1, AEROBIC_2 = range(4)
ZONE_M3: Final = (750.0, 1750.0, 1875.0, 1875.0)
TRAIN_M3: Final = sum(ZONE_M3)

N_IN_SLOW: Final = 0.045
SOLUBLE_ORGANIC_N: Final = 0.9
"""mg/L of dissolved nitrogen that no organism takes: it is in the effluent too."""

_N_IN_BIOMASS: Final = 0.07
_P_IN_BIOMASS: Final = 0.015
_YIELD: Final = 0.63
_ANOXIC_YIELD: Final = 0.54
_ACTIVE_COD: Final = 0.43
"""COD of living heterotrophs in a gram of dry solids."""

_COD_PER_SOLIDS: Final = 1.2
_NITRIFIER_YIELD: Final = 0.24
_O2_PER_NITRATE: Final = 4.33
_O2_OF_NITRATE: Final = 2.86
_POLYPHOSPHATE_MAX: Final = 0.055
"""Most P the sludge holds, g/g."""

_READY_FRACTION: Final = 0.26
_SLOW_FRACTION: Final = 0.53
_INERT_SOLIDS: Final = 0.29
"""g of solids that no organism degrades, for each g of influent COD: grit, fibres, clay."""


@dataclass(slots=True)
class Feed:
    """What enters a train at its head; what is inert goes into the sludge as it is."""

    ready: float
    slow: float
    ammonia: float
    phosphate: float
    inert_solids: float
    inert_n: float
    inert_p: float

    @classmethod
    def of(cls, sewage: Sewage) -> "Feed":
        """Return the fractions of an influent."""
        slow = _SLOW_FRACTION * sewage.cod
        return cls(
            ready=_READY_FRACTION * sewage.cod,
            slow=slow,
            ammonia=sewage.ammonia,
            phosphate=0.75 * sewage.phosphorus,
            inert_solids=_INERT_SOLIDS * sewage.cod,
            inert_n=max(sewage.organic_n - SOLUBLE_ORGANIC_N - N_IN_SLOW * slow, 0.0),
            inert_p=0.25 * sewage.phosphorus,
        )


@dataclass(slots=True)
class Flows:
    """Flows of one train, m³/d; carbon is dosed into the anoxic zone, g COD/d."""

    influent: float
    returned: float
    recycled: float
    carbon: float


@dataclass(slots=True)
class Rates:
    """Rate constants at a temperature, per day. Living things slow down in the cold (Arrhenius)."""

    uptake: float
    hydrolysis: float
    decay: float
    nitrification: float
    nitrifier_decay: float
    release: float
    storage: float
    oxygen_transfer: float
    oxygen_saturation: float

    @classmethod
    def at(cls, water_c: float) -> "Rates":
        """Return the constants at a temperature."""
        above = water_c - 20.0
        return cls(
            uptake=6.0 * 1.07**above,
            hydrolysis=1.3 * 1.04**above,
            decay=0.105 * 1.04**above,
            nitrification=0.55 * 1.08**above,
            nitrifier_decay=0.09 * 1.06**above,
            release=1.5 * 1.05**above,
            storage=0.056 * 1.02**above,
            oxygen_transfer=1.024**above,
            # Benson and Krause in short: within 0.5 % from 5 to 30 °C.
            oxygen_saturation=0.97 * 14.62 * math.exp(-0.0268 * water_c + 0.000229 * water_c * water_c),
        )


@dataclass(slots=True)
class Turnover:
    """What the organisms of a train turned over, g since the beginning: what closes its balances."""

    grown: float = 0.0
    decayed: float = 0.0
    nitrified: float = 0.0
    denitrified: float = 0.0
    n_bound: float = 0.0
    p_bound: float = 0.0
    oxygen: float = 0.0


@dataclass(slots=True)
class Train:
    """One of the two trains. `zones` in the order of flow, each a list by READY … OXYGEN."""

    zones: list[list[float]] = field(
        default_factory=lambda: [
            [6.0, 70.0, 13.0, 0.1, 9.0, 0.0],
            [1.5, 55.0, 6.0, 1.5, 4.5, 0.05],
            [1.0, 35.0, 2.5, 5.0, 1.8, 1.7],
            [0.8, 25.0, 0.6, 7.0, 0.7, 2.3],
        ]
    )
    solids: float = 3800.0
    nitrifiers: float = 75.0
    bound_n: float = 230.0
    bound_p: float = 115.0
    total: Turnover = field(default_factory=Turnover)

    def advance(
        self, feed: Feed, flows: Flows, thickening: float, kla: tuple[float, float], rates: Rates, dt_d: float
    ) -> None:
        """Advance by days; `thickening` is how much denser the return sludge is, `kla` per day by zone."""
        self._transport(feed, flows, thickening, dt_d)
        before = self.total.grown - self.total.decayed, self.total.nitrified
        bound_before = self.total.n_bound, self.total.p_bound
        transfer = (0.0, 0.0, *kla)
        for place in range(4):
            self._react(self.zones[place], ZONE_M3[place], transfer[place], rates, dt_d)
        total = self.total
        grown = total.grown - total.decayed - before[0]
        nitrified = total.nitrified - before[1]
        kept = 1.0 + dt_d / TRAIN_M3 * (flows.returned * (thickening - 1.0) - flows.influent)
        fed = dt_d / TRAIN_M3 * flows.influent
        self.solids = self.solids * kept + fed * feed.inert_solids + grown / _COD_PER_SOLIDS / TRAIN_M3
        self.nitrifiers *= kept - dt_d * rates.nitrifier_decay
        self.nitrifiers += _NITRIFIER_YIELD * nitrified / TRAIN_M3
        n_bound, p_bound = total.n_bound - bound_before[0], total.p_bound - bound_before[1]
        self.bound_n = self.bound_n * kept + fed * feed.inert_n + n_bound / TRAIN_M3
        self.bound_p = self.bound_p * kept + fed * feed.inert_p + p_bound / TRAIN_M3

    def _transport(self, feed: Feed, flows: Flows, thickening: float, dt_d: float) -> None:
        anaerobic, anoxic, first, second = self.zones
        entering = flows.influent + flows.returned
        through = entering + flows.recycled
        to_anaerobic = dt_d / ZONE_M3[ANAEROBIC]
        to_anoxic = dt_d / ZONE_M3[ANOXIC]
        to_aerobic = dt_d * through / ZONE_M3[AEROBIC_1]
        influent = (feed.ready, feed.slow, feed.ammonia, 0.0, feed.phosphate, 0.0)
        for item in range(6):
            a, b, c, d = anaerobic[item], anoxic[item], first[item], second[item]
            back = d * thickening if item == SLOW else d
            arriving = flows.influent * influent[item] + flows.returned * back
            anaerobic[item] = a + to_anaerobic * (arriving - entering * a)
            anoxic[item] = b + to_anoxic * (entering * a + flows.recycled * d - through * b)
            first[item] = c + to_aerobic * (b - c)
            second[item] = d + to_aerobic * (c - d)
        anoxic[READY] += to_anoxic * flows.carbon

    def _react(self, zone: list[float], volume: float, kla: float, rates: Rates, dt_d: float) -> None:
        """Let the organisms of one zone work."""
        oxygen, nitrate = zone[OXYGEN], zone[NITRATE]
        oxic = oxygen / (0.2 + oxygen)
        anoxic = 0.2 / (0.2 + oxygen) * nitrate / (0.5 + nitrate)
        anaerobic = 0.2 / (0.2 + oxygen) * 0.15 / (0.15 + nitrate)
        decayed = dt_d * rates.decay * _ACTIVE_COD * self.solids
        by_oxygen, by_nitrate, stored = self._eat(zone, oxic, anoxic, anaerobic, rates, dt_d)
        grown = _YIELD * by_oxygen + _ANOXIC_YIELD * by_nitrate
        nitrified, n_bound = self._nitrify(zone, grown, decayed, rates, dt_d)
        p_bound = self._take_phosphate(zone, stored, decayed, oxic + 0.5 * anoxic, rates, dt_d)

        respired = (1.0 - _ANOXIC_YIELD) * by_nitrate + 0.5 * decayed * anoxic
        denitrified = min(respired / _O2_OF_NITRATE, nitrate)
        zone[NITRATE] += nitrified - denitrified

        used = (1.0 - _YIELD) * by_oxygen + decayed * oxic + _O2_PER_NITRATE * nitrified
        gained = oxygen + dt_d * kla * rates.oxygen_saturation
        zone[OXYGEN] = gained / (1.0 + dt_d * kla + used / max(oxygen, 1e-6))

        total = self.total
        total.grown += volume * grown
        total.decayed += volume * decayed
        total.nitrified += volume * nitrified
        total.denitrified += volume * denitrified
        total.n_bound += volume * n_bound
        total.p_bound += volume * p_bound
        total.oxygen += volume * used

    def _eat(
        self, zone: list[float], oxic: float, anoxic: float, anaerobic: float, rates: Rates, dt_d: float
    ) -> tuple[float, float, float]:
        """Hydrolyse and take up COD; return what went with oxygen, with nitrate and into stores.

        Stored COD is eaten later, in the aerobic zones: meanwhile it counts as slowly degradable.
        """
        living = _ACTIVE_COD * self.solids
        slow = zone[SLOW]
        attack = dt_d * rates.hydrolysis * living / (0.05 * living + slow)
        hydrolysed = slow * attack / (1.0 + attack) * (oxic + 0.6 * anoxic + 0.4 * anaerobic)
        appetite = dt_d * living / (8.0 + zone[READY])
        by_oxygen = rates.uptake / _YIELD * oxic * appetite
        by_nitrate = 0.6 * rates.uptake / _ANOXIC_YIELD * anoxic * appetite
        storing = rates.release * anaerobic * appetite
        ready = (zone[READY] + hydrolysed) / (1.0 + by_oxygen + by_nitrate + storing)
        zone[READY] = ready
        stored = storing * ready
        zone[SLOW] = slow - hydrolysed + stored
        zone[AMMONIA] += N_IN_SLOW * (hydrolysed - stored)
        return by_oxygen * ready, by_nitrate * ready, stored

    def _nitrify(
        self, zone: list[float], grown: float, decayed: float, rates: Rates, dt_d: float
    ) -> tuple[float, float]:
        """Turn ammonia into nitrate and biomass; return what was nitrified and what the sludge bound."""
        oxygen, ammonia = zone[OXYGEN], zone[AMMONIA]
        speed = dt_d * rates.nitrification / _NITRIFIER_YIELD * self.nitrifiers
        speed *= oxygen / (0.5 + oxygen) / (0.9 + ammonia)
        released = _N_IN_BIOMASS * decayed
        ammonia = (ammonia + released) / (1.0 + speed)
        assimilated = min(_N_IN_BIOMASS * grown, 0.5 * ammonia)
        zone[AMMONIA] = ammonia - assimilated
        return speed * ammonia, assimilated - released

    def _take_phosphate(
        self, zone: list[float], stored: float, decayed: float, respiring: float, rates: Rates, dt_d: float
    ) -> float:
        """Release phosphate for what is stored, take it up while respiring; return what the sludge bound."""
        living = _ACTIVE_COD * self.solids
        released = min(0.4 * stored, 0.02 * self.bound_p) + _P_IN_BIOMASS * decayed
        room = max(1.0 - self.bound_p / (_POLYPHOSPHATE_MAX * self.solids), 0.0)
        binding = dt_d * rates.storage * living * room * respiring / (0.4 + zone[PHOSPHATE])
        before = zone[PHOSPHATE]
        zone[PHOSPHATE] = (before + released) / (1.0 + binding)
        return before - zone[PHOSPHATE]
