"""The parts of people's work, put together on one ledger."""

from dataclasses import dataclass

from operations.attendance.events import AttendanceEvents
from operations.calls import StoreCalls
from operations.leave.rules import StepsFor
from operations.leave.service import LeaveService
from operations.ledger import Ledger
from operations.ledger_audit import LedgerAudit
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
    leave: LeaveService
    attendance: AttendanceEvents
    audit: LedgerAudit


def desk_of(ledger: Ledger, calls: StoreCalls, calendar: Calendar, steps_for: StepsFor) -> Desk:
    """Return the parts; `calendar` has the plant's zone and days that start at midnight, as turns have.

    `steps_for` says who agrees to leave of a category on a day, as the rule set in force has it.
    """
    return Desk(
        ledger=ledger,
        calls=calls,
        staff=StaffService(ledger, calls, calendar),
        roster=RosterService(ledger, calls, calendar),
        duty=RosterDuty(ledger, calls),
        leave=LeaveService(ledger, calls, calendar, steps_for),
        attendance=AttendanceEvents(ledger, calls, calendar),
        audit=LedgerAudit(ledger, calls),
    )
