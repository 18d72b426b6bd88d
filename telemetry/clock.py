"""Time, the only place that reads it.

Everything that decides takes time as an argument. What runs asks a `Clock`: the system's, or the
demo's virtual one, which the node and the simulator share by passing on its anchor.

Times are µs since the epoch, UTC, as int. `monotonic_us` never goes back and serves schedules and
waiting; `now_us` is what samples are stamped with and may be set back by whoever keeps the clock.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Protocol

US_PER_S: Final = 1_000_000
_HOUR_US: Final = 3600 * US_PER_S
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What time it is, and how long a span of it really takes."""

    @property
    def speed(self) -> float:
        """How many seconds pass on this clock in a real one."""
        ...

    def now_us(self) -> int:
        """Return the time of day, µs UTC."""
        ...

    def monotonic_us(self) -> int:
        """Return µs that never go back; only differences mean something."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    @property
    def speed(self) -> float:
        """One."""
        return 1.0

    def now_us(self) -> int:
        """Return the machine's time of day, µs UTC."""
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        """Return the machine's monotonic time in µs."""
        return time.monotonic_ns() // 1000


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """A clock that runs `speed` times as fast as the real one from an anchor.

    Linux' monotonic clock is one for all processes of a machine, so a child given the same anchor
    tells the same time.
    """

    anchor_us: int
    anchor_monotonic_us: int
    speed: float = 1.0

    @classmethod
    def starting_now(cls, speed: float = 1.0) -> "VirtualClock":
        """Return a clock that shows the machine's time now and runs at `speed`."""
        return cls.starting_at(time.time_ns() // 1000, speed)

    @classmethod
    def starting_at(cls, moment_us: int, speed: float = 1.0) -> "VirtualClock":
        """Return a clock that shows a moment now and runs at `speed`."""
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        return cls(moment_us, time.monotonic_ns() // 1000, speed)

    def not_before(self, moment_us: int) -> "VirtualClock":
        """Return this clock, put forward where it would show less than a moment."""
        return replace(self, anchor_us=max(self.anchor_us, moment_us))

    def now_us(self) -> int:
        """Return the virtual time of day, µs UTC."""
        return self.anchor_us + self._elapsed_us()

    def monotonic_us(self) -> int:
        """Return virtual µs since the anchor."""
        return self._elapsed_us()

    def _elapsed_us(self) -> int:
        return int((time.monotonic_ns() // 1000 - self.anchor_monotonic_us) * self.speed)


def real_seconds(clock: Clock, duration_us: int) -> float:
    """Return how many real seconds a span on this clock takes, never below 0."""
    return max(duration_us, 0) / US_PER_S / clock.speed


def to_us(moment: datetime) -> int:
    """Return an aware datetime as µs since the epoch; exact, unlike `timestamp()`."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no UTC offset")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """Return µs since the epoch as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=us)


def window_offset_us(every_us: int, zone: tzinfo, at_us: int) -> int:
    """Return by how much windows start before k * every for days to start at a zone's midnight.

    That is the zone's offset from UTC at a time; 0 for windows shorter than an hour.
    """
    offset = from_us(at_us).astimezone(zone).utcoffset()
    return duration_us(offset) if offset is not None and every_us >= _HOUR_US else 0


def duration_us(span: timedelta) -> int:
    """Return a timedelta in whole µs."""
    return span // timedelta(microseconds=1)
