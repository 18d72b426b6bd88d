"""The embedded history and its writer under the contracts of BatchReader and Sink."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from history.embedded import EmbeddedHistory
from history.writer import BatchWriter
from telemetry.clock import SystemClock
from tests.contracts.history_reader import BatchFilling, BatchReaderContract
from tests.contracts.samples import Row, batch_of, rows_of
from tests.contracts.sink import SinkContract, Sinking
from tests.history.running import running

LATER_US = 10**18


@dataclass
class EmbeddedFilling:
    reader: EmbeddedHistory

    async def put(self, rows: Iterable[Row]) -> int:
        return self.reader.commit(batch_of(rows), LATER_US).number


@dataclass
class EmbeddedSinking:
    sink: BatchWriter
    history: EmbeddedHistory

    async def kept(self) -> dict[int, list[Row]]:
        return {batch.number: rows_of(batch.samples) for batch in await self.history.batches_after(0, 1000)}


class TestEmbeddedHistory(BatchReaderContract):
    @pytest.fixture
    def filling(self, history: EmbeddedHistory) -> BatchFilling:
        return EmbeddedFilling(history)


class TestEmbeddedHistoryReopenedAfterEachBatch(BatchReaderContract):
    @pytest.fixture
    def filling(self, file: Path) -> Iterator[BatchFilling]:
        filling = Reopening(file)
        yield filling
        filling.reader.close()


class Reopening:
    """Closes and opens the file after each batch, so that all was checkpointed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.reader = EmbeddedHistory.open(file)
        self.reader.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"])

    async def put(self, rows: Iterable[Row]) -> int:
        number = self.reader.commit(batch_of(rows), LATER_US).number
        self.reader.close()
        self.reader = EmbeddedHistory.open(self._file)
        return number


class TestBatchWriter(SinkContract):
    @pytest.fixture
    async def sinking(self, history: EmbeddedHistory) -> AsyncIterator[Sinking]:
        async with running(BatchWriter(history, SystemClock(), lambda _: None)) as writer:
            yield EmbeddedSinking(writer, history)
