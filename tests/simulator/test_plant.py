"""The plant as a whole: repeatable, healthy, and answering to what befalls it."""

import json
from collections import Counter
from datetime import date
from statistics import fmean

import pytest

from alarms.settings import RuleKind
from simulator.biology import AEROBIC_1, AEROBIC_2, OXYGEN
from simulator.plant import Plant
from simulator.signals import Signals
from tests.simulator.plants import at_us, demo_folder, plant_at

LIMITS = {RuleKind.LOW_LOW: -1, RuleKind.LOW: -1, RuleKind.HIGH: 1, RuleKind.HIGH_HIGH: 1}


def values_of(plant: Plant) -> dict[str, float]:
    return dict(Signals(plant, demo_folder().plant.points).values())


def test_the_same_seed_and_steps_give_the_same_plant() -> None:
    first, again, other = (plant_at("2026-11-18T00:00:00", seed=seed) for seed in (3, 3, 4))
    for plant in (first, again, other):
        for dt_s in (1.0, 0.25, 17.0, 60.0, 600.0):
            plant.step(dt_s)

    assert values_of(first) == values_of(again)
    assert values_of(first) != values_of(other)


def test_a_captured_plant_goes_on_as_if_it_had_not_stopped() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    plant.drives["BL_B201A"].trip()
    saved = json.loads(json.dumps(plant.capture()))
    restored = Plant(1, demo_folder().plant.timezone, plant.now_us)
    restored.restore(saved)

    for copy in (plant, restored):
        copy.step(7200.0)

    assert restored.capture() == plant.capture()
    assert restored.drives["BL_B201A"] is restored.works.aeration.group.drives[0]


def test_short_and_long_steps_lead_to_the_same_day() -> None:
    fine, coarse = (plant_at("2026-11-18T00:00:00") for _ in range(2))

    for _ in range(12 * 60 * 10):
        fine.step(6.0)
    coarse.step(12 * 3600.0)

    close = {
        "EFF_FQ401": 0.001, "EFF_AIT_COD": 0.03, "AE_MLSS1": 0.01, "AE_TIT1": 0.01, "PW_KWH_TOT": 0.001,
        "INF_FIT101": 0.05, "PS_LIT101": 0.05, "AE_DO1": 0.08, "AX_NO31": 0.1, "EFF_AIT_TN": 0.03,
    }  # fmt: skip
    finely, coarsely = values_of(fine), values_of(coarse)
    assert {tag: finely[tag] for tag in close} == pytest.approx(
        {tag: coarsely[tag] for tag in close}, rel=0.1
    )
    for tag, part in close.items():
        assert finely[tag] == pytest.approx(coarsely[tag], rel=part), tag


@pytest.mark.parametrize(("start", "seed"), [("2026-11-16T00:00:00", 1), ("2027-02-08T00:00:00", 2)])
def test_a_healthy_week_stays_within_the_alarm_limits(start: str, seed: int) -> None:
    folder = demo_folder()
    plant = plant_at(start, seed=seed)
    signals = Signals(plant, folder.plant.points)
    own = {point.tag for point in folder.plant.points if point.is_own}
    today = folder.rules_on(date.fromisoformat(start[:10]))
    rules = [rule for rule in today if rule.kind in LIMITS and rule.tag not in own]
    violated: Counter[str] = Counter()
    checked = 0
    for _ in range(7 * 144):
        plant.step(600.0)
        values = signals.values()
        for rule in rules:
            terms = rule.enable.terms if rule.enable is not None else ()
            if terms and not any(int(values[tag]) & mask for tag, mask in terms):
                continue
            checked += 1
            violated[rule.key] += (values[rule.tag] - rule.threshold) * LIMITS[rule.kind] > 0.0
        for drive in plant.drives.values():
            assert not drive.tripped

    assert checked > 100_000
    assert sum(violated.values()) <= 0.001 * checked, +violated
    assert max(violated.values()) <= 0.01 * 7 * 144, +violated


