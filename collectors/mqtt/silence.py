"""Which topics have fallen silent. Pure."""

from collections.abc import Mapping


class Silence:
    """Watches topics, each of which is due at least every so often."""

    def __init__(self, limits_us: Mapping[str, int], now_us: int) -> None:
        self._limits_us = dict(limits_us)
        self._heard_us = dict.fromkeys(limits_us, now_us)
        self._silent: set[str] = set()

    @property
    def silent(self) -> frozenset[str]:
        """The topics that are silent."""
        return frozenset(self._silent)

    def heard(self, topic: str, now_us: int) -> int:
        """Note a message; return for how long it had been silent, 0 where it was not."""
        span_us = now_us - self._heard_us[topic] if topic in self._silent else 0
        self._silent.discard(topic)
        self._heard_us[topic] = now_us
        return span_us

    def excuse(self, now_us: int) -> None:
        """Let what is not silent begin anew: nobody could have heard it."""
        self._heard_us.update(dict.fromkeys(self._heard_us.keys() - self._silent, now_us))

    def fallen(self, now_us: int) -> dict[str, int]:
        """Return the topics that fell silent since the last time this was asked, and for how long."""
        fallen = {
            topic: now_us - heard_us
            for topic, heard_us in self._heard_us.items()
            if topic not in self._silent and now_us - heard_us > self._limits_us[topic]
        }
        self._silent.update(fallen)
        return fallen
