"""What every HistoryReader does, and every BatchReader. A test class of an implementation inherits and
gives `filling`.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

import pytest

from telemetry.errors import Invalid
from telemetry.protocols import Aggregate, BatchReader, HistoryReader, Windows
from tests.contracts.samples import Row, rows_of

A, B = 1, 2
TAGS = {A: "AE_DO1", B: "AE_DO2"}
S = 1_000_000
GOOD, UNCERTAIN, BAD = 192, 84, 24


class Filling(Protocol):
    """A store to fill and read; series A and B are the tags of TAGS."""

    @property
    def reader(self) -> HistoryReader: ...

    async def put(self, rows: Iterable[Row]) -> int:
        """Keep rows as one batch; return its number, where batches have one."""
        ...


class BatchFilling(Filling, Protocol):
    """A store whose batches can be read too."""

    @property
    def reader(self) -> BatchReader: ...


def listed(windows: Windows) -> list[tuple[int, float | None, float]]:
    values = [None if value != value else value for value in windows.values.tolist()]
    return list(zip(windows.times_us.tolist(), values, windows.good.tolist(), strict=True))


class HistoryReaderContract:
    @pytest.fixture
    def filling(self) -> Filling:
        raise NotImplementedError("give a store to fill")

    async def read(self, filling: Filling, from_us: int, to_us: int, limit: int = 100) -> list[Row]:
        samples = await filling.reader.samples(TAGS[A], from_us, to_us, limit)
        return [(A, *row[1:]) for row in rows_of(samples)]

    async def test_samples_of_a_time_come_oldest_first_without_its_end(self, filling: Filling) -> None:
        await filling.put((A, second * S, second / 2, GOOD) for second in range(10))

        found = await self.read(filling, 3 * S, 6 * S)

        assert found == [(A, 3 * S, 1.5, GOOD), (A, 4 * S, 2.0, GOOD), (A, 5 * S, 2.5, GOOD)]

    async def test_samples_are_of_the_tag_asked_for(self, filling: Filling) -> None:
        await filling.put([(A, S, 1.0, GOOD), (B, S, 2.0, GOOD)])

        assert await self.read(filling, 0, 10 * S) == [(A, S, 1.0, GOOD)]

    async def test_at_most_as_many_as_asked_for_the_oldest(self, filling: Filling) -> None:
        await filling.put((A, second * S, 0.0, GOOD) for second in range(10))

        found = await self.read(filling, 2 * S, 9 * S, limit=2)

        assert found == [(A, 2 * S, 0.0, GOOD), (A, 3 * S, 0.0, GOOD)]

    async def test_late_samples_stand_where_they_belong(self, filling: Filling) -> None:
        await filling.put([(A, 1 * S, 1.0, GOOD), (A, 4 * S, 4.0, GOOD)])
        await filling.put([(A, 3 * S, 3.0, GOOD), (A, 2 * S, 2.0, GOOD)])

        assert await self.read(filling, 0, 10 * S) == [(A, n * S, float(n), GOOD) for n in (1, 2, 3, 4)]

    async def test_of_one_time_the_newest_batch_holds(self, filling: Filling) -> None:
        await filling.put([(A, 1 * S, 1.0, GOOD), (A, 2 * S, 2.0, GOOD)])
        await filling.put([(A, 1 * S, 7.0, UNCERTAIN)])
        await filling.put([(A, 1 * S, 8.0, GOOD), (A, 3 * S, 3.0, GOOD)])

        found = await self.read(filling, 0, 10 * S)

        assert found == [(A, 1 * S, 8.0, GOOD), (A, 2 * S, 2.0, GOOD), (A, 3 * S, 3.0, GOOD)]

    async def test_a_missing_value_comes_back_missing_with_its_quality(self, filling: Filling) -> None:
        rows: list[Row] = [(A, 1 * S, 1.0, GOOD), (A, 2 * S, None, BAD), (A, 3 * S, 3.0, UNCERTAIN)]
        await filling.put(rows)

        assert await self.read(filling, 0, 10 * S) == rows

    async def test_µs_and_digits_are_kept(self, filling: Filling) -> None:
        rows: list[Row] = [
            (A, 1_763_700_000_123_457, 0.1 + 0.2, GOOD),
            (A, 1_763_700_000_123_458, -1e-9, GOOD),
        ]
        await filling.put(rows)

        assert await self.read(filling, 0, 2_000_000_000_000_000) == rows

    @pytest.mark.parametrize(
        ("tag", "from_us", "to_us"), [("nobody", 0, 9 * S), (TAGS[A], 5 * S, 5 * S), (TAGS[A], 9 * S, S)]
    )
    async def test_what_is_not_there_is_empty(
        self, filling: Filling, tag: str, from_us: int, to_us: int
    ) -> None:
        await filling.put([(A, 5 * S, 5.0, GOOD)])

        samples = await filling.reader.samples(tag, from_us, to_us, 10)
        windows = await filling.reader.windows(tag, from_us, to_us, S, Aggregate.MEAN)

        assert (rows_of(samples), listed(windows)) == ([], [])

    @pytest.mark.parametrize(
        ("aggregate", "first", "second"),
        [
            (Aggregate.MEAN, (10 * 3.0 + 1.0) / 11, (10 * 5.0 + 50 * 7.0) / 60),
            (Aggregate.MIN, 1.0, 5.0),
            (Aggregate.MAX, 3.0, 7.0),
            (Aggregate.FIRST, 3.0, 5.0),
            (Aggregate.LAST, 1.0, 7.0),
            (Aggregate.COUNT, 2.0, 2.0),
        ],
    )
    async def test_windows_stand_on_the_epoch_and_are_figures_of_what_is_not_bad(
        self, filling: Filling, aggregate: Aggregate, first: float, second: float
    ) -> None:
        await filling.put(
            [
                (A, 600 * S, 3.0, GOOD),
                (A, 610 * S, 99.0, BAD),
                (A, 659 * S, 1.0, UNCERTAIN),
                (A, 660 * S, None, BAD),
                (A, 780 * S, 5.0, GOOD),
                (A, 790 * S, 7.0, GOOD),
                (B, 600 * S, 50.0, GOOD),
            ]
        )

        windows = await filling.reader.windows(TAGS[A], 0, 3600 * S, 60 * S, aggregate)

        missing = 0.0 if aggregate is Aggregate.COUNT else None
        assert listed(windows) == [(600 * S, first, 1 / 6), (660 * S, missing, 0.0), (780 * S, second, 1.0)]

    async def test_the_outer_windows_hold_only_what_lies_in_the_time_asked_for(
        self, filling: Filling
    ) -> None:
        await filling.put((A, second * S, float(second), GOOD) for second in range(0, 180, 10))

        windows = await filling.reader.windows(TAGS[A], 50 * S, 130 * S, 60 * S, Aggregate.COUNT)

        assert listed(windows) == [(0, 1.0, 1.0), (60 * S, 6.0, 1.0), (120 * S, 1.0, 1.0)]

    @pytest.mark.parametrize(
        ("offset_us", "starts"),
        [
            (0, [0, 86400 * S]),
            (8 * 3600 * S, [-8 * 3600 * S, 16 * 3600 * S]),
            (-5 * 3600 * S, [5 * 3600 * S]),
        ],
    )
    async def test_windows_of_a_day_start_at_the_midnight_of_an_offset(
        self, filling: Filling, offset_us: int, starts: list[int]
    ) -> None:
        day = 86400 * S
        await filling.put([(A, 6 * 3600 * S, 1.0, GOOD), (A, day + 4 * 3600 * S, 3.0, GOOD)])

        windows = await filling.reader.windows(TAGS[A], -day, 3 * day, day, Aggregate.MAX, offset_us)

        assert windows.times_us.tolist() == starts

    async def test_a_sample_holds_until_the_next_and_a_window_begins_with_the_one_before(
        self, filling: Filling
    ) -> None:
        await filling.put([(A, -7200 * S, 1.0, GOOD), (A, 30 * S, 3.0, UNCERTAIN), (A, 210 * S, None, BAD)])
        await filling.put([(A, 270 * S, 5.0, GOOD)])

        windows = await filling.reader.windows(TAGS[A], 0, 285 * S, 60 * S, Aggregate.MEAN)

        assert listed(windows) == [(0, 2.0, 0.5), (180 * S, 3.0, 0.0), (240 * S, 5.0, 15 / 45)]

    async def test_a_window_counts_each_time_once(self, filling: Filling) -> None:
        await filling.put([(A, 10 * S, 1.0, GOOD), (A, 20 * S, 2.0, GOOD)])
        await filling.put([(A, 10 * S, 4.0, GOOD)])

        windows = await filling.reader.windows(TAGS[A], 0, 60 * S, 60 * S, Aggregate.MEAN)

        assert listed(windows) == [(0, (10 * 4.0 + 40 * 2.0) / 50, 5 / 6)]

    @pytest.mark.parametrize("limit", [0, -1, 10_000_000])
    async def test_a_limit_out_of_bounds_is_refused(self, filling: Filling, limit: int) -> None:
        with pytest.raises(Invalid) as refused:
            await filling.reader.samples(TAGS[A], 0, S, limit)
        assert refused.value.code == "limit_out_of_range"

    async def test_too_many_or_impossible_windows_are_refused(self, filling: Filling) -> None:
        with pytest.raises(Invalid) as too_many:
            await filling.reader.windows(TAGS[A], 0, 20_001 * S, S, Aggregate.MEAN)
        with pytest.raises(Invalid) as impossible:
            await filling.reader.windows(TAGS[A], 0, S, 0, Aggregate.MEAN)

        assert (too_many.value.code, impossible.value.code) == ("too_many_windows", "window_out_of_range")
        assert listed(await filling.reader.windows(TAGS[A], 0, 20_000 * S, S, Aggregate.MEAN)) == []

    async def test_many_read_at_once(self, filling: Filling) -> None:
        await filling.put((A, second * S, float(second), GOOD) for second in range(100))

        found = await asyncio.gather(*(self.read(filling, n * S, (n + 2) * S) for n in range(40)))

        assert found == [[(A, n * S, float(n), GOOD), (A, (n + 1) * S, n + 1.0, GOOD)] for n in range(40)]


class BatchReaderContract(HistoryReaderContract):
    @pytest.fixture
    def filling(self) -> BatchFilling:
        raise NotImplementedError("give a store to fill")

    async def test_batches_come_whole_oldest_first_after_a_number(self, filling: BatchFilling) -> None:
        contents: list[list[Row]] = [[(A, n * S, float(n), GOOD), (B, n * S, None, BAD)] for n in range(1, 6)]
        numbers = [await filling.put(rows) for rows in contents]

        found = await filling.reader.batches_after(numbers[1], 2)

        assert [(batch.number, rows_of(batch.samples)) for batch in found] == [
            (numbers[2], contents[2]),
            (numbers[3], contents[3]),
        ]
        assert [batch.number for batch in await filling.reader.batches_after(0, 100)] == numbers
        assert await filling.reader.batches_after(numbers[-1], 100) == []
        assert await filling.reader.batches_after(0, 0) == []

    async def test_a_batch_holds_its_late_samples_too(self, filling: BatchFilling) -> None:
        await filling.put([(A, 10 * S, 1.0, GOOD)])
        number = await filling.put([(A, 5 * S, 2.0, GOOD), (A, 20 * S, 3.0, GOOD), (A, 10 * S, 4.0, GOOD)])

        (batch,) = await filling.reader.batches_after(number - 1, 10)

        assert sorted(rows_of(batch.samples)) == [
            (A, 5 * S, 2.0, GOOD),
            (A, 10 * S, 4.0, GOOD),
            (A, 20 * S, 3.0, GOOD),
        ]
