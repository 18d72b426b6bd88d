import subprocess
import sys
from pathlib import Path

from config.check import check
from config.demo import DEMO_FOLDER
from config.problems import Problem
from tests.config.folders import good_folder, replace

HEAVY = {"pymodbus", "paho", "duckdb", "sqlalchemy", "fastapi", "numpy", "asyncio"}


def test_a_mistake_is_one_line_with_file_line_what_and_mend(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", "CDAB,1,0.5,1,4,6", "CDAB,1,0.5,1,4,3")

    (problem,) = check(plant)

    assert problem == Problem(
        file=str(plant / "points.csv"),
        line=6,
        what='point "DO1": H 4 is not below HH 3',
        mend="write limits that rise from LL over L and H to HH",
    )
    assert str(problem) == f"{problem.file}:6: {problem.what}: {problem.mend}"


def test_mistakes_are_told_by_file_and_line(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", "LAB_SV30,laboratory", "LAB_SV30,nowhere")
    replace(plant / "points.csv", "DO1,aerobic", "DO1,nowhere")
    replace(plant / "plant.yaml", "design_flow_m3_d: 5000", "design_flow_m3_d: -1")

    assert [(Path(problem.file).name, problem.line) for problem in check(plant)] == [
        ("plant.yaml", 4),
        ("points.csv", 6),
        ("points.csv", 11),
    ]


def test_the_demo_has_no_mistakes() -> None:
    assert check(DEMO_FOLDER) == []


def test_checking_a_folder_loads_nothing_heavy() -> None:
    code = (
        "import sys, config.check; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(loaded.stdout.split()) == set()
