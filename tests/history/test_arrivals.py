import numpy as np

from history.arrivals import Arrivals, tell_apart
from history.newest import NEVER_US
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of, rows_of

GOOD, UNCERTAIN, BAD = 192, 64, 24
NEWEST_US = np.array([NEVER_US, 100, 200, NEVER_US])
DOUBTFUL_US = np.array([NEVER_US, NEVER_US, 300, 50])
NODE = np.array([False, False, True, False])


def told(*rows: Row) -> Arrivals:
    return tell_apart(batch_of(rows), NEWEST_US, DOUBTFUL_US, NODE, until_us=1000)


def test_newer_than_all_before_is_in_order_whatever_the_order_within_the_batch() -> None:
    arrivals = told((1, 102, 2.0, GOOD), (1, 101, 1.0, GOOD), (3, 51, 3.0, GOOD))

    assert rows_of(arrivals.in_order) == [(1, 102, 2.0, GOOD), (1, 101, 1.0, GOOD), (3, 51, 3.0, GOOD)]
    assert (len(arrivals.late), arrivals.repeated) == (0, 0)


def test_not_newer_is_late_and_replaces_when_a_device_stamped_it() -> None:
    arrivals = told((1, 101, 1.0, GOOD), (1, 100, 2.0, GOOD), (1, 99, 3.0, BAD))

    assert rows_of(arrivals.in_order) == [(1, 101, 1.0, GOOD)]
    assert rows_of(arrivals.late) == [(1, 100, 2.0, GOOD), (1, 99, 3.0, BAD)]
    assert arrivals.replaces.tolist() == [True, True]


def test_late_by_the_nodes_own_stamp_is_uncertain_at_best_and_replaces_none() -> None:
    arrivals = told((2, 301, 1.0, GOOD), (2, 200, 2.0, GOOD), (2, 150, None, BAD), (1, 50, 4.0, GOOD))

    assert rows_of(arrivals.in_order) == [(2, 301, 1.0, GOOD)]
    assert rows_of(arrivals.late) == [(2, 200, 2.0, UNCERTAIN), (2, 150, None, BAD), (1, 50, 4.0, GOOD)]
    assert arrivals.replaces.tolist() == [False, False, True]


def test_from_the_future_is_uncertain_at_best_and_replaces_none_whoever_stamped_it() -> None:
    arrivals = told((1, 1000, 1.0, GOOD), (1, 1001, 2.0, GOOD), (2, 5000, None, BAD), (1, 99, 3.0, GOOD))

    assert rows_of(arrivals.in_order) == [(1, 1000, 1.0, GOOD)]
    assert rows_of(arrivals.late) == [(1, 1001, 2.0, UNCERTAIN), (2, 5000, None, BAD), (1, 99, 3.0, GOOD)]
    assert arrivals.replaces.tolist() == [False, False, True]


def test_what_comes_in_order_before_the_last_from_the_future_is_set_aside_to_replace_it() -> None:
    arrivals = told((2, 300, 1.0, GOOD), (2, 301, 2.0, GOOD), (3, 50, 3.0, BAD))

    assert rows_of(arrivals.in_order) == [(2, 301, 2.0, GOOD)]
    assert rows_of(arrivals.late) == [(2, 300, 1.0, GOOD), (3, 50, 3.0, BAD)]
    assert arrivals.replaces.tolist() == [True, True]


def test_of_one_series_and_time_the_last_in_the_batch_is_left() -> None:
    arrivals = told(
        (1, 101, 1.0, GOOD), (3, 70, 5.0, GOOD), (1, 101, 2.0, GOOD), (1, 90, 1.0, GOOD), (1, 90, 0.0, BAD)
    )

    assert rows_of(arrivals.in_order) == [(3, 70, 5.0, GOOD), (1, 101, 2.0, GOOD)]
    assert rows_of(arrivals.late) == [(1, 90, 0.0, BAD)]
    assert arrivals.repeated == 2


def test_an_empty_batch_stays_one() -> None:
    arrivals = tell_apart(SampleBatch.empty(), NEWEST_US, DOUBTFUL_US, NODE, 0)

    assert (len(arrivals.in_order), len(arrivals.late), arrivals.repeated) == (0, 0, 0)
