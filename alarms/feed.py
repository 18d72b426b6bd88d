"""The batches to evaluate: those handed over, and from history those that were not."""

import logging
from typing import Final

from alarms.inbox import Inbox
from telemetry.errors import StoreError
from telemetry.protocols import BatchReader
from telemetry.samples import CommittedBatch

_MOST_BATCHES: Final = 200
_MOST_ROWS: Final = 200_000

_log = logging.getLogger(__name__)


class Feed:
    """Every committed batch once, in the order of numbers, from wherever it is to be had."""

    def __init__(self, history: BatchReader) -> None:
        self._history = history
        self._inbox = Inbox()
        self._read_at_once = 20
        self.failing: str | None = None

    @property
    def queued(self) -> int:
        """How many batches wait in memory."""
        return len(self._inbox)

    @property
    def overflows(self) -> int:
        """How often batches came faster than they were evaluated, and are read from history instead."""
        return self._inbox.overflows

    @property
    def idle(self) -> bool:
        """Whether all that is committed was evaluated, as far as is known."""
        return not self._inbox.behind and len(self._inbox) == 0

    def put(self, batch: CommittedBatch) -> None:
        """Take in a batch just committed."""
        self._inbox.put(batch)

    async def begin(self, evaluated_through: int) -> int:
        """Go on after a batch; return its number, or history's last where that was replaced meanwhile."""
        last = await self._last_of(evaluated_through)
        if last < evaluated_through:
            _log.warning(
                "history ends at batch %d, and %d was evaluated already: it was replaced; alarms go on"
                " with what comes",
                last,
                evaluated_through,
            )
        self._inbox.due = last + 1
        return last

    async def next(self, most_rows: int) -> list[CommittedBatch]:
        """Return the batches that come next, none when there are none or history cannot be read now."""
        while True:
            if self._inbox.behind:
                read = await self._read()
                if read or self.failing:
                    return read
            if taken := self._inbox.take(most_rows):
                return taken
            if not self._inbox.behind:
                return []

    async def _read(self) -> list[CommittedBatch]:
        try:
            batches = await self._history.batches_after(self._inbox.due - 1, self._read_at_once)
        except StoreError as error:
            if self.failing is None:
                _log.error("history cannot be read, alarms wait for it: %s", error)
            self.failing = str(error)
            return []
        if self.failing is not None:
            _log.info("history is read again")
            self.failing = None
        if not batches:
            self._inbox.caught_up()
            return []
        self._inbox.due = batches[-1].number + 1
        rows = sum(len(batch.samples) for batch in batches)
        self._read_at_once = max(1, min(_MOST_BATCHES, len(batches) * _MOST_ROWS // max(rows, 1)))
        return batches

    async def _last_of(self, evaluated_through: int) -> int:
        """Return the number, or a smaller one if history ends before it."""
        if evaluated_through == 0 or await self._history.batches_after(evaluated_through - 1, 1):
            return evaluated_through
        low, high = 0, evaluated_through
        while low < high:
            middle = (low + high) // 2
            if await self._history.batches_after(middle, 1):
                low = middle + 1
            else:
                high = middle
        return low
