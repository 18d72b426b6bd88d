"""Who may do what. Roles are what somebody is; on-call is a duty of a moment, never a role."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


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


_VIEW: Final = frozenset({Permission.VIEW})
_DIAGNOSE: Final = _VIEW | {Permission.DIAGNOSE}
_RESPOND: Final = _DIAGNOSE | {Permission.ACKNOWLEDGE}

# Whoever answers for the plant at this moment acknowledges. The contractor sees; the department
# assesses the answers, so it gives none itself; an administrator keeps accounts, not the plant. The
# addresses and errors of its network are no business of those who only see its values.
# Operators read SV30, the laboratory its sheets; the contractor says when a regulated analyser, which it
# looks after, was not measuring, and answers for no mark but its own; the engineer answers for all of it.
PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.OPERATOR: _RESPOND | {Permission.ENTER_READINGS},
    Role.ENGINEER: _RESPOND | {Permission.ENTER_READINGS, Permission.MARK_READINGS, Permission.MARK_ALL},
    Role.LABORATORY: _VIEW | {Permission.ENTER_READINGS},
    Role.MAINTENANCE: _RESPOND,
    Role.CONTRACTOR: _VIEW | {Permission.MARK_READINGS},
    Role.MANAGER: _RESPOND,
    Role.DEPARTMENT: _DIAGNOSE,
    Role.ADMIN: _DIAGNOSE | {Permission.MANAGE_ACCOUNTS},
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

    def may(self, permission: Permission) -> bool:
        """Return whether the role has the permission."""
        return permission in PERMISSIONS[self.role]
