"""Replication to a target, from the store, by the numbers of its batches.

    commits ──▶ the store ──▶ live lane    what was committed since the last round, every half second
                          └─▶ replay lane  what was missed, oldest first, between two rounds

One request is under way at a time: what a replay read before a correction was committed can so never
arrive after the correction was sent. The cursor moves when the target has taken what it passes over;
killed before that, the same is sent again, which changes nothing there.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from history.influx.answers import TargetAway, TargetMisconfigured
from history.influx.backlog import Backlog
from history.influx.cursor import CursorRepository, Letter
from history.influx.deleting import AT_ONCE, Deleting
from history.influx.delivery import Delivered, Delivery, SiftingTakesTooLong
from history.influx.pace import Pace
from history.influx.progress import Interval, Progress
from history.influx.sending import Sending
from history.influx.settings import InfluxSettings
from history.targets import DeadLetter, TargetState, TargetStatus
from telemetry.clock import Clock
from telemetry.errors import StoreError
from telemetry.protocols import Emptied, Piece, Replayable, Standing

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 200_000
"""Rows of a batch that are held at once; a larger one, such as an adopted month, goes out in pieces."""
_SIFT_AT_MOST_S: Final = 0.5
_LOOK_EVERY_S: Final = 5.0


class Replicator:
    """Keeps one target up with the store, until cancelled. Made and run on the event loop."""

    def __init__(
        self,
        name: str,
        settings: InfluxSettings,
        store: Replayable,
        delivery: Delivery,
        cursor: CursorRepository,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._settings = settings
        self._store = store
        self._delivery = delivery
        self._deleting = Deleting(name, delivery.writer)
        self._cursor = cursor
        self._clock = clock
        self._sending = Sending(name, "readings", "readings", clock, chance)
        self._pace = Pace(settings.rows_per_request, settings.replay_rows_per_s, settings.replay_share)
        self._backlog = Backlog(store, clock)
        self._progress = Progress(0)
        self._round_began = 0
        self._large: tuple[int, bool] = (-1, False)
        self._live_at = 0.0
        self._look_at = 0.0

    @property
    def status(self) -> TargetStatus:
        """How the target stands."""
        sending = self._sending
        return TargetStatus(
            name=self.name,
            state=sending.state,
            since_us=sending.since_us,
            lag_s=self._backlog.lag_s,
            queued_rows=self._backlog.rows,
            lost_rows=sending.lost_rows,
            sent_rows=sending.sent_rows,
            last_error=sending.last_error,
            trouble=sending.trouble,
        )

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return what the target refused, the newest first, with ids below `before`."""
        return await asyncio.to_thread(self._cursor.dead_letters, before, limit)

    async def run(self) -> None:
        """Replicate until cancelled."""
        async with self._sending.opened(self._delivery.writer):
            await self._begin()
            await self._measure()
            while True:
                await self._wait(await self._turn())

    async def _begin(self) -> None:
        """Read the cursor; everything committed up to now is missed, as far as it was not sent."""
        saved = None
        while saved is None:
            try:
                saved = await self._sending.run(self._cursor.load)
            except StoreError as error:
                await asyncio.sleep(self._sending.own(error))
        last = self._store.last_number
        progress, self._sending.lost_rows = saved.progress or Progress(0), saved.lost_rows
        if progress.live > last:
            log.warning("%s: the history was replaced by an older one: all of it is sent again", self.name)
            progress = Progress(0)
        self._round_began = last
        self._progress = progress.skipped_to(last)

    async def _turn(self) -> float:
        """Send what is due and return how long to wait, seconds."""
        loop = asyncio.get_running_loop()
        try:
            if loop.time() >= self._look_at:
                self._look_at = loop.time() + _LOOK_EVERY_S
                await self._look_for_request()
            if self._deleting.due:
                await self._resume_deleting()
            if loop.time() >= self._live_at:
                self._live_at = loop.time() + self._settings.live_every.total_seconds()
                await self._send_newest()
            elif self._progress.pending and self._pace.due(loop.time()):
                await self._send_missed()
        except (TargetAway, TargetMisconfigured) as error:
            return self._sending.lost(error)
        except StoreError as error:
            return self._sending.own(error)
        self._sending.own_ended()
        await self._measure()
        next_at = min(self._live_at, self._pace.next_at) if self._progress.pending else self._live_at
        return max(next_at - loop.time(), 0.0)

    async def _wait(self, seconds: float) -> None:
        """Wait, and know meanwhile what a live round would have begun with."""
        loop = asyncio.get_running_loop()
        until, every = loop.time() + seconds, self._settings.live_every.total_seconds()
        while (left := until - loop.time()) > every:
            self._round_began = self._store.last_number
            await asyncio.sleep(min(left, every))
            self._progress = self._progress.skipped_to(self._round_began)
            await self._measure()
        await asyncio.sleep(max(left, 0.0))

    async def _look_for_request(self) -> None:
        """Take up what somebody asked to have sent again, if anything."""
        request = await self._sending.run(self._cursor.request)
        if request is None:
            return
        after = await self._store.number_before(request.from_us) if request.from_us else 0
        progress, now_us = self._progress.again_from(after), self._clock.now_us()
        await self._sending.run(lambda: self._cursor.take_up(request, progress, now_us))
        self._progress = progress
        log.info("%s: what came behind batch %d is sent again, as was asked for", self.name, after)

    async def _send_newest(self) -> None:
        """Send what was committed since the last round began; what is older than that is missed."""
        newest = self._store.last_number
        self._progress = self._progress.skipped_to(min(self._round_began, newest))
        self._round_began = newest
        if await self._store.rows_between(self._progress.live, newest) > MOST_AT_ONCE:
            self._progress = self._progress.skipped_to(newest)
        if self._progress.live == newest and self._progress.pending and not self._sending.works:
            await self._send_missed()
        while self._progress.live < newest:
            part = await self._store.standing(self._progress.live, newest, self._settings.rows_per_request)
            await self._send(part, self._progress.live, self._progress.sent_live(part.through), lambda: True)

    async def _send_missed(self) -> None:
        """Send the oldest of what was missed, no more than live readings can wait for."""
        loop = asyncio.get_running_loop()
        began, oldest = loop.time(), self._progress.pending[0]
        if await self._is_large(oldest):
            part: Piece | Standing
            part = piece = await self._store.piece(oldest.after + 1, oldest.within, self._pace.rows)
            then = self._progress.replayed(oldest.after + 1)
            if piece.reached is not None:
                then = self._progress.replayed_within(piece.reached)
        else:
            part = standing = await self._store.standing(oldest.after, oldest.through, self._pace.rows)
            then = self._progress.replayed(standing.through)

        def patience() -> bool:
            return self._pace.smallest or loop.time() - began < _SIFT_AT_MOST_S

        try:
            await self._send(part, oldest.after, then, patience)
        except SiftingTakesTooLong:
            self._pace.too_slow(loop.time())
            return
        self._pace.took(len(part.samples), began, loop.time())

    async def _is_large(self, oldest: Interval) -> bool:
        """Return whether the first batch that was missed is to be sent in pieces."""
        if self._large[0] != oldest.after:
            rows = await self._store.rows_between(oldest.after, oldest.after + 1)
            self._large = (oldest.after, rows > MOST_AT_ONCE)
        return self._large[1]

    async def _send(
        self, part: Standing | Piece, behind: int, then: Progress, patience: Callable[[], bool]
    ) -> None:
        """Send what stands of batches behind a number, and what they emptied before it."""
        delivered, samples = Delivered(0, 0, []), part.samples
        if len(samples):
            refused = await self._delete(part.emptied, behind)
            delivered = await self._sending.run(lambda: self._delivery.deliver(samples, patience))
            delivered = delivered.and_not_deleted(refused)
            if self._sending.answered(self._working, self._backlog.rows):
                self._deleting.reconnected()
        now_us = self._clock.now_us()
        await self._sending.run(lambda: self._cursor.save(then, delivered.letters, delivered.lost, now_us))
        self._progress = then
        self._sending.delivered(delivered)

    async def _delete(self, emptied: Sequence[Emptied], behind: int) -> list[Letter]:
        """Delete what has no value any more; return what was refused of that."""
        points, letters = self._delivery.deletions(emptied), []
        for first in range(0, len(points), AT_ONCE):
            some = points[first : first + AT_ONCE]
            letters += await self._sending.run(partial(self._deleting.delete, some, behind))
        return letters

    async def _resume_deleting(self) -> None:
        """Send again what deletes were left out of, where the target has come to know them."""
        behind = await self._sending.run(self._deleting.resumed)
        if behind is not None:
            progress, now_us = self._progress.again_from(behind), self._clock.now_us()
            await self._sending.run(lambda: self._cursor.save(progress, [], 0, now_us))
            self._progress = progress

    async def _measure(self) -> None:
        try:
            await self._backlog.measure(self._progress, asyncio.get_running_loop().time())
        except StoreError as error:
            self._sending.own(error)
        if self._sending.works:
            self._sending.enter(self._working)

    @property
    def _working(self) -> TargetState:
        return TargetState.BEHIND if self._progress.pending else TargetState.UP
