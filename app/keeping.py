"""What keeps the history in order beside the readings: figures, compaction, retention.

Each is done in a thread, one piece at a time with rests between, so that live readings never wait.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from history.embedded import EmbeddedHistory
from history.periods import Periods
from history.segments import Segment, month_of
from history.settings import HistorySettings
from telemetry.calendar import Calendar
from telemetry.clock import Clock, from_us, real_seconds, to_us
from telemetry.errors import StoreError

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 5.0
_REST_S: Final = 0.05
_AGAIN_S: Final = 120.0


class FigureKeeping:
    """Brings the hour figures up; `failing` says why it cannot, `behind_us` by how much they are late."""

    def __init__(self, periods: Periods, clock: Clock) -> None:
        self._periods = periods
        self._clock = clock
        self._holds = 0
        self.failing: str | None = None

    @property
    def behind_us(self) -> int:
        """By how much figures of hours that are over are late; 0 before the first look."""
        return self._periods.behind_us(self._clock.now_us())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have it wait while days of the past come in: each would have the hours after it computed again."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            more = await self.look()
            await asyncio.sleep(_REST_S if more else _LOOK_EVERY_S)

    async def look(self) -> bool:
        """Do a piece of what is due, and say once each way whether it can; True while there is more."""
        if self._holds:
            return False
        try:
            more = await asyncio.to_thread(self._periods.bring_up, self._clock.now_us())
        except StoreError as error:
            if self.failing is None:
                logger.error("figures are not kept up: %s", error)
            self.failing = str(error)
            return False
        if self.failing is not None:
            logger.info("figures are kept up again")
        self.failing = None
        return more


class Housekeeping:
    """Compacts closed days once a night and gives up what is older than it is kept.

    `failing` says why it cannot, `succeeded_us` when it last could, plant's time.
    """

    def __init__(
        self, history: EmbeddedHistory, settings: HistorySettings, calendar: Calendar, clock: Clock
    ) -> None:
        self._history = history
        self._settings = settings
        self._calendar = calendar
        self._clock = clock
        self.failing: str | None = None
        self.succeeded_us: int | None = None

    async def run(self) -> None:
        """Look at the start, then every night, until cancelled; after a failure soon again."""
        while True:
            now_us = self._clock.now_us()
            await self.look(now_us)
            due_us = self._next_us(now_us)
            wait_s = _AGAIN_S if self.failing else real_seconds(self._clock, due_us - self._clock.now_us())
            await asyncio.sleep(max(wait_s, 1.0))

    async def look(self, now_us: int) -> None:
        """Do what is due once, and say in the log what was done."""
        made: list[Segment] = []
        gone: list[Segment] = []
        failing: str | None = None
        for due, done in ((self._compact, made), (self._retire, gone)):
            try:
                done += await asyncio.to_thread(due, now_us)
            except StoreError as error:
                failing = failing or str(error)
        if failing is not None:
            if self.failing is None:
                logger.error("closed days are not compacted: %s", failing)
            self.failing = failing
            return
        if self.failing is not None:
            logger.info("closed days are compacted again")
        self.failing, self.succeeded_us = None, now_us
        if made:
            rows, size = sum(item.rows for item in made), sum(item.bytes for item in made)
            logger.info("compacted: %d files, %d samples, %.2f bytes a sample", len(made), rows, size / rows)
        for item in gone:
            logger.info("%s: older than its class is kept, deleted", item.file)

    def _compact(self, now_us: int) -> list[Segment]:
        return self._history.compact(now_us - _GRACE_US, now_us)

    def _retire(self, now_us: int) -> list[Segment]:
        keep = self._settings.keep
        limits = {"process": keep.process, "regulated": keep.regulated, "manual": keep.manual}
        return [
            item
            for retention, months in limits.items()
            if months is not None
            for before_us in [self._before_us(retention, months, now_us)]
            for item in self._history.retire(retention, before_us, now_us)
        ]

    def _before_us(self, retention: str, months: int, now_us: int) -> int:
        """Return what a class's readings are older than to be given up.

        By the clock, and by the months that there are readings of: a clock that was years ahead for a
        moment must not delete what is not old.
        """
        there = self._history.months_of(retention)
        if len(there) <= months + 1:
            return 0
        return min(_months_before(now_us, months), there[-months - 1])

    def _next_us(self, now_us: int) -> int:
        """Return the next time of the night."""
        here = from_us(now_us).astimezone(self._calendar.zone)
        due = datetime.combine(here.date(), self._settings.compact_at, self._calendar.zone)
        return to_us(due if due > here else due + timedelta(days=1))


_GRACE_US: Final = 2 * 3_600_000_000


def _months_before(now_us: int, months: int) -> int:
    """Return the start of the UTC month so many months before the one that a time lies in."""
    at_us = month_of(now_us)[0]
    for _ in range(months):
        at_us = month_of(at_us - 1)[0]
    return at_us
