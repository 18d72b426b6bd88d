"""A CSV table by its header, with true line numbers and cells that say what is wrong with them."""

import csv
import io
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from config.problems import Problems, choose, listed, quoted
from config.secrets import SECRET_MEND, is_secret
from config.text import read_text

MOST_BYTES: Final = 16_000_000
LONGEST_CELL: Final = 200
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2199
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. Cells are stripped; a cell's own mistake is told when it is asked for."""

    file: Path
    line: int
    cells: Mapping[str, str]
    subject: str
    problems: Problems

    def add(self, what: str, mend: str) -> None:
        """Note a mistake in this line."""
        self.problems.add(self.file, self.line, f"{self.subject}: {what}", mend)

    def text(self, column: str) -> str:
        """Return the cell, empty where it is blank or the column is missing."""
        return self.cells.get(column, "")

    def need(self, column: str, write: str) -> str | None:
        """Return the cell; a blank one is a mistake, mended by `write`."""
        text = self.text(column)
        if len(text) > LONGEST_CELL:
            self.add(f"{column} has {len(text):,} characters", f"write at most {LONGEST_CELL}")
            return None
        if not text and column in self.cells:
            self.add(f"{column} is blank", write)
        return text or None

    def choice(self, column: str, known: Collection[str]) -> str | None:
        """Return the cell when it is one of the known words; blank or another one is a mistake."""
        word = self.need(column, f"write {listed(known)}")
        if word is None or word in known:
            return word
        self.add(f"{column} is {quoted(word)}", choose(word, known, "write"))
        return None

    def number(
        self, column: str, low: float = -math.inf, high: float = math.inf, *, need: str = ""
    ) -> float | None:
        """Return a finite number within [low, high]; None where blank, or wrong and told.

        With `need`, which says what to write, blank is wrong too.
        """
        text = self.need(column, need) if need else self.text(column)
        if not text:
            return None
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(value):
            self.add(f"{column} is {quoted(text)}", _number_mend(text))
            return None
        if not low <= value <= high:
            self.add(f"{column} is {quoted(text)}", f"write a number {_between(low, high)}")
            return None
        return value

    def integer(self, column: str, low: int, high: int, *, need: str = "") -> int | None:
        """Return a whole number within [low, high]; None where blank, or wrong and told."""
        value = self.number(column, low, high, need=need)
        if value is None or value.is_integer():
            return None if value is None else int(value)
        self.add(f"{column} is {quoted(self.text(column))}", "write a whole number")
        return None

    def day(self, column: str, *, need: str = "") -> date | None:
        """Return a date written YYYY-MM-DD; None where blank, or wrong and told."""
        text = self.need(column, need) if need else self.text(column)
        if not text:
            return None
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
                day = date.fromisoformat(text)
                if FIRST_YEAR <= day.year <= LAST_YEAR:
                    return day
                raise ValueError(text)
        except ValueError:
            self.add(
                f"{column} is {quoted(text)}", f"write a day of the calendar, {FIRST_YEAR} to {LAST_YEAR}"
            )
            return None
        self.add(f"{column} is {quoted(text)}", "write the day as YYYY-MM-DD")
        return None


def _between(low: float, high: float) -> str:
    if math.isinf(high):
        return f"of at least {low:g}"
    return f"from {low:g} to {high:g}" if math.isfinite(low) else f"of at most {high:g}"


def _number_mend(text: str) -> str:
    narrow = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    narrow = narrow.replace("。", ".").replace("−", "-").replace(",", "")
    if narrow != text and _NUMBER.fullmatch(narrow):
        return f"write {narrow}"
    return "write a finite number such as 12.5"


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table; `damaged` are ids of lines that could not be read as rows."""

    rows: tuple[Row, ...]
    damaged: frozenset[str]


def read_table(file: Path, columns: Sequence[str], kind: str, holds: str, problems: Problems) -> Table | None:
    """Return the rows under a header that must name just these columns, in any order.

    The first of `columns` is the id, which `kind` (point, equipment) names in messages. None where
    there is no usable table.
    """
    text = read_text(file, MOST_BYTES, holds, problems)
    if text is None:
        return None
    lines = _lines(file, text, problems)
    number, header = next(lines, (1, []))
    if not header:
        problems.add(file, 1, "the file is empty", f"write the header {','.join(columns)}")
        return None
    if not _check_header(file, number, header, columns, problems):
        return None
    rows: list[Row] = []
    damaged: set[str] = set()
    place = {name: index for index, name in reversed(list(enumerate(header)))}
    id_index = place.get(columns[0], len(header))
    for number, cells in lines:
        name = cells[id_index] if id_index < len(cells) else ""
        subject = f"{kind} {quoted(name)}" if name else f"this {kind}"
        row = Row(file, number, {c: cells[place[c]] for c in columns if c in place and place[c] < len(cells)},
                  subject, problems)  # fmt: skip
        if len(cells) == len(header):
            rows.append(row)
            continue
        damaged.add(name)
        mend = "put quotes round a cell that holds a comma" if len(cells) > len(header) else "add the commas"
        row.add(f"{len(cells)} cells where the header has {len(header)}", mend)
    return Table(tuple(rows), frozenset(damaged))


def _lines(file: Path, text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(file, line, *_csv_mistake(str(error)))
            continue
        if any(cells):
            yield line, cells


def _csv_mistake(error: str) -> tuple[str, str]:
    if "end of data" in error:
        return "a quote opened in this line is never closed", 'close it, or double it ("") where it is meant'
    if "expected after" in error:
        return (
            "a quoted cell that starts in this line goes on after its closing quote",
            'double (`""`) quotes inside a cell, and check that every quote is closed',
        )
    return f"this line is not CSV ({error})", "check its quotes and commas"


def _check_header(
    file: Path, line: int, header: list[str], columns: Sequence[str], problems: Problems
) -> bool:
    if len(header) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")):
            if separator in header[0]:
                problems.add(
                    file, line, f"columns are separated by {name}", "save it with commas between cells"
                )
                return False
    if not set(header) & set(columns):
        problems.add(file, line, "this line is not the header", f"write {','.join(columns)} above the rows")
        return False
    for name in dict.fromkeys(header):
        if header.count(name) > 1 and name:
            problems.add(file, line, f"column {quoted(name)} stands here twice", "keep one")
        if not name:
            problems.add(file, line, "a column without a name", "remove it, with its cells and commas")
        elif is_secret(name):
            problems.add(file, line, f"column {quoted(name)} looks like a secret", SECRET_MEND)
        elif name not in columns:
            free = [column for column in columns if column not in header]
            mend = (
                choose(name, free, "remove it, with its cells; still missing")
                if free
                else "remove it, with its cells"
            )
            problems.add(file, line, f"unknown column {quoted(name)}", mend)
    for name in columns:
        if name not in header:
            problems.add(
                file, line, f"column {quoted(name)} is missing", "add it, blank where it does not apply"
            )
    return True
