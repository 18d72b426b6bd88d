"""The process: balances that close, and what cold, air and load do to it."""

from statistics import fmean

import pytest

from simulator.biology import (
    AEROBIC_1,
    AEROBIC_2,
    AMMONIA,
    N_IN_SLOW,
    NITRATE,
    OXYGEN,
    PHOSPHATE,
    SLOW,
    SOLUBLE_ORGANIC_N,
    TRAIN_M3,
    ZONE_M3,
)
from simulator.plant import Plant
from tests.simulator.plants import plant_at

_CLARIFIED_M3 = 3400.0
_SHARES = (0.505, 0.495)


def nitrogen_held(plant: Plant) -> float:
    """Nitrogen in the basins and clarifiers, g."""
    works, held = plant.works, 0.0
    for train in works.trains:
        held += TRAIN_M3 * train.bound_n
        for zone, volume in zip(train.zones, ZONE_M3, strict=True):
            held += volume * (zone[AMMONIA] + zone[NITRATE] + N_IN_SLOW * zone[SLOW])
    held += _CLARIFIED_M3 * (works.clarifiers.water[1] + works.clarifiers.water[2])
    return held + works.clarifiers.sludge_kg * 1000.0 * bound(plant, "bound_n")


def phosphorus_held(plant: Plant) -> float:
    """Phosphorus in the basins and clarifiers, g."""
    works, held = plant.works, 0.0
    for train in works.trains:
        held += TRAIN_M3 * train.bound_p
        held += sum(v * zone[PHOSPHATE] for zone, v in zip(train.zones, ZONE_M3, strict=True))
    held += _CLARIFIED_M3 * works.clarifiers.water[3]
    return held + works.clarifiers.sludge_kg * 1000.0 * bound(plant, "bound_p")


def bound(plant: Plant, what: str) -> float:
    """N or P in a gram of sludge."""
    first, second = plant.works.trains
    return float((getattr(first, what) + getattr(second, what)) / (first.solids + second.solids))


def leaving_with_sludge(plant: Plant, what: str) -> float:
    """N or P that leaves with waste sludge and effluent solids, g/h."""
    works = plant.works
    outflow = works.wet_well.lifted_m3_h - works.recycle.wasted_m3_h
    solids = works.recycle.wasted_m3_h * works.clarifiers.return_g_m3
    solids += outflow * works.clarifiers.solids_out(outflow)
    return solids * bound(plant, what)


def test_the_nitrogen_of_a_day_is_all_accounted_for() -> None:
    plant = plant_at("2026-11-18T00:00:00", run_in_days=2.0)
    works = plant.works
    before, gas_before = nitrogen_held(plant), sum(t.total.denitrified for t in works.trains)
    brought = effluent = sludge = 0.0
    for _ in range(1440):
        plant.step(60.0)
        lifted, wasted = works.wet_well.lifted_m3_h / 60.0, works.recycle.wasted_m3_h / 60.0
        brought += lifted * (plant.sewage.ammonia + plant.sewage.organic_n - SOLUBLE_ORGANIC_N)
        effluent += (lifted - wasted) * (works.clarifiers.water[1] + works.clarifiers.water[2])
        thickening = works.clarifiers.return_g_m3 / fmean(t.solids for t in works.trains)
        for train, share in zip(works.trains, _SHARES, strict=True):
            end = train.zones[AEROBIC_2]
            sludge += wasted * share * (end[AMMONIA] + end[NITRATE])
            back = works.recycle.returned_m3_h / 60.0 * share
            # What is slowly degradable goes round with the sludge; some of it is wasted with it.
            sludge += N_IN_SLOW * end[SLOW] * (lifted * share + back - back * thickening)
        sludge += leaving_with_sludge(plant, "bound_n") / 60.0

    gas = sum(t.total.denitrified for t in works.trains) - gas_before
    accounted = effluent + sludge + gas + nitrogen_held(plant) - before
    assert accounted == pytest.approx(brought, rel=0.02)
    assert 500_000 < brought < 900_000
    assert 0.4 < gas / brought < 0.8


def test_the_phosphorus_of_a_day_is_all_accounted_for() -> None:
    plant = plant_at("2026-11-18T00:00:00", run_in_days=2.0)
    works = plant.works
    before = phosphorus_held(plant)
    brought = left = 0.0
    for _ in range(1440):
        plant.step(60.0)
        lifted, wasted = works.wet_well.lifted_m3_h / 60.0, works.recycle.wasted_m3_h / 60.0
        brought += lifted * plant.sewage.phosphorus
        left += (lifted - wasted) * works.clarifiers.water[3] + leaving_with_sludge(plant, "bound_p") / 60.0
        for train, share in zip(works.trains, _SHARES, strict=True):
            left += wasted * share * train.zones[AEROBIC_2][PHOSPHATE]

    assert left + phosphorus_held(plant) - before == pytest.approx(brought, rel=0.02)


def mean_ammonia(plant: Plant, hours: int = 24) -> float:
    values = []
    for _ in range(hours):
        plant.step(3600.0)
        values.append(plant.effluent["EFF_NH3"])
    return fmean(values)


def test_colder_water_leaves_more_ammonia() -> None:
    mild, cold = (plant_at("2026-11-18T00:00:00") for _ in range(2))
    cold.works.weather.colder_by_c = 8.0
    for plant in (mild, cold):
        plant.step(2 * 86_400.0)

    assert cold.works.water_c < mild.works.water_c - 5.0
    assert mean_ammonia(cold) > 1.5 * mean_ammonia(mild)


def test_too_little_oxygen_leaves_more_ammonia() -> None:
    aired, starved = (plant_at("2026-11-18T00:00:00") for _ in range(2))
    for blower in starved.works.aeration.blowers[:2]:
        blower.trip()
    for plant in (aired, starved):
        plant.step(6 * 3600.0)

    last_zone = starved.works.trains[0].zones[AEROBIC_2]
    assert last_zone[OXYGEN] < aired.works.trains[0].zones[AEROBIC_2][OXYGEN]
    assert mean_ammonia(starved, 12) > 1.3 * mean_ammonia(aired, 12)


def test_without_air_oxygen_is_gone_and_nothing_is_nitrified() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    for blower in plant.works.aeration.blowers:
        blower.trip()

    plant.step(3600.0)
    nitrified = plant.works.trains[0].total.nitrified
    plant.step(3600.0)

    zones = plant.works.trains[0].zones
    assert zones[AEROBIC_1][OXYGEN] < 0.05
    assert plant.works.trains[0].total.nitrified - nitrified < 100.0
    assert plant.works.aeration.header_kpa == 0.0


def test_concentrations_stay_positive_when_everything_goes_wrong() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    plant.works.weather.flow_factor = 2.5
    plant.works.weather.colder_by_c = 10.0
    for blower in plant.works.aeration.blowers:
        blower.trip()

    for _ in range(48):
        plant.step(3600.0)
        for train in plant.works.trains:
            assert min(min(zone) for zone in train.zones) >= 0.0
            assert train.solids > 500.0
