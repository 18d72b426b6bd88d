"""What went wrong in the demo plant's past: a month of an ordinary plant, and not of a perfect one.

Each incident befalls the plant so many days before the seam of its past (see past.py), at an hour of its
clock. They lie in the older part alone, and end well before the plant that goes on takes over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from simulator.faults import switch_fault
from simulator.plant import Plant
from simulator.waking import DAY_US, MINUTE_US
from telemetry.clock import from_us


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault of some equipment, `day` days before the seam, from a time of the clock for some minutes."""

    day: int
    hour: int
    minute: int
    lasts: int
    fault: str
    target: str

    def span(self, seam_us: int, zone: ZoneInfo) -> tuple[int, int]:
        """Return when it begins and ends in the past that has its seam at a time."""
        begins_us = _at(seam_us - self.day * DAY_US, self, zone)
        return begins_us, begins_us + self.lasts * MINUTE_US


# Without its blowers for a morning (the low-voltage board of their house) the plant lets ammonia through,
# and the day exceeds. The TP analyser is away for a day, which puts its 95 % in danger.
INCIDENTS: Final = (
    Incident(26, 3, 12, 38, "blower_trip", "BL_B201A"),
    Incident(23, 14, 5, 190, "analyser_failure", "EFF_ANA_NH3"),
    Incident(20, 9, 40, 55, "pump_trip", "PS_P101B"),
    Incident(17, 22, 20, 1630, "analyser_failure", "EFF_ANA_TP"),
    Incident(13, 0, 35, 665, "blower_trip", "BL_B201A"),
    Incident(13, 0, 35, 690, "blower_trip", "BL_B201B"),
    Incident(13, 0, 35, 725, "blower_trip", "BL_B201C"),
    Incident(9, 16, 25, 245, "analyser_failure", "EFF_ANA_COD"),
    Incident(7, 5, 50, 70, "pump_trip", "LS2_P1"),
    Incident(4, 11, 10, 130, "analyser_failure", "EFF_ANA_TN"),
)


class Incidents:
    """Switches the incidents of a past on and off, minute by minute."""

    def __init__(self, seam_us: int, zone: ZoneInfo, incidents: Sequence[Incident] = INCIDENTS) -> None:
        self._switches: dict[int, list[tuple[Incident, bool]]] = {}
        for incident in incidents:
            begins_us, ends_us = incident.span(seam_us, zone)
            self._switches.setdefault(begins_us, []).append((incident, True))
            self._switches.setdefault(ends_us, []).append((incident, False))

    def befall(self, plant: Plant) -> None:
        """Switch what begins or ends at the plant's minute."""
        for incident, active in self._switches.get(plant.now_us, ()):
            switch_fault(plant, incident.fault, incident.target, active)


def _at(day_us: int, incident: Incident, zone: ZoneInfo) -> int:
    here = from_us(day_us).astimezone(zone)
    local_midnight_us = day_us - (here.hour * 60 + here.minute) * MINUTE_US
    return (local_midnight_us // MINUTE_US + incident.hour * 60 + incident.minute) * MINUTE_US
