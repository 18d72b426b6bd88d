"""The works as they stand: every part, with the run hours and totals since they were commissioned."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from simulator.aeration import Aeration, Blower
from simulator.analysers import METHODS, RESULTS_MODULUS, Analyser
from simulator.biology import Train
from simulator.chemistry import Dosing, Tertiary
from simulator.clarifiers import Clarifiers
from simulator.dewatering import Dewatering, Press
from simulator.energy import Energy
from simulator.equipment import Drive, DutyGroup
from simulator.hydraulics import Outlet, Reservoir, Screen, WetWell
from simulator.influent import MEAN_FLOW_M3_H, Weather
from simulator.recycle import Recycle
from simulator.stations import SHARES, Station

COMMISSIONED: Final = datetime(2023, 6, 1, tzinfo=UTC)
_YOUNGEST_H: Final = 2000.0
_DAY_S: Final = 86_400.0

_USUAL_VALUE: Final = {
    **{"EFF_COD": 24.0, "EFF_NH3": 0.7, "EFF_TP": 0.2, "EFF_TN": 9.0},
    **{"INF_COD": 262.0, "INF_NH3": 28.2, "INF_TP": 4.1, "INF_TN": 37.8},
}


@dataclass(slots=True)
class Works:
    """Everything the plant remembers from one moment to the next."""

    weather: Weather
    stations: list[Station]
    sewer: Reservoir
    wet_well: WetWell
    screens: list[Screen]
    aeration: Aeration
    recycle: Recycle
    tertiary: Tertiary
    dewatering: Dewatering
    energy: Energy
    outlet: Outlet
    steady: list[Drive]
    """Drives that simply run: grit, mixers, scrapers, the odour fan."""

    analysers: list[Analyser]
    trains: list[Train]
    clarifiers: Clarifiers = field(default_factory=Clarifiers)
    water_c: float = 18.0
    inert_cod: float = 16.0

    def drives(self) -> dict[str, Drive]:
        """Return every drive by its equipment's id."""
        groups = [self.wet_well.pumps, self.aeration.group, self.recycle.returning]
        groups += [self.recycle.recycling, self.recycle.wasting, *(s.pumps for s in self.stations)]
        dosing = (self.tertiary.pac, self.tertiary.carbon, self.tertiary.hypochlorite)
        every = [drive for group in groups for drive in group.drives]
        every += [screen.rake for screen in self.screens]
        every += [item.pump for item in dosing]
        every += [drive for press in self.dewatering.presses for drive in (press.press, press.pump)]
        return {drive.id: drive for drive in every + self.steady}


