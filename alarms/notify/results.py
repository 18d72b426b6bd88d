"""What is sent to a target, and what comes of it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from alarms.notify.records import Outcome

# Too slow, too early, too many: the same again may well be taken.
_COME_AGAIN: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Message:
    """A push in words; `key` is the same in every attempt."""

    key: UUID
    title: str
    body: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt; `error` never holds anything of the address."""

    outcome: Outcome
    error: str | None = None


def of_status(status: int) -> Result:
    """Return what an HTTP status that is no success means."""
    permanent = 400 <= status < 500 and status not in _COME_AGAIN
    return Result(Outcome.REFUSED if permanent else Outcome.FAILED, f"HTTP {status}")
