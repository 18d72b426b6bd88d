"""Points left out because their device refuses them, remembered over restarts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptPoint:
    """A point left out, at the address it had then; times are µs UTC, `wait_us` how long it is left alone."""

    tag: str
    address: str
    reason: str
    quality: int
    since_us: int
    next_try_us: int
    wait_us: int


class QuarantineBook(Protocol):
    """Keeps what each channel leaves out. StoreError where it cannot."""

    async def kept(self, channel: str) -> Sequence[KeptPoint]:
        """Return what was left out when it was last noted."""
        ...

    async def note(self, channel: str, points: Sequence[KeptPoint]) -> None:
        """Keep these in place of what was kept before."""
        ...


class NoBook:
    """Forgets everything: for trials, and for tests of other things."""

    async def kept(self, channel: str) -> Sequence[KeptPoint]:
        """Return nothing."""
        return ()

    async def note(self, channel: str, points: Sequence[KeptPoint]) -> None:
        """Do nothing."""
