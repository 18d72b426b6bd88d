"""Who is on shift: what readings, alarms and records are joined to, and what siblings know of the roster."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told of alarms, and by which targets; `person` is None for a target that is nobody's.

    Targets are addresses as Apprise writes them (`wecombot://…`, `mailto://…`): secrets, never logged.
    """

    person: UUID | None
    account_id: UUID | None
    name: str
    language: str
    targets: tuple[str, ...] = field(repr=False)


class OnCall(Protocol):
    """Knows who is told of alarms, from what the node itself keeps. Calls block; StoreError."""

    def on_duty(self, at_us: int) -> Sequence[Recipient]:
        """Return who answers alarms at a time; nobody where the roster says nothing."""
        ...

    def second_step(self, at_us: int) -> Sequence[Recipient]:
        """Return who is told when nobody answered."""
        ...

    def recipient(self, person: UUID) -> Recipient | None:
        """Return somebody who may be told, None for who is not known any more."""
        ...

    def of_account(self, account_id: UUID) -> Sequence[Recipient]:
        """Return who signs in with an account, nobody where it is nobody's; they may have no target."""
        ...
