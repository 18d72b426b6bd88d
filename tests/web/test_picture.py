from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from config.folder import PlantFolder
from telemetry.plant import UnitStage
from web.bands import Band, limits_by_tag
from web.language import Language
from web.machines import Machine
from web.picture import BESIDE_UNITS, STEP_PX, WATER_PX, Picture, UnitPicture, draw

WINTER = date(2026, 11, 21)


@pytest.fixture
def picture(folder: PlantFolder, zh: Language) -> Picture:
    return draw(folder, WINTER, zh)


def unit(units: Sequence[UnitPicture], name: str) -> UnitPicture:
    return next(shown for shown in units if shown.unit.id == name)


def test_units_stand_in_the_order_of_flow(picture: Picture) -> None:
    names = [shown.unit.id for shown in picture.water]

    assert names == [
        "influent", "screens", "pumping", "grit", "anaerobic", "anoxic", "aerobic", "clarifiers",
        "tertiary", "effluent",
    ]  # fmt: skip


def test_beside_the_water_stand_network_service_and_sludge(picture: Picture) -> None:
    stages = [shown.unit.stage for shown in picture.beside]

    assert stages == sorted(stages, key=[UnitStage.NETWORK, UnitStage.SERVICE, UnitStage.SLUDGE].index)
    assert "laboratory" not in {shown.unit.id for shown in picture.beside}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_row_on_the_waters_way_fits_in_both_languages(
    folder: PlantFolder, language: str, request: pytest.FixtureRequest
) -> None:
    picture = draw(folder, WINTER, request.getfixturevalue(language))

    assert sum(shown.width for shown in picture.water) * STEP_PX <= WATER_PX


def test_the_same_values_are_shown_in_both_languages(folder: PlantFolder, zh: Language, en: Language) -> None:
    shown = [
        [(u.unit.id, m.points) for u in (*drawn.water, *drawn.beside) for m in u.metrics]
        for drawn in (draw(folder, WINTER, zh), draw(folder, WINTER, en))
    ]

    assert shown[0] == shown[1]


def test_alike_points_share_a_row(picture: Picture) -> None:
    oxygen = unit(picture.water, "aerobic").metrics[0]

    assert (oxygen.label, oxygen.measure, oxygen.decimals) == ("溶解氧", "mg/L", 1)
    assert [point.tag for point in oxygen.points] == ["AE_DO1", "AE_DO2", "AE_DO3", "AE_DO4"]


def test_a_tank_that_can_run_dry_and_overflow_is_drawn_as_fill(picture: Picture) -> None:
    level = unit(picture.water, "pumping").metrics[0]

    assert (level.tank, level.tank_limits) == (True, (1.2, 5.0))
    assert level.fill(4.0) == 49.0


def test_a_level_difference_is_no_tank(picture: Picture) -> None:
    assert not any(metric.tank for metric in unit(picture.water, "screens").metrics)


def test_what_is_discharged_is_left_to_its_own_panel(picture: Picture) -> None:
    shown = {point.tag for u in picture.water for metric in u.metrics for point in metric.points}

    assert "EFF_FIT401" in shown
    assert not any(tag.startswith("EFF_AIT") for tag in shown)


def test_currents_and_bearings_are_left_to_their_machines(picture: Picture) -> None:
    shown = {point.tag for u in (*picture.water, *picture.beside) for m in u.metrics for point in m.points}

    assert not any(tag.endswith(("_I", "_HZ", "_T", "_QC")) for tag in shown)


def test_what_the_node_says_of_itself_is_no_part_of_the_plant(picture: Picture) -> None:
    units = [*picture.water, *picture.beside]
    shown = {point.tag for unit in units for metric in unit.metrics for point in metric.points}

    assert shown
    assert not any(tag.startswith("NODE.") for tag in shown)


def test_machines_stand_with_their_numbers(picture: Picture) -> None:
    machines = unit(picture.beside, "blowers").machines

    assert [(m.equipment.id, m.number, m.status) for m in machines] == [
        ("BL_B201A", "1", "BL_B201A_ST"),
        ("BL_B201B", "2", "BL_B201B_ST"),
        ("BL_B201C", "3", "BL_B201C_ST"),
    ]


@pytest.mark.parametrize(
    ("word", "state"),
    [(None, "unknown"), (0b0001, "on"), (0b0000, "off"), (0b0011, "fault"), (0b100_0001, "fault")],
)
def test_a_status_word_says_how_a_machine_stands(picture: Picture, word: int | None, state: str) -> None:
    assert unit(picture.beside, "blowers").machines[0].state(word) == state


@pytest.mark.parametrize(("word", "mode"), [(None, ""), (0b1101, ""), (0b0101, "hand"), (0b0001, "local")])
def test_what_is_not_run_by_the_automatic_is_marked(picture: Picture, word: int | None, mode: str) -> None:
    assert unit(picture.beside, "blowers").machines[0].mode(word) == mode


def test_a_gate_is_open_or_closed(picture: Picture) -> None:
    gate: Machine = unit(picture.water, "influent").machines[0]

    assert (gate.words, gate.state(0b001), gate.state(0b100)) == (("open", "closed"), "on", "moving")


def test_a_unit_knows_what_most_of_it_is_read_over(picture: Picture) -> None:
    assert unit(picture.water, "effluent").channels[0] == "PLC3"
    assert unit(picture.water, "grit").channels == ("PLC1",)


def test_units_without_room_are_counted(folder: PlantFolder, zh: Language) -> None:
    beside = replace(
        folder.plant, units=tuple(replace(u, stage=UnitStage.SERVICE) for u in folder.plant.units)
    )

    picture = draw(replace(folder, plant=beside), WINTER, zh)

    assert (len(picture.beside), picture.left_out > 0, picture.water) == (BESIDE_UNITS, True, ())


def test_a_band_shows_its_normal_part_in_the_middle() -> None:
    band = Band(low=0, high=5, normal_low=1, normal_high=4)

    assert [band.at(value) for value in (-1, 0, 1, 2.5, 4, 9)] == [0, 0, 20, 50, 80, 100]
    assert band.at(float("nan")) == 0


def test_limits_that_do_not_hold_on_a_day_are_no_limits(folder: PlantFolder) -> None:
    before_any = limits_by_tag(folder.rules_on(date(1999, 1, 1)))

    assert "EFF_AIT_COD" not in before_any
    assert "AE_DO1" in before_any
