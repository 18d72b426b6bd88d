"""A sheet of a point list, whatever file it came from, and what is told of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import ConfigError

Place = tuple[int, int]
"""Row and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. `odd` says what is wrong with it, and the mend, where it is not to be used."""

    text: str
    is_number: bool = False
    is_formula: bool = False
    odd: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells by place, blank ones left out. `merged` has first and last place of each merged range."""

    name: str
    cells: Mapping[Place, Cell]
    merged: tuple[tuple[Place, Place], ...] = ()
    note: str = ""
    """How the file was read, where that is not plain: its encoding, its separator."""

    def filled(self) -> "Sheet":
        """Return the sheet with what is merged downwards written in each row of it."""
        cells = dict(self.cells)
        known = {row for row, _ in self.cells}
        for (top, left), (bottom, _) in self.merged:
            said = self.cells.get((top, left))
            if said is None:
                continue
            # Only rows in which something stands: a range may be merged down to the last row there is.
            cells |= {(row, left): said for row in known if top < row <= bottom and (row, left) not in cells}
        return Sheet(self.name, cells, self.merged, self.note)

    def by_row(self) -> Mapping[int, dict[int, Cell]]:
        """Return the cells of each row by column."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            found.setdefault(row, {})[column] = cell
        return found


class UnreadableList(ConfigError):
    """A file that is no point list, with what is wrong and how to mend it."""

    def __init__(self, file: Path, what: str, mend: str) -> None:
        super().__init__(f"{file}: {what}: {mend}")


def letters(column: int) -> str:
    """Return a column as a spreadsheet names it: A, B, … AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def place_of(reference: str) -> Place | None:
    """Return the place that `C5` names, None where it names none."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", reference)
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def range_of(reference: str) -> tuple[Place, Place] | None:
    """Return first and last place of `A1:C3`."""
    first, _, last = reference.partition(":")
    begin, end = place_of(first), place_of(last or first)
    return None if begin is None or end is None or end < begin else (begin, end)
