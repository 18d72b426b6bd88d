"""Faults: whom they befall, what they do to the plant, and clear words where they cannot."""

import json

import pytest

from simulator.faults import Site, faults_on, kinds_of, switch_fault
from simulator.plant import Plant
from simulator.signals import Signals
from telemetry.errors import Invalid, NotFound
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
        NotFound, match="no fault 'flood'; there are blower_trip, pump_trip, sensor_frozen, sensor_drifting"
    ):
        switch_fault(plant, "flood", "BL_B201A", active=True)
    with pytest.raises(
        NotFound, match="cannot befall 'PS_P101A'; it can befall BL_B201A, BL_B201B, BL_B201C"
    ):
        switch_fault(plant, "blower_trip", "PS_P101A", active=True)


def test_every_target_stands_in_the_demo_s_folder() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    folder = demo_folder()
    known = {*folder.plant.equipment_by_id, *folder.plant.point_by_tag, *folder.plant.unit_by_id}
    known |= {*folder.modbus, "LS1", "LS2", "LS3"}

    kinds = kinds_of(Site(plant, folder))

    assert {target for kind in kinds for target in kind.targets if target not in known} == set()
    assert [kind.name for kind in kinds if not kind.targets] == []
    assert {name for name in plant.drives if name not in folder.plant.equipment_by_id} == set()


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


class Watched:
    """A plant with what it shows, and a switch."""

    def __init__(self, local: str = "2026-11-18T09:00:00") -> None:
        self.plant = plant_at(local)
        self.signals = Signals(self.plant, demo_folder().plant.points)
        self.site = Site(self.plant, demo_folder(), self.signals.values)

    def switch(self, name: str, target: str, amount: float | None = None, *, active: bool = True) -> None:
        switch_fault(self.site, name, target, active, amount)

    def shown(self, tag: str) -> float:
        return self.signals.values()[tag]

    def after(self, hours: float, *tags: str) -> list[float]:
        self.plant.step(hours * 3600.0)
        return [self.shown(tag) for tag in tags]


def test_a_frozen_sensor_shows_one_value_until_it_is_mended_and_its_neighbour_lives_on() -> None:
    at = Watched()
    before = at.shown("AE_DO1"), at.shown("AE_DO2")
    at.switch("sensor_frozen", "AE_DO1")

    frozen = [at.after(0.5, "AE_DO1", "AE_DO2") for _ in range(4)]
    at.switch("sensor_frozen", "AE_DO1", active=False)

    assert {first for first, _ in frozen} == {before[0]}
    assert len({second for _, second in frozen}) > 1
    assert at.after(0.1, "AE_DO1") != [before[0]]


def test_a_drifting_sensor_leaves_the_truth_by_its_rate_and_its_range_ends_it() -> None:
    at = Watched()
    at.switch("sensor_drifting", "EFF_AIT_PH", 50.0)

    [hour] = at.after(1.0, "EFF_AIT_PH")
    [long_after] = at.after(3.0, "EFF_AIT_PH")
    at.switch("sensor_drifting", "EFF_AIT_PH", active=False)

    assert hour == pytest.approx(7.05 + 7.0, abs=0.3) or hour == 14.0
    assert long_after == 14.0
    assert 6.5 < at.shown("EFF_AIT_PH") < 8.0


def test_a_drifting_analyser_drifts_from_result_to_result() -> None:
    at = Watched()
    at.switch("sensor_drifting", "EFF_AIT_COD", 30.0)
    shown = [at.after(0.25, "EFF_AIT_COD", "EFF_ANA_COD_TS") for _ in range(20)]

    values = {sampled: value for value, sampled in shown}
    assert all(value == values[sampled] for value, sampled in shown)
    assert sorted(values.values()) == [values[sampled] for sampled in sorted(values)]
    assert max(values.values()) > 90.0


def test_a_do_meter_that_reads_too_high_starves_the_basins() -> None:
    at, well = Watched(), Watched()
    for tag in ("AE_DO1", "AE_DO2", "AE_DO3", "AE_DO4"):
        at.switch("sensor_drifting", tag, 20.0)

    for each in (at, well):
        each.plant.step(3 * 3600.0)

    assert at.shown("BL_FIT200") < 0.8 * well.shown("BL_FIT200")
    assert at.shown("AE_NH31") > well.shown("AE_NH31") + 0.5


def test_a_frozen_level_leaves_the_pumps_as_they_were_and_the_wet_well_runs_over() -> None:
    at = Watched("2026-11-18T04:00:00")
    at.switch("sensor_frozen", "PS_LIT101")

    flows = [at.after(0.2, "BYP_FIT101")[0] for _ in range(40)]
    true_m = at.plant.works.wet_well.level_m
    at.switch("sensor_frozen", "PS_LIT101", active=False)
    [after_flow, level_m] = at.after(4.0, "BYP_FIT101", "PS_LIT101")

    assert true_m > 5.0
    assert max(flows) > 500.0
    assert after_flow == 0.0
    assert level_m < 5.0


