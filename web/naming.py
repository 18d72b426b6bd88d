"""Short labels: inside a unit's picture, its points need not repeat the unit's name.

好氧池   1#好氧池溶解氧, 2#好氧池溶解氧  →  溶解氧 (two values)
aerobic tank   aerobic DO 1, aerobic DO 2  →  DO
"""

import re
from collections.abc import Sequence
from typing import Final

from telemetry.plant import Name

_NUMBER: Final = re.compile(r"\d+\s*#|#\s*\d+|(?<=\s)\d+\b")
_LETTERS: Final = re.compile(r"[A-Za-z]")


def family(name: Name) -> str:
    """Return what is left of a Chinese name without its number: the same for alike points."""
    return _NUMBER.sub("", name.zh).strip()


def ordinal(text: str, unit: str) -> str:
    """Return the number of a machine, or nothing; the number of its unit is not its own.

    1#泵站2#泵 in 1#提升泵站 is 2; 1#泵站市电 has none.
    """
    numbers = re.findall(r"(\d+)\s*#", text)
    if numbers and numbers[:1] == re.findall(r"(\d+)\s*#", unit)[:1]:
        numbers = numbers[1:]
    return numbers[-1] if numbers else ""


def short(text: str, unit: str) -> str:
    """Return a point's name without its number and without what it takes over from its unit's name."""
    text = re.sub(r"\s+", " ", _NUMBER.sub("", text)).strip()
    unit = _NUMBER.sub("", unit).strip()
    return capital(_short_words(text, unit) if _is_latin(unit) else _short_characters(text, unit))


def without_common_end(labels: Sequence[str]) -> list[str]:
    """Return labels without the end they all share: PAC储罐液位, 碳源储罐液位 → PAC, 碳源."""
    if len(labels) < 2 or len(set(labels)) < len(labels):
        return list(labels)
    spaced = all(" " in label for label in labels)
    parts = [label.split(" ") if spaced else list(label) for label in labels]
    shortest = min(len(part) for part in parts)
    shared = 0
    while shared < shortest and len({part[-1 - shared] for part in parts}) == 1:
        shared += 1
    left = shortest - shared
    if shared < (1 if spaced else 2) or left < (1 if spaced else 2):
        return list(labels)
    return [(" " if spaced else "").join(part[: len(part) - shared]).strip() for part in parts]


def _short_characters(text: str, unit: str) -> str:
    for length in range(len(text) - 2, 1, -1):
        if text[:length] in unit:
            return text[length:].strip()
    return text


def _short_words(text: str, unit: str) -> str:
    words, owned = text.split(" "), unit.lower().split(" ")
    taken = 0
    while taken < len(words) - 1 and words[taken].lower() in owned:
        taken += 1
    return " ".join(words[taken:])


def _is_latin(text: str) -> bool:
    return bool(_LETTERS.match(text))


def capital(text: str) -> str:
    """Return a label with a capital first letter; pH stays pH."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]
