"""Group commit: what collectors append goes to the store in batches, in a thread of its own.

append ──▶ blocked ──▶ waiting ──▶ a batch in the thread ──▶ on_commit, then append returns
           (no room)   (≤ 50 ms)   (retried while refused)
append_urgent ──▶ urgent ─────────▶ (tried once, between two batches or two attempts)
"""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from history.embedded import EmbeddedHistory, Note
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError
from telemetry.samples import CommittedBatch, SampleBatch

log = logging.getLogger(__name__)

# From so many rows on, waiting for more makes a commit no cheaper a row.
_ENOUGH_ROWS: Final = 4096
_FIRST_RETRY_S: Final = 0.25
_LONGEST_RETRY_S: Final = 5.0
_STOP_WITHIN_S: Final = 5.0
_MOST_URGENT: Final = 16


@dataclass(eq=False, slots=True)
class _Append:
    samples: SampleBatch
    done: asyncio.Future[int]
    note: Note | None = None


class BatchWriter:
    """A Sink. Samples once waiting are kept even if who appended them gives up meanwhile.

    `queued_rows` are waiting or in the thread, at most `max_rows` unless one append alone is larger;
    appends beyond wait outside. `backlog_rows` were left when the last commit was done: what the store
    is behind, since rows that came a moment ago always wait. `lost_rows` were given up at the end
    because the store refused them.
    `failing` says why it refuses; nothing is acknowledged until it takes them.
    """

    def __init__(
        self,
        store: EmbeddedHistory,
        clock: Clock,
        on_commit: Callable[[CommittedBatch], None],
        *,
        max_wait: timedelta = timedelta(milliseconds=50),
        max_rows: int = 200_000,
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_commit = on_commit
        self._max_wait_s = max_wait.total_seconds()
        self._max_rows = max_rows
        self._blocked: deque[_Append] = deque()
        self._waiting: list[_Append] = []
        self._committing: list[_Append] = []
        self._urgent: deque[_Append] = deque()
        self._hurry = asyncio.Event()
        self._waiting_rows = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = False
        self._reported = self._answered = store.last_number
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history-writer")
        self.queued_rows = 0
        self.backlog_rows = 0
        self.lost_rows = 0
        self.committed_rows = 0
        self.last_commit_seconds = 0.0
        self.failing: str | None = None

    async def append(self, samples: SampleBatch) -> int:
        """Keep samples durably; see Sink. Who gives up while there is no room leaves no trace."""
        if not len(samples):
            return self._store.last_number
        self._store.check(samples)
        if self._ended or self._stopping.is_set():
            raise StoreError("not written: the node is stopping")
        item = _Append(samples, asyncio.get_running_loop().create_future())
        self._blocked.append(item)
        self._admit()
        try:
            return await asyncio.shield(item.done)
        except asyncio.CancelledError:
            if item in self._blocked:
                self._blocked.remove(item)
                self._admit()
            raise

    async def adopt(self, file: Path, retention: str, from_us: int, to_us: int, origin: str) -> int:
        """Take in a month file between two commits, and report it as a batch without samples.

        Its number is returned. Conflict and StoreError as of `EmbeddedHistory.adopt`; StoreError too
        while it is not known what the store kept of the commit before, which is to be told first.
        """
        if self._ended or self._stopping.is_set():
            raise StoreError("not taken in: the node is stopping")

        def work() -> CommittedBatch:
            if self._store.last_number != self._answered:
                raise StoreError("not taken in: the store refused the commit before")
            now_us = self._clock.now_us()
            number = self._store.adopt(file, retention, from_us, to_us, origin, now_us)
            self._reported = self._answered = number
            return CommittedBatch(number, now_us, SampleBatch.empty())

        batch = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._on_commit(batch)
        return batch.number

    async def append_urgent(self, samples: SampleBatch) -> int:
        """Keep a few samples of the node's own before all that waits, also on a disk nearly full.

        They are tried once: StoreError, and they are not kept. What comes too thick is refused.
        """
        return await self._append_alone(samples, None)

    async def append_noted(self, note: Note) -> int:
        """Keep what people do as a batch of its own: see `EmbeddedHistory.commit_noted`.

        Tried once, like urgent ones; what the note raises is raised here.
        """
        return await self._append_alone(SampleBatch.empty(), note)

    async def _append_alone(self, samples: SampleBatch, note: Note | None) -> int:
        self._store.check(samples)
        if self._ended or self._stopping.is_set():
            raise StoreError("not written: the node is stopping")
        if len(self._urgent) >= _MOST_URGENT:
            raise StoreError(f"not written: {_MOST_URGENT} urgent batches wait already")
        item = _Append(samples, asyncio.get_running_loop().create_future(), note)
        self._urgent.append(item)
        self._due.set()
        self._hurry.set()
        return await asyncio.shield(item.done)

    async def run(self) -> None:
        """Commit until cancelled; then what waits is committed within seconds, or given up."""
        work = asyncio.create_task(self._work(), name="history-commits")
        try:
            await asyncio.shield(work)
        finally:
            self._stopping.set()
            self._due.set()
            self._hurry.set()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({work}, timeout=_STOP_WITHIN_S)
            work.cancel()
            self._end()
            await asyncio.wait({work})

    async def _work(self) -> None:
        while self._waiting or self._urgent or not self._stopping.is_set():
            if not self._stopping.is_set():
                await self._due.wait()
            self._due.clear()
            await self._commit_urgent()
            if self._waiting and not await self._commit_waiting():
                return

    async def _commit_waiting(self) -> bool:
        """Commit what waits; False when it was given up at the end."""
        if self._timer is not None:
            self._timer.cancel()
        self._committing, self._waiting, self._waiting_rows = self._waiting, [], 0
        batch = SampleBatch.concat([item.samples for item in self._committing])
        kept = await self._kept(batch)
        if kept is None:
            return False
        number, batches = kept
        self.queued_rows -= len(batch)
        self.backlog_rows = self.queued_rows
        items, self._committing = self._committing, []
        try:
            self._acknowledge(items, number, batches)
        finally:
            self._admit()
        return True

    async def _commit_urgent(self) -> None:
        """Commit what is urgent, each append alone and once."""
        self._hurry.clear()
        for _ in range(len(self._urgent)):
            item = self._urgent[0]
            work = functools.partial(self._commit, item.samples, urgent=item.note is None, note=item.note)
            try:
                number, batches = await asyncio.get_running_loop().run_in_executor(self._thread, work)
            # Whatever goes wrong in a note must not end the writing of what devices say.
            except Exception as error:
                if item.note is None and not isinstance(error, StoreError):
                    raise
                self._urgent.popleft()
                item.done.set_exception(error)
                item.done.exception()  # who appended may have gone
            else:
                self._urgent.popleft()
                self._acknowledge([item], number, batches)

    def _acknowledge(self, items: list[_Append], number: int, batches: list[CommittedBatch]) -> None:
        """Report what was committed, and tell who appended it."""
        self.committed_rows += sum(len(committed.samples) for committed in batches)
        try:
            for committed in batches:
                self._reported = max(self._reported, committed.number)
                self._on_commit(committed)
        finally:
            for item in items:
                item.done.set_result(number)

    async def _kept(self, batch: SampleBatch) -> tuple[int, list[CommittedBatch]] | None:
        """Commit, and again while the store refuses; None when it still does at the end."""
        retry_s = _FIRST_RETRY_S
        while True:
            work = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)
            try:
                kept = await work
            except StoreError as error:
                self._refused(error)
            else:
                self._taken()
                return kept
            await self._wait_for(retry_s)
            if self._stopping.is_set():
                return None
            retry_s = min(2 * retry_s, _LONGEST_RETRY_S)

    async def _wait_for(self, seconds: float) -> None:
        """Wait, at most until the end has come; what is urgent meanwhile is committed."""
        until = asyncio.get_running_loop().time() + seconds
        while not self._stopping.is_set():
            await self._commit_urgent()
            try:
                async with asyncio.timeout_at(until):
                    await self._hurry.wait()
            except TimeoutError:
                return

    def _commit(
        self, samples: SampleBatch, *, urgent: bool = False, note: Note | None = None
    ) -> tuple[int, list[CommittedBatch]]:
        """In the thread: keep samples; return the number that holds them and the batches to report."""
        started_us = self._clock.monotonic_us()
        now_us = self._clock.now_us()
        if note is None:
            batch = self._store.commit(samples, now_us, urgent=urgent)
        else:
            batch = self._store.commit_noted(note, now_us)
        self._answered = batch.number
        self.last_commit_seconds = real_seconds(self._clock, self._clock.monotonic_us() - started_us)
        if batch.number == self._reported:
            return batch.number, []
        if batch.number == self._reported + 1 and len(batch.samples):
            return batch.number, [batch]
        # An earlier attempt was kept although the store could not say so.
        return batch.number, self._store.committed_after(self._reported)

    def _admit(self) -> None:
        """Let in who waits outside, in order, as far as there is room."""
        while self._blocked and self._has_room(len(self._blocked[0].samples)):
            item = self._blocked.popleft()
            if not self._waiting:
                self._timer = asyncio.get_running_loop().call_later(self._max_wait_s, self._due.set)
            self._waiting.append(item)
            self._waiting_rows += len(item.samples)
            self.queued_rows += len(item.samples)
        if self._blocked or self._waiting_rows >= _ENOUGH_ROWS or self._stopping.is_set():
            self._due.set()

    def _has_room(self, rows: int) -> bool:
        return not self.queued_rows or self.queued_rows + rows <= self._max_rows

    def _refused(self, error: StoreError) -> None:
        if self.failing is None:
            log.error("%s; retrying, nothing is acknowledged meanwhile", error)
        self.failing = str(error)

    def _taken(self) -> None:
        if self.failing is not None:
            log.info("the history takes readings again; %d waited", self.queued_rows)
        self.failing = None

    def _end(self) -> None:
        self._ended = True
        self._thread.shutdown(wait=False)
        left = [*self._urgent, *self._committing, *self._waiting, *self._blocked]
        for item in left:
            item.done.set_exception(StoreError(f"not written: {self.failing or 'the node has stopped'}"))
            item.done.exception()  # who appended may have gone: it is told below, once for all
            self.lost_rows += len(item.samples)
        if left:
            log.error(
                "%d readings were given up: %s", self.lost_rows, self.failing or "the store is too slow"
            )
        self._committing, self._waiting, self.queued_rows = [], [], 0
        self._blocked.clear()
        self._urgent.clear()
