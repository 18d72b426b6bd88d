"""How long to wait before a target that is away is tried again."""

from collections.abc import Callable
from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
MISCONFIGURED_S: Final = 60.0


class Backoff:
    """Waits that double, each between half of it and all: nodes cut off together come back apart."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._wait_s = FIRST_S

    def next_s(self, at_least_s: float = 0.0) -> float:
        """Return the next wait; longer where the target asked for it."""
        wait_s = self._jittered(self._wait_s)
        self._wait_s = min(2 * self._wait_s, LONGEST_S)
        return max(wait_s, at_least_s * (1 + self._chance() / 10))

    def slow_s(self) -> float:
        """Return the wait before asking again what somebody has to mend first."""
        return self._jittered(MISCONFIGURED_S)

    def reset(self) -> None:
        """Begin anew: the target answered."""
        self._wait_s = FIRST_S

    def _jittered(self, wait_s: float) -> float:
        return wait_s * (1 + self._chance()) / 2
