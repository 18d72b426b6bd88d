from pathlib import Path

import pytest

from config.read import read_folder
from tests.config.folders import CASES, GOOD, good_folder, lay_over, told

BROKEN = sorted(case.name for case in CASES.iterdir() if case != GOOD)


@pytest.mark.parametrize("name", BROKEN)
def test_a_folder_tells_all_its_mistakes_with_file_line_and_mend(name: str, tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    lay_over(plant, CASES / name)

    assert told(plant) == (CASES / name / "expected.txt").read_text("utf-8").splitlines()


def test_the_good_folder_has_no_mistakes() -> None:
    assert told(GOOD) == []
    assert [point.tag for point in read_folder(GOOD).plant.points] == [
        "B1_ST",
        "B2_ST",
        "B1_I",
        "AIR_P",
        "DO1",
        "EFF_COD",
        "EFF_FQ",
        "L1_LIT",
        "L1_PWR",
        "LAB_SV30",
        "PLC1.link",
        "PLC2.link",
        "MQTT.link",
        "MQTT.L1.link",
        "NODE.disk",
        "NODE.clock",
        "NODE.future",
    ]


def test_every_broken_folder_breaks_something() -> None:
    silent = [name for name in BROKEN if not (CASES / name / "expected.txt").read_text("utf-8")]

    assert silent == ["good-from-excel", "good-with-all-columns"]
    assert len(BROKEN) > 20
