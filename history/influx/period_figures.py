"""Hour figures and all that follows from them, as a replicator of versioned figures asks for them."""

from collections.abc import AsyncIterator
from functools import partial

from history.changed_hours import ChangedHours
from history.hours import Hours
from history.influx.figure_feed import FigureFeed, Piece
from history.influx.figure_lines import FigureLine, FigureLineWriter, deletions
from history.influx.versioned import Changes, Portion


class PeriodFigures:
    """Implements `VersionedFigures`: a figure is a changed hour."""

    def __init__(self, changed: ChangedHours, feed: FigureFeed, lines: FigureLineWriter) -> None:
        self._changed = changed
        self._feed = feed
        self._lines = lines

    async def newest(self) -> int:
        """Return the newest version there is."""
        return await self._changed.newest()

    async def waiting(self, after: int, through: int) -> int:
        """Return how many hours have a version in (after, through]."""
        return await self._changed.waiting(after, through)

    async def version_before(self, at_us: int) -> int:
        """Return a version before the first that was stored at a time or later."""
        return await self._changed.version_before(at_us)

    async def after(self, version: int, limit: int) -> Changes:
        """Return what changed since a version: the hours that have a point, and their periods."""
        changed = await self._changed.after(version, limit)
        hours = changed.hours.select(self._lines.known(changed.hours))
        newest_us = int(hours.start_us.max()) if len(hours) else None
        return Changes(changed.version, newest_us, lambda: self._portions(hours))

    async def _portions(self, hours: Hours) -> AsyncIterator[Portion]:
        async for piece in self._feed.pieces(hours):
            yield Portion(partial(self._written, piece), partial(deletions, piece.period))

    def _written(self, piece: Piece) -> list[FigureLine]:
        return self._lines.lines(piece.period, piece.figures, piece.ends_us, piece.weighted, piece.readings)
