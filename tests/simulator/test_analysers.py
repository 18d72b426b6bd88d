"""Analysers: a sample an hour, its value held, a standard each day."""

from collections import Counter

import pytest

from simulator.analysers import CHECKING, HOLDING, MEASURING, METHODS, Analyser
from simulator.plant import Plant
from simulator.signals import Signals
from tests.simulator.plants import at_us, demo_folder, plant_at

COD = METHODS[0]


def analysers(plant: Plant) -> dict[str, Analyser]:
    return {method.name: item for method, item in zip(METHODS, plant.works.analysers, strict=True)}


def test_a_day_brings_23_results_and_one_standard_check() -> None:
    plant = plant_at("2026-11-18T00:30:00")
    before = {name: item.results for name, item in analysers(plant).items()}
    checks: Counter[str] = Counter()
    checking: dict[str, bool] = {}
    for _ in range(1440):
        plant.step(60.0)
        for name, item in analysers(plant).items():
            checks[name] += item.checking and not checking.get(name, False)
            checking[name] = item.checking

    assert {n: a.results - before[n] for n, a in analysers(plant).items()} == dict.fromkeys(before, 23)
    assert checks == Counter(dict.fromkeys(before, 1))


def test_the_value_is_held_until_the_next_result_which_has_its_own_time_and_number() -> None:
    plant = plant_at("2026-11-18T09:59:00")
    cod = analysers(plant)["EFF_COD"]
    value, results, sampled = cod.value, cod.results, cod.sampled_s

    plant.step(120.0)
    taken = cod.bits, cod.value, cod.results, cod.sampled_s
    plant.step(2400.0)

    assert taken == (MEASURING, value, results, sampled)
    assert cod.bits == HOLDING
    assert cod.results == results + 1
    assert cod.sampled_s == at_us("2026-11-18T10:00:00") // 1_000_000
    assert cod.value != value


def test_the_standard_check_says_so_keeps_the_value_and_passes() -> None:
    plant = plant_at(f"2026-11-18T{COD.check_hour:02d}:05:00")
    cod = analysers(plant)["EFF_COD"]
    value, results, last = cod.value, cod.results, cod.check_value

    bits = cod.bits
    plant.step(2400.0)

    assert bits == CHECKING
    assert (cod.value, cod.results) == (value, results)
    assert cod.check_value != last
    assert cod.check_value == pytest.approx(50.0, rel=0.1)


def test_a_sample_is_the_flow_weighted_mean_of_its_hour() -> None:
    item = Analyser(value=1.0, check_value=0.0, sampled_s=0, begun_s=0)
    item.compose(10.0, 100.0, 1800.0)
    item.compose(40.0, 300.0, 1800.0)

    item.advance(COD, seed=1, now_s=12 * 3600, local_s=12 * 3600)

    assert item.pending == pytest.approx((10.0 + 3 * 40.0) / 4, rel=0.08)


def test_what_lies_beyond_its_range_is_shown_as_the_top_of_it() -> None:
    item = Analyser(value=1.0, check_value=0.0, sampled_s=0, begun_s=0)
    item.compose(20 * COD.range_high, 100.0, 3600.0)

    item.advance(COD, seed=1, now_s=12 * 3600, local_s=12 * 3600)

    assert item.pending == COD.range_high


def test_the_registers_show_result_time_number_and_state() -> None:
    folder = demo_folder()
    plant = plant_at("2026-11-18T10:30:00")

    values = Signals(plant, folder.plant.points).values()

    tn = analysers(plant)["EFF_TN"]
    measuring = folder.plant.point_by_tag["EFF_ANA_TN_ST"].bit("measuring")
    assert measuring is not None
    assert values["EFF_AIT_TN"] == tn.value
    assert values["EFF_ANA_TN_TS"] == at_us("2026-11-18T09:00:00") / 1e6
    assert values["EFF_ANA_TN_N"] == tn.results
    assert values["EFF_ANA_TN_QC"] == tn.check_value
    assert int(values["EFF_ANA_TN_ST"]) == measuring.mask
