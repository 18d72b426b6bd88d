"""How long to wait between tries of what is lost."""

import random
from collections.abc import Callable
from typing import Final

_FIRST_S: Final = 0.5


class Backoff:
    """Waits that double from half a second up to a longest one, each shortened by chance.

    The chance keeps collectors that lost one switch together from coming back together.
    """

    def __init__(self, longest_s: float, chance: Callable[[], float] = random.random) -> None:
        self._longest_s = longest_s
        self._chance = chance
        self._next_s = min(_FIRST_S, longest_s)

    def next_s(self) -> float:
        """Return the next wait in real seconds: between a half and all of what its turn is."""
        wait_s = self._next_s * (0.5 + 0.5 * self._chance())
        self._next_s = min(2 * self._next_s, self._longest_s)
        return wait_s

    def reset(self) -> None:
        """Begin anew: it was there, and long enough."""
        self._next_s = min(_FIRST_S, self._longest_s)
