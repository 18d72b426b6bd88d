"""What the roster is made of: somebody at a post for a turn, and the rows that say so. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from telemetry.calendar import Calendar
from telemetry.clock import from_us
from telemetry.duty import Shift
from telemetry.plant import Name


class Action(StrEnum):
    """What an entry says."""

    ASSIGN = "assign"
    WITHDRAW = "withdraw"


class Cause(StrEnum):
    """Why an entry was written."""

    PLANNED = "planned"
    SWAP = "swap"
    COVER = "cover"
    LEAVE = "leave"
    REPUBLISHED = "republished"
    LEFT = "left"
    """Somebody left the staff."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Somebody at a post for a turn; times in µs UTC, the end not included."""

    day: date
    shift: str
    name: Name
    start_us: int
    end_us: int
    crew: UUID | None
    person: UUID
    post: UUID

    @property
    def key(self) -> str:
        """The turn's key: the day and the shift's code."""
        return f"{self.day.isoformat()}/{self.shift}"

    @property
    def turn(self) -> Shift:
        """The turn as others know it."""
        return Shift(self.key, self.name, self.day.isoformat(), self.start_us, self.end_us)

    def overlaps(self, from_us: int, to_us: int) -> bool:
        """Return whether a part of it lies in [from, to)."""
        return self.start_us < to_us and from_us < self.end_us


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the roster."""

    id: UUID
    slot: Slot
    action: Action
    cause: Cause
    supersedes: UUID | None
    request: UUID | None
    publication: UUID | None
    recorded_us: int
    seq: int
    actor_id: UUID | None


def first_overlap(slots: Sequence[Slot]) -> tuple[Slot, Slot] | None:
    """Return two turns of one person that overlap, None where nobody is in two places."""
    before: dict[UUID, Slot] = {}
    for slot in sorted(slots, key=lambda slot: slot.start_us):
        last = before.get(slot.person)
        if last is not None and last.end_us > slot.start_us:
            return last, slot
        if last is None or slot.end_us > last.end_us:
            before[slot.person] = slot
    return None


def told_turn(slot: Slot, calendar: Calendar) -> str:
    """Return a turn as people say it: 中班 Evening of 2026-11-21, 16:00 to 00:00."""
    start, end = (from_us(at).astimezone(calendar.zone) for at in (slot.start_us, slot.end_us))
    return f"{slot.name.zh} {slot.name.en} of {slot.day}, {start:%H:%M} to {end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Signed:
    """When a turn was signed in and out; a settlement counts before what was signed."""

    in_us: int | None = None
    out_us: int | None = None
    out_settled: bool = False
