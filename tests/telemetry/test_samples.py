import numpy as np
import pytest

from telemetry.samples import SampleBatch


def rows(batch: SampleBatch) -> list[tuple[int, int, float, int]]:
    return list(
        zip(
            batch.series.tolist(),
            batch.times_us.tolist(),
            batch.values.tolist(),
            batch.quality.tolist(),
            strict=True,
        )
    )


def test_scalars_spread_over_the_rows() -> None:
    batch = SampleBatch.of([1, 2, 3], 10, [0.5, 1.5, 2.5], 192)

    assert rows(batch) == [(1, 10, 0.5, 192), (2, 10, 1.5, 192), (3, 10, 2.5, 192)]


def test_columns_have_the_types_the_product_agreed_on_and_can_be_written_to() -> None:
    batch = SampleBatch.of([1, 2], 10, 1, 192)

    types = [column.dtype for column in (batch.series, batch.times_us, batch.values, batch.quality)]
    assert types == [np.int32, np.int64, np.float64, np.uint8]
    batch.quality[0] = 0
    assert batch.quality.tolist() == [0, 192]


def test_one_sample_is_a_batch() -> None:
    assert rows(SampleBatch.of(7, 10, 1.0, 192)) == [(7, 10, 1.0, 192)]


def test_columns_of_different_lengths_are_refused() -> None:
    column = np.zeros(2)

    with pytest.raises(ValueError, match=r"differ in length: \[1, 2\]"):
        SampleBatch(column.astype(np.int32), column.astype(np.int64), column, np.zeros(1, dtype=np.uint8))


def test_an_empty_batch_has_columns_and_no_newest_time() -> None:
    batch = SampleBatch.empty()

    assert (len(batch), batch.latest_us, batch.values.dtype.name) == (0, 0, "float64")


def test_batches_join_in_their_order() -> None:
    first, second = SampleBatch.of([2], [20], [2.0], [192]), SampleBatch.of([1], [10], [1.0], [0])

    assert rows(SampleBatch.concat([first, SampleBatch.empty(), second])) == [
        (2, 20, 2.0, 192),
        (1, 10, 1.0, 0),
    ]
    assert SampleBatch.concat([first]) is first
    assert rows(SampleBatch.concat([])) == []


@pytest.mark.parametrize(
    "pick",
    [np.array([False, True, True]), np.array([1, 2]), slice(1, None)],
    ids=["a mask", "an index", "a slice"],
)
def test_rows_are_picked_by(pick: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
    batch = SampleBatch.of([1, 2, 3], [10, 20, 30], [0.1, 0.2, 0.3], [0, 64, 192])

    assert rows(batch.select(pick)) == [(2, 20, 0.2, 64), (3, 30, 0.3, 192)]


def test_the_newest_time_does_not_depend_on_the_order() -> None:
    assert SampleBatch.of([1, 1, 1], [10, 30, 20], 0.0, 192).latest_us == 30
