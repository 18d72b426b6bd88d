"""What was sent, in numbers of batches.

1 ────────── 40    sent
  41 ─────── 97    pending: missed while the target was away, sent oldest first when it is back
     98 ── 1200    sent
live = 1200        everything after it is to be sent at once
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

MOST_INTERVALS: Final = 64


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Batches with after < number ≤ through."""

    after: int
    through: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Every batch up to `live` was sent but those of `pending`, which stand in order and apart."""

    live: int
    pending: tuple[Interval, ...] = ()

    def skipped_to(self, number: int) -> "Progress":
        """Return the progress with what comes up to a number left for later."""
        if number <= self.live:
            return self
        pending = _merged((*self.pending, Interval(self.live, number)))
        return Progress(number, pending)

    def sent_live(self, through: int) -> "Progress":
        """Return the progress after everything from `live` to a number was sent."""
        return replace(self, live=max(self.live, through))

    def replayed(self, through: int) -> "Progress":
        """Return the progress after the oldest of what was missed was sent up to a number."""
        first, *others = self.pending
        left = (Interval(through, first.through),) if through < first.through else ()
        return replace(self, pending=(*left, *others))

    def unsent(self, last: int) -> Iterator[Interval]:
        """Yield what is still to be sent of the batches up to `last`, oldest first."""
        yield from self.pending
        if self.live < last:
            yield Interval(self.live, last)


def _merged(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Return intervals that touch as one; of too many, those closest together, which sends some again."""
    found: list[Interval] = []
    for interval in sorted(intervals):
        if found and interval.after <= found[-1].through:
            found[-1] = Interval(found[-1].after, max(found[-1].through, interval.through))
        else:
            found.append(interval)
    while len(found) > MOST_INTERVALS:
        gaps = [second.after - first.through for first, second in pairwise(found)]
        closest = gaps.index(min(gaps))
        found[closest : closest + 2] = [Interval(found[closest].after, found[closest + 1].through)]
    return tuple(found)
