"""Which faults are on, and what they do to what is shown. They go into the plant's state."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from telemetry.clock import US_PER_S

FROZEN: Final = "sensor_frozen"
DRIFTING: Final = "sensor_drifting"
UNREACHABLE: Final = "plc_unreachable"
MUTE: Final = "plc_silent"
SLOW: Final = "slow_device"
ILLEGAL: Final = "register_illegal"
SILENT: Final = "station_silent"
WRONG_CLOCK: Final = "clock_wrong"


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is on. `held`: what a frozen sensor shows, or by what one drifts each second."""

    fault: str
    target: str
    since_us: int
    amount: float | None = None
    held: float = 0.0


class ActiveFaults:
    """The faults of a plant that are on, in the order they came."""

    def __init__(self) -> None:
        self._on: dict[str, dict[str, ActiveFault]] = {}

    def __iter__(self) -> Iterator[ActiveFault]:
        every = (fault for befallen in self._on.values() for fault in befallen.values())
        return iter(sorted(every, key=lambda fault: fault.since_us))

    def get(self, fault: str, target: str) -> ActiveFault | None:
        """Return a fault of a target, None where it is not on."""
        befallen = self._on.get(fault)
        return None if befallen is None else befallen.get(target)

    def of(self, fault: str) -> dict[str, ActiveFault]:
        """Return whom a fault has befallen, by target."""
        return self._on.get(fault, {})

    def amount(self, fault: str, target: str) -> float:
        """Return how much of a fault a target has; 0 where it is not on."""
        found = self.get(fault, target)
        return 0.0 if found is None or found.amount is None else found.amount

    def begin(self, fault: ActiveFault) -> None:
        """Note a fault as on."""
        self._on.setdefault(fault.fault, {})[fault.target] = fault

    def end(self, fault: str, target: str) -> None:
        """Note a fault as off."""
        befallen = self._on.get(fault, {})
        befallen.pop(target, None)
        if not befallen:
            self._on.pop(fault, None)

    def seen(self, tag: str, value: float, now_us: int) -> float:
        """Return what a sensor makes of a value: what it measures, unless it is frozen or drifts."""
        frozen = self._on.get(FROZEN)
        if frozen is not None and tag in frozen:
            return frozen[tag].held
        drifting = self._on.get(DRIFTING)
        if drifting is not None and tag in drifting:
            return value + drifting[tag].held * max(now_us - drifting[tag].since_us, 0) / US_PER_S
        return value

    def capture(self) -> list[dict[str, Any]]:
        """Return them as JSON values."""
        return [asdict(fault) for fault in self]

    def restore(self, saved: Any) -> None:
        """Put captured ones back; ValueError where they are of another shape."""
        if not isinstance(saved, list):
            raise ValueError("the faults are no list")
        found = [_restored(one) for one in saved]
        self._on.clear()
        for fault in found:
            self.begin(fault)


def _restored(saved: Any) -> ActiveFault:
    kinds = {"fault": (str,), "target": (str,), "since_us": (int,), "held": (int, float)}
    kinds["amount"] = (int, float, type(None))
    if not isinstance(saved, dict) or set(saved) != set(kinds):
        raise ValueError("a fault has other fields")
    for name, allowed in kinds.items():
        if type(saved[name]) not in allowed:
            raise ValueError(f"{name} is {saved[name]!r}")
    return ActiveFault(**saved)
