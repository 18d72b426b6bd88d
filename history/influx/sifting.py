"""Which rows of a refused request are refused by themselves, by halving it.

A request of which the server says that it dropped all needs no more halving, so a whole measurement
of the wrong type costs some twenty requests, not one a row.
"""

from collections.abc import Generator
from dataclasses import dataclass

from history.influx.answers import LinesRefused


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows next to each other that the server does not take, and why."""

    rows: slice
    reason: str

    @property
    def count(self) -> int:
        """How many."""
        return int(self.rows.stop - self.rows.start)


Sifting = Generator[slice, LinesRefused | None, list[Refused]]


def sift(parts: list[slice]) -> Sifting:
    """Yield what to send next, take what the answer was (None: taken), return what was refused.

    Every row is sent until it was taken by itself or with others, or refused alone.
    """
    refused: list[Refused] = []
    waiting = [part for part in reversed(parts) if part.stop > part.start]
    while waiting:
        part = waiting.pop()
        answer = yield part
        if answer is None:
            continue
        count = part.stop - part.start
        if count == 1 or answer.dropped == count:
            refused.append(Refused(part, str(answer)))
            continue
        middle = part.start + count // 2
        waiting += [slice(middle, part.stop), slice(part.start, middle)]
    return refused
