"""What a telemetry unit has told and nobody has taken yet: kept in order, bounded, sent on a few at a time.

put ──▶ waiting ──(a few, while the link is up)──▶ under way ──(acknowledged)──▶ gone
        the oldest goes first, and is counted, where there is no more room
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

MOST_KEPT: Final = 2880
"""A day of messages every 30 s."""
MOST_UNDER_WAY: Final = 10


class Sent(Protocol):
    """A message under way."""

    def is_published(self) -> bool:
        """Whether it was acknowledged."""
        ...


class Outbox:
    """The messages of one unit. What is under way is sent again by its client until it is acknowledged."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._under_way: deque[Sent] = deque()
        self.dropped = 0

    @property
    def kept(self) -> int:
        """How many wait to be sent."""
        return len(self._waiting)

    def put(self, message: bytes) -> None:
        """Keep a message; where there is no room for it the oldest goes."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(message)

    def send(self, publish: Callable[[bytes], Sent]) -> None:
        """Send what may be sent now, the oldest first."""
        while self._under_way and self._under_way[0].is_published():
            self._under_way.popleft()
        while self._waiting and len(self._under_way) < MOST_UNDER_WAY:
            self._under_way.append(publish(self._waiting.popleft()))
