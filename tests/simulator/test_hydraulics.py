"""Water is neither made nor lost, and levels follow flows."""

import pytest

from simulator.equipment import Drive
from simulator.hydraulics import WET_WELL_AREA_M2, Reservoir, Screen, flume_level_m
from tests.simulator.plants import DAY_S, plant_at


def test_what_a_reservoir_loses_is_what_came_in_less_what_stayed() -> None:
    reservoir = Reservoir(volume_m3=100.0, residence_h=0.4)

    out = sum(reservoir.advance(500.0, 0.01) * 0.01 for _ in range(300))

    assert out == pytest.approx(100.0 + 500.0 * 3.0 - reservoir.volume_m3)
    assert reservoir.volume_m3 == pytest.approx(200.0, rel=0.01)


@pytest.mark.parametrize(("flow_m3_h", "level_m"), [(0.0, 0.0), (790.0, 0.538), (1450.0, 0.803)])
def test_the_flume_s_level_follows_the_rating_curve(flow_m3_h: float, level_m: float) -> None:
    assert flume_level_m(flow_m3_h) == pytest.approx(level_m, abs=0.002)


def test_the_water_of_a_day_is_all_accounted_for() -> None:
    plant = plant_at("2026-11-18T00:00:00")
    works = plant.works

    def held() -> float:
        sumps = sum(station.level_m * 22.0 for station in works.stations)
        return (
            sumps
            + works.sewer.volume_m3
            + works.wet_well.level_m * WET_WELL_AREA_M2
            + works.outlet.storage.volume_m3
        )

    before, brought = held(), 0.0
    out_before = works.outlet.total_m3 + works.recycle.wasted_total_m3
    for _ in range(1440):
        decanted = works.dewatering.decant_m3_h / 60.0
        plant.step(60.0)
        brought += plant.sewage.flow_m3_h / 60.0 + decanted

    left = works.outlet.total_m3 + works.recycle.wasted_total_m3 - out_before
    assert brought == pytest.approx(left + held() - before, rel=0.001)
    assert 18_000 < brought < 21_000


def test_twice_the_flow_raises_the_level_and_brings_in_the_third_pump() -> None:
    plant = plant_at("2026-11-18T09:00:00")
    level_before = plant.works.wet_well.level_m

    plant.works.weather.flow_factor = 2.0
    plant.step(1.5 * 3600.0)

    well = plant.works.wet_well
    assert well.level_m > level_before + 1.0
    assert well.pumps.running == 3
    assert plant.works.outlet.flow_m3_h > 1400
    assert not well.bypass_open


def test_the_bypass_opens_only_when_all_pumps_cannot_keep_up() -> None:
    plant = plant_at("2026-11-18T09:00:00")

    plant.works.weather.flow_factor = 2.8
    plant.step(3 * 3600.0)
    flooded = plant.works.wet_well.bypass_m3_h
    plant.works.weather.flow_factor = 1.0
    plant.step(6 * 3600.0)

    assert flooded > 500
    assert plant.works.wet_well.bypass_m3_h == 0.0


def test_without_any_pump_the_well_fills_and_nothing_is_lifted() -> None:
    plant = plant_at("2026-11-18T03:00:00")
    for pump in plant.works.wet_well.pumps.drives:
        pump.trip()
    level_before = plant.works.wet_well.level_m

    plant.step(600.0)

    assert plant.works.wet_well.lifted_m3_h == 0.0
    assert plant.works.wet_well.level_m > level_before + 0.5


def test_the_screen_is_raked_when_it_clogs() -> None:
    screen = Screen(Drive("SC", 0.0))

    losses = []
    for _ in range(int(DAY_S / 10)):
        screen.advance(900.0, 10.0)
        losses.append(screen.loss_m)

    assert screen.rake.starts > 40
    assert max(losses) < 0.15


def test_one_pump_is_enough_at_night_and_two_run_by_day() -> None:
    plant = plant_at("2026-11-18T00:00:00")
    running = []
    for _ in range(288):
        plant.step(300.0)
        running.append(plant.works.wet_well.pumps.running)

    assert set(running) == {1, 2}
    assert running.count(2) > 200
