"""Bits of status words."""

import numpy as np

from alarms.rules import bits


def test_a_bit_is_met_where_the_mask_has_one_set_or_inverted_none() -> None:
    words = bits.words(np.array([0.0, 4.0, 5.0, 65535.0, 4.0, 3.0]))
    masks = np.array([4, 4, 2, 32768, 4, 4])
    inverted = np.array([False, False, False, False, True, True])

    assert bits.met(words, masks, inverted).tolist() == [False, True, False, True, False, True]


def test_what_cannot_be_a_word_has_no_bit_set() -> None:
    assert bits.words(np.array([np.nan, np.inf, -np.inf, 1e300, 2.0**53])).tolist() == [0, 0, 0, 0, 0]


def test_the_largest_exact_word_keeps_its_bits() -> None:
    assert bits.words(np.array([2.0**53 - 1])).tolist() == [2**53 - 1]
