"""The parts of people's work, put together on one ledger."""

from dataclasses import dataclass

from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.roster.duty import RosterDuty
from operations.roster.service import RosterService
from operations.staff.service import StaffService
from telemetry.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Desk:
    """What people's work is kept by; `calls` are the threads that all of it shares."""

    ledger: Ledger
    calls: StoreCalls
    staff: StaffService
    roster: RosterService
    duty: RosterDuty


def desk_of(ledger: Ledger, calls: StoreCalls, calendar: Calendar) -> Desk:
    """Return the parts; `calendar` has the plant's zone and days that start at midnight, as turns have."""
    return Desk(
        ledger=ledger,
        calls=calls,
        staff=StaffService(ledger, calls, calendar),
        roster=RosterService(ledger, calls, calendar),
        duty=RosterDuty(ledger, calls),
    )
