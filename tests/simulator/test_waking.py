"""A plant begins where it stopped; totals never fall."""

import logging
from pathlib import Path

import pytest

from simulator import state
from simulator.plant import Plant
from simulator.signals import Signals
from simulator.waking import wake
from telemetry.plant import PointKind
from tests.simulator.plants import SHANGHAI, at_us, demo_folder

NOW = at_us("2026-11-18T09:00:00")
HOUR_US = 3_600_000_000


def totals(plant: Plant) -> dict[str, float]:
    points = demo_folder().plant.points
    values = Signals(plant, points).values()
    return {point.tag: values[point.tag] for point in points if point.kind is PointKind.TOTAL}


def stopped(file: Path) -> Plant:
    plant = wake(file, 1, SHANGHAI, NOW)
    plant.drives["BL_B201A"].trip()
    state.write(file, plant.capture())
    return plant


def test_a_first_start_has_run_in_with_totals_since_the_commissioning(tmp_path: Path) -> None:
    plant = wake(tmp_path / "plant.json", 1, SHANGHAI, NOW)

    assert plant.now_us == NOW
    assert 20e6 < totals(plant)["INF_FQ101"] < 30e6
    assert 15_000 < totals(plant)["BL_B201A_RH"] < 25_000
    assert 1.0 < plant.works.trains[0].zones[3][5] < 3.5


@pytest.mark.parametrize("gap_h", [0.001, 1, 48, 10 * 24, 400 * 24])
def test_totals_go_on_over_any_gap(tmp_path: Path, gap_h: float) -> None:
    file = tmp_path / "plant.json"
    before = totals(stopped(file))

    after = totals(wake(file, 1, SHANGHAI, NOW + round(gap_h * HOUR_US)))

    assert [tag for tag in before if after[tag] < before[tag]] == []
    flow = after["EFF_FQ401"] - before["EFF_FQ401"]
    assert flow == pytest.approx(790.0 * gap_h, rel=0.35, abs=1.0)
    assert after["PW_KWH_TOT"] - before["PW_KWH_TOT"] == pytest.approx(255.0 * gap_h, rel=0.35, abs=1.0)


def test_after_a_short_gap_the_plant_is_the_one_that_stopped(tmp_path: Path) -> None:
    file = tmp_path / "plant.json"
    stopped(file)

    plant = wake(file, 1, SHANGHAI, NOW + HOUR_US)

    assert plant.now_us == NOW + HOUR_US
    assert plant.drives["BL_B201A"].tripped
    assert plant.works.aeration.group.running == 2


def test_a_clock_set_back_changes_the_date_and_no_total(tmp_path: Path) -> None:
    file = tmp_path / "plant.json"
    before = totals(stopped(file))

    plant = wake(file, 1, SHANGHAI, NOW - 24 * HOUR_US)

    assert plant.now_us == NOW - 24 * HOUR_US
    assert totals(plant) == before


@pytest.mark.parametrize(
    "text", ["", "{}", '{"now_us": 5, "works": {}}', '{"now_us": "x", "works": {}}', "[1"]
)
def test_a_damaged_state_is_kept_aside_and_the_plant_runs_in_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    file = tmp_path / "plant.json"
    file.write_text(text, encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        plant = wake(file, 1, SHANGHAI, NOW)

    assert plant.now_us == NOW
    assert (tmp_path / "plant.json.damaged").read_text(encoding="utf-8") == text
    assert "is damaged" in caplog.text
