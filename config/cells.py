"""A line of a table, whose cells say what is wrong with them when they are asked for."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

from config.problems import Problems, choose, listed, quoted

LONGEST_CELL: Final = 200
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2199
MOST_DECIMALS: Final = 6
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)


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

    def choice(
        self, column: str, known: Collection[str], called: Mapping[str, str] = MappingProxyType({})
    ) -> str | None:
        """Return the cell when it is one of the known words; blank or another one is a mistake.

        `called` has what others call a known word, in small letters, for the mend only.
        """
        word = self.need(column, f"write {listed(known)}")
        if word is None or word in known:
            return word
        same = called.get("".join(word.casefold().split()))
        mend = f"did you mean {quoted(same)}?" if same else self.meant(word, known, "write")
        self.add(f"{column} is {quoted(word)}", mend)
        return None

    def meant(self, word: str, known: Collection[str], otherwise: str) -> str:
        """Return how to mend a word, without looking for what was meant once nobody will read it."""
        return otherwise if self.problems.full else choose(word, known, otherwise)

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
            self.add(f"{column} is {quoted(text)}", f"write {number_meant(text) or 'a number such as 12'}")
            return None
        if not low <= value <= high:
            self.add(f"{column} is {quoted(text)}", f"write a number {_between(low, high)}")
            return None
        return value

    def decimal(self, column: str) -> Decimal | None:
        """Return a number with the decimals that it is written with; None where blank, or wrong and told."""
        if self.number(column) is None:
            return None
        text = self.text(column)
        value = Decimal(text)
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
            self.add(f"{column} is {quoted(text)}", f"write at most {MOST_DECIMALS} decimals")
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


def number_meant(text: str) -> str | None:
    """Return the number that a text was meant as, None where it is none."""
    narrow = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    narrow = narrow.replace("。", ".").replace("−", "-")
    # 12,500 has its thousands marked; 0,1 is a tenth, and 01 would be ten times it.
    narrow = narrow.replace(",", "" if _THOUSANDS.fullmatch(narrow) else ".")
    return narrow if narrow != text and _NUMBER.fullmatch(narrow) else None
