"""Who may do what. Roles are what somebody is; on-call is a duty of a moment, never a role."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from telemetry.people import Actor


class Role(StrEnum):
    """The roles of an account."""

    OPERATOR = "operator"
    ENGINEER = "engineer"
    LABORATORY = "laboratory"
    MAINTENANCE = "maintenance"
    CONTRACTOR = "contractor"
    """The analysers' operating company (运维单位)."""
    MANAGER = "manager"
    DEPARTMENT = "department"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks for."""

    VIEW = "view"
    ACKNOWLEDGE = "acknowledge"
    DIAGNOSE = "diagnose"
    """See how devices, brokers and replication targets do, with their errors."""
    ENTER_READINGS = "enter_readings"
    MARK_READINGS = "mark_readings"
    """Mark values of regulated analysers as not measured, and take back one's own marks."""
    MARK_ALL = "mark_all"
    """Mark any measured point, and take back anybody's marks."""
    MANAGE_ACCOUNTS = "manage_accounts"
    ATTEND = "attend"
    """Sign in to and out of one's own shift, ask for leave and swaps, answer findings on oneself."""
    WRITE_LOG = "write_log"
    """Write log entries and amend them, hand over and take over."""
    MANAGE_STAFF = "manage_staff"
    """Keep the staff, crews and posts, and see everybody's attendance."""
    PUBLISH_ROSTER = "publish_roster"
    """Publish the roster, enter covers, settle what was not signed, endorse leave and swaps."""
    APPROVE_LEAVE = "approve_leave"
    PROPOSE_FINDING = "propose_finding"
    """Enter on-duty checks and findings, with their evidence."""
    CONFIRM_FINDING = "confirm_finding"
    """Confirm, refuse and review findings."""
    MAKE_REPORT = "make_report"
    """Make the month's report; to read those that were made anybody may."""
    SEE_ASSESSMENT = "see_assessment"
    """See everybody's assessment; one's own anybody sees who has a shift."""
    AUDIT = "audit"
    """Read the ledger: who recorded what, when."""
    SWITCH_FAULTS = "switch_faults"
    """Let things go wrong in the plant that the demo simulates; a real plant's node has nothing to switch."""


_VIEW: Final = frozenset({Permission.VIEW})
_DIAGNOSE: Final = _VIEW | {Permission.DIAGNOSE}
_RESPOND: Final = _DIAGNOSE | {Permission.ACKNOWLEDGE}
_WORK: Final = frozenset({Permission.ATTEND, Permission.WRITE_LOG})

# Whoever answers for the plant at this moment acknowledges. The contractor sees; the department
# assesses the answers, so it gives none itself; an administrator keeps accounts, not the plant. The
# addresses and errors of its network are no business of those who only see its values.
# Operators read SV30, the laboratory its sheets; the contractor says when a regulated analyser, which it
# looks after, was not measuring, and answers for no mark but its own; the engineer answers for all of it.
# Whoever stands on a roster signs, writes the log and answers for findings. The plant manager keeps the
# roster and endorses; the department approves, confirms and assesses, and does neither's work.
PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.OPERATOR: _RESPOND | _WORK | {Permission.ENTER_READINGS},
    Role.ENGINEER: _RESPOND
    | _WORK
    | {
        Permission.ENTER_READINGS,
        Permission.MARK_READINGS,
        Permission.MARK_ALL,
        Permission.MAKE_REPORT,
        Permission.PROPOSE_FINDING,
        Permission.SWITCH_FAULTS,
    },
    Role.LABORATORY: _VIEW | _WORK | {Permission.ENTER_READINGS},
    Role.MAINTENANCE: _RESPOND | _WORK,
    Role.CONTRACTOR: _VIEW | {Permission.MARK_READINGS},
    Role.MANAGER: _RESPOND
    | _WORK
    | {
        Permission.MANAGE_STAFF,
        Permission.PUBLISH_ROSTER,
        Permission.MAKE_REPORT,
        Permission.PROPOSE_FINDING,
        Permission.SEE_ASSESSMENT,
        Permission.SWITCH_FAULTS,
    },
    Role.DEPARTMENT: _DIAGNOSE
    | {
        Permission.MANAGE_STAFF,
        Permission.APPROVE_LEAVE,
        Permission.MAKE_REPORT,
        Permission.PROPOSE_FINDING,
        Permission.CONFIRM_FINDING,
        Permission.SEE_ASSESSMENT,
        Permission.AUDIT,
    },
    Role.ADMIN: _DIAGNOSE | {Permission.MANAGE_ACCOUNTS, Permission.AUDIT, Permission.SWITCH_FAULTS},
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, established from a session cookie or a bearer token.

    `generation` is the account's: it grows with every new password, role or deactivation.
    """

    account_id: UUID
    name: str
    role: Role
    generation: int = 0

    @property
    def actor(self) -> Actor:
        """Who does something, as records name it."""
        return Actor(self.account_id, self.name)

    @property
    def sees_attendance(self) -> bool:
        """Whether when other people came and went may be told."""
        return self.may(Permission.MANAGE_STAFF) or self.may(Permission.SEE_ASSESSMENT)

    def may(self, permission: Permission) -> bool:
        """Return whether the role has the permission."""
        return permission in PERMISSIONS[self.role]
