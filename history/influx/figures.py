"""Figures by period on their way to a target's second bucket, by the versions of hour figures.

    hours close or change ──▶ the store's versions ──▶ hour, day, month, minute ──▶ cursor

Only while the readings' own replication has nothing to catch up with, over a connection of its own, with
rests: readings never wait for it. The cursor moves when all that a version changes was taken; killed
before that, the same is sent again, which changes nothing there.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from history.changed_hours import ChangedHours
from history.hour_store import Versioned
from history.influx.answers import LinesRefused, TargetAway, TargetMisconfigured
from history.influx.backoff import Backoff
from history.influx.cursor import KEPT, CursorRepository, Letter
from history.influx.delivery import LONGEST_LINE, Delivered, Writer
from history.influx.figure_feed import FigureFeed, Piece
from history.influx.figure_lines import FigureLine, FigureLineWriter
from history.influx.pace import Pace
from history.influx.progress import Progress
from history.influx.settings import InfluxSettings
from history.influx.sifting import sift
from history.targets import DeadLetter, Target, TargetState, TargetStatus
from telemetry.clock import US_PER_S, Clock, real_seconds
from telemetry.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")
_HOURS_AT_ONCE: Final = 10_000
_OWN_RETRY_S: Final = 5.0
_AGAIN_S: Final = 1.0
_WORKING: Final = (TargetState.UP, TargetState.BEHIND)


class FigureReplicator:
    """Keeps a target's figures up with the store's, until cancelled. Made and run on the event loop.

    Of its status, `queued_rows` are changed hours that were not sent, `lag_s` is for how long there have
    been some, `sent_rows` and `lost_rows` are figures of any period.
    """

    def __init__(
        self,
        name: str,
        settings: InfluxSettings,
        changed: ChangedHours,
        feed: FigureFeed,
        lines: FigureLineWriter,
        writer: Writer,
        cursor: CursorRepository,
        readings: Target,
        clock: Clock,
        look_every_s: float = 5.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._changed = changed
        self._feed = feed
        self._lines = lines
        self._writer = writer
        self._cursor = cursor
        self._readings = readings
        self._clock = clock
        self._look_every_s = look_every_s
        self._backoff = Backoff(chance)
        self._pace = Pace(settings.rows_per_request, settings.replay_rows_per_s, settings.replay_share)
        self._thread: ThreadPoolExecutor | None = None
        self._version = 0
        self._state = TargetState.CONNECTING
        self._since_us = clock.now_us()
        self._waiting_since_us: int | None = None
        self._queued = 0
        self._sent_rows = 0
        self._lost_rows = 0
        self._last_error: str | None = None
        self._own_error: str | None = None

    @property
    def status(self) -> TargetStatus:
        """How the figures stand; where readings do not get through, these do not either."""
        readings = self._readings.status
        away = readings.state not in _WORKING
        since_us = self._waiting_since_us
        return TargetStatus(
            name=self.name,
            state=readings.state if away else self._state,
            since_us=readings.since_us if away else self._since_us,
            lag_s=0.0 if since_us is None else max(self._clock.now_us() - since_us, 0) / US_PER_S,
            queued_rows=self._queued,
            lost_rows=self._lost_rows,
            sent_rows=self._sent_rows,
            last_error=self._own_error or self._last_error,
        )

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return figures the target refused, the newest first, with ids below `before`."""
        return await asyncio.to_thread(self._cursor.dead_letters, before, limit)

    async def run(self) -> None:
        """Replicate until cancelled."""
        thread = self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"replicate-{self.name}")
        try:
            begun = False
            while True:
                try:
                    if not begun:
                        await self._begin()
                        begun = True
                    wait_s = await self._turn()
                    self._own_error = None
                except StoreError as error:
                    self._own(error)
                    wait_s = _OWN_RETRY_S
                await asyncio.sleep(wait_s)
        finally:
            await self._in_thread(self._writer.close)
            thread.shutdown(wait=False)

    async def _begin(self) -> None:
        saved = await self._in_thread(self._cursor.load)
        self._version = saved.progress.live if saved.progress else 0
        self._lost_rows = saved.lost_rows

    async def _turn(self) -> float:
        """Send the oldest versions that were not sent; return how long to wait, seconds."""
        waiting = await self._changed.waiting(self._version)
        if waiting.version < self._version:
            log.warning("%s: the history was replaced by an older one: all of it is sent again", self.name)
            self._version = 0
            return 0.0
        self._queued = waiting.rows
        if not waiting.rows:
            self._waiting_since_us = None
            if self._readings.status.state is TargetState.UP and self._state not in _WORKING:
                self._enter(TargetState.UP)
            return self._look_every_s
        if self._waiting_since_us is None:
            self._waiting_since_us = self._clock.now_us()
        if not self._may_send:
            return _AGAIN_S
        await self._send(await self._changed.after(self._version, _HOURS_AT_ONCE))
        return 0.0

    @property
    def _may_send(self) -> bool:
        return self._readings.status.state is TargetState.UP

    async def _send(self, changed: Versioned) -> None:
        """Send what some versions changed, and all that follows from it."""
        letters: list[Letter] = []
        lost = 0
        async for piece in self._feed.pieces(changed.hours.select(self._lines.known(changed.hours))):
            delivered = await self._send_piece(piece)
            letters = [*letters, *delivered.letters][-KEPT:]
            lost += delivered.lost
        progress, now_us = Progress(changed.version), self._clock.now_us()
        await self._in_thread(lambda: self._cursor.save(progress, letters, lost, now_us))
        self._version = changed.version
        self._lost_rows += lost
        if lost:
            reason = letters[-1].reason
            if self._last_error != reason:
                log.warning("%s refused %d figures, they are set aside: %s", self.name, lost, reason)
            self._last_error = reason

    async def _send_piece(self, piece: Piece) -> Delivered:
        def write() -> list[FigureLine]:
            return self._lines.lines(piece.period, piece.figures, piece.ends_us, piece.weighted)

        lines = await self._in_thread(write)
        letters: list[Letter] = []
        sent = lost = 0
        while lines:
            part, lines = lines[: self._pace.rows], lines[self._pace.rows :]
            delivered = await self._delivered(part)
            letters = [*letters, *delivered.letters][-KEPT:]
            sent, lost = sent + delivered.sent, lost + delivered.lost
        return Delivered(sent, lost, letters)

    async def _delivered(self, lines: list[FigureLine]) -> Delivered:
        """Send lines until each was taken or refused, however long that takes."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._may_send:
                await asyncio.sleep(_AGAIN_S)
                continue
            await asyncio.sleep(max(self._pace.next_at - loop.time(), 0.0))
            began = loop.time()
            try:
                delivered = await self._in_thread(lambda: self._sifted(lines))
            except TargetAway as error:
                self._lost(error, TargetState.DOWN)
                await asyncio.sleep(self._backoff.next_s(error.retry_after_s))
            except TargetMisconfigured as error:
                self._lost(error, TargetState.MISCONFIGURED)
                await asyncio.sleep(self._backoff.slow_s())
            else:
                self._pace.took(len(lines), began, loop.time())
                self._answered()
                self._sent_rows += delivered.sent
                return delivered

    def _sifted(self, lines: list[FigureLine]) -> Delivered:
        sifting = sift([slice(0, len(lines))])
        part = next(sifting)
        while True:
            answer: LinesRefused | None = None
            try:
                self._writer.write("\n".join(line.text for line in lines[part]).encode())
            except LinesRefused as refusal:
                answer = refusal
            try:
                part = sifting.send(answer)
            except StopIteration as end:
                refused = end.value
                break
        letters = [
            Letter(line.tag, line.time_us, line.text[:LONGEST_LINE], each.reason)
            for each in refused
            for line in lines[each.rows]
        ]
        return Delivered(len(lines) - len(letters), len(letters), letters)

    def _answered(self) -> None:
        self._backoff.reset()
        if self._state in (TargetState.DOWN, TargetState.MISCONFIGURED):
            lasted_s = real_seconds(self._clock, self._clock.now_us() - self._since_us)
            log.info(
                "%s back after %.0f s, %d hours of figures to be sent", self.name, lasted_s, self._queued
            )
        self._enter(TargetState.UP)

    def _lost(self, error: StoreError, state: TargetState) -> None:
        if self._state is not state:
            log.warning("%s lost: %s; figures are sent later", self.name, error)
        self._last_error = str(error)
        self._enter(state)

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
