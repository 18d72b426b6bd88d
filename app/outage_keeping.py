"""Outages kept as they begin and end: at once, off the loop, and tried again while the store refuses."""

import asyncio
import logging
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from collectors.outages import LONGEST_CAUSE, Outage, OutageStore
from storage.ids import uuid7
from telemetry.clock import Clock
from telemetry.errors import StoreError

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 10_000
_RETRY_S: Final = 5.0


class OutageKeeping:
    """Implements `telemetry.protocols.Outages` on the node's store.

    An outage that was open when the node ended goes on, as one, until its channel answers; what was missed
    meanwhile nobody knows. Of a channel that the plant has no longer it ends when readings were last kept.

    Waiting outages are bounded; the oldest that are over go first and are counted in `dropped`.
    """

    def __init__(self, store: OutageStore, channels: Collection[str], clock: Clock, known_us: int) -> None:
        self.dropped = 0
        self._store = store
        self._clock = clock
        self._open: dict[str, Outage] = {}
        self._waiting: dict[UUID, Outage] = {}
        self._news = asyncio.Event()
        self._failing = False
        for left in store.still_open():
            self._resume(left, left.channel in channels, known_us)
        self._resumed = frozenset(each.id for each in self._open.values())

    def lost(self, channel: str, at_us: int, cause: str) -> None:
        """Begin an outage, unless one is open."""
        if channel not in self._open:
            begun = Outage(uuid7(at_us), channel, at_us, None, cause[:LONGEST_CAUSE], None)
            self._open[channel] = begun
            self._wait(begun)

    def back(self, channel: str, at_us: int, missed: int) -> None:
        """End the channel's outage, if one is open."""
        begun = self._open.pop(channel, None)
        if begun is not None:
            known = None if begun.id in self._resumed else missed
            self._wait(_ended(begun, at_us, known))

    async def run(self) -> None:
        """Keep what waits, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            waiting = dict(self._waiting)
            try:
                await asyncio.to_thread(self._store.keep, list(waiting.values()), self._clock.now_us())
            except StoreError as error:
                if not self._failing:
                    logger.warning("outages are not kept: %s; trying again", error)
                self._failing = True
                self._news.set()
                await asyncio.sleep(_RETRY_S)
                continue
            self._done(waiting)

    def _done(self, kept: dict[UUID, Outage]) -> None:
        for id_, each in kept.items():
            if self._waiting.get(id_) == each:
                del self._waiting[id_]
        if self._failing:
            self._failing = False
            logger.info("outages are kept again; %d were dropped since the start", self.dropped)

    def _resume(self, left: Outage, is_known: bool, known_us: int) -> None:
        if not is_known:
            self._wait(_ended(left, known_us, None))
            return
        former = self._open.get(left.channel)
        if former is not None:
            self._wait(_ended(former, left.began_us, None))
        self._open[left.channel] = left

    def _wait(self, each: Outage) -> None:
        self._waiting[each.id] = each
        if len(self._waiting) > MOST_WAITING:
            oldest = next(self._over(), None)
            if oldest is not None:
                del self._waiting[oldest]
                self.dropped += 1
        self._news.set()

    def _over(self) -> Iterator[UUID]:
        return (id_ for id_, each in self._waiting.items() if each.ended_us is not None)


def _ended(begun: Outage, at_us: int, missed: int | None) -> Outage:
    # A clock set back meanwhile leaves it without length, not before its beginning.
    return replace(begun, ended_us=max(at_us, begun.began_us), missed=missed)
