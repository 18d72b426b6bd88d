"""What every Sink does. A test class of an implementation inherits and gives `sinking`."""

import asyncio
from typing import Protocol

import pytest

from telemetry.errors import StoreError
from telemetry.protocols import Sink
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of

A, B, UNKNOWN = 1, 2, 77
S = 1_000_000
GOOD = 192


class Sinking(Protocol):
    """A running sink that knows the series A and B, and what it kept."""

    @property
    def sink(self) -> Sink: ...

    async def kept(self) -> dict[int, list[Row]]:
        """Return what stands in the store, by number of the batch."""
        ...


class SinkContract:
    @pytest.fixture
    def sinking(self) -> Sinking:
        raise NotImplementedError("give a running sink")

    async def test_what_was_appended_is_kept_in_the_batch_of_the_number_returned(
        self, sinking: Sinking
    ) -> None:
        rows: list[Row] = [(A, S, 1.0, GOOD), (B, S, None, 24)]

        number = await sinking.sink.append(batch_of(rows))

        assert (await sinking.kept())[number] == rows

    async def test_numbers_grow(self, sinking: Sinking) -> None:
        numbers = [await sinking.sink.append(batch_of([(A, n * S, 0.0, GOOD)])) for n in range(1, 4)]

        assert numbers == sorted(set(numbers))

    async def test_appends_at_once_are_all_kept_and_each_knows_its_batch(self, sinking: Sinking) -> None:
        appended: list[list[Row]] = [[(A, n * S, float(n), GOOD)] for n in range(1, 101)]

        numbers = await asyncio.gather(*(sinking.sink.append(batch_of(rows)) for rows in appended))

        kept = await sinking.kept()
        assert [rows[0] in kept[number] for number, rows in zip(numbers, appended, strict=True)] == [
            True
        ] * 100
        assert sum(len(rows) for rows in kept.values()) == 100

    async def test_nothing_is_nothing_to_keep(self, sinking: Sinking) -> None:
        number = await sinking.sink.append(batch_of([(A, S, 1.0, GOOD)]))

        assert await sinking.sink.append(SampleBatch.empty()) == number
        assert list(await sinking.kept()) == [number]

    async def test_a_series_nobody_knows_is_refused_and_harms_nobody_else(self, sinking: Sinking) -> None:
        good, bad = await asyncio.gather(
            sinking.sink.append(batch_of([(A, S, 1.0, GOOD)])),
            sinking.sink.append(batch_of([(B, S, 2.0, GOOD), (UNKNOWN, S, 3.0, GOOD)])),
            return_exceptions=True,
        )

        assert isinstance(bad, StoreError)
        assert await sinking.kept() == {good: [(A, S, 1.0, GOOD)]}

    async def test_the_same_twice_is_kept_once(self, sinking: Sinking) -> None:
        batch = batch_of([(A, S, 1.0, GOOD), (A, 2 * S, 2.0, GOOD)])
        number = await sinking.sink.append(batch)

        assert await sinking.sink.append(batch) >= number
        assert await sinking.kept() == {number: [(A, S, 1.0, GOOD), (A, 2 * S, 2.0, GOOD)]}
