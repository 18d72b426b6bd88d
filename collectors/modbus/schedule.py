"""When poll classes are due: without drift, and without making up for what was missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """Poll class `index` is to be read; `slots` have come due, of which the newest is used.

    None has where it is read out of turn.
    """

    index: int
    slots: int

    @property
    def skipped(self) -> int:
        """How many slots passed unused."""
        return max(self.slots - 1, 0)


class Schedule:
    """Slots at start, start + every, start + 2 every …, for each class; the classes begin together."""

    def __init__(self, intervals_us: Sequence[int], start_us: int) -> None:
        self._intervals_us = tuple(intervals_us)
        self._next_us = [start_us] * len(self._intervals_us)

    @property
    def next_us(self) -> int:
        """The time of the next slot of any class."""
        return min(self._next_us)

    def deadline_us(self, index: int) -> int:
        """Return when the next slot of a class comes."""
        return self._next_us[index]

    def passed(self, now_us: int) -> list[int]:
        """Return how many slots of each class have come due and were not taken."""
        return [self._slots(index, now_us) for index in range(len(self._next_us))]

    def take(self, now_us: int, before: int | None = None) -> list[Due]:
        """Return the classes that are due (of those below `before`), each for its newest slot."""
        return [self._take(index, now_us) for index, at in enumerate(self._next_us[:before]) if at <= now_us]

    def take_all(self, now_us: int) -> list[Due]:
        """Return every class, also those whose slot is yet to come and stays."""
        return [self._take(index, now_us) for index in range(len(self._next_us))]

    def _take(self, index: int, now_us: int) -> Due:
        slots = self._slots(index, now_us)
        self._next_us[index] += slots * self._intervals_us[index]
        return Due(index, slots)

    def _slots(self, index: int, now_us: int) -> int:
        return max((now_us - self._next_us[index]) // self._intervals_us[index] + 1, 0)
