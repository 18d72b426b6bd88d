"""A clock that shows what it was told: what people did in the past is recorded as of then."""

from dataclasses import dataclass


@dataclass(slots=True)
class ToldClock:
    """Implements `telemetry.clock.Clock`."""

    at_us: int = 0

    @property
    def speed(self) -> float:
        """One."""
        return 1.0

    def now_us(self) -> int:
        """Return the time it was told."""
        return self.at_us

    def monotonic_us(self) -> int:
        """Return the same: it only goes on."""
        return self.at_us
