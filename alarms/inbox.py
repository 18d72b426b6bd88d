"""Committed batches on their way to the evaluation: bounded, each once, in order."""

from collections import deque
from typing import Final

from telemetry.samples import CommittedBatch

_MOST_BATCHES: Final = 10_000
_MOST_ROWS: Final = 500_000


class Inbox:
    """A queue that forgets rather than grows: history holds every batch, so `overflows` lose nothing.

    `due` is the number to come next; while `behind`, it is to be read from history.
    """

    def __init__(self) -> None:
        self._batches: deque[CommittedBatch] = deque()
        self.due = 1
        self.rows = 0
        self.behind = True
        self.overflows = 0

    def __len__(self) -> int:
        return len(self._batches)

    def put(self, batch: CommittedBatch) -> None:
        """Take a batch in; one too many makes all that wait be read from history."""
        self._batches.append(batch)
        self.rows += len(batch.samples)
        if len(self._batches) > _MOST_BATCHES or self.rows > _MOST_ROWS:
            self._batches.clear()
            self.rows = 0
            self.behind = True
            self.overflows += 1

    def take(self, most_rows: int) -> list[CommittedBatch]:
        """Return the batches that come next, those known already left out; none while behind."""
        taken: list[CommittedBatch] = []
        rows = 0
        while self._batches and not self.behind and rows < most_rows:
            if self._batches[0].number > self.due:
                self.behind = True
                break
            batch = self._batches.popleft()
            self.rows -= len(batch.samples)
            if batch.number == self.due:
                taken.append(batch)
                rows += len(batch.samples)
                self.due += 1
        return taken

    def caught_up(self) -> None:
        """Note that history holds nothing from `due` on; what it skipped does not exist."""
        self.behind = False
        if self._batches:
            self.due = max(self.due, self._batches[0].number)
