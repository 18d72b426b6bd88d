"""Who is signed in: a browser by its cookie, a program by its bearer token.

Both are 256 random bits; the store knows their SHA-256 only, so that a copy of it signs nobody in.
A session ends by sign-out, by lying idle, at its end, and with its account's generation: every new
password, role or deactivation raises that number, and with it ends what was opened before.
"""

import hashlib
import logging
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, or_, select, update

from operations.access import Principal, Role
from operations.tables import account, account_session
from storage.portions import portions
from storage.unit_of_work import reading, writing
from telemetry.clock import Clock, duration_us, from_us
from telemetry.errors import Forbidden, StoreError
from telemetry.settings import Duration, Settings

logger = logging.getLogger(__name__)

SESSION_COOKIE: Final = "outfall_session"
_TOUCH_AT_MOST_EVERY: Final = timedelta(minutes=1)


class SessionKind(StrEnum):
    """What carries the secret."""

    COOKIE = "cookie"
    BEARER = "bearer"


class SessionSettings(Settings):
    """How long a sign-in lasts. An open screen counts as use."""

    idle: Duration = Field(default=timedelta(hours=12), description="a browser's, without any request")
    cookie_lifetime: Duration = Field(default=timedelta(days=7), description="a browser's, at most")
    bearer_lifetime: Duration = Field(default=timedelta(hours=12), description="a token's")
    per_account: int = Field(default=50, ge=1, description="of each kind; a further one ends the oldest")

    def lifetime(self, kind: SessionKind) -> timedelta:
        """Return the longest life of a kind."""
        return self.cookie_lifetime if kind is SessionKind.COOKIE else self.bearer_lifetime


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's new session: `token` goes into the cookie, `csrf` into its pages."""

    token: str
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What a secret turned out to stand for."""

    principal: Principal
    kind: SessionKind
    digest: bytes
    expires_at: datetime


class Sessions:
    """Sessions in the people store; every call is a short query, or a short transaction."""

    def __init__(self, engine: Engine, clock: Clock, settings: SessionSettings | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings or SessionSettings()
        self._idle_us = duration_us(self._settings.idle)
        self._touch_failing = False

    def open(self, principal: Principal, kind: SessionKind) -> tuple[str, datetime]:
        """Return a new secret and when it ends; Forbidden when the account changed since it signed in."""
        secret = secrets.token_urlsafe(32)
        now_us = self._clock.now_us()
        expires_at_us = now_us + duration_us(self._settings.lifetime(kind))
        with writing(self._engine) as connection:
            current = select(account.c.id).where(_is_current(principal)).with_for_update()
            if connection.execute(current).first() is None:
                raise Forbidden("account_changed", "the account was changed meanwhile; sign in again")
            self._make_room(connection, principal, kind)
            connection.execute(
                insert(account_session).values(
                    digest=digest_of(secret),
                    kind=kind,
                    account_id=principal.account_id,
                    generation=principal.generation,
                    created_at_us=now_us,
                    used_at_us=now_us,
                    expires_at_us=expires_at_us,
                )
            )
        return secret, from_us(expires_at_us)

    def find(self, secret: str, kind: SessionKind) -> Known | None:
        """Return what a secret stands for now, None for nothing, and note that it was used."""
        if not _could_be_a_secret(secret):
            return None
        digest = digest_of(secret)
        columns = (*_PRINCIPAL, account_session.c.used_at_us, account_session.c.expires_at_us)
        query = (
            select(*columns)
            .join(account, account.c.id == account_session.c.account_id)
            .where(account_session.c.digest == digest, account_session.c.kind == kind, self._alive())
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if self._clock.now_us() - row.used_at_us > duration_us(_TOUCH_AT_MOST_EVERY):
            self._touch([digest])
        return Known(principal_of(row), kind, digest, from_us(row.expires_at_us))

    def alive(self, digests: Collection[bytes]) -> set[bytes]:
        """Return which sessions still stand, and note that they are in use."""
        found: dict[bytes, int] = {}
        with reading(self._engine) as connection:
            for some in portions(digests):
                query = (
                    select(account_session.c.digest, account_session.c.used_at_us)
                    .join(account, account.c.id == account_session.c.account_id)
                    .where(account_session.c.digest.in_(some), self._alive())
                )
                found.update((row.digest, row.used_at_us) for row in connection.execute(query))
        old_us = self._clock.now_us() - duration_us(_TOUCH_AT_MOST_EVERY)
        if old := [digest for digest, used_at_us in found.items() if used_at_us < old_us]:
            self._touch(old)
        return set(found)

    def close(self, digest: bytes) -> None:
        """End a session; one that does not stand is no error."""
        with writing(self._engine) as connection:
            connection.execute(delete(account_session).where(account_session.c.digest == digest))

    def purge(self, limit: int) -> bool:
        """Delete at most `limit` sessions that have ended; return whether that was all of them."""
        ended = select(account_session.c.digest).where(~self._in_time()).limit(limit)
        with writing(self._engine) as connection:
            gone = connection.execute(delete(account_session).where(account_session.c.digest.in_(ended)))
        return gone.rowcount < limit

    def _in_time(self) -> ColumnElement[bool]:
        now_us = self._clock.now_us()
        return and_(
            account_session.c.expires_at_us > now_us,
            or_(
                account_session.c.kind != SessionKind.COOKIE,
                account_session.c.used_at_us > now_us - self._idle_us,
            ),
        )

    def _alive(self) -> ColumnElement[bool]:
        return and_(
            self._in_time(),
            account.c.deactivated_at_us.is_(None),
            account.c.generation == account_session.c.generation,
        )

    def _touch(self, digests: Iterable[bytes]) -> None:
        """Note the use. A store that cannot be written signs nobody out."""
        now_us = self._clock.now_us()
        try:
            with writing(self._engine) as connection:
                for some in portions(digests):
                    statement = update(account_session).where(account_session.c.digest.in_(some))
                    connection.execute(statement.values(used_at_us=now_us))
        except StoreError as error:
            if not self._touch_failing:
                logger.warning("use of sessions is not noted, so they end sooner: %s", error)
            self._touch_failing = True
            return
        if self._touch_failing:
            logger.info("use of sessions is noted again")
        self._touch_failing = False

    def _make_room(self, connection: Connection, principal: Principal, kind: SessionKind) -> None:
        mine = and_(account_session.c.account_id == principal.account_id, account_session.c.kind == kind)
        newest = (
            select(account_session.c.digest)
            .where(mine)
            .order_by(account_session.c.created_at_us.desc(), account_session.c.digest)
            .limit(self._settings.per_account - 1)
        )
        kept = set(connection.execute(newest).scalars())
        connection.execute(delete(account_session).where(mine, account_session.c.digest.not_in(kept)))


_PRINCIPAL: Final = (account.c.id, account.c.name, account.c.role, account.c.generation)


def principal_of(row: Any) -> Principal:
    """Return the principal of a row that holds an account's id, name, role and generation."""
    return Principal(row.id, row.name, Role(row.role), row.generation)


def digest_of(secret: str) -> bytes:
    """Return what the store knows of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(secret: str) -> str:
    """Return the word that a session's own pages send along; the store cannot tell it."""
    return hashlib.sha256(b"csrf " + secret.encode()).hexdigest()


def _is_current(principal: Principal) -> ColumnElement[bool]:
    return and_(
        account.c.id == principal.account_id,
        account.c.generation == principal.generation,
        account.c.deactivated_at_us.is_(None),
    )


def _could_be_a_secret(secret: str) -> bool:
    return len(secret) == 43 and secret.isascii()
