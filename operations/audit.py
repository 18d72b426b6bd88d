"""What was done to accounts: append-only, and never a password or its hash."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from operations.tables import account, account_audit
from storage.ids import uuid7
from telemetry.clock import from_us


class AuditAction(StrEnum):
    """What can be done to an account."""

    ADD = "add"
    SET_PASSWORD = "set_password"
    SET_ROLE = "set_role"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change; `before` and `after` are the account's name, role and whether it was active."""

    id: UUID
    at: datetime
    actor: str
    account: str
    action: AuditAction
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def write_audit(
    connection: Connection,
    at_us: int,
    actor: str,
    account_id: UUID,
    action: AuditAction,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Add a record in the transaction of the change itself."""
    connection.execute(
        insert(account_audit).values(
            id=uuid7(at_us),
            at_us=at_us,
            actor=actor,
            account_id=account_id,
            action=action,
            before=before,
            after=after,
        )
    )


def read_audit(connection: Connection, limit: int) -> list[AuditRecord]:
    """Return the newest records, newest first."""
    query = (
        select(account_audit, account.c.name.label("account_name"))
        .join(account, account.c.id == account_audit.c.account_id)
        .order_by(account_audit.c.at_us.desc(), account_audit.c.id.desc())
        .limit(limit)
    )
    return [
        AuditRecord(
            row.id,
            from_us(row.at_us),
            row.actor,
            row.account_name,
            AuditAction(row.action),
            row.before,
            row.after,
        )
        for row in connection.execute(query)
    ]
