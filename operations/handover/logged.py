"""The log's entries as a handover keeps them: the ids of the words that stood when it was frozen. Pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from operations.handover.content import LogLine, RaisedLine


class Amended(Protocol):
    """Other words for an entry; `record` is the row they stand in."""

    @property
    def record(self) -> UUID:
        """The record of the words."""
        ...


class Raised(Protocol):
    """The alarm that an entry was made of."""

    @property
    def rule(self) -> str:
        """Its key."""
        ...

    @property
    def tag(self) -> str:
        """Its point."""
        ...

    @property
    def kind(self) -> str:
        """The kind of its rule."""
        ...


class Written(Protocol):
    """An entry of the log with its amendments, oldest first."""

    @property
    def id(self) -> UUID:
        """The entry."""
        ...

    @property
    def record(self) -> UUID:
        """The record of its own words."""
        ...

    @property
    def kind(self) -> str:
        """What it is about."""
        ...

    @property
    def at_us(self) -> int:
        """When it was."""
        ...

    @property
    def person(self) -> UUID | None:
        """Who of the staff wrote it."""
        ...

    @property
    def raised(self) -> Raised | None:
        """The alarm it was made of."""
        ...

    @property
    def amendments(self) -> Sequence[Amended]:
        """What was written instead since."""
        ...


def lines(entries: Iterable[Written]) -> list[LogLine]:
    """Return entries as a handover keeps them, oldest first."""
    found = [
        LogLine(
            entry=entry.id,
            record=entry.amendments[-1].record if entry.amendments else entry.record,
            kind=str(entry.kind),
            at_us=entry.at_us,
            person=entry.person,
            raised=None
            if entry.raised is None
            else RaisedLine(entry.raised.rule, entry.raised.tag, entry.raised.kind),
        )
        for entry in entries
    ]
    return sorted(found, key=lambda line: (line.at_us, line.entry))
