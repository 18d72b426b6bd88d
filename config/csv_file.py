"""A CSV table by its header."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.cells import Row
from config.csv_lines import CsvLine, csv_lines
from config.problems import LONGEST_QUOTE, Problems, nearest, quoted
from config.secrets import SECRET_MEND, is_secret
from config.text import read_text

MOST_BYTES: Final = 16_000_000
MOST_ROWS: Final = 20_000
ALL_MISFIT_FROM: Final = 3
SOMEWHAT_ALIKE: Final = 0.65


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table; `damaged` are ids of lines that could not be read as rows."""

    rows: tuple[Row, ...]
    damaged: frozenset[str]


def read_table(
    file: Path,
    columns: Sequence[str],
    kind: str,
    holds: str,
    problems: Problems,
    may_lack: Collection[str] = (),
) -> Table | None:
    """Return the rows under a header that must name just these columns, in any order.

    The first of `columns` is the id, which `kind` (point, equipment) names in messages; those of
    `may_lack` may be missing. None where there is no usable table.
    """
    text = read_text(file, MOST_BYTES, holds, problems)
    if text is None:
        return None
    lines = csv_lines(text)
    header = next(lines, None)
    if header is None:
        problems.add(file, 1, "the file is empty", f"write the header {_needed(columns, may_lack)}")
        return None
    if header.broken is not None:
        problems.add(file, header.number, *header.broken)
        return None
    if not _check_header(file, header.number, header.cells, columns, problems, may_lack):
        return None
    reading = _Reading(file, header, columns, kind, problems)
    for count, line in enumerate(lines):
        if count == MOST_ROWS:
            what = f"more than {MOST_ROWS:,} lines"
            problems.add(file, line.number, what, f"check that it is the right file; it holds {holds}")
            break
        reading.take(line)
    return reading.table()


class _Reading:
    """The rows of a table as they come."""

    def __init__(
        self, file: Path, header: CsvLine, columns: Sequence[str], kind: str, problems: Problems
    ) -> None:
        self._file = file
        self._header = header
        self._place = {name: header.cells.index(name) for name in columns if name in header.cells}
        self._id = columns[0]
        self._kind = kind
        self._problems = problems
        self._rows: list[Row] = []
        self._misfits: list[tuple[Row, int]] = []
        self._damaged: set[str] = set()

    def take(self, line: CsvLine) -> None:
        """Take in a line."""
        cells = {name: line.cells[index] for name, index in self._place.items() if index < len(line.cells)}
        name = cells.get(self._id, "")
        subject = f"{self._kind} {quoted(name)}" if name else f"this {self._kind}"
        row = Row(self._file, line.number, cells, subject, self._problems)
        if line.broken is not None:
            self._problems.add(self._file, line.number, *line.broken)
            self._damaged.add(name)
        elif len(line.cells) == len(self._header.cells):
            self._rows.append(row)
        else:
            self._misfits.append((row, len(line.cells)))
            self._damaged.add(name)

    def table(self) -> Table:
        """Return the whole, after telling the lines that do not fit the header."""
        width = len(self._header.cells)
        counts = {count for _, count in self._misfits}
        if not self._rows and len(counts) == 1 and len(self._misfits) >= ALL_MISFIT_FROM:
            what = f"the header has {width} cells, every line below it {counts.pop()}"
            self._problems.add(self._file, self._header.number, what, "make header and lines fit each other")
        else:
            for row, count in self._misfits:
                mend = "put quotes round a cell with a comma" if count > width else "add what is missing"
                if count < width <= count + sum(text.count("，") for text in row.cells.values()):
                    mend = "write , between cells, not the full-width ，"
                row.add(f"{count} cells where the header has {width}", mend)
        return Table(tuple(self._rows), frozenset(self._damaged))


def _check_header(
    file: Path,
    line: int,
    header: list[str],
    columns: Sequence[str],
    problems: Problems,
    may_lack: Collection[str],
) -> bool:
    if len(header) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")):
            if separator in header[0]:
                problems.add(
                    file, line, f"columns are separated by {name}", "save it with commas between cells"
                )
                return False
    if header[0].startswith("sep="):
        problems.add(file, line, "this line is a hint for Excel", "remove it: the header comes first")
        return False
    if not set(header) & set(columns):
        problems.add(
            file, line, "this line is not the header", f"write {_needed(columns, may_lack)} above the rows"
        )
        return False
    misspelt: set[str | None] = set()
    for name in dict.fromkeys(header):
        if header.count(name) > 1 and name:
            problems.add(file, line, f"column {quoted(name)} stands here twice", "keep one")
        if not name:
            problems.add(file, line, "a column without a name", "remove it, with its cells and commas")
        elif is_secret(name):
            problems.add(file, line, f"column {quoted(name)} looks like a secret", SECRET_MEND)
        elif name not in columns:
            missing = [column for column in columns if column not in header and column not in misspelt]
            near = nearest(name, missing)
            expected = [column for column in columns if column in header or column not in may_lack]
            perhaps = near or _renamed(name, header, expected, missing)
            misspelt.add(perhaps)
            what, mend = f"unknown column {quoted(name)}", "remove it, with its cells"
            if near:
                mend = f"did you mean {quoted(near)}?"
            elif perhaps:
                what, mend = f"{what}; perhaps {quoted(perhaps)} is meant", "rename it"
            problems.add(file, line, what, mend)
    for name in columns:
        if name not in header and name not in misspelt and name not in may_lack:
            mend = "add it, blank where it does not apply"
            problems.add(file, line, f"column {quoted(name)} is missing", mend)
    return True


def _needed(columns: Sequence[str], may_lack: Collection[str]) -> str:
    return ",".join(name for name in columns if name not in may_lack)


def _renamed(name: str, header: list[str], columns: Sequence[str], missing: Sequence[str]) -> str | None:
    """Return the missing column in whose place an unknown one stands, or whose name is somewhat like it."""
    at = header.index(name)
    around = _neighbours(header, at)
    for column in missing:
        if column in columns and _neighbours(columns, columns.index(column)) == around:
            return column
    if len(name) > LONGEST_QUOTE:
        return None
    alike = difflib.get_close_matches(name.casefold(), missing, n=1, cutoff=SOMEWHAT_ALIKE)
    return alike[0] if alike else None


def _neighbours(names: Sequence[str], at: int) -> tuple[str, str]:
    return names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else ""
