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
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from history.influx.answers import TargetAway, TargetMisconfigured
from history.influx.backlog import Backlog
from history.influx.backoff import Backoff
from history.influx.cursor import CursorRepository
from history.influx.delivery import Delivered, Delivery, SiftingTakesTooLong
from history.influx.pace import Pace
from history.influx.progress import Interval, Progress
from history.influx.rereading import MOST_AT_ONCE, Rereading
from history.influx.settings import InfluxSettings
from history.targets import DeadLetter, TargetState, TargetStatus
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError
from telemetry.protocols import Replayable
from telemetry.samples import SampleBatch

log = logging.getLogger(__name__)

T = TypeVar("T")
_SIFT_AT_MOST_S: Final = 0.5
_OWN_RETRY_S: Final = 5.0
_WORKING: Final = (TargetState.UP, TargetState.BEHIND)


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
        self._cursor = cursor
        self._clock = clock
        self._backoff = Backoff(chance)
        self._pace = Pace(settings.rows_per_request, settings.replay_rows_per_s, settings.replay_share)
        self._backlog = Backlog(store, clock)
        self._progress = Progress(0)
        self._round_began = 0
        self._rereading: Rereading | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._state = TargetState.CONNECTING
        self._since_us = clock.now_us()
        self._last_error: str | None = None
        self._own_error: str | None = None
        self._sent_rows = 0
        self._lost_rows = 0
        self._live_at = 0.0

    @property
    def status(self) -> TargetStatus:
        """How the target stands."""
        return TargetStatus(
            name=self.name,
            state=self._state,
            since_us=self._since_us,
            lag_s=self._backlog.lag_s,
            queued_rows=self._backlog.rows,
            lost_rows=self._lost_rows,
            sent_rows=self._sent_rows,
            last_error=self._own_error or self._last_error,
        )

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return what the target refused, the newest first, with ids below `before`."""
        return await asyncio.to_thread(self._cursor.dead_letters, before, limit)

    async def run(self) -> None:
        """Replicate until cancelled."""
        thread = self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"replicate-{self.name}")
        try:
            await self._begin()
            await self._measure()
            while True:
                await self._wait(await self._turn())
        finally:
            await self._in_thread(self._delivery.close)
            thread.shutdown(wait=False)

    async def _begin(self) -> None:
        """Read the cursor; everything committed up to now is missed, as far as it was not sent."""
        saved = None
        while saved is None:
            try:
                saved = await self._in_thread(self._cursor.load)
            except StoreError as error:
                self._own(error)
                await asyncio.sleep(_OWN_RETRY_S)
        last = self._store.last_number
        progress, self._lost_rows = saved.progress or Progress(0), saved.lost_rows
        if progress.live > last:
            log.warning("%s: the history was replaced by an older one: all of it is sent again", self.name)
            progress = Progress(0)
        self._round_began = last
        self._progress = progress.skipped_to(last)

    async def _turn(self) -> float:
        """Send what is due and return how long to wait, seconds."""
        loop = asyncio.get_running_loop()
        try:
            if loop.time() >= self._live_at:
                self._live_at = loop.time() + self._settings.live_every.total_seconds()
                await self._send_newest()
            elif self._progress.pending and self._pace.due(loop.time()):
                await self._send_missed()
        except TargetAway as error:
            self._lost(error, TargetState.DOWN)
            return self._backoff.next_s(error.retry_after_s)
        except TargetMisconfigured as error:
            self._lost(error, TargetState.MISCONFIGURED)
            return self._backoff.slow_s()
        except StoreError as error:
            self._own(error)
            return _OWN_RETRY_S
        self._own_error = None
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

    async def _send_newest(self) -> None:
        """Send what was committed since the last round began; what is older than that is missed."""
        newest = self._store.last_number
        self._progress = self._progress.skipped_to(min(self._round_began, newest))
        self._round_began = newest
        if await self._store.rows_between(self._progress.live, newest) > MOST_AT_ONCE:
            self._progress = self._progress.skipped_to(newest)
        if self._progress.live == newest and self._progress.pending and self._state not in _WORKING:
            await self._send_missed()
        while self._progress.live < newest:
            part = await self._store.standing(self._progress.live, newest, self._settings.rows_per_request)
            await self._send(part.samples, self._progress.sent_live(part.through), lambda: True)

    async def _send_missed(self) -> None:
        """Send the oldest of what was missed, no more than live readings can wait for."""
        loop = asyncio.get_running_loop()
        began, oldest = loop.time(), self._progress.pending[0]
        reading = await self._reading(oldest)
        if reading is None:
            part = await self._store.standing(oldest.after, oldest.through, self._pace.rows)
            samples, then = part.samples, self._progress.replayed(part.through)
        else:
            samples = await reading.peek(self._pace.rows)
            then = self._progress if len(samples) else self._progress.replayed(reading.after + 1)

        def patience() -> bool:
            return self._pace.smallest or loop.time() - began < _SIFT_AT_MOST_S

        try:
            await self._send(samples, then, patience)
        except SiftingTakesTooLong:
            self._pace.too_slow(loop.time())
            return
        if reading is not None:
            reading.sent(samples)
        self._pace.took(len(samples), began, loop.time())

    async def _reading(self, oldest: Interval) -> Rereading | None:
        """Return how to read the first batch that was missed, None where it can be had as it is."""
        if self._rereading is None or self._rereading.after != oldest.after:
            rows = await self._store.rows_between(oldest.after, oldest.after + 1)
            tags = self._delivery.tags
            self._rereading = Rereading(self._store, tags, oldest.after) if rows > MOST_AT_ONCE else None
        return self._rereading

    async def _send(self, samples: SampleBatch, then: Progress, patience: Callable[[], bool]) -> None:
        delivered = Delivered(0, 0, [])
        if len(samples):
            delivered = await self._in_thread(lambda: self._delivery.deliver(samples, patience))
            self._answered()
        now_us = self._clock.now_us()
        await self._in_thread(lambda: self._cursor.save(then, delivered.letters, delivered.lost, now_us))
        self._progress = then
        self._sent_rows += delivered.sent
        self._lost_rows += delivered.lost
        if delivered.lost:
            self._refused(delivered)

    async def _measure(self) -> None:
        try:
            await self._backlog.measure(self._progress, asyncio.get_running_loop().time())
        except StoreError as error:
            self._own(error)
        if self._state in _WORKING:
            self._enter(TargetState.BEHIND if self._progress.pending else TargetState.UP)

    def _answered(self) -> None:
        self._backoff.reset()
        if self._state not in _WORKING:
            if self._state is not TargetState.CONNECTING:
                lasted_s = real_seconds(self._clock, self._clock.now_us() - self._since_us)
                log.info(
                    "%s back after %.0f s, %d readings to be sent", self.name, lasted_s, self._backlog.rows
                )
            self._enter(TargetState.BEHIND if self._progress.pending else TargetState.UP)

    def _lost(self, error: StoreError, state: TargetState) -> None:
        if self._state is not state:
            log.warning("%s lost: %s; what is read meanwhile is sent later", self.name, error)
        self._last_error = str(error)
        self._enter(state)

    def _refused(self, delivered: Delivered) -> None:
        reason = delivered.letters[-1].reason if delivered.letters else ""
        if self._last_error != reason:
            log.warning("%s refused %d readings, they are set aside: %s", self.name, delivered.lost, reason)
        self._last_error = reason

    def _own(self, error: StoreError) -> None:
        """Something here and not the target is why nothing is sent."""
        if self._own_error is None:
            log.error("%s: nothing is sent: %s", self.name, error)
        self._own_error = str(error)

    def _enter(self, state: TargetState) -> None:
        if self._state is not state:
            self._state, self._since_us = state, self._clock.now_us()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run something in the sender's thread; a cancellation waits until it is done."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise
