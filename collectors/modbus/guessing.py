"""Registers of which nothing is known, read every plausible way, with a guess and its reason. Pure.

A guess is made for a whole run of registers at once: each is taken for a 16-bit integer, or with the next
one for a float or a 32-bit integer, so that the sum of what speaks for it is greatest. One word order is
taken for the whole device: that in which most values look like measured ones.
"""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.modbus.settings import WordOrder

PLACES: Final[Mapping[WordOrder, tuple[int, int, int, int]]] = {
    WordOrder.ABCD: (0, 1, 2, 3),
    WordOrder.CDAB: (2, 3, 0, 1),
    WordOrder.BADC: (1, 0, 3, 2),
    WordOrder.DCBA: (3, 2, 1, 0),
}
_FACTORS: Final = (1.0, 0.1, 0.01, 0.001, 10.0)
_SMALLEST, _LARGEST = 1e-3, 1e7
_FLOAT, _ROUND, _STEADY, _ONE_WORD, _TWO_WORDS = 3.0, 1.0, 0.5, 1.25, 2.9


@dataclass(frozen=True, slots=True)
class Guess:
    """What stands from a register on: `kind` is a dtype of points.csv."""

    offset: int
    registers: int
    kind: str
    order: WordOrder
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a known reading may stand; value × factor is near it."""

    offset: int
    kind: str
    order: WordOrder
    factor: float
    value: float


def float_of(high: int, low: int, order: WordOrder) -> float:
    """Return two registers, as they came, as a float32."""
    value: float = struct.unpack(">f", _arranged(high, low, order))[0]
    return value


def whole_of(high: int, low: int, order: WordOrder, *, signed: bool = False) -> int:
    """Return two registers, as they came, as a 32-bit integer."""
    return int.from_bytes(_arranged(high, low, order), "big", signed=signed)


def signed(word: int) -> int:
    """Return a register as a signed number."""
    return word - 65536 if word >= 32768 else word


def looks_measured(value: float) -> bool:
    """Whether a float is of a size that something in a plant has."""
    return math.isfinite(value) and _SMALLEST <= abs(value) <= _LARGEST


def digits_of(value: float) -> int:
    """Return the digits a float32 needs: 21.37 has 4, what comes of wrong bytes 7 or more."""
    for digits in range(1, 9):
        short = f"{value:.{digits}g}"
        if struct.pack(">f", float(short)) == struct.pack(">f", value):
            return digits
    return 9


def best_order(words: Sequence[int], later: Sequence[int]) -> WordOrder:
    """Return the word order in which a run of registers makes most sense, ABCD where all are alike."""
    return max(PLACES, key=lambda order: sum(score for score, _ in _likeliest(words, later, order)))


def guesses(
    offset: int, words: Sequence[int], later: Sequence[int], order: WordOrder | None = None
) -> list[Guess]:
    """Return what a run of registers from `offset` is taken for; `later` are the same read later."""
    chosen = order or best_order(words, later)
    found = [guess for _, guess in _likeliest(words, later, chosen)]
    return [
        Guess(offset + one.offset, one.registers, one.kind, one.order, one.value, one.reason) for one in found
    ]


def standings(offset: int, words: Sequence[int], expected: float, tolerance: float) -> Iterator[Standing]:
    """Yield where a known reading may stand in a run of registers, the most natural readings first."""
    found: list[tuple[float, int, Standing]] = []

    def note(rank: float, at: int, kind: str, order: WordOrder, value: float) -> None:
        for step, factor in enumerate(_FACTORS if kind != "F32" else (1.0,)):
            if abs(value * factor - expected) <= tolerance:
                found.append((rank + step / 10, at, Standing(offset + at, kind, order, factor, value)))
                return

    for at, word in enumerate(words):
        note(1.0, at, "U16", WordOrder.ABCD, word)
        if word >= 32768:
            note(1.5, at, "S16", WordOrder.ABCD, signed(word))
        if at + 1 < len(words):
            for rank, order in enumerate(PLACES):
                note(rank / 100, at, "F32", order, float_of(word, words[at + 1], order))
                if order in (WordOrder.ABCD, WordOrder.CDAB) and word and words[at + 1]:
                    note(
                        2.0 + rank / 100, at, "S32", order, whole_of(word, words[at + 1], order, signed=True)
                    )
    for _, _, standing in sorted(found, key=lambda item: item[:2]):
        yield standing


def tolerance_of(written: str) -> float:
    """Return how far a value may be from one off a display: a unit of its last digit, or half a percent."""
    decimals = len(written.partition(".")[2])
    return max(1.01 * 10**-decimals if decimals else 0.51, abs(float(written)) * 0.005)


def _arranged(high: int, low: int, order: WordOrder) -> bytes:
    wire = struct.pack(">HH", high, low)
    return bytes(wire[place] for place in PLACES[order])


def _likeliest(words: Sequence[int], later: Sequence[int], order: WordOrder) -> list[tuple[float, Guess]]:
    """Return the division of a run that most speaks for, with what speaks for each part of it."""
    best: list[tuple[float, tuple[float, Guess] | None]] = [(0.0, None)]
    for end in range(1, len(words) + 1):
        options = [_single(words, later, end - 1)]
        if end >= 2:
            options.append(_pair(words, later, end - 2, order))
        sums = ((best[end - one.registers][0] + score, (score, one)) for score, one in options)
        best.append(max(sums, key=lambda option: option[0]))
    found: list[tuple[float, Guess]] = []
    end = len(words)
    while end:
        part = best[end][1]
        assert part is not None
        found.append(part)
        end -= part[1].registers
    return found[::-1]


def _single(words: Sequence[int], later: Sequence[int], at: int) -> tuple[float, Guess]:
    word = words[at]
    moved = _moved(word, later[at])
    if word >= 0xFE00:
        return _ONE_WORD, Guess(at, 1, "S16", WordOrder.ABCD, signed(word), f"a small negative number{moved}")
    why = "0" if not word else f"an integer{moved}"
    return _ONE_WORD, Guess(at, 1, "U16", WordOrder.ABCD, word, why)


def _pair(words: Sequence[int], later: Sequence[int], at: int, order: WordOrder) -> tuple[float, Guess]:
    high, low = words[at], words[at + 1]
    value = float_of(high, low, order)
    after = float_of(later[at], later[at + 1], order)
    if looks_measured(value) and looks_measured(after):
        digits = digits_of(value)
        # Two small integers side by side also look like a float now and then, one with many digits.
        score = _FLOAT + (_ROUND if digits <= 6 else 0.0) + (_STEADY if _is_steady(value, after) else -1.0)
        return score, Guess(at, 2, "F32", order, value, _float_reason(high, low, value, after, order))
    return _whole_pair(words, later, at, order)


def _whole_pair(words: Sequence[int], later: Sequence[int], at: int, order: WordOrder) -> tuple[float, Guess]:
    value = whole_of(words[at], words[at + 1], order)
    after = whole_of(later[at], later[at + 1], order)
    # By 65,536 and more only the high word moved, which is an integer of its own.
    grows = 0 < after - value < 60_000
    # A counter beyond 65,535: its high word is small, and stands still while the low one runs.
    is_usual = order in (WordOrder.ABCD, WordOrder.CDAB)
    is_counter = 65536 <= value < 2**29 and (grows or (is_usual and value & 0xFFFF > 4096))
    score = _TWO_WORDS + (1.0 if grows else 0.0) if is_counter else -1.0
    why = f"counts up, {value} → {after}" if grows else "a number beyond 16 bits"
    return score, Guess(at, 2, "U32", order, float(value), why)


def _float_reason(high: int, low: int, value: float, after: float, order: WordOrder) -> str:
    other = next(
        (one for one in PLACES if one is not order and not looks_measured(float_of(high, low, one))), None
    )
    parts = ["stands still" if after == value else "changes slowly" if _is_steady(value, after) else "jumps"]
    if other is not None:
        parts.append(f"as {other} {float_of(high, low, other):.2g}")
    return "; ".join(parts)


def _is_steady(value: float, after: float) -> bool:
    return abs(after - value) <= 0.2 * max(abs(value), 1.0)


def _moved(before: int, after: int) -> str:
    return f", {before} → {after}" if before != after else ""
