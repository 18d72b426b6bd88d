from pathlib import Path

import pytest

from tests.config.folders import good_folder, replace, told


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",desc_zh,", ",desc_cn,", "desc_zh"),
        (",offset0,", ",register,", "offset0"),
        (",kind,", ",art,", "kind"),
    ],
)
def test_a_renamed_column_is_to_be_renamed_back_not_removed(
    old: str, new: str, column: str, tmp_path: Path
) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", old, new)
    name = new.strip(",")

    assert told(plant) == [f'points.csv:1: unknown column "{name}"; perhaps "{column}" is meant: rename it']


def test_a_column_too_many_beside_a_missing_one_is_told_apart(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    lines = (plant / "equipment.csv").read_text("utf-8").splitlines()
    lines = [f"{line.rpartition(',')[0]}," for line in lines]
    (plant / "equipment.csv").write_text("\n".join(["id,note,unit,kind,zh", *lines[1:]]) + "\n", "utf-8")

    assert 'equipment.csv:1: unknown column "note": remove it, with its cells' in told(plant)
    assert 'equipment.csv:1: column "en" is missing: add it, blank where it does not apply' in told(plant)


def test_a_full_width_comma_between_cells_is_named(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    lines = (plant / "equipment.csv").read_text("utf-8").splitlines()
    lines[1] = lines[1].replace(",", "，", 1)
    (plant / "equipment.csv").write_text("\n".join(lines) + "\n", "utf-8")

    mend = "write , between cells, not the full-width ，"
    assert any(line.startswith("equipment.csv:2:") and line.endswith(mend) for line in told(plant))
