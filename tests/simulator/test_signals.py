"""Every point has a value, also in a plant the model does not know."""

from pathlib import Path

import numpy as np

from simulator.signals import Signals
from tests.simulator.plants import demo_folder, plant_at, small_folder

ONE_PLC = "P: {type: modbus, host: 127.0.0.1, port: 15020, unit_id: 1}\n"


def test_the_model_knows_every_point_of_the_demo_plant() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)

    assert Signals(plant, demo_folder().plant.points).unknown == []


def test_values_are_taken_once_for_each_version_of_the_plant() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    signals = Signals(plant, demo_folder().plant.points)

    first = signals.values()
    again = signals.values()
    plant.step(1.0)

    assert again is first
    assert signals.values() is not first


def test_points_the_model_does_not_know_get_plausible_stand_ins(tmp_path: Path) -> None:
    register = {"source": "P", "modbus_fc": "FC03", "regs": 2, "dtype": "F32", "word_order": "ABCD"}
    points = [
        register | {"tag": "XX_LIT", "offset0": 0, "range_lo": 0, "range_hi": 10},
        register | {"tag": "XX_FQ", "offset0": 2, "kind": "TOT", "range_lo": 0, "range_hi": 1e9},
        register | {"tag": "XX_ST", "offset0": 4, "kind": "DI", "bits": "motor", "dtype": "BIT16", "regs": 1},
        register | {"tag": "PS_LIT101", "offset0": 6, "range_lo": 0, "range_hi": 8},
    ]
    folder = small_folder(tmp_path / "plant", points, ONE_PLC)
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.01)
    signals = Signals(plant, folder.plant.points)

    before = dict(signals.values())
    plant.step(3600.0)
    after = signals.values()

    assert signals.unknown == ["XX_LIT", "XX_FQ", "XX_ST"]
    assert 4.0 < before["XX_LIT"] < 6.0
    assert after["XX_LIT"] != before["XX_LIT"]
    assert after["XX_FQ"] > before["XX_FQ"]
    assert int(before["XX_ST"]) == 0b11101
    assert 1.0 < after["PS_LIT101"] < 5.0


def test_many_readings_rounded_at_once_are_those_rounded_one_by_one() -> None:
    plant = plant_at("2026-11-18T09:00:00", run_in_days=0.1)
    signals = Signals(plant, demo_folder().plant.points)
    tags = tuple(signals.values())
    one_by_one, at_once = [], []
    for _ in range(120):
        plant.step(60.0)
        one_by_one.append([signals.values()[tag] for tag in tags])
        unrounded = signals.unrounded()
        at_once.append([unrounded[tag] for tag in tags])
    values = np.array(at_once)

    signals.show(tags, values)

    assert values.tolist() == one_by_one
