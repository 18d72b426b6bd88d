"""The pages as the tests read them: Markdown files, their links, headings and fenced blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SET_UP = ROOT / "docs" / "how-to" / "set-up-a-plant.md"
ACCOUNTS = ROOT / "docs" / "how-to" / "accounts.md"
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^(?P<level>#+) (?P<words>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A fenced block; `title` is the word behind `title=`."""

    language: str
    title: str
    text: str


def pages() -> list[Path]:
    """Return every page people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def fences(page: Path) -> Iterator[Fence]:
    """Yield the fenced blocks of a page in their order."""
    for found in _FENCE.finditer(page.read_text("utf-8")):
        words = found["info"].split()
        titles = [word.removeprefix("title=") for word in words if word.startswith("title=")]
        yield Fence(words[0] if words else "", titles[0] if titles else "", found["text"])


def titled(page: Path) -> dict[str, str]:
    """Return the text of a page's blocks that have a title."""
    return {fence.title: fence.text for fence in fences(page) if fence.title}


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and images."""
    return [found["target"] for found in _LINK.finditer(prose(page))]


def headings(page: Path) -> list[tuple[int, str]]:
    """Return level and words of a page's headings."""
    return [(len(found["level"]), found["words"]) for found in _HEADING.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """Return the fragments by which GitHub reaches a page's headings."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in headings(page)}
