from pathlib import Path

import pytest
import yaml

from app.cli import main
from config.check import check
from config.read import read_folder
from tests.config.folders import FILES

NEXT = """\

Next:
  outfall probe modbus://ADDRESS/UNIT                  what a PLC has, and in which word order
  write plant/connections.yaml                         its address
  outfall points import LIST.xlsx --into plant         your point list; --dry-run only shows
  outfall check plant --connect                        every point tried once
  outfall user add plant NAME --role operator          an account
  outfall run plant                                    the node
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    """Return exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


def test_a_new_folder_is_made_and_its_next_steps_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, complained = ran(capsys, "init", "plant")

    assert (code, complained) == (0, "")
    assert said.splitlines()[:2] == [
        "plant: made, and without mistakes: README.md, bits.yaml, connections.yaml, equipment.csv,"
        " limits.csv, plant.yaml, points.csv",
        'plant id "plant": it goes into every record; change it in plant.yaml now or never',
    ]
    assert [line.split() for line in said.splitlines()[2:]] == [line.split() for line in NEXT.splitlines()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_new_folder_passes_check_and_speaks_one_language(
    language: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "init", "plant", "--language", language)

    assert check(here / "plant") == []
    assert sorted(file.name for file in (here / "plant").iterdir()) == sorted(
        [*FILES, ".schema", "README.md"]
    )
    for file in (here / "plant").glob("*.yaml"):
        first, *comments = [line for line in file.read_text("utf-8").splitlines() if line.startswith("#")]
        assert first == f"# yaml-language-server: $schema=.schema/{file.stem}.json"
        told = [line for line in comments if line[:2] == "# " and line[2] != " "]
        assert told
        if language == "en":
            assert [line for line in told if not line.isascii() and "m³" not in line] == []
        else:
            assert [line for line in told if line.isascii()] == []


def test_what_is_known_of_the_plant_stands_in_its_files(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = '南岸"厂": #1 {@ID@}'
    code, _, _ = ran(
        capsys, "init", "plant", "--id", "2024", "--name", name, "--name-en", "no", "--timezone", "Asia/Tokyo"
    )

    plant = read_folder(here / "plant").plant

    assert code == 0
    assert (plant.id, plant.name.zh, plant.name.en, str(plant.timezone)) == ("2024", name, "no", "Asia/Tokyo")
    # Others read it too: an editor, a script.
    assert yaml.safe_load((here / "plant" / "plant.yaml").read_text("utf-8"))["id"] == "2024"


def test_a_folder_whose_name_can_be_no_id_gets_one_that_can(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(capsys, "init", "我的厂")

    assert read_folder(here / "我的厂").plant.id == "plant1"


def test_a_folder_that_is_not_empty_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plant").mkdir()
    (here / "plant" / "notes.txt").write_text("mine")
    (here / "file").write_text("mine")

    assert [ran(capsys, "init", "plant"), ran(capsys, "init", "file")] == [
        (2, "", "plant: the folder is not empty: name one that is, or is not there yet\n"),
        (2, "", "file: this is not a folder: name one that is empty, or not there yet\n"),
    ]
    assert [item.name for item in sorted(here.rglob("*"))] == ["file", "plant", "notes.txt"]


def test_an_empty_folder_is_filled(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plant").mkdir(mode=0o700)

    assert ran(capsys, "init", "plant")[0] == 0
    assert check(here / "plant") == []
    assert (here / "plant").stat().st_mode & 0o777 == 0o700


def test_what_is_wrong_is_told_and_nothing_is_left_behind(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(capsys, "init", "plant", "--id", "厂", "--timezone", "北京") == (
        2,
        "",
        'plant.yaml:5: id is "厂": write letters, digits, _ and -, at most 64 — short name of the plant in'
        " topics, files and stores; never changed\n"
        'plant.yaml:7: timezone "北京" is unknown: did you mean "Asia/Shanghai"?\n',
    )
    assert list(here.iterdir()) == []


def test_schemas_are_renewed_or_written_elsewhere(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(capsys, "init", "plant")
    (here / "plant" / ".schema" / "bits.json").write_text("{}")
    (here / "plant" / ".schema" / "rules.json").unlink()

    assert ran(capsys, "schema", "plant") == (
        0,
        "plant/.schema/plant.json: unchanged\n"
        "plant/.schema/connections.json: unchanged\n"
        "plant/.schema/bits.json: updated\n"
        "plant/.schema/rules.json: created\n",
        "",
    )
    assert ran(capsys, "schema", "--out", "schemas")[0] == 0
    assert len(list((here / "schemas").iterdir())) == 4
    assert ran(capsys, "schema", "nowhere") == (
        2,
        "",
        "nowhere: there is no such folder: write the path of a plant folder\n",
    )
