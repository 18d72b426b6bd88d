"""Faults: whom they befall, and clear words where they cannot."""

import pytest

from simulator.faults import FAULTS, switch_fault
from simulator.plant import Plant
from simulator.signals import Signals
from telemetry.errors import NotFound
from tests.simulator.plants import demo_folder, plant_at


def word(plant: Plant, tag: str) -> set[str]:
    value = int(Signals(plant, demo_folder().plant.points).values()[tag])
    return {bit.name for bit in demo_folder().plant.point_by_tag[tag].bits if value & bit.mask}


def test_a_tripped_blower_shows_its_fault_and_draws_nothing_at_once() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    version = plant.version
    running = next(blower.id for blower in plant.works.aeration.blowers if blower.running)

    switch_fault(plant, "blower_trip", running, active=True)

    values = Signals(plant, demo_folder().plant.points).values()
    assert plant.version > version
    assert word(plant, f"{running}_ST") == {"fault", "remote", "auto"}
    assert values[f"{running}_I"] == values[f"{running}_HZ"] == 0.0


def test_a_reset_blower_may_start_again() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    for blower in plant.works.aeration.blowers:
        switch_fault(plant, "blower_trip", blower.id, active=True)
    plant.step(600.0)
    stopped = plant.works.aeration.group.running

    switch_fault(plant, "blower_trip", "BL_B201A", active=False)
    ready = word(plant, "BL_B201A_ST")
    plant.step(600.0)

    assert stopped == 0
    assert ready == {"remote", "auto", "ready"}
    assert word(plant, "BL_B201A_ST") == {"running", "remote", "auto", "ready"}


@pytest.mark.parametrize("pump", ["PS_P101A", "LS2_P1"])
def test_pumps_of_the_plant_and_of_the_stations_trip(pump: str) -> None:
    plant = plant_at("2026-11-18T09:00:00")

    switch_fault(plant, "pump_trip", pump, active=True)
    plant.step(3600.0)

    assert "fault" in word(plant, f"{pump}_ST")
    assert not plant.drives[pump].running
    assert plant.works.wet_well.level_m < 4.0
    assert plant.works.stations[1].level_m < 4.0


def test_an_unknown_fault_or_target_names_what_there_is() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)

    with pytest.raises(
        NotFound, match="no fault 'flood'; there are blower_trip, pump_trip, analyser_failure"
    ):
        switch_fault(plant, "flood", "BL_B201A", active=True)
    with pytest.raises(
        NotFound, match="cannot befall 'PS_P101A'; it can befall BL_B201A, BL_B201B, BL_B201C"
    ):
        switch_fault(plant, "blower_trip", "PS_P101A", active=True)


def test_every_target_is_equipment_of_the_demo_plant() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    known = demo_folder().plant.equipment_by_id

    targets = {target for fault in FAULTS.values() for target in fault.targets(plant.works)}

    assert {target for target in targets if target not in known} == set()
    assert {name for name in plant.drives if name not in known} == set()


def test_an_analyser_that_fails_holds_its_last_result_until_the_hour_after_its_repair() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    plant.step(7_200.0)
    analyser = plant.works.analysers[0]
    before = analyser.value, analyser.sampled_s, analyser.results

    failed_s = plant.now_s
    switch_fault(plant, "analyser_failure", "EFF_ANA_COD", active=True)
    plant.step(10_800.0)
    assert "fault" in word(plant, "EFF_ANA_COD_ST")
    assert (analyser.value, analyser.sampled_s, analyser.results) == before

    switch_fault(plant, "analyser_failure", "EFF_ANA_COD", active=False)
    plant.step(3_600.0 + 2_400.0)
    assert "fault" not in word(plant, "EFF_ANA_COD_ST")
    assert analyser.results == before[2] + 1
    assert analyser.sampled_s >= failed_s + 10_800
