"""How a channel stands, told once each way: to who asked for outages, and to the log."""

import logging
from typing import Final

from telemetry.clock import US_PER_S, Clock
from telemetry.protocols import LinkState, Outages

logger = logging.getLogger(__name__)

_SPANS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


class Link:
    """One channel: connecting at first, then up or down."""

    def __init__(self, protocol: str, channel: str, outages: Outages, clock: Clock) -> None:
        self.channel = channel
        self.state = LinkState.CONNECTING
        self.since_us = clock.now_us()
        self._title = f"{protocol} {channel}"
        self._outages = outages
        self._clock = clock
        self._changed_us = clock.monotonic_us()

    def lost(self, cause: str) -> bool:
        """Say that it was lost, unless that is known; return whether it was news."""
        if self.state is LinkState.DOWN:
            return False
        self._turn(LinkState.DOWN)
        logger.warning("%s lost: %s, retrying", self._title, cause)
        self._outages.lost(self.channel, self.since_us, cause)
        return True

    def back(self, missed: int = 0) -> bool:
        """Say that it is back (or there), unless that is known; return whether it was news."""
        if self.state is LinkState.UP:
            return False
        was_down, away_us = self.state is LinkState.DOWN, self.unchanged_us
        self._turn(LinkState.UP)
        if was_down:
            logger.info("%s back after %s, %d samples missed", self._title, in_words(away_us), missed)
        else:
            logger.info("%s connected", self._title)
        self._outages.back(self.channel, self.since_us, missed)
        return True

    @property
    def unchanged_us(self) -> int:
        """For how long the state has been what it is."""
        return self._clock.monotonic_us() - self._changed_us

    def _turn(self, state: LinkState) -> None:
        self.state = state
        self.since_us = self._clock.now_us()
        self._changed_us = self._clock.monotonic_us()


def in_words(span_us: int) -> str:
    """Return a span in its two largest units: `4 min 12 s`, `2 d 3 h`."""
    left = span_us // US_PER_S
    words: list[str] = []
    for unit, seconds in _SPANS:
        count, left = divmod(left, seconds)
        if count or words:
            words.append(f"{count} {unit}" if count else "")
        if len(words) == 2:
            break
    return " ".join(word for word in words if word) or "0 s"
