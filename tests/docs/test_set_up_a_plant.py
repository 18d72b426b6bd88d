"""docs/how-to/set-up-a-plant.md, done as it says."""

import subprocess
from pathlib import Path

from config.read import read_folder
from tests.docs.pages import SET_UP, titled
from tests.system.product import OUTFALL

BLOCKS = titled(SET_UP)


def checked(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [OUTFALL, "check", f"{folder.name}/"], cwd=folder.parent, capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout


def test_the_plant_of_the_page_has_no_mistakes(plant: Path) -> None:
    assert checked(plant) == (0, BLOCKS["clean"])


def test_the_mistake_of_the_page_is_told_as_the_page_says(plant: Path) -> None:
    points = (plant / "points.csv").read_text("utf-8")
    (plant / "points.csv").write_text(points.replace("FC03,0,2,F32", "FC03,0,1,F32"), "utf-8")

    assert checked(plant) == (2, BLOCKS["mistake"])


def test_the_plant_of_the_page_has_the_points_and_alarms_it_speaks_of(plant: Path) -> None:
    folder = read_folder(plant)

    assert [point.tag for point in folder.plant.points] == [
        "BL_B1_I", "BL_B1_ST", "EFF_COD", "LS1_LIT", "PLC1.link", "STATIONS.link", "STATIONS.LS1.link",
        "NODE.disk", "NODE.clock", "NODE.future",
    ]  # fmt: skip
    assert {rule.key for rule in folder.rules if not rule.tag.startswith("NODE.")} == {
        "BL_B1_I.L", "BL_B1_I.H", "BL_B1_I.HH", "BL_B1_ST.fault", "EFF_COD.H", "EFF_COD.HH", "LS1_LIT.LL",
        "LS1_LIT.HH", "BL_B1_I.instrument", "BL_B1_ST.instrument", "EFF_COD.instrument", "LS1_LIT.instrument",
        "PLC1.link", "STATIONS.link", "STATIONS.LS1.link",
    }  # fmt: skip
