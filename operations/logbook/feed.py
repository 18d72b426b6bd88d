"""Alarms write themselves into the log: each raise of high priority or above, with the readings of then.

The journal is the source and stays it: nothing waits in memory but the number of the last record seen.
While the people's store is away the journal keeps what is to follow; after a restart, a kill too, a day
before the newest alarm in the log is gone through again, and what stands there already is passed over.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from alarms.journal import JournalRecord
from alarms.settings import Priority
from alarms.states import AlarmEvent
from operations.logbook.records import Raised
from operations.logbook.service import Logbook
from telemetry.clock import Clock
from telemetry.errors import StoreError

LEAST: Final = Priority.HIGH
_AGAIN_US: Final = 86_400_000_000
_LONGEST_BACK_US: Final = 7 * _AGAIN_US
_PAGE: Final = 500
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0

logger = logging.getLogger(__name__)


class Journal(Protocol):
    """The alarms, as far as the log follows them."""

    on_change: list[Callable[[], None]]

    async def journal(
        self, *, before: int | None, limit: int, from_us: int | None = None
    ) -> list[JournalRecord]:
        """Return a page of the journal, newest first."""
        ...


class LogbookFeed:
    """Follows the alarm journal into the logbook."""

    def __init__(self, alarms: Journal, logbook: Logbook, clock: Clock) -> None:
        self._alarms = alarms
        self._logbook = logbook
        self._clock = clock
        self._wake = asyncio.Event()
        self._seen: int | None = None
        self._failing = False
        alarms.on_change.append(self._wake.set)

    async def run(self) -> None:
        """Follow until cancelled."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                await self.follow()
            except StoreError as error:
                if not self._failing:
                    logger.warning("alarms are not put into the log: %s; this is tried again", error)
                self._failing = True
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            if self._failing:
                logger.info("alarms are put into the log again, with those that came meanwhile")
            self._failing, wait_s = False, _FIRST_WAIT_S
            await self._wake.wait()
            self._wake.clear()

    async def follow(self) -> None:
        """Put into the log what the journal has and the log has not; StoreError where that cannot be."""
        for record in await self._new():
            if record.event is AlarmEvent.RAISE and record.priority >= LEAST:
                await self._logbook.add_alarm(record.occurrence, _raised(record), record.at_us)
            self._seen = record.seq

    async def _new(self) -> Sequence[JournalRecord]:
        """Return the records after the last one seen, oldest first."""
        from_us = None if self._seen is not None else await self._begin_us()
        found: list[JournalRecord] = []
        before: int | None = None
        while True:
            page = await self._alarms.journal(before=before, limit=_PAGE, from_us=from_us)
            fresh = [record for record in page if self._seen is None or record.seq > self._seen]
            found += fresh
            if len(fresh) < _PAGE:
                return found[::-1]
            before = fresh[-1].seq

    async def _begin_us(self) -> int:
        newest_us = await self._logbook.newest_alarm_us()
        longest_us = self._clock.now_us() - _LONGEST_BACK_US
        return longest_us if newest_us is None else max(newest_us - _AGAIN_US, longest_us)


def _raised(record: JournalRecord) -> Raised:
    return Raised(
        rule=record.key,
        tag=record.tag,
        kind=record.kind.value,
        priority=record.priority.word,
        value=_number(record.value),
        limit=_number(record.limit),
    )


def _number(value: float) -> float | None:
    return value + 0.0 if abs(value) < float("inf") else None
