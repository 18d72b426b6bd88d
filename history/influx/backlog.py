"""How much is still to be sent, and how old the oldest of it is."""

from typing import Final

from history.influx.progress import Interval, Progress
from telemetry.clock import US_PER_S, Clock
from telemetry.protocols import Replayable

EVERY_S: Final = 1.0


class Backlog:
    """Figures measured once a second while something waits: asking the store costs milliseconds."""

    def __init__(self, store: Replayable, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._due_at = 0.0
        self._oldest: tuple[int, int] | None = None
        self.rows = 0

    @property
    def lag_s(self) -> float:
        """Age of the oldest batch that was not sent; 0 where all was."""
        if self._oldest is None:
            return 0.0
        return max(self._clock.now_us() - self._oldest[1], 0) / US_PER_S

    async def measure(self, progress: Progress, now: float) -> None:
        """Measure, where it is time; `now` in the loop's time."""
        unsent = list(progress.unsent(self._store.last_number))
        if unsent and now < self._due_at:
            return
        self._due_at = now + EVERY_S
        rows = sum([await self._store.rows_between(each.after, each.through) for each in unsent])
        self._oldest, self.rows = await self._first(unsent), rows

    async def _first(self, unsent: list[Interval]) -> tuple[int, int] | None:
        """Return what comes before the oldest unsent batch, and when that was committed."""
        if not unsent:
            return None
        after = unsent[0].after
        if self._oldest is not None and self._oldest[0] == after:
            return self._oldest
        first = await self._store.batches_after(after, 1)
        return (after, first[0].committed_us) if first else None
