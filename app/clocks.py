"""How the node's clock stands to what it stamped, and the devices' clocks to the node's.

Told of every commit and asked every few seconds; it reads no clock itself.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry.clock import US_PER_S, duration_us
from telemetry.samples import CommittedBatch, SampleBatch

REMEMBERED: Final = timedelta(minutes=10)
"""For how long a sample from the future is spoken of."""
_REMEMBERED_US: Final = duration_us(REMEMBERED)
_SAME_US: Final = duration_us(timedelta(seconds=10))


@dataclass(frozen=True, slots=True)
class Ahead:
    """By how much a sample was ahead of its commit, when it came (monotonic), and whose it was."""

    ahead_us: int
    came_us: int
    tag: str


class Clocks:
    """The newest time the node knows of, and what came from beyond it. Not for two threads at once.

    `stamped_by_node` has the tags by series of what the node stamps itself, `others` the rest;
    a device is ahead when it is so by more than `ahead`. `known_us` is the newest time before the start.
    """

    def __init__(
        self, stamped_by_node: Mapping[int, str], others: Mapping[int, str], ahead: timedelta, known_us: int
    ) -> None:
        self._own: npt.NDArray[np.int32] = np.array(list(stamped_by_node), dtype=np.int32)
        self._others = others
        self._ahead_us = duration_us(ahead)
        self._known_us = known_us
        self._told_us = known_us
        self._behind_us = 0
        self._ahead: deque[Ahead] = deque()

    def committed(self, batch: CommittedBatch, came_us: int) -> None:
        """Take note of a commit that came at a monotonic time."""
        at_us = batch.committed_us
        self._behind_us = max(self._behind_us, self._known_us - at_us)
        self._known_us = max(self._known_us, at_us)
        if batch.samples.latest_us > at_us:
            self._look_ahead(batch.samples, at_us, came_us)

    def behind_s(self, now_us: int) -> float:
        """By how much the node's clock stands behind, or stood since it was last told; 0 when well."""
        return _tenths(max(self._behind_us, self._known_us - now_us))

    def told(self, now_us: int) -> None:
        """Note that this was told by a sample stamped now.

        One that is older than the last told is passed over where alarms are judged, so that a clock
        set back by a little is told again by the next.
        """
        if now_us > self._told_us:
            self._behind_us = 0
        self._told_us = now_us

    def furthest_ahead(self, now_us: int) -> Ahead | None:
        """Return what was furthest ahead in the last minutes before a monotonic time."""
        while self._ahead and self._ahead[0].came_us < now_us - _REMEMBERED_US:
            self._ahead.popleft()
        return self._ahead[0] if self._ahead else None

    def ahead_s(self, now_us: int) -> float:
        """By how much that was ahead; 0 when well."""
        furthest = self.furthest_ahead(now_us)
        return 0.0 if furthest is None else _tenths(furthest.ahead_us)

    def _look_ahead(self, samples: SampleBatch, at_us: int, came_us: int) -> None:
        own = np.isin(samples.series, self._own)
        # Stamped before the clock was set back, committed after.
        self._known_us = max(self._known_us, samples.select(own).latest_us)
        others = samples.select(~own)
        ahead_us = others.latest_us - at_us
        if ahead_us > self._ahead_us:
            series = int(others.series[int(others.times_us.argmax())])
            self._note(Ahead(ahead_us, came_us, self._others.get(series, "")))

    def _note(self, new: Ahead) -> None:
        """Hold what may yet be the furthest, so that the first is: at most one in ten seconds."""
        while self._ahead and self._ahead[-1].ahead_us <= new.ahead_us:
            self._ahead.pop()
        if not self._ahead or new.came_us - self._ahead[-1].came_us >= _SAME_US:
            self._ahead.append(new)


def _tenths(us: int) -> float:
    return max(us, 0) * 10 // US_PER_S / 10
