"""What is told of a point list: what is unclear, with the mend; what was derived; what was passed over."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.point_lists.sheet import letters

MOST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a list's file: `sheet` is empty in a CSV, `column` 0 where the whole row is meant."""

    file: str
    sheet: str
    row: int
    column: int = 0
    header: str = ""

    def __str__(self) -> str:
        sheet = f" [{self.sheet}]" if self.sheet else ""
        row = f" row {self.row}" if self.row else ""
        column = ""
        if self.column:
            column = f" column {letters(self.column) if self.sheet else self.column}"
            column += f" ({' '.join(self.header.split())})" if self.header else ""
        return f"{self.file}{sheet}{row}{column}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that cannot be read in one way only."""

    where: Where
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.mend}"


@dataclass(slots=True)
class Told:
    """Everything that is told of one file."""

    file: Path
    unclear: list[Mistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumed: Counter[str] = field(default_factory=Counter)
    """What was taken for granted, and for how many points."""
    count: int = 0

    def add(self, where: Where, what: str, mend: str) -> None:
        """Note what is unclear; beyond a bound it is only counted."""
        found = Mistake(where, what, mend)
        if found in self.unclear[-20:]:
            return
        self.count += 1
        if len(self.unclear) < MOST_TOLD:
            self.unclear.append(found)

    def note(self, sheet: str, words: str) -> None:
        """Note what was passed over, or how the file was read."""
        where = f"{self.file} [{sheet}]" if sheet else str(self.file)
        self.notes.append(f"{where}: {words}")