def test_a_standard_check_that_fails_is_followed_by_calibrations_and_in_the_end_by_maintenance() -> None:
    at = Watched("2026-11-18T09:10:00")
    analyser = at.plant.works.analysers[0]
    at.switch("standard_check_failed", "EFF_ANA_COD")
    seen: list[str] = []
    names = {"standard_check", "calibration", "maintenance", "measuring", "holding"}
    for _ in range(12 * 9):
        at.plant.step(300.0)
        [state] = word(at.plant, "EFF_ANA_COD_ST") & names
        if not seen or seen[-1] != state:
            seen.append(state)
    checked = at.shown("EFF_ANA_COD_QC")
    results = analyser.results

    at.switch("standard_check_failed", "EFF_ANA_COD", active=False)
    after = at.after(3.0, "EFF_ANA_COD_QC")

    pair = ["standard_check", "holding", "calibration", "holding"]
    assert [state for state in seen if state != "measuring"][1:] == [
        *pair * 3,
        "standard_check",
        "maintenance",
    ]
    assert checked == pytest.approx(37.5, rel=0.1)
    assert after == [pytest.approx(50.0, rel=0.1)]
    assert analyser.results > results
    assert "maintenance" not in word(at.plant, "EFF_ANA_COD_ST")


def test_ammonia_breaks_through_where_nitrifiers_are_inhibited_and_falls_again() -> None:
    at = Watched()
    at.switch("ammonia_breakthrough", "aerobic")
    [tank, outlet] = at.after(6.0, "AE_NH31", "EFF_AIT_NH3")
    at.switch("ammonia_breakthrough", "aerobic", active=False)
    [tank_after] = at.after(24.0, "AE_NH31")

    assert tank > 5.0
    assert outlet > 3.0
    assert tank_after < 2.0


def test_a_storm_brings_more_than_the_pumps_lift_until_it_is_over() -> None:
    at = Watched()
    at.switch("storm_bypass", "influent")
    [rain, level_m, bypass, flow] = at.after(2.5, "WX_RAIN", "PS_LIT101", "BYP_FIT101", "INF_FIT101")
    sump_m = at.plant.works.stations[0].level_m
    at.switch("storm_bypass", "influent", active=False)
    [dry, bypass_after] = at.after(6.0, "WX_RAIN", "BYP_FIT101")

    assert rain == 40.0
    assert level_m > 5.0
    assert bypass > 100.0
    assert flow > 1250.0
    assert sump_m <= 6.4
    assert (dry, bypass_after) == (0.0, 0.0)


def test_a_wrong_clock_of_an_analyser_tells_the_wrong_sample_time() -> None:
    at = Watched()
    right = at.shown("EFF_ANA_NH3_TS")
    at.switch("clock_wrong", "EFF_ANA_NH3", -7200.0)
    wrong = at.shown("EFF_ANA_NH3_TS")
    at.switch("clock_wrong", "EFF_ANA_NH3", active=False)

    assert wrong == right - 7200.0
    assert at.shown("EFF_ANA_NH3_TS") == right


def test_what_is_on_stands_in_the_state_and_goes_on_after_it() -> None:
    at = Watched()
    at.switch("blower_trip", "BL_B201A")
    at.switch("sensor_frozen", "AE_DO1")
    at.plant.step(60.0)
    at.switch("slow_device", "PLC3", 2.5)
    saved = json.loads(json.dumps(at.plant.capture()))
    other = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    other.restore(saved)

    assert faults_on(other) == faults_on(at.plant)
    assert [(one.fault, one.target, one.amount) for one in faults_on(other)] == [
        ("blower_trip", "BL_B201A", None),
        ("sensor_frozen", "AE_DO1", None),
        ("slow_device", "PLC3", 2.5),
    ]
    assert other.seen("AE_DO1", 99.0) == at.shown("AE_DO1")
    assert other.drives["BL_B201A"].tripped


def test_a_state_kept_before_there_were_faults_is_taken_over() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    saved = json.loads(json.dumps(plant.capture()))
    del saved["faults"]
    for analyser in saved["works"]["analysers"]:
        for name in ("spoilt", "check_due", "calibration_due", "calibrating", "maintained", "failed_check_s"):
            del analyser[name]
    other = plant_at("2026-11-18T09:00:00", run_in_days=0.01)

    other.restore(saved)

    assert other.capture() == plant.capture()


@pytest.mark.parametrize("amount", [-1.0, 31.0, float("nan"), float("inf")])
def test_an_amount_beyond_its_ends_is_refused_and_nothing_is_switched(amount: float) -> None:
    at = Watched()

    with pytest.raises(Invalid, match=r"slow_device takes an amount of 0\.05 to 30 s"):
        at.switch("slow_device", "PLC3", amount)
    with pytest.raises(Invalid, match="blower_trip takes no amount"):
        at.switch("blower_trip", "BL_B201A", 3.0)

    assert faults_on(at.plant) == []
