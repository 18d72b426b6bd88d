"""Plant folders for tests: the good one, and what a case lays over it."""

import shutil
from pathlib import Path

from config.check import check

CASES = Path(__file__).parents[1] / "cases" / "folders"
GOOD = CASES / "good"
FILES = ("plant.yaml", "connections.yaml", "equipment.csv", "points.csv", "bits.yaml", "limits.csv")
NOT_IN_THE_FOLDER = {"expected.txt", "remove.txt"}


def good_folder(where: Path) -> Path:
    """Copy the good folder, to be spoilt."""
    plant = where / "plant"
    shutil.copytree(GOOD, plant)
    return plant


def lay_over(plant: Path, case: Path) -> None:
    """Put a case's files in the place of the good ones; remove.txt names those to take away."""
    for item in case.iterdir():
        target = plant / item.name
        if item.name in NOT_IN_THE_FOLDER:
            continue
        target.unlink(missing_ok=True)
        (shutil.copytree if item.is_dir() else shutil.copyfile)(item, target)
    if (case / "remove.txt").exists():
        for name in (case / "remove.txt").read_text().split():
            (plant / name).unlink()


def told(plant: Path) -> list[str]:
    """Return the lines of `outfall check`, the folder's own path taken off."""
    return [str(problem).removeprefix(f"{plant}/") for problem in check(plant)]


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text that stands once in a file."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), "utf-8")
