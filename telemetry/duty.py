"""Who is on shift: what readings, alarms and records are joined to, and what siblings know of the roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class Shift:
    """One turn of one shift, such as 中班 of 21 November; times in µs UTC, the end not included.

    `day` is the date, month and year that it belongs to: the one in which it starts, on the plant's clock.
    `key` names it for ever: the day and the code of the shift, `2026-11-21/evening`.
    """

    key: str
    name: Name
    day: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody who stands on the roster for a turn, as it is known now.

    `assignment` is the record of the roster that says so. `signed_in_us` and `signed_out_us` are None
    where nothing was signed. `replaces` is who was released by a swap or cover.
    """

    assignment: UUID
    shift: Shift
    person: UUID
    number: str
    name: str
    category: str
    post: UUID
    post_name: Name
    crew: UUID | None
    crew_name: Name | None
    signed_in_us: int | None = None
    signed_out_us: int | None = None
    replaces: UUID | None = None


class Duty(Protocol):
    """Knows the roster. Every call asks the people's store, off the loop; StoreAway while it is away."""

    async def on_shift(self, at_us: int, post: UUID | None = None) -> Sequence[OnShift]:
        """Return who stands on the roster at a time, by post; nobody where nothing was published."""
        ...

    async def between(self, from_us: int, to_us: int) -> Sequence[OnShift]:
        """Return everybody whose turn overlaps with [from, to), by start, then post."""
        ...
