"""What stations write for a value and for its quality: pure, and never trusting what came."""

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from telemetry.quality import MAJOR_MASK, Quality

_LARGEST_EXACT: Final = 2**53
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_LONGEST_NUMBER: Final = 64
_SWITCHED: Final = {"true": 1.0, "on": 1.0, "false": 0.0, "off": 0.0}
_NOTHING: Final = frozenset(
    {"", "null", "none", "nan", "-nan", "inf", "-inf", "+inf", "infinity", "-infinity"}
)
_QUALITIES: Final = {"good": Quality.GOOD, "uncertain": Quality.UNCERTAIN, "bad": Quality.BAD}


@dataclass(frozen=True, slots=True)
class Target:
    """The series a key belongs to, and the values in its range."""

    series: int
    low: float
    high: float


def value_of(raw: Any, target: Target, text_numbers: bool = False) -> tuple[float, int]:
    """Return value and quality of what JSON has for a value; with `text_numbers` text may be one."""
    if raw is None:
        return math.nan, Quality.BAD
    if not isinstance(raw, int | float):
        if text_numbers and isinstance(raw, str):
            return value_of_text(raw, target)
        return math.nan, Quality.CONFIG_ERROR
    value = float(raw)
    if not target.low <= value <= target.high:
        return value, Quality.RANGE_EXCEEDED
    # Integers beyond 64 bits arrive as floats already; above this every float is whole.
    inexact = abs(raw) > _LARGEST_EXACT
    return value, Quality.NOT_ACCURATE if inexact else Quality.GOOD


def value_of_text(text: str, target: Target) -> tuple[float, int]:
    """Return value and quality of a number in decimal, true, false, on or off; nan and the like are none."""
    text = text.strip()
    word = text.casefold() if len(text) <= _LONGEST_NUMBER else "too long"
    if (switched := _SWITCHED.get(word)) is not None:
        return value_of(switched, target)
    if word in _NOTHING:
        return math.nan, Quality.BAD
    if not _NUMBER.fullmatch(word):
        return math.nan, Quality.CONFIG_ERROR
    number: int | float = int(word) if _WHOLE.fullmatch(word) else float(word)
    return value_of(number, target) if math.isfinite(number) else (math.nan, Quality.CONFIG_ERROR)


def quality_of(said: Any) -> int:
    """Return the OPC byte a device gave, uncertain where it is none; the unassigned class is bad."""
    if isinstance(said, str):
        return _QUALITIES.get(said.strip().casefold()[:16], Quality.UNCERTAIN)
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= 255:
        return Quality.UNCERTAIN
    return Quality.BAD if said & MAJOR_MASK == 0x80 else said


def worse(one: int, other: int) -> int:
    """Return the worse of two qualities, of equals the first."""
    return other if other & MAJOR_MASK < one & MAJOR_MASK else one
