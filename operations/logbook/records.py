"""What the logbook tells: entries with all that belongs to them, and what somebody wants to write."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from telemetry.errors import RequestError

LARGEST_PHOTO_BYTES: Final = 10 * 1024 * 1024


class LogKind(StrEnum):
    """What an entry is about."""

    ROUTINE = "routine"
    EVENT = "event"
    OPERATION = "operation"
    EQUIPMENT = "equipment"
    SAMPLING = "sampling"
    LABORATORY = "laboratory"
    INSTRUCTION = "instruction"
    VISITOR = "visitor"
    SAFETY = "safety"
    ALARM = "alarm"
    """Made by the node itself, of an alarm."""


class LogNotWritten(RequestError):
    """The readings of an entry are stored and the entry itself is not: sent again, it comes out whole."""

    status = 503


@dataclass(frozen=True, slots=True)
class Reading:
    """A point's value at the moment of an entry; `value` is None where there was no number."""

    tag: str
    value: float | None
    quality: int
    time_us: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """A value that was entered with an entry: a sample, made by an entry of `history.entries`."""

    tag: str
    value: float
    entry: UUID


@dataclass(frozen=True, slots=True)
class Raised:
    """The alarm that an entry was made of; `value` and `limit` are None where they mean nothing."""

    rule: str
    tag: str
    kind: str
    priority: str
    value: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something; the name is "" once it was deleted."""

    account_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """Other words for an entry: `former` stood before it, `text` after, in the ledger's `record`."""

    id: UUID
    record: UUID
    former: str
    text: str
    reason: str
    by: Author
    recorded_us: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was added to an entry: somebody's words, or the same alarm raised again."""

    id: UUID
    at_us: int
    recorded_us: int
    text: str
    by: Author | None
    raised: Raised | None
    alarm: UUID | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of an entry; the file is `sha256`.jpg."""

    sha256: str
    width: int
    height: int
    bytes: int
    by: Author
    recorded_us: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is kept: a JPEG of our own making."""

    content: bytes
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry as it stands; `by` is None where the node made it, `on_shift` records of the roster.

    `record` and `seq` are its line in the ledger; `text` are the words that stand, after amendments.
    """

    id: UUID
    record: UUID
    seq: int
    kind: LogKind
    at_us: int
    recorded_us: int
    by: Author | None
    person: UUID | None
    turn: str | None
    unit: str | None
    tags: tuple[str, ...]
    equipment: tuple[str, ...]
    on_shift: tuple[UUID, ...]
    text: str
    readings: tuple[Reading, ...]
    entered: tuple[Entered, ...]
    alarm: UUID | None
    raised: Raised | None
    amendments: tuple[Amendment, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What somebody wants to write; `at_us` None is now. Sent again with its id, it is written once."""

    id: UUID
    kind: LogKind
    text: str
    at_us: int | None = None
    unit: str | None = None
    tags: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries somebody wants to see, the newest first; of [from, to)."""

    words: str = ""
    kind: LogKind | None = None
    unit: str | None = None
    tag: str | None = None
    equipment: str | None = None
    crew: UUID | None = None
    person: UUID | None = None
    from_us: int | None = None
    to_us: int | None = None
    before: tuple[int, int] | None = None
    """`at_us` and `seq` of the last one of the page before."""


def told(item: Reading | Entered | Raised) -> dict[str, Any]:
    """Return it as a record's column keeps it: plain numbers and texts."""
    return {
        name: item_value.hex if isinstance(item_value := getattr(item, name), UUID) else item_value
        for name in item.__dataclass_fields__
    }
