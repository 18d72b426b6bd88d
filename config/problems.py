"""Mistakes of a plant folder: each with its file, its line, what is wrong and how to mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.errors import ConfigError

MOST_KEPT: Final = 2000
LONGEST_TEXT: Final = 400
LONGEST_QUOTE: Final = 60


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; `line` counts from 1, and is 1 where a whole file is meant."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: {self.mend}"


class FolderProblems(ConfigError):
    """Every mistake of a folder, by file and line; `count` includes those beyond what is kept."""

    def __init__(self, problems: Iterable[Problem], count: int) -> None:
        self.problems = tuple(problems)
        self.count = count
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects mistakes while a folder is read, so that all are told at once."""

    def __init__(self) -> None:
        self._kept: set[Problem] = set()
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, file: Path, line: int, what: str, mend: str) -> None:
        """Note a mistake; the same one said twice counts once."""
        problem = Problem(_printable(str(file)), max(line, 1), _printable(what), _printable(mend))
        if problem in self._kept:
            return
        self.count += 1
        if len(self._kept) < MOST_KEPT:
            self._kept.add(problem)

    def raise_any(self) -> None:
        """Raise FolderProblems when there is any."""
        if self:
            raise FolderProblems(sorted(self._kept), self.count)


def quoted(text: str) -> str:
    """Return what somebody wrote, in quotes, shortened so that a line stays a line."""
    return f'"{text}"' if len(text) <= LONGEST_QUOTE else f'"{text[:LONGEST_QUOTE]}…"'


def listed(words: Iterable[str], most: int = 12) -> str:
    """Return `a, b or c`, at most `most` of them."""
    words = list(words)
    if len(words) > most:
        return f"{', '.join(words[:most])} …"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "none"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, None where nothing is near."""
    by_folded = {name.casefold(): name for name in known}
    if len(word) > LONGEST_QUOTE:
        return None
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def choose(word: str, known: Iterable[str], what: str) -> str:
    """Return how to mend a word that is none of the known ones."""
    known = list(known)
    near = nearest(word, known)
    return f"did you mean {quoted(near)}?" if near else f"{what}: {listed(known)}"


def _printable(text: str) -> str:
    # What stands in a folder may hold terminal escapes or turn the writing round: neither is shown.
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}…"
