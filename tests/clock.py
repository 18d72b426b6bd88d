"""A clock that shows what the test says."""

from dataclasses import dataclass

from telemetry.clock import US_PER_S


@dataclass
class MovedClock:
    """Stands still until it is moved."""

    at_us: int = 1_780_000_000 * US_PER_S
    speed: float = 1.0

    def now_us(self) -> int:
        return self.at_us

    def monotonic_us(self) -> int:
        return self.at_us

    def move(self, seconds: float) -> None:
        self.at_us += round(seconds * US_PER_S)
