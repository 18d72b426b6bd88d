import numpy as np
import pytest

from telemetry.quality import MAJOR_MASK, Quality, is_bad, is_good, major, reason

EVERY_BYTE = np.arange(256, dtype=np.uint8)


def test_good_is_what_has_both_high_bits() -> None:
    assert np.flatnonzero(is_good(EVERY_BYTE)).tolist() == list(range(192, 256))


def test_bad_is_what_has_neither() -> None:
    assert np.flatnonzero(is_bad(EVERY_BYTE)).tolist() == list(range(64))


@pytest.mark.parametrize(
    ("quality", "word"),
    [
        (0, "bad"),
        (24, "bad"),
        (64, "uncertain"),
        (84, "uncertain"),
        (192, "good"),
        (216, "good"),
        (128, "bad"),
    ],
)
def test_the_class_of_a_byte_has_a_word(quality: int, word: str) -> None:
    assert major(quality) == word


@pytest.mark.parametrize("quality", list(Quality))
@pytest.mark.parametrize("limit_bits", [0, 1, 2, 3])
def test_the_limit_bits_do_not_hide_the_reason(quality: Quality, limit_bits: int) -> None:
    assert reason(quality | limit_bits) == quality.name.lower()


@pytest.mark.parametrize(("quality", "word"), [(36, "bad"), (72, "uncertain"), (196, "good"), (128, "bad")])
def test_an_unknown_reason_is_told_as_its_class(quality: int, word: str) -> None:
    assert reason(quality) == word


def test_every_reason_stands_in_its_class() -> None:
    classes = {quality.name: quality & MAJOR_MASK for quality in Quality}

    assert {name for name, of in classes.items() if of == 0xC0} == {"GOOD", "LOCAL_OVERRIDE"}
    assert {name for name, of in classes.items() if of == 0x40} == {
        "UNCERTAIN",
        "LAST_USABLE",
        "NOT_ACCURATE",
        "RANGE_EXCEEDED",
        "SUB_NORMAL",
    }