def commissioned_works(now_s: float, water_c: float) -> Works:
    """Return the works at a moment, with totals of design means since the commissioning."""
    age_h = max((now_s - COMMISSIONED.timestamp()) / 3600.0, _YOUNGEST_H)
    lifted = 0.97 * MEAN_FLOW_M3_H
    hour_s = int(now_s) // 3600 * 3600
    blowers = _blowers(age_h)
    works = Works(
        weather=Weather(),
        stations=[_station(name, age_h) for name in SHARES],
        sewer=Reservoir(volume_m3=110.0, residence_h=0.5),
        wet_well=WetWell(
            pumps=_group("PS_P101", "ABC", age_h * 1.75, start_delay_s=10.0, swap_days=1.0, wanted=2),
            total_m3=age_h * lifted,
        ),
        screens=[Screen(Drive(name, age_h * 0.06)) for name in ("SC_M101", "SC_M102")],
        aeration=Aeration(
            blowers=blowers,
            group=DutyGroup(list(blowers), start_delay_s=120.0, swap_after_s=3 * _DAY_S, wanted=2),
            total_m3=age_h * 5000.0,
            energy_kwh=age_h * 96.0,
        ),
        recycle=Recycle(
            returning=_group("RS_P301", "ABC", age_h * 2.0, start_delay_s=30.0, swap_days=2.0, wanted=2),
            recycling=_group("IR_P202", "ABCD", age_h * 2.0, start_delay_s=30.0, swap_days=2.0, wanted=2),
            wasting=_group("WS_P302", "AB", age_h * 0.37, start_delay_s=0.0, swap_days=1.0, wanted=0),
            returned_total_m3=age_h * lifted * 0.85,
            wasted_total_m3=age_h * 10.9,
        ),
        tertiary=Tertiary(
            pac=Dosing(Drive("AD_P401", age_h), 12.0, 1.9, age_h * 190.0, 190.0),
            carbon=Dosing(Drive("AD_P402", age_h), 9.0, 1.5, age_h * 100.0, 100.0),
            hypochlorite=Dosing(Drive("AD_P403", age_h), 6.0, 2.1, age_h * 36.0, 36.0),
        ),
        dewatering=Dewatering(presses=[_press(letter, age_h) for letter in "AB"], cake_t=age_h * 0.41),
        energy=Energy(total_kwh=age_h * 245.0),
        outlet=Outlet(total_m3=age_h * (lifted - 10.9)),
        steady=[Drive(name, age_h, running=True) for name in _steady_names()],
        trains=[_train(water_c), _train(water_c)],
        analysers=[_analyser(m.name, m.standard, hour_s, age_h) for m in METHODS],
        water_c=water_c,
    )
    for group in (
        works.wet_well.pumps,
        works.aeration.group,
        works.recycle.returning,
        works.recycle.recycling,
    ):
        group.start_at_once()
    return works


def _steady_names() -> list[str]:
    mixers = [f"MX_M203{letter}" for letter in "ABCDEF"]
    return ["GR_M103A", "GR_M103B", *mixers, "CL_M301A", "CL_M301B", "OD_M601"]


def _group(
    name: str, letters: str, hours: float, start_delay_s: float, swap_days: float, wanted: int
) -> DutyGroup:
    # Run hours of a group differ by what one repair or another took out of service.
    drives = [
        Drive(f"{name}{letter}", hours / len(letters) + (37.0, 0.0, 92.0, 15.0)[place])
        for place, letter in enumerate(letters)
    ]
    return DutyGroup(drives, start_delay_s, swap_days * _DAY_S, wanted)


def _train(water_c: float) -> Train:
    # What weeks at this temperature lead to: fewer nitrifiers suffice when they are fast.
    return Train(solids=usual_solids(water_c), nitrifiers=75.0 + 2.0 * (26.0 - water_c))


def usual_solids(water_c: float) -> float:
    """Return the MLSS that is kept at a temperature: nitrifiers are slow in the cold, so more of it."""
    return 3800.0 - 30.0 * (water_c - 18.0)


def _blowers(age_h: float) -> list[Blower]:
    return [
        Blower(f"BL_B201{letter}", age_h * 0.64 + extra)
        for letter, extra in (("A", 55.0), ("B", 0.0), ("C", 140.0))
    ]


def _press(letter: str, age_h: float) -> Press:
    return Press(press=Drive(f"SL_FP502{letter}", age_h * 0.21), pump=Drive(f"SL_P501{letter}", age_h * 0.08))


def _station(name: str, age_h: float) -> Station:
    inflow = SHARES[name] * MEAN_FLOW_M3_H
    pumps = [Drive(f"{name}_P{number}", age_h * inflow / 330.0) for number in (1, 2)]
    group = DutyGroup(pumps, start_delay_s=5.0, swap_after_s=_DAY_S, wanted=0)
    return Station(name, group, total_m3=age_h * inflow * 0.96)


def _analyser(name: str, standard: float, hour_s: int, age_h: float) -> Analyser:
    # A result an hour, but for the daily check.
    results = int(age_h * 23.0 / 24.0) % RESULTS_MODULUS
    return Analyser(_USUAL_VALUE[name], standard, sampled_s=hour_s, begun_s=hour_s, results=results)
