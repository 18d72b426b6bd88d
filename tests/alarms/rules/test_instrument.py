"""Bad and silent instruments."""

import numpy as np

from alarms.rules import instrument


def test_an_instrument_is_met_while_its_newest_sample_is_not_usable() -> None:
    assert instrument.met(np.array([True, False])).tolist() == [False, True]


def test_an_instrument_is_silent_after_it_was_due_and_only_once() -> None:
    stale_us = np.array([10, 10, 10])
    was = np.array([False, False, True])

    assert instrument.silent(stale_us, 10, was).tolist() == [False, False, False]
    assert instrument.silent(stale_us, 11, was).tolist() == [True, True, False]
