"""The journal written off the event loop: by one thread, in order."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from alarms.journal import Entry, JournalRecord, JournalRepository, Progress
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError

_RETRY_S: Final = 1.0

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class JournalWriter:
    """Writes one thing after the other; `failing` says why the last write failed, None when it did not."""

    def __init__(self, repository: JournalRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alarm-journal")
        self._failing_since_us = 0
        self.failing: str | None = None

    async def call(self, work: Callable[[], _Result]) -> _Result:
        """Run something in the writer's thread; a cancellation waits until it is done."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    async def write(self, entries: Sequence[Entry], progress: Progress) -> list[JournalRecord]:
        """Write once; StoreError when it cannot be."""
        now_us = self._clock.now_us()
        try:
            records = await self.call(lambda: self._repository.write(entries, progress, now_us))
        except StoreError as error:
            self._fails(error)
            raise
        self._works()
        return records

    async def write_until_kept(
        self, entries: Sequence[Entry], progress: Progress, refuse: Callable[[str], None]
    ) -> list[JournalRecord]:
        """Write, again and again while the journal refuses; `refuse` is told why, each time."""
        while True:
            try:
                return await self.write(entries, progress)
            except StoreError as error:
                refuse(str(error))
                await asyncio.sleep(_RETRY_S)

    def close(self) -> None:
        """Wait for what is being written."""
        self._thread.shutdown()

    def _fails(self, error: StoreError) -> None:
        if self.failing is None:
            self._failing_since_us = self._clock.monotonic_us()
            _log.error("the alarm journal cannot be written, alarms wait for it: %s", error)
        self.failing = str(error)

    def _works(self) -> None:
        if self.failing is not None:
            lasted_us = self._clock.monotonic_us() - self._failing_since_us
            _log.info("the alarm journal is written again after %.0f s", real_seconds(self._clock, lasted_us))
        self.failing = None
