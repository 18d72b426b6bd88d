"""What a replicator of versioned figures asks of whoever has them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from history.influx.figure_lines import FigureLine
from history.influx.lines import Deletion


@dataclass(frozen=True, slots=True)
class Portion:
    """Some lines that go together. `write` blocks; `goes` tells what is deleted before they are sent.

    `goes` takes the lines and the newest time of which the target may have figures already.
    """

    write: Callable[[], list[FigureLine]]
    goes: Callable[[list[FigureLine], int], list[Deletion]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a version: up to which version that is, and the newest time in it, if any."""

    version: int
    newest_us: int | None
    portions: Callable[[], AsyncIterator[Portion]]


class VersionedFigures(Protocol):
    """Figures by version; every call runs off the loop."""

    async def newest(self) -> int:
        """Return the newest version there is."""
        ...

    async def waiting(self, after: int, through: int) -> int:
        """Return how many figures have a version in (after, through]."""
        ...

    async def version_before(self, at_us: int) -> int:
        """Return a version before the first that was stored at a time or later, as late a one as is sure."""
        ...

    async def after(self, version: int, limit: int) -> Changes:
        """Return what changed since a version, whole versions of about `limit` figures."""
        ...
