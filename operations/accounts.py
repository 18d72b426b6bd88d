"""Accounts as the product uses them: who there is, who signs in, and who asks.

    add, set_password, set_role, deactivate, reactivate, list, audit    sync, audited
    authenticate                                                        async, throttled
    open_session, principal_of_session, close_session                   sync: browsers
    issue_token, principal_of_token, revoke_token                       sync: programs
    identify, alive                                                     async: every request, open streams

Expiry is a matter of real time, so the clock is the machine's even where the plant's is virtual.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import Field
from sqlalchemy import Engine

from operations.access import Principal, Role
from operations.audit import AuditRecord
from operations.calls import StoreCalls, in_time
from operations.names import name_key, normalised_name
from operations.passwords import SHORTEST_PASSWORD, Passwords, PasswordSettings, PasswordThread
from operations.register import Account, Register
from operations.sessions import Known, Session, SessionKind, Sessions, SessionSettings, csrf_of, digest_of
from operations.throttle import Throttle, ThrottleSettings
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import Forbidden, Invalid, StoreAway, StoreError, TooMany
from telemetry.settings import Settings

logger = logging.getLogger(__name__)

PURGE_EVERY: Final = timedelta(minutes=10)
_PURGED_AT_ONCE: Final = 500
_PURGES_IN_A_ROW: Final = 20
_LOOKUP_THREADS: Final = 2


class AccountSettings(Settings):
    """How people and programs sign in."""

    passwords: PasswordSettings = Field(default_factory=PasswordSettings)
    sessions: SessionSettings = Field(default_factory=SessionSettings)
    throttle: ThrottleSettings = Field(default_factory=ThrottleSettings)


class Accounts:
    """The people store's accounts and sessions; `close` ends its threads."""

    def __init__(self, engine: Engine, clock: Clock, settings: AccountSettings | None = None) -> None:
        settings = settings or AccountSettings()
        self._clock = clock
        self._register = Register(engine, clock, Passwords(settings.passwords))
        self._sessions = Sessions(engine, clock, settings.sessions)
        self._throttle = Throttle(settings.throttle)
        self._password_thread = PasswordThread(settings.passwords)
        self._lookups = StoreCalls(_LOOKUP_THREADS, "lookups")
        self.token_lifetime = settings.sessions.bearer_lifetime
        self.signed_in = 0
        self.refused = 0
        self.throttled = 0

    def add(self, name: str, role: Role, password: str, by: str) -> UUID:
        """Add an account; Invalid for a bad name or password, Conflict for a name that is taken."""
        return self._register.add(name, role, password, by)

    def seed(
        self, roles: Mapping[str, Role], password: str, by: str, *, shortest: int = SHORTEST_PASSWORD
    ) -> None:
        """Add those accounts that are missing, all with one password that need not be secret."""
        self._register.seed(roles, password, by, shortest)

    def set_password(self, name: str, password: str, by: str) -> None:
        """Set a password and end the account's sessions; NotFound, Invalid."""
        self._register.set_password(name, password, by)

    def set_role(self, name: str, role: Role, by: str) -> None:
        """Give another role and end the account's sessions; NotFound, Conflict."""
        self._register.set_role(name, role, by)

    def deactivate(self, name: str, by: str) -> None:
        """Let nobody sign in with it any more and end its sessions; NotFound, Conflict."""
        self._register.deactivate(name, by)

    def reactivate(self, name: str, by: str) -> None:
        """Let its owner sign in again; NotFound, Conflict."""
        self._register.reactivate(name, by)

    def list(self) -> Sequence[Account]:
        """Return all accounts by name, those deactivated too."""
        return self._register.list()

    def audit(self, limit: int = 100) -> Sequence[AuditRecord]:
        """Return the newest changes of accounts, newest first."""
        return self._register.audit(limit)

    async def authenticate(self, name: str, password: str, client: str) -> Principal:
        """Return who signs in from a client's address.

        Forbidden `bad_credentials` for a wrong name, a wrong password and a deactivated account
        alike, after the same time; TooMany with how long to wait after failures, or in a crowd.
        """
        key = _key_of_input(name)
        wait_us = self._throttle.begin(key, client, self._clock.monotonic_us())
        if wait_us:
            self.throttled += 1
            wait_s = -(-wait_us // US_PER_S)
            raise TooMany("too_many_sign_ins", f"too many failed sign-ins; try again in {wait_s} s", wait_s)
        try:
            principal = await in_time(self._password_thread.run(self._register.check, key, password))
        except (TooMany, StoreError):
            self._throttle.withdrawn(key, client)
            raise
        if principal is None:
            self.refused += 1
            logger.info("sign-in refused: %r from %s", key, client)
            raise Forbidden("bad_credentials", "the name or the password is wrong")
        self._throttle.succeeded(key, client)
        self.signed_in += 1
        logger.info("signed in: %s from %s", principal.name, client)
        return principal

    def open_session(self, principal: Principal) -> Session:
        """Sign a browser in; always a new secret, whatever the browser sent."""
        token, expires_at = self._sessions.open(principal, SessionKind.COOKIE)
        return Session(token, csrf_of(token), expires_at)

    def principal_of_session(self, token: str) -> tuple[Principal, str] | None:
        """Return whose cookie this is, and the session's CSRF word; None when it signs nobody in."""
        known = self._sessions.find(token, SessionKind.COOKIE)
        return None if known is None else (known.principal, csrf_of(token))

    def close_session(self, token: str) -> None:
        """Sign a browser out."""
        self._sessions.close(digest_of(token))

    def issue_token(self, principal: Principal) -> tuple[str, datetime]:
        """Return a bearer token and when it ends."""
        return self._sessions.open(principal, SessionKind.BEARER)

    def principal_of_token(self, token: str) -> Principal | None:
        """Return whose token this is, None when it is nobody's."""
        known = self._sessions.find(token, SessionKind.BEARER)
        return None if known is None else known.principal

    def revoke_token(self, token: str) -> None:
        """End a bearer token."""
        self._sessions.close(digest_of(token))

    async def identify(self, secret: str, kind: SessionKind) -> Known | None:
        """Return what a secret stands for now, from the store: nothing is cached."""
        return await self._lookups.call(self._sessions.find, secret, kind)

    async def alive(self, digests: Collection[bytes]) -> set[bytes]:
        """Return which of these sessions still stand; asking counts as their use."""
        return await self._lookups.call(self._sessions.alive, digests)

    async def end(self, digest: bytes) -> None:
        """End the session of this digest."""
        await self._lookups.call(self._sessions.close, digest)

    async def run(self) -> None:
        """Delete sessions that have ended, a bounded number at a time, until cancelled."""
        failing = False
        while True:
            try:
                await self._lookups.call(self._purge)
            except StoreAway:
                pass  # whoever looks after the store says it
            except StoreError as error:
                if not failing:
                    logger.warning("ended sessions are not deleted: %s", error)
                failing = True
            else:
                failing = False
            await asyncio.sleep(PURGE_EVERY.total_seconds())

    def close(self) -> None:
        """End the threads after what they are at."""
        self._password_thread.close()
        self._lookups.close()

    def _purge(self) -> None:
        for _ in range(_PURGES_IN_A_ROW):
            if self._sessions.purge(_PURGED_AT_ONCE):
                return


def _key_of_input(name: str) -> str:
    """Return a name's key; what can be no name has the key of nobody."""
    try:
        return name_key(normalised_name(name))
    except Invalid:
        return ""
