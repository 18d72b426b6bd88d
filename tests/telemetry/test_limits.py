"""Equality complies, however the value was carried."""

import numpy as np
import pytest

from telemetry.limits import exceeds, falls_below, slack

LIMITS = [
    0.0,
    0.05,
    0.1,
    0.3,
    0.4,
    0.5,
    0.7,
    1.0,
    2.0,
    3.3,
    4.0,
    6.0,
    8.2,
    50.0,
    1013.25,
    20_000.1,
    -0.4,
    -2.0,
]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_as_float32_holds_it_complies_and_the_next_one_beyond_does_not(limit: float) -> None:
    held = np.float32(limit)
    above = float(np.nextafter(held, np.float32(np.inf)))
    below = float(np.nextafter(held, np.float32(-np.inf)))

    assert [exceeds(value, limit) for value in (below, limit, float(held), above)] == [False] * 3 + [True]
    assert [falls_below(value, limit) for value in (below, limit, float(held), above)] == [True] + [False] * 3


def test_a_count_times_its_scale_equals_what_it_stands_for() -> None:
    counts = range(1, 2000)

    assert [n for n in counts if exceeds(n * 0.1, n / 10) or falls_below(n * 0.1, n / 10)] == []
    assert [n for n in counts if not exceeds((n + 1) * 0.1, n / 10)] == []


def test_a_limit_that_does_not_hold_has_no_slack_and_is_never_exceeded() -> None:
    assert slack(np.array([np.inf, -np.inf, np.nan, 1e300])).tolist() == [0.0] * 4
    assert not exceeds(1e300, np.inf)
    assert not falls_below(-1e300, -np.inf)
    assert not exceeds(np.nan, 1.0)
    assert not falls_below(np.nan, 1.0)


def test_the_slack_of_many_is_that_of_each() -> None:
    many = slack(np.array(LIMITS))

    assert many.tolist() == [float(slack(np.array([limit]))[0]) for limit in LIMITS]
    assert many.max() < 0.01
