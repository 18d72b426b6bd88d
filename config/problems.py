"""Mistakes of a plant folder: each with its file, its line, what is wrong and how to mend it."""

import difflib
import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.errors import ConfigError

MOST_KEPT: Final = 2000
MOST_TOLD: Final = 200
MOST_COMPARED: Final = 500
LONGEST_TEXT: Final = 400
ALIKE: Final = 0.78
SHORTEST_START: Final = 4
_DIGITS: Final = re.compile("[0-9]+")
LONGEST_QUOTE: Final = 60


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; `line` counts from 1, is 1 where a whole file is meant and 0 where it is the folder."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}: {self.mend}"


class FolderProblems(ConfigError):
    """Every mistake of a folder, by file and line; beyond MOST_TOLD only how many there are."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects mistakes while a folder is read, so that all are told at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: set[Problem] = set()
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted."""
        return self.count >= MOST_KEPT

    def add(self, file: Path, line: int, what: str, mend: str) -> None:
        """Note a mistake; the same one said twice counts once. Line 0 is for the folder itself."""
        if self.full:
            self.count += 1
            return
        problem = Problem(_printable(str(file)), max(line, 0), _printable(what), _printable(mend))
        if problem in self._kept:
            return
        self.count += 1
        self._kept.add(problem)

    def error(self) -> FolderProblems:
        """Return all of them, to be raised."""
        told = sorted(self._kept)[:MOST_TOLD]
        if self.count > len(told):
            what = f"{self.count - len(told):,} more mistakes"
            told.append(Problem(_printable(str(self._folder)), 0, what, "mend these, then check again"))
        return FolderProblems(told)


def quoted(text: str) -> str:
    """Return what somebody wrote, in quotes, shortened so that a line stays a line."""
    return f'"{text}"' if len(text) <= LONGEST_QUOTE else f'"{text[:LONGEST_QUOTE]}…"'


def listed(known: Collection[str], most: int = 12) -> str:
    """Return `a, b or c`, at most `most` of them."""
    words = list(itertools.islice(known, most))
    if len(known) > most:
        return f"{', '.join(words)} …"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "none"


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that was probably meant, None where nothing is near."""
    if not word or len(word) > LONGEST_QUOTE:
        return None
    candidates: Iterable[str] = known
    if len(known) > MOST_COMPARED:
        # A difference costs microseconds, and a file may have thousands of lines with thousands of words.
        alike = (name for name in known if name[:3] == word[:3] and abs(len(name) - len(word)) <= 2)
        candidates = itertools.islice(alike, MOST_COMPARED)
    # PLC3 for PLC9 would be a guess: another number is another thing.
    shape = _shape(word)
    by_folded = {name.casefold(): name for name in candidates if _shape(name) != shape}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=ALIKE)
    if near:
        return by_folded[near[0]]
    longer = [name for name in by_folded if len(word) >= SHORTEST_START and name.startswith(word.casefold())]
    return by_folded[longer[0]] if len(longer) == 1 else None


def _shape(word: str) -> str:
    return _DIGITS.sub("0", word)


def choose(word: str, known: Collection[str], otherwise: str) -> str:
    """Return how to mend a word that is none of the known ones: the one meant, or `otherwise` and all."""
    near = nearest(word, known)
    return f"did you mean {quoted(near)}?" if near else f"{otherwise} {listed(known)}"


def _printable(text: str) -> str:
    # What stands in a folder may hold terminal escapes or turn the writing round: neither is shown.
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}…"
