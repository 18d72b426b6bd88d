"""The register of accounts: every change is one transaction with its line in the audit."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from operations.access import Principal, Role
from operations.audit import AuditAction, AuditRecord, read_audit, write_audit
from operations.names import name_key, normalised_name
from operations.passwords import Passwords, checked_password
from operations.sessions import principal_of
from operations.tables import account, account_session
from storage.ids import uuid7
from storage.unit_of_work import reading, writing
from telemetry.clock import Clock, from_us
from telemetry.errors import Conflict, Invalid, NotFound, StoreError


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it."""

    id: UUID
    name: str
    role: Role
    active: bool
    created_at: datetime
    deactivated_at: datetime | None


class Register:
    """Accounts in the people store; sync, and a hash takes tens of milliseconds."""

    def __init__(self, engine: Engine, clock: Clock, passwords: Passwords) -> None:
        self._engine = engine
        self._clock = clock
        self._passwords = passwords

    def add(self, name: str, role: Role, password: str, by: str) -> UUID:
        """Add an account; Invalid for a bad name or password, Conflict for a name that is taken."""
        name = normalised_name(name)
        checked_password(password)
        if password.casefold() == name.casefold():
            raise Invalid("password_is_name", "the password must not be the name")
        password_hash = self._passwords.hash(password)
        with writing(self._engine) as connection:
            return self._insert(connection, name, role, password_hash, by)

    def seed(self, roles: Mapping[str, Role], password: str, by: str, shortest: int) -> None:
        """Add those accounts that are missing, all with one password that need not be secret."""
        checked_password(password, shortest)
        with reading(self._engine) as connection:
            present = set(connection.execute(select(account.c.name_key)).scalars())
        missing = {name: role for name, role in roles.items() if name_key(name) not in present}
        if not missing:
            return
        password_hash = self._passwords.hash(password)
        with writing(self._engine) as connection:
            for name, role in missing.items():
                self._insert(connection, normalised_name(name), role, password_hash, by)

    def set_password(self, name: str, password: str, by: str) -> None:
        """Set a password and end the account's sessions."""
        checked_password(password)
        password_hash = self._passwords.hash(password)
        self._change(name, AuditAction.SET_PASSWORD, by, password_hash=password_hash)

    def set_role(self, name: str, role: Role, by: str) -> None:
        """Give another role and end the account's sessions."""
        self._change(name, AuditAction.SET_ROLE, by, role=role)

    def deactivate(self, name: str, by: str) -> None:
        """Let nobody sign in with it any more; Conflict when that is so already."""
        self._change(name, AuditAction.DEACTIVATE, by, deactivated_at_us=self._clock.now_us())

    def reactivate(self, name: str, by: str) -> None:
        """Let its owner sign in again; Conflict when that is so already."""
        self._change(name, AuditAction.REACTIVATE, by, deactivated_at_us=None)

    def list(self) -> Sequence[Account]:
        """Return all accounts by name, those deactivated too."""
        with reading(self._engine) as connection:
            return [
                _account_of(row) for row in connection.execute(select(account).order_by(account.c.name_key))
            ]

    def audit(self, limit: int) -> Sequence[AuditRecord]:
        """Return the newest changes, newest first."""
        with reading(self._engine) as connection:
            return read_audit(connection, limit)

    def check(self, key: str, password: str) -> Principal | None:
        """Return who has this name's key and password; takes the same time for nobody."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name_key == key)).first()
        matches = self._passwords.matches(row.password_hash if row else None, password)
        if row is None or not matches or row.deactivated_at_us is not None:
            return None
        if self._passwords.outdated(row.password_hash):
            self._rehash(row, password)
        return principal_of(row)

    def _insert(self, connection: Connection, name: str, role: Role, password_hash: str, by: str) -> UUID:
        now_us = self._clock.now_us()
        account_id = uuid7(now_us)
        row = {
            "id": account_id,
            "name": name,
            "name_key": name_key(name),
            "role": role,
            "password_hash": password_hash,
            "generation": 0,
            "created_at_us": now_us,
        }
        try:
            connection.execute(insert(account).values(row))
        except IntegrityError as error:
            raise Conflict("account_exists", f"there is an account {name} already, active or not") from error
        after = {"name": name, "role": role, "active": True}
        write_audit(connection, now_us, normalised_name(by), account_id, AuditAction.ADD, None, after)
        return account_id

    def _change(self, name: str, action: AuditAction, by: str, **values: Any) -> None:
        with writing(self._engine) as connection:
            query = (
                select(account).where(account.c.name_key == name_key(normalised_name(name))).with_for_update()
            )
            row = connection.execute(query).first()
            if row is None:
                raise NotFound(
                    "account_not_found", f"there is no account {name}; `outfall user list` shows all"
                )
            before = _seen(row)
            if action is AuditAction.SET_ROLE and row.role == values["role"]:
                raise Conflict("role_unchanged", f"{row.name} has the role {row.role} already")
            if action in _ACTIVATIONS and before["active"] == (action is AuditAction.REACTIVATE):
                raise Conflict(
                    "account_unchanged",
                    f"{row.name} is {'active' if before['active'] else 'deactivated'} already",
                )
            values["generation"] = row.generation + 1
            mine = account.c.id == row.id
            after = connection.execute(update(account).where(mine).values(values).returning(account)).one()
            connection.execute(delete(account_session).where(account_session.c.account_id == row.id))
            write_audit(
                connection, self._clock.now_us(), normalised_name(by), row.id, action, before, _seen(after)
            )

    def _rehash(self, row: Row[Any], password: str) -> None:
        """Keep a hash of today's cost, unless the password was changed meanwhile."""
        fresh = self._passwords.hash(password)
        same = (account.c.id == row.id) & (account.c.password_hash == row.password_hash)
        # A store that cannot be written now gets the new hash at a later sign-in.
        with suppress(StoreError), writing(self._engine) as connection:
            connection.execute(update(account).where(same).values(password_hash=fresh))


_ACTIVATIONS = (AuditAction.DEACTIVATE, AuditAction.REACTIVATE)


def _seen(row: Row[Any]) -> dict[str, Any]:
    return {"name": row.name, "role": row.role, "active": row.deactivated_at_us is None}


def _account_of(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        active=row.deactivated_at_us is None,
        created_at=from_us(row.created_at_us),
        deactivated_at=None if row.deactivated_at_us is None else from_us(row.deactivated_at_us),
    )
