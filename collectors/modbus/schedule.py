"""When poll classes are due: without drift, and without making up for what was missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """Poll class `index` is due; `skipped` of its slots passed unused before this one."""

    index: int
    skipped: int


class Schedule:
    """Slots at start, start + every, start + 2 every …, for each class; the classes begin together."""

    def __init__(self, intervals_us: Sequence[int], start_us: int) -> None:
        self._intervals_us = tuple(intervals_us)
        self._next_us = [start_us] * len(self._intervals_us)

    @property
    def next_us(self) -> int:
        """The time of the next slot of any class."""
        return min(self._next_us)

    def take(self, now_us: int) -> list[Due]:
        """Return the classes that are due, each for its newest slot."""
        return [self._take(index, now_us) for index, at in enumerate(self._next_us) if at <= now_us]

    def take_all(self, now_us: int) -> list[Due]:
        """Return every class, also those whose slot is yet to come and stays."""
        return [self._take(index, now_us) for index in range(len(self._next_us))]

    def _take(self, index: int, now_us: int) -> Due:
        interval_us = self._intervals_us[index]
        slots = max((now_us - self._next_us[index]) // interval_us + 1, 0)
        self._next_us[index] += slots * interval_us
        return Due(index, max(slots - 1, 0))
