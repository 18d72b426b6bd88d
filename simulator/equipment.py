"""What runs: drives, and groups of drives of which some are on duty.

A drive that trips shows a fault and stands still; the group starts one that stands by after its
delay. Duty goes to whoever has rested longest, so run hours stay together.
"""

from dataclasses import dataclass
from typing import Final

RUNNING: Final = frozenset({"running", "remote", "auto", "ready"})
STANDBY: Final = frozenset({"remote", "auto", "ready"})
TRIPPED: Final = frozenset({"fault", "remote", "auto"})


@dataclass(slots=True)
class Drive:
    """A motor and its starter. `stint_s` is how long it has been as it is."""

    id: str
    hours: float
    running: bool = False
    tripped: bool = False
    stint_s: float = 0.0
    starts: int = 0

    @property
    def bits(self) -> frozenset[str]:
        """The names of the bits that are set in its status word."""
        if self.tripped:
            return TRIPPED
        return RUNNING if self.running else STANDBY

    @property
    def available(self) -> bool:
        """Whether it could be started."""
        return not self.running and not self.tripped

    def start(self) -> None:
        """Start it, if it can be."""
        if self.available:
            self.running = True
            self.stint_s = 0.0
            self.starts += 1

    def stop(self) -> None:
        """Stop it."""
        if self.running:
            self.running = False
            self.stint_s = 0.0

    def trip(self) -> None:
        """Let its protection trip: it stands still until it is reset."""
        self.stop()
        self.tripped = True

    def reset(self) -> None:
        """Take the trip back; it may be started again."""
        self.tripped = False

    def advance(self, dt_s: float) -> None:
        """Count time."""
        self.stint_s += dt_s
        if self.running:
            self.hours += dt_s / 3600.0


@dataclass(slots=True)
class DutyGroup:
    """Drives of one kind of which `wanted` are to run."""

    drives: list[Drive]
    start_delay_s: float
    swap_after_s: float
    wanted: int = 1
    waiting_s: float = 0.0

    @property
    def running(self) -> int:
        """How many run."""
        count = 0
        for drive in self.drives:
            count += drive.running
        return count

    def advance(self, dt_s: float) -> None:
        """Count time, and start, stop or swap at most one drive."""
        running = 0
        for drive in self.drives:
            drive.advance(dt_s)
            running += drive.running
        if running == self.wanted:
            self.waiting_s = 0.0
            if running:
                self._swap()
        elif running > self.wanted:
            self._longest(running=True).stop()
        else:
            self.waiting_s += dt_s
            if self.waiting_s >= self.start_delay_s and any(drive.available for drive in self.drives):
                self._longest(running=False).start()
                self.waiting_s = 0.0

    def start_at_once(self) -> None:
        """Start as many as are wanted, without the delay: how a plant begins."""
        for drive in self.drives:
            if self.running < self.wanted:
                drive.start()

    def _swap(self) -> None:
        for drive in self.drives:
            if drive.running and drive.stint_s > self.swap_after_s:
                if any(other.available for other in self.drives):
                    self._longest(running=False).start()
                    drive.stop()
                return

    def _longest(self, running: bool) -> Drive:
        able = [drive for drive in self.drives if (drive.running if running else drive.available)]
        return max(able, key=lambda drive: drive.stint_s)


def motor_kw(amps: float, power_factor: float = 0.86) -> float:
    """Return what a three-phase 380 V motor takes."""
    return 1.732 * 0.38 * amps * power_factor