def test_every_value_lies_in_its_point_s_range() -> None:
    folder = demo_folder()
    plant = plant_at("2026-11-18T09:00:00")
    values = values_of(plant)
    measured = [p for p in folder.plant.points if p.tag in values]

    outside = [p.tag for p in measured if not p.range_low <= values[p.tag] <= p.range_high]

    assert outside == []
    assert len(measured) == sum(p.channel is not None and not p.is_own for p in folder.plant.points)


def test_a_blower_trip_lowers_the_oxygen_until_the_standby_has_brought_it_back() -> None:
    plant = plant_at("2026-11-18T14:00:00")
    oxygen = [mean_oxygen(plant)]
    tripped = next(blower for blower in plant.works.aeration.blowers if blower.running)
    standing_by = [blower for blower in plant.works.aeration.blowers if not blower.running]

    tripped.trip()
    plant.step(1.0)
    air_at_once = plant.works.aeration.header_m3_h
    for _ in range(118):
        plant.step(1.0)
        oxygen.append(mean_oxygen(plant))
    running_before = [blower.id for blower in standing_by if blower.running]
    plant.step(60.0)
    running_after = [blower.id for blower in standing_by if blower.running]
    lowest = min(oxygen)
    plant.step(5400.0)

    assert air_at_once < 3800
    assert lowest < oxygen[0] - 0.2
    assert running_before == []
    assert len(running_after) == 1
    assert mean_oxygen(plant) > lowest + 0.2
    assert mean_oxygen(plant) == pytest.approx(plant.works.aeration.setpoint_mg_l, abs=0.35)


def mean_oxygen(plant: Plant) -> float:
    zones = [train.zones[place] for train in plant.works.trains for place in (AEROBIC_1, AEROBIC_2)]
    return fmean(zone[OXYGEN] for zone in zones)


def test_more_pac_leaves_less_phosphorus_and_more_is_used() -> None:
    usual, more = (plant_at("2026-11-18T09:00:00") for _ in range(2))
    more.works.tertiary.pac_factor = 1.4
    used_before = more.works.tertiary.pac.total_l
    for plant in (usual, more):
        plant.step(6 * 3600.0)

    assert more.effluent["EFF_TP"] < usual.effluent["EFF_TP"] - 0.02
    assert more.works.tertiary.pac.total_l - used_before > 1.2 * (
        usual.works.tertiary.pac.total_l - used_before
    )


def test_without_pac_the_phosphorus_rises() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    plant.works.tertiary.pac.pump.trip()

    plant.step(6 * 3600.0)

    assert plant.works.tertiary.pac.flow_l_h == 0.0
    assert plant.effluent["EFF_TP"] > 0.4


def test_chemical_tanks_fall_and_are_filled_again() -> None:
    plant = plant_at("2026-11-16T00:00:00")
    levels = []
    for _ in range(7 * 24):
        plant.step(3600.0)
        levels.append(plant.works.tertiary.pac.level_m)

    assert min(levels) > 0.6
    assert max(levels) < 2.7
    assert max(levels) - min(levels) > 1.0


def test_energy_follows_power() -> None:
    plant = plant_at("2026-11-16T00:00:00")
    before, flow_before = plant.works.energy.total_kwh, plant.works.outlet.total_m3
    summed = 0.0
    for _ in range(1440):
        plant.step(60.0)
        summed += plant.works.energy.active_kw / 60.0

    used = plant.works.energy.total_kwh - before
    assert used == pytest.approx(summed, rel=1e-6)
    assert 0.25 < used / (plant.works.outlet.total_m3 - flow_before) < 0.4


def test_a_day_s_sludge_becomes_cake() -> None:
    plant = plant_at("2026-11-16T00:00:00", run_in_days=3.0)
    before = plant.works.dewatering.cake_t

    plant.step(4 * 86_400.0)

    assert 6.0 < (plant.works.dewatering.cake_t - before) / 4 < 16.0


def test_the_heartbeat_counts_seconds_and_begins_anew() -> None:
    plant = Plant(1, demo_folder().plant.timezone, at_us("2026-11-18T09:00:00"))
    first = values_of(plant)["SYS_HB1"]

    plant.step(5.0)

    assert values_of(plant)["SYS_HB1"] == (first + 5.0) % 65_536
