"""What is shown beside readings elsewhere, as rows: a name, of which point, when, and its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """Fields of a point at a time; None is none. Without any it is to go where it was."""

    name: str
    tag: str
    time_us: int
    fields: Mapping[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class VersionedRows:
    """Rows of versions above one asked for, and the last version among them."""

    rows: Sequence[Row]
    version: int


class RowSource(Protocol):
    """Rows by version; every call runs off the loop."""

    async def newest(self) -> int:
        """Return the newest version there is."""
        ...

    async def waiting(self, after: int, through: int) -> int:
        """Return how many changes have a version in (after, through]."""
        ...

    async def version_before(self, at_us: int) -> int:
        """Return a version before those of all that is of a time or later."""
        ...

    async def after(self, version: int, limit: int) -> VersionedRows:
        """Return what changed since a version, whole versions of about `limit` changes."""
        ...
