"""The reports' own fonts, and which characters they lack: typst says nothing of what it cannot show."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "fonts"
FAMILY: Final = "Outfall Sans SC"


STAND_IN: Final = "〓"
"""What printers put where a character is missing."""


def showable(text: str) -> str:
    """Return a text with a stand-in for what the font lacks: PDF/A refuses what cannot be shown."""
    missing = lacking([text])
    return text.translate(dict.fromkeys(map(ord, missing), STAND_IN)) if missing else text


def lacking(texts: Iterable[str]) -> str:
    """Return the characters of some texts that the font has no glyph for, each once, in order."""
    used = {ord(character) for text in texts for character in text}
    ranges = _covered()
    return "".join(
        chr(code)
        for code in sorted(used)
        if code >= 0x20 and not any(first <= code <= last for first, last in ranges)
    )


@cache
def _covered() -> tuple[tuple[int, int], ...]:
    """Return what the regular weight covers; the bold one falls back to it."""
    found = json.loads((FOLDER / "coverage.json").read_text(encoding="utf-8"))
    return tuple((first, last) for first, last in found["Regular"])
