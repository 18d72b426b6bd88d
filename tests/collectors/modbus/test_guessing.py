import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.guessing import (
    Guess,
    Standing,
    best_order,
    digits_of,
    guesses,
    standings,
    tolerance_of,
)
from collectors.modbus.settings import WordOrder

BYTES = {"ABCD": "0123", "CDAB": "2301", "BADC": "1032", "DCBA": "3210"}


def wire(value: float, order: str, code: str = ">f") -> list[int]:
    """Return a value's registers as a device of that order sends them."""
    plain = struct.pack(code, value)
    sent = bytes(plain[int(place)] for place in BYTES[order])
    return list(struct.unpack(">HH", sent))


SINGLE = struct.unpack(">f", struct.pack(">f", 21.37))[0]
MEASURED = (21.37, 7.02, 1250.5, 0.62, 12.0, 3.804)


@pytest.mark.parametrize("order", BYTES)
def test_measured_floats_are_told_from_everything_else_in_each_word_order(order: str) -> None:
    words = [word for value in MEASURED for word in wire(value, order)]

    found = guesses(100, words, words)

    assert [(one.offset, one.kind, str(one.order)) for one in found] == [
        (100 + 2 * at, "F32", order) for at in range(len(MEASURED))
    ]
    assert [round(one.value, 4) for one in found] == list(MEASURED)


def test_a_guess_says_why() -> None:
    before = [*wire(21.37, "CDAB"), 512, 65530, *wire(1_184_308, "CDAB", ">I")]
    after = [*wire(21.39, "CDAB"), 513, 65530, *wire(1_184_310, "CDAB", ">I")]

    assert guesses(0, before, after, WordOrder.CDAB) == [
        Guess(0, 2, "F32", WordOrder.CDAB, SINGLE, "changes slowly; as ABCD -5e+32"),
        Guess(2, 1, "U16", WordOrder.ABCD, 512, "an integer, 512 → 513"),
        Guess(3, 1, "S16", WordOrder.ABCD, -6, "a small negative number"),
        Guess(4, 2, "U32", WordOrder.CDAB, 1_184_308, "counts up, 1184308 → 1184310"),
    ]


def test_integers_and_nothing_are_no_floats() -> None:
    words = [0, 0, 1, 250, 1000, 0, 0, 65535]

    assert [one.kind for one in guesses(0, words, words)] == ["U16"] * 7 + ["S16"]
    assert best_order(words, words) is WordOrder.ABCD


def test_a_known_reading_is_found_where_it_stands() -> None:
    words = [7, *wire(21.37, "CDAB"), 214, 2140]

    assert list(standings(50, words, 21.4, tolerance_of("21.4"))) == [
        Standing(51, "F32", WordOrder.CDAB, 1.0, SINGLE),
        Standing(53, "U16", WordOrder.ABCD, 0.1, 214),
        Standing(54, "U16", WordOrder.ABCD, 0.01, 2140),
    ]


@pytest.mark.parametrize(
    ("text", "tolerance"), [("21.4", 0.107), ("0.62", 0.0101), ("7", 0.51), ("1250", 6.25)]
)
def test_a_display_is_as_right_as_its_last_digit(text: str, tolerance: float) -> None:
    assert tolerance_of(text) == pytest.approx(tolerance)


@pytest.mark.parametrize(("value", "digits"), [(21.37, 4), (0.1, 1), (1250.5, 5)])
def test_digits_are_those_a_float32_needs(value: float, digits: int) -> None:
    (single,) = struct.unpack(">f", struct.pack(">f", value))

    assert digits_of(single) == digits


@given(st.lists(st.integers(0, 65535), max_size=40), st.data())
def test_every_register_has_one_guess_whatever_stands_there(words: list[int], data: st.DataObject) -> None:
    later = data.draw(st.lists(st.integers(0, 65535), min_size=len(words), max_size=len(words)))

    found = guesses(10, words, later)

    covered = [at for one in found for at in range(one.offset, one.offset + one.registers)]
    assert covered == list(range(10, 10 + len(words)))
    assert all(math.isfinite(one.value) and one.reason for one in found)
