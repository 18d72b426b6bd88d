"""The plant: all parts in the order of flow, advanced together."""

import math
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulator import state
from simulator.active_faults import ActiveFaults
from simulator.aeration import oxygen_transfer
from simulator.analysers import METHODS
from simulator.biology import AEROBIC_2, ANOXIC, NITRATE, SOLUBLE_ORGANIC_N, Feed, Flows, Rates
from simulator.influent import Influent, Sewage, Weather, rain
from simulator.stations import SHARES
from simulator.works import commissioned_works, usual_solids
from telemetry.clock import US_PER_S, from_us

LONGEST_STEP_S: Final = 60.0
INHIBITED: Final = "ammonia_breakthrough"
INHIBITED_UNIT: Final = "aerobic"
_FIRST_TRAIN: Final = 0.505
_REACTOR_H: Final = 15.5


class Plant:
    """A plant of 20 000 m³/d at a moment of a clock.

    The same seed and the same steps give the same plant. A step may be of any length; long ones
    are taken in parts of a minute. `version` grows with everything that changes readings.
    """

    def __init__(self, seed: int, timezone: ZoneInfo, now_us: int) -> None:
        self.seed = seed
        self.now_us = now_us
        self.version = 0
        self._timezone = timezone
        self._influent = Influent(seed)
        self._offset_hour = -1
        self._offset_s = 0
        self.sewage = self._influent.at(self.local_s, Weather())
        self.works = commissioned_works(self.now_s, self.sewage.water_c)
        self.drives = self.works.drives()
        self.faults = ActiveFaults()
        self.effluent: dict[str, float] = {}
        self._leave(0.0)

    @property
    def now_s(self) -> float:
        """The time, s UTC."""
        return self.now_us / US_PER_S

    @property
    def local_s(self) -> float:
        """The time of the plant's calendar, s since 1970-01-01 00:00."""
        hour = self.now_us // (3600 * US_PER_S)
        if hour != self._offset_hour:
            offset = from_us(self.now_us).astimezone(self._timezone).utcoffset()
            self._offset_hour = hour
            self._offset_s = int(offset.total_seconds()) if offset is not None else 0
        return self.now_s + self._offset_s

    def step(self, dt_s: float) -> None:
        """Advance by a span of time."""
        parts = math.ceil(dt_s / LONGEST_STEP_S)
        for _ in range(parts):
            self._advance(dt_s / parts)

    def touch(self) -> None:
        """Say that something changed beside the steps, so that readings are taken anew."""
        self.version += 1

    def capture(self) -> dict[str, Any]:
        """Return the plant's state as JSON values."""
        works = state.capture(self.works)
        return {"now_us": self.now_us, "works": works, "faults": self.faults.capture()}

    def restore(self, saved: dict[str, Any]) -> None:
        """Put a captured state back, and its time; ValueError when it is of another shape."""
        now_us = saved.get("now_us")
        if type(now_us) is not int or set(saved) - {"faults"} != {"now_us", "works"}:
            raise ValueError("the state has no time")
        works = commissioned_works(now_us / US_PER_S, 18.0)
        state.restore(works, saved["works"])
        self.faults.restore(saved.get("faults", []))
        self.now_us = now_us
        self.works = works
        self.drives = works.drives()
        self.touch()

    def seen(self, tag: str, value: float) -> float:
        """Return what a sensor shows of a value, which is also what the plant's controls see."""
        return self.faults.seen(tag, value, self.now_us)

    def _advance(self, dt_s: float) -> None:
        self.now_us += round(dt_s * US_PER_S)
        self.version += 1
        dt_h = dt_s / 3600.0
        local_s = self.local_s
        hour = local_s / 3600.0 % 24.0
        works = self.works
        rain(works.weather, dt_h)
        self.sewage = sewage = self._influent.at(local_s, works.weather)
        self._collect(sewage, dt_s)
        self._treat(sewage, dt_s)
        self._polish(hour, dt_s)
        recycle, aeration = works.recycle, works.aeration
        works.dewatering.advance(recycle.wasted_m3_h, works.clarifiers.return_g_m3, hour, dt_s)
        for drive in works.steady:
            drive.advance(dt_s)
        pressing = sum(press.flow_m3_h > 0.0 for press in works.dewatering.presses)
        drives_kw = works.wet_well.kw() + aeration.kw() + recycle.kw() + 17.0 * pressing
        works.energy.advance(drives_kw, hour, dt_s)
        self._leave(dt_s)

    def _collect(self, sewage: Sewage, dt_s: float) -> None:
        """Bring the sewage through stations, sewer, wet well and screens."""
        works = self.works
        pumped = 0.0
        for station in works.stations:
            seen_m = self.seen(f"{station.id}_LIT", station.level_m)
            station.advance(SHARES[station.id] * sewage.flow_m3_h, dt_s, seen_m)
            pumped += station.flow_m3_h
        by_gravity = (1.0 - sum(SHARES.values())) * sewage.flow_m3_h
        arriving = by_gravity + works.sewer.advance(pumped, dt_s / 3600.0)
        seen_m = self.seen("PS_LIT101", works.wet_well.level_m)
        works.wet_well.advance(arriving + works.dewatering.decant_m3_h, dt_s, seen_m)
        for screen in works.screens:
            screen.advance(works.wet_well.lifted_m3_h, dt_s)

    def _treat(self, sewage: Sewage, dt_s: float) -> None:
        """Take the water through both trains and the clarifiers."""
        works = self.works
        recycle, clarifiers, trains = works.recycle, works.clarifiers, works.trains
        lifted = works.wet_well.lifted_m3_h
        solids = (trains[0].solids + trains[1].solids) / 2.0
        wanted = usual_solids(works.water_c)
        recycle.advance(lifted, solids, wanted, works.dewatering.takes_sludge, dt_s)
        works.aeration.advance(trains, sewage.air_c, dt_s, self.seen)
        rates = Rates.at(works.water_c)
        rates.nitrification *= 1.0 - self.faults.amount(INHIBITED, INHIBITED_UNIT) / 100.0
        feed = Feed.of(sewage)
        thickening = clarifiers.return_g_m3 / solids
        carbon = works.tertiary.carbon_g_cod_d()
        air = works.aeration.train_air()
        for place, share in enumerate((_FIRST_TRAIN, 1.0 - _FIRST_TRAIN)):
            first, second = oxygen_transfer(air[place])
            flows = Flows(
                influent=24.0 * lifted * share,
                returned=24.0 * recycle.returned_m3_h * share,
                recycled=12.0 * recycle.recycled_m3_h,
                carbon=carbon / 2.0,
            )
            transfer = first * rates.oxygen_transfer, second * rates.oxygen_transfer
            trains[place].advance(feed, flows, thickening, transfer, rates, dt_s / 86_400.0)
        ends = trains[0].zones[AEROBIC_2], trains[1].zones[AEROBIC_2]
        arriving = [_FIRST_TRAIN * a + (1.0 - _FIRST_TRAIN) * b for a, b in zip(*ends, strict=True)]
        outflow = max(lifted - recycle.wasted_m3_h, 0.0)
        clarifiers.advance(
            solids, arriving, outflow, recycle.returned_m3_h, recycle.wasted_m3_h, dt_s / 3600.0
        )

    def _polish(self, hour: float, dt_s: float) -> None:
        """Take the water through the tertiary stage to the flume."""
        works = self.works
        outflow = max(works.wet_well.lifted_m3_h - works.recycle.wasted_m3_h, 0.0)
        works.outlet.advance(outflow, dt_s / 3600.0)
        nitrate = (works.trains[0].zones[ANOXIC][NITRATE] + works.trains[1].zones[ANOXIC][NITRATE]) / 2.0
        works.tertiary.advance(
            works.outlet.flow_m3_h,
            works.clarifiers.water[3],
            works.clarifiers.solids_out(outflow),
            nitrate,
            hour,
            dt_s,
        )
        lag = dt_s / 3600.0 / _REACTOR_H * (works.wet_well.lifted_m3_h / 800.0)
        works.water_c += lag * (self.sewage.water_c - works.water_c)
        works.water_c += 0.004 * dt_s / 3600.0 * (self.sewage.air_c - works.water_c)
        works.inert_cod += lag * (0.062 * self.sewage.cod - works.inert_cod)

    def _leave(self, dt_s: float) -> None:
        """Say what leaves and what comes, and let the analysers sample it."""
        works, sewage = self.works, self.sewage
        ready, ammonia, nitrate, _ = works.clarifiers.water
        solids = works.tertiary.solids
        self.effluent = {
            "EFF_COD": works.inert_cod + 3.0 + ready + 0.9 * solids,
            "EFF_NH3": ammonia,
            "EFF_TP": works.tertiary.phosphate + 0.018 * solids,
            "EFF_TN": ammonia + nitrate + SOLUBLE_ORGANIC_N + 0.06 * solids,
            "INF_COD": sewage.cod,
            "INF_NH3": sewage.ammonia,
            "INF_TP": sewage.phosphorus,
            "INF_TN": sewage.ammonia + sewage.organic_n,
        }
        now_s, local_s = self.now_us // US_PER_S, int(self.local_s)
        flows = {"EFF": works.outlet.flow_m3_h, "INF": works.wet_well.lifted_m3_h}
        for method, analyser in zip(METHODS, works.analysers, strict=True):
            analyser.compose(self.effluent[method.name], flows[method.name[:3]], dt_s)
            analyser.advance(method, self.seed, now_s, local_s)
