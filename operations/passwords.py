"""Passwords: what is accepted as one, argon2id, and one thread for it.

A hash costs 32 MiB and some 50 ms of a core by intention. One thread and a short queue in front of
it are what keeps a flood of sign-ins from taking the memory and the cores that the plant needs.
"""

import asyncio
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes
from threading import BoundedSemaphore
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field

from telemetry.errors import Invalid, TooMany
from telemetry.settings import Settings

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD_BYTES: Final = 1024

P = ParamSpec("P")
R = TypeVar("R")


class PasswordSettings(Settings):
    """Cost of a hash; a stored one of another cost is replaced at the next sign-in."""

    memory_kib: int = Field(default=32 * 1024, ge=8, description="memory of one hash")
    passes: int = Field(default=2, ge=1, description="passes over that memory")
    lanes: int = Field(default=1, ge=1, description="threads of one hash")
    waiting: int = Field(default=32, ge=1, description="sign-ins that may wait; further ones are refused")


def checked_password(password: str, shortest: int = SHORTEST_PASSWORD) -> str:
    """Return a new password if it can be one; Invalid says why not."""
    if len(password) < shortest or not password.strip():
        raise Invalid("password_too_short", f"a password has at least {shortest} characters")
    if _bytes(password) is None:
        raise Invalid("password_too_long", f"a password has at most {LONGEST_PASSWORD_BYTES} bytes")
    return password


class Passwords:
    """Hashes and compares; every call takes tens of milliseconds."""

    def __init__(self, settings: PasswordSettings | None = None) -> None:
        self._settings = settings or PasswordSettings()
        self._hasher = PasswordHasher(
            time_cost=self._settings.passes,
            memory_cost=self._settings.memory_kib,
            parallelism=self._settings.lanes,
        )
        self._nobody = self._hash_of_nobody()

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password, with its salt and cost."""
        return self._hasher.hash(_bytes(password) or b"")

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether a password is the stored one; without one it takes as long and says no."""
        given = _bytes(password)
        try:
            verified = self._hasher.verify(stored or self._nobody, given or b"")
        except (VerificationError, InvalidHashError):
            return False
        return verified and stored is not None and given is not None

    def outdated(self, stored: str) -> bool:
        """Return whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _hash_of_nobody(self) -> str:
        """Return what no password hashes to, at today's cost."""
        cost = f"m={self._settings.memory_kib},t={self._settings.passes},p={self._settings.lanes}"
        salt, digest = (b64encode(token_bytes(size)).decode().rstrip("=") for size in (16, 32))
        return f"$argon2id$v=19${cost}${salt}${digest}"


class PasswordThread:
    """The one thread in which sign-ins are checked, and the short queue before it."""

    def __init__(self, settings: PasswordSettings | None = None) -> None:
        self._places = BoundedSemaphore((settings or PasswordSettings()).waiting)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a call returns; TooMany at once when the queue is full."""
        if not self._places.acquire(blocking=False):
            raise TooMany("sign_in_busy", "too many people sign in at this moment; try again", 2)
        future = self._pool.submit(call, *args, **kwargs)
        # The thread gives the place back, not the caller: who hangs up early would free it too soon.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the thread after what it is at."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _bytes(password: str) -> bytes | None:
    """Return a password's bytes, the same from every keyboard; None when it cannot be one."""
    try:
        encoded = unicodedata.normalize("NFC", password[: LONGEST_PASSWORD_BYTES + 1]).encode()
    except UnicodeEncodeError:
        return None
    return encoded if len(encoded) <= LONGEST_PASSWORD_BYTES else None
