"""Versioned figures on their way to a target's second bucket: those of periods, and judgements.

    what closes or changes ──▶ the store's versions ──▶ portions of lines ──▶ cursor

Over a connection of its own, with rests, which are longer while the readings' own replication has something
to catch up with: that goes on beside it, and the boards of a month, which show figures, do not stand empty
until the last reading of a long backlog has come. The cursor moves when all that a version changes was
taken; killed before that, the same is sent again, which changes nothing there. What a figure had and has no
more is deleted before the figure is written, since InfluxDB keeps the fields that a line leaves out.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from history.influx.answers import LinesRefused, TargetAway, TargetMisconfigured
from history.influx.cursor import KEPT, CursorRepository, Letter
from history.influx.deleting import AT_ONCE, Deleting
from history.influx.delivery import LONGEST_LINE, Delivered, Rewriter
from history.influx.figure_lines import FigureLine
from history.influx.pace import Pace
from history.influx.progress import Interval, Progress
from history.influx.sending import WORKING, Sending
from history.influx.settings import InfluxSettings
from history.influx.sifting import sift
from history.influx.versioned import Portion, VersionedFigures
from history.targets import DeadLetter, Target, TargetState, TargetStatus
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")
_HOURS_AT_ONCE: Final = 10_000
_AGAIN_S: Final = 1.0
_BESIDE: Final = 0.5


class FigureReplicator:
    """Keeps a target's figures up with the store's, until cancelled. Made and run on the event loop.

    Of its status, `queued_rows` are changed hours that were not sent, `lag_s` is for how long there have
    been some, `sent_rows` and `lost_rows` are figures of any period.
    """

    def __init__(
        self,
        name: str,
        settings: InfluxSettings,
        source: VersionedFigures,
        writer: Rewriter,
        cursor: CursorRepository,
        readings: Target,
        clock: Clock,
        look_every_s: float = 5.0,
        chance: Callable[[], float] = random.random,
        words: tuple[str, str] = ("figures", "hours of figures"),
    ) -> None:
        self.name = name
        self._source = source
        self._writer = writer
        self._deleting = Deleting(name, writer)
        self._cursor = cursor
        self._readings = readings
        self._clock = clock
        self._look_every_s = look_every_s
        self._sending = Sending(name, *words, clock, chance)
        self._pace = Pace(settings.rows_per_request, settings.replay_rows_per_s, settings.replay_share)
        self._progress = Progress(0)
        self._reached_us = -1
        self._waiting_since_us: int | None = None
        self._queued = 0

    @property
    def status(self) -> TargetStatus:
        """How the figures stand; where readings do not get through, these do not either."""
        readings, sending = self._readings.status, self._sending
        away = readings.state not in WORKING
        since_us = self._waiting_since_us
        return TargetStatus(
            name=self.name,
            state=readings.state if away else sending.state,
            since_us=readings.since_us if away else sending.since_us,
            lag_s=0.0 if since_us is None else max(self._clock.now_us() - since_us, 0) / US_PER_S,
            queued_rows=self._queued,
            lost_rows=sending.lost_rows,
            sent_rows=sending.sent_rows,
            last_error=sending.last_error,
            trouble=sending.trouble,
        )

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return figures the target refused, the newest first, with ids below `before`."""
        return await asyncio.to_thread(self._cursor.dead_letters, before, limit)

    async def run(self) -> None:
        """Replicate until cancelled."""
        async with self._sending.opened(self._writer):
            begun = False
            while True:
                try:
                    if not begun:
                        await self._begin()
                        begun = True
                    wait_s = await self._turn()
                    self._sending.own_ended()
                except StoreError as error:
                    wait_s = self._sending.own(error)
                await asyncio.sleep(wait_s)

    async def _begin(self) -> None:
        saved = await self._sending.run(self._cursor.load)
        self._progress = saved.progress or Progress(0)
        # Where nothing was ever sent, nothing has to go. Otherwise it may have figures up to now that nobody
        # here knows any more: those of a node that was restored from a backup.
        self._reached_us = -1 if saved.reached_us is None else max(saved.reached_us, self._clock.now_us())
        self._sending.lost_rows = saved.lost_rows

    async def _turn(self) -> float:
        """Send the next versions that were not sent; return how long to wait, seconds."""
        await self._look_for_request()
        await self._resume_deleting()
        newest = await self._source.newest()
        if newest < self._progress.live:
            log.warning("%s: the history was replaced by an older one: all of it is sent again", self.name)
            # Of any hour up to now it may have figures that nobody here knows any more.
            self._progress, self._reached_us = Progress(0), self._clock.now_us()
            return 0.0
        waiting = await self._waiting(newest)
        self._queued = sum(rows for _, rows in waiting)
        if not waiting:
            self._waiting_since_us = None
            if self._progress.pending:
                await self._save(Progress(newest), Delivered(0, 0, []))
            if self._may_send and not self._sending.works:
                self._sending.enter(TargetState.UP)
            return self._look_every_s
        if self._waiting_since_us is None:
            self._waiting_since_us = self._clock.now_us()
        if not self._may_send:
            return _AGAIN_S
        # What is new goes first, and what is sent again behind it.
        new, _ = waiting[-1]
        await self._send(new if new.after >= self._progress.live else waiting[0][0])
        return 0.0

    async def _waiting(self, newest: int) -> list[tuple[Interval, int]]:
        """Return the versions that are still to be sent and have hours, oldest first, and how many."""
        found = [
            (interval, await self._source.waiting(interval.after, interval.through))
            for interval in self._progress.unsent(newest)
        ]
        return [(interval, rows) for interval, rows in found if rows]

    async def _look_for_request(self) -> None:
        """Take up what somebody asked to have sent again, if anything."""
        request = await self._sending.run(self._cursor.request)
        if request is None:
            return
        after = await self._source.version_before(request.from_us) if request.from_us else 0
        progress, now_us = self._progress.again_from(after), self._clock.now_us()
        reached_us = self._reached_us
        await self._sending.run(lambda: self._cursor.take_up(request, progress, now_us, reached_us))
        self._progress = progress
        log.info("%s: what came behind version %d is sent again, as was asked for", self.name, after)

    async def _resume_deleting(self) -> None:
        """Send again what deletes were left out of, where the target has come to know them."""
        if not self._may_send:
            self._deleting.reconnected()
        elif self._deleting.due:
            behind = await self._until_taken(self._deleting.resumed, 1)
            if behind is not None:
                await self._save(self._progress.again_from(behind), Delivered(0, 0, []))

    @property
    def _may_send(self) -> bool:
        return self._readings.status.state in WORKING

    async def _send(self, interval: Interval) -> None:
        """Send what some versions changed, and all that follows from it."""
        changed = await self._source.after(interval.after, _HOURS_AT_ONCE)
        reached_us = self._reached_us
        if changed.newest_us is not None and changed.newest_us > reached_us:
            # Before they go: killed on the way, it may have some of them.
            await self._save(self._progress, Delivered(0, 0, []), changed.newest_us)
        letters: list[Letter] = []
        lost = 0
        async for portion in changed.portions():
            delivered = await self._send_portion(portion, reached_us, interval.after)
            letters = [*letters, *delivered.letters][-KEPT:]
            lost += delivered.lost
        await self._save(self._behind(interval, changed.version), Delivered(0, lost, letters))

    def _behind(self, interval: Interval, version: int) -> Progress:
        """Return the progress after versions of an interval were sent."""
        if interval.after >= self._progress.live:
            return self._progress.sent_live(version)
        progress = self._progress
        while progress.pending and progress.pending[0].after < interval.after:
            progress = progress.replayed(progress.pending[0].through)
        return progress.replayed(min(version, interval.through))

    async def _save(self, progress: Progress, delivered: Delivered, reached_us: int | None = None) -> None:
        now_us, letters, lost = self._clock.now_us(), delivered.letters, delivered.lost
        reached = self._reached_us if reached_us is None else reached_us
        await self._sending.run(lambda: self._cursor.save(progress, letters, lost, now_us, reached))
        self._progress, self._reached_us = progress, reached
        self._sending.refused(delivered)

    async def _send_portion(self, portion: Portion, reached_us: int, behind: int) -> Delivered:
        lines = await self._sending.run(portion.write)
        points = portion.goes(lines, reached_us)
        letters: list[Letter] = []
        while points:
            some, points = points[:AT_ONCE], points[AT_ONCE:]
            letters += await self._until_taken(partial(self._deleting.delete, some, behind), len(some))
        sent, lost = 0, len(letters)
        while lines:
            part, lines = lines[: self._pace.rows], lines[self._pace.rows :]
            delivered = await self._until_taken(partial(self._sifted, part), len(part))
            self._sending.sent_rows += delivered.sent
            letters = [*letters, *delivered.letters][-KEPT:]
            sent, lost = sent + delivered.sent, lost + delivered.lost
        return Delivered(sent, lost, letters)

    async def _until_taken(self, request: Callable[[], T], rows: int) -> T:
        """Make a request until it is answered, however long that takes."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._may_send:
                self._deleting.reconnected()
                await asyncio.sleep(_AGAIN_S)
                continue
            await asyncio.sleep(max(self._pace.next_at - loop.time(), 0.0))
            began = loop.time()
            try:
                answer = await self._sending.run(request)
            except (TargetAway, TargetMisconfigured) as error:
                await asyncio.sleep(self._sending.lost(error))
            else:
                behind = self._readings.status.state is TargetState.BEHIND
                self._pace.took(rows, began, loop.time(), _BESIDE if behind else 1.0)
                if self._sending.answered(TargetState.UP, self._queued):
                    self._deleting.reconnected()
                return answer

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
