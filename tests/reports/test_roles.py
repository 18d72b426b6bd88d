"""Which points play which part: found in any plant folder, or named in it."""

from dataclasses import replace

import pytest

from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from reports.roles import Pollutant, roles_of
from reports.settings import ReportSettings
from telemetry.plant import Plant

NOTHING = ReportSettings()


@pytest.fixture(scope="module")
def demo() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


def without(plant: Plant, *tags: str) -> Plant:
    return replace(plant, points=tuple(point for point in plant.points if point.tag not in tags))


def test_volumes_are_the_totals_of_the_first_and_last_unit_with_a_flow(demo: PlantFolder) -> None:
    roles = roles_of(demo.plant, NOTHING)

    assert (roles.one("influent_volume"), roles.one("effluent_volume")) == ("INF_FQ101", "EFF_FQ401")


def test_without_a_total_the_volume_is_that_of_the_units_flow(demo: PlantFolder) -> None:
    roles = roles_of(without(demo.plant, "INF_FQ101"), NOTHING)

    assert roles.one("influent_volume") == "INF_FIT101"


def test_a_plant_with_two_meters_does_not_say_by_itself_which_is_the_plants(demo: PlantFolder) -> None:
    assert roles_of(demo.plant, NOTHING).one("energy") is None
    assert roles_of(without(demo.plant, "PW_KWH_BL"), NOTHING).one("energy") == "PW_KWH_TOT"
    assert roles_of(demo.plant, demo.report).one("energy") == "PW_KWH_TOT"


def test_a_pollutant_of_the_effluent_has_the_influents_of_the_same_ending(demo: PlantFolder) -> None:
    pollutants = roles_of(demo.plant, NOTHING).pollutants

    assert Pollutant("COD", "EFF_AIT_COD", "INF_AIT_COD") in pollutants
    assert Pollutant("SS", "EFF_AIT_SS", None) in pollutants
    assert [one.item for one in pollutants] == ["COD", "NH3", "TP", "TN", "SS"]


def test_a_tag_that_is_gone_plays_no_role(demo: PlantFolder) -> None:
    roles = roles_of(without(demo.plant, "AE_MLSS1", "AD_FQ_PAC"), demo.report)

    assert roles.tags["mlss"] == ("AE_MLSS2",)
    assert [chemical.en for chemical in roles.chemicals] == ["carbon source", "hypochlorite"]


def test_every_tag_is_asked_for_once(demo: PlantFolder) -> None:
    asked = roles_of(demo.plant, demo.report).all()

    assert len(asked) == len(set(asked)) > 25
