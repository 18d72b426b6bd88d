"""What was sent, in numbers of batches.

1 ────────── 40    sent
  41 ─────── 97    pending: missed while the target was away, sent oldest first when it is back
     98 ── 1200    sent
live = 1200        everything after it is to be sent at once
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

MOST_INTERVALS: Final = 64

Position = tuple[int, int]
"""A series and a time: of a batch that is sent in pieces, what comes up to there was sent."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Batches with after < number ≤ through; of the first of them what comes behind `within`."""

    after: int
    through: int
    within: Position | None = field(default=None, compare=False)


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

    def again_from(self, after: int) -> "Progress":
        """Return the progress with all that comes behind a number to be sent again."""
        if after >= self.live:
            return self
        return replace(self, pending=_merged((*self.pending, Interval(after, self.live))))

    def sent_live(self, through: int) -> "Progress":
        """Return the progress after everything from `live` to a number was sent."""
        return replace(self, live=max(self.live, through))

    def replayed(self, through: int) -> "Progress":
        """Return the progress after the oldest of what was missed was sent up to a number."""
        first, *others = self.pending
        left = (Interval(through, first.through),) if through < first.through else ()
        return replace(self, pending=(*left, *others))

    def replayed_within(self, position: Position) -> "Progress":
        """Return the progress after a piece of the oldest batch that was missed was sent."""
        first, *others = self.pending
        return replace(self, pending=(replace(first, within=position), *others))

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
            last = found[-1]
            # Whoever asks for the same batch again wants all of it.
            within = None if interval.after == last.after else last.within
            found[-1] = Interval(last.after, max(last.through, interval.through), within)
        else:
            found.append(interval)
    while len(found) > MOST_INTERVALS:
        gaps = [second.after - first.through for first, second in pairwise(found)]
        closest = gaps.index(min(gaps))
        found[closest : closest + 2] = [replace(found[closest], through=found[closest + 1].through)]
    return tuple(found)
