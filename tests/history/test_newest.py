import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.newest import NewestSamples, newest_rows
from tests.contracts.samples import Row, batch_of, rows_of

rows = st.lists(
    st.tuples(st.integers(1, 4), st.integers(-3, 5), st.floats(0, 9), st.sampled_from([0, 64, 192])),
    max_size=30,
)


def plain(*batches: list[Row]) -> list[Row]:
    held: dict[int, Row] = {}
    for row in (row for batch in batches for row in batch):
        if row[0] not in held or row[1] >= held[row[0]][1]:
            held[row[0]] = row
    return sorted(held.values())


@given(st.lists(rows, max_size=5))
def test_the_newest_of_each_series_is_held_and_of_equals_the_last(batches: list[list[Row]]) -> None:
    newest = NewestSamples()
    newest.make_room([4])

    for batch in batches:
        newest.take(batch_of(batch))

    assert rows_of(newest.samples()) == plain(*batches)


@pytest.mark.parametrize(
    ("index", "times", "expected"),
    [([], [], []), ([5], [1], [0]), ([2, 1, 2, 1], [7, 9, 8, 3], [1, 2]), ([1, 1, 1], [4, 4, 4], [2])],
    ids=["none", "one", "two of two", "all equal"],
)
def test_rows_are_found_by_index(index: list[int], times: list[int], expected: list[int]) -> None:
    found = newest_rows(np.array(index, dtype=np.intp), np.array(times, dtype=np.int64))

    assert found.tolist() == expected


def test_room_grows_without_losing_what_is_held() -> None:
    newest = NewestSamples()
    newest.make_room([2])
    newest.take(batch_of([(2, 10, 1.5, 192)]))

    newest.make_room([1, 9])
    newest.take(batch_of([(9, -1, 3.0, 0)]))

    assert rows_of(newest.samples()) == [(2, 10, 1.5, 192), (9, -1, 3.0, 0)]
