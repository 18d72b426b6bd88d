"""A batch that is too large to be held at once: a month that was taken in, written elsewhere.

It is sent as the samples of every tag, which hold now, a slice at a time. That is more than the batch
has, and sending a sample again changes nothing.
"""

from collections.abc import Sequence
from typing import Final

from telemetry.protocols import Replayable
from telemetry.samples import SampleBatch

MOST_AT_ONCE: Final = 200_000
"""Rows of a batch that are held at once; no commit of the node has more, unless one append had."""
_END_US: Final = 1 << 62


class Rereading:
    """Goes through the samples of tags, tag by tag, oldest first."""

    def __init__(self, store: Replayable, tags: Sequence[str], after: int) -> None:
        self._store = store
        self._left = list(reversed(tags))
        self._from_us = 0
        self.after = after

    async def peek(self, rows: int) -> SampleBatch:
        """Return the next samples, at most `rows`; none at the end."""
        while self._left:
            found = await self._store.samples(self._left[-1], self._from_us, _END_US, rows)
            if len(found):
                return found
            self._left.pop()
            self._from_us = 0
        return SampleBatch.empty()

    def sent(self, samples: SampleBatch) -> None:
        """Go on behind samples that were sent."""
        self._from_us = samples.latest_us + 1
