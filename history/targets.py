"""What a replication target tells of itself, to metrics and to pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TargetState(StrEnum):
    """How a target stands."""

    CONNECTING = "connecting"
    UP = "up"
    BEHIND = "behind"
    """It takes what is sent, and not all of what was missed has been sent yet."""
    DOWN = "down"
    MISCONFIGURED = "misconfigured"
    """It answers, and takes nothing until somebody mends its settings, its token or its bucket."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a target takes nothing, for whoever says it in their own words.

    `code` names what we say of it, `said` is what the target, or the system, said itself, and `status`
    its answer's.
    """

    code: str
    said: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """Figures of a target.

    lag_s        age of the oldest committed batch that was not sent; 0 where all was
    queued_rows  readings still to be sent
    lost_rows    readings it refused, ever: the newest stand among the dead letters
    sent_rows    readings it took since the start
    since_us     since when it stands as it does
    trouble      what last_error says, where it is a sentence of ours
    """

    name: str
    state: TargetState
    since_us: int
    lag_s: float
    queued_rows: int
    lost_rows: int
    sent_rows: int
    last_error: str | None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A reading a target refused; `tag` is empty where its point has left the plant folder."""

    id: int
    tag: str
    time_us: int
    line: str
    reason: str
    at_us: int


class Target(Protocol):
    """Somewhere readings are replicated to."""

    @property
    def status(self) -> TargetStatus:
        """How it stands."""
        ...

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return what it refused, the newest first, with ids below `before`."""
        ...
