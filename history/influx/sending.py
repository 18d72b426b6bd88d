"""How a target stands, and the one thread that talks to it: what sending readings and figures share."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from history.influx.answers import TargetAway, TargetMisconfigured
from history.influx.backoff import Backoff
from history.influx.delivery import NO_POINT, Delivered, Writer
from history.targets import TargetState, Trouble
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")

_PATIENCE_S: Final = 2.0
"""How long the end of the node waits for an answer."""
WORKING: Final = (TargetState.UP, TargetState.BEHIND)
_OWN_RETRY_S: Final = 5.0
_AWAY: Final = (TargetState.DOWN, TargetState.MISCONFIGURED)


class Sending:
    """A target's condition, each change of it said once; used on the event loop.

    `counted` and `queued` are what the log calls what is sent, and what waits to be.
    """

    def __init__(
        self, name: str, counted: str, queued: str, clock: Clock, chance: Callable[[], float]
    ) -> None:
        self._name = name
        self._counted = counted
        self._queued = queued
        self._clock = clock
        self._backoff = Backoff(chance)
        self._thread: ThreadPoolExecutor | None = None
        self._writer: Writer | None = None
        self._own_error: str | None = None
        self._last_error: str | None = None
        self._trouble: Trouble | None = None
        self.state = TargetState.CONNECTING
        self.since_us = clock.now_us()
        self.sent_rows = 0
        self.lost_rows = 0

    @property
    def last_error(self) -> str | None:
        """Why nothing is sent; or else why something was not, the last time."""
        return self._own_error or self._last_error

    @property
    def trouble(self) -> Trouble | None:
        """What the last error says, where it is a sentence of ours about the target."""
        return None if self._own_error else self._trouble

    @property
    def works(self) -> bool:
        """Whether the target takes what it is sent."""
        return self.state in WORKING

    @asynccontextmanager
    async def opened(self, writer: Writer) -> AsyncIterator[None]:
        """Hold the thread open; at the end the writer is closed in it."""
        self._writer = writer
        thread = self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"replicate-{self._name}")
        try:
            yield
        finally:
            await self.run(writer.close)
            thread.shutdown(wait=False)

    async def run(self, work: Callable[[], T]) -> T:
        """Run something in the thread; a cancellation waits until it is done, and ends what takes long."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait([future], timeout=_PATIENCE_S)
            if not done and self._writer is not None:
                self._writer.end()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    def enter(self, state: TargetState) -> None:
        """Stand so from now on."""
        if self.state is not state:
            self.state, self.since_us = state, self._clock.now_us()

    def lost(self, error: TargetAway | TargetMisconfigured) -> float:
        """Take note that nothing is taken; return when to try again, seconds."""
        state = TargetState.DOWN if isinstance(error, TargetAway) else TargetState.MISCONFIGURED
        if self.state is not state:
            log.warning("%s lost: %s; %s are sent later", self._name, error, self._counted)
        self._last_error, self._trouble = str(error), error.trouble
        self.enter(state)
        if isinstance(error, TargetAway):
            return self._backoff.next_s(error.retry_after_s)
        return self._backoff.slow_s()

    def answered(self, state: TargetState, queued: int) -> bool:
        """Take note that something was taken; it then stands in `state` where it did not work.

        Return whether it had been away.
        """
        self._backoff.reset()
        away = self.state in _AWAY
        if away:
            lasted_s = real_seconds(self._clock, self._clock.now_us() - self.since_us)
            log.info("%s back after %.0f s, %d %s to be sent", self._name, lasted_s, queued, self._queued)
        if not self.works:
            self.enter(state)
        return away

    def own(self, error: StoreError) -> float:
        """Take note that something here and not the target is why nothing is sent; return when to retry."""
        if self._own_error is None:
            log.error("%s: nothing is sent: %s", self._name, error)
        self._own_error = str(error)
        return _OWN_RETRY_S

    def own_ended(self) -> None:
        """Take note that it goes on here."""
        self._own_error = None

    def delivered(self, delivered: Delivered) -> None:
        """Count what was sent and refused; of the refused say why, once."""
        self.sent_rows += delivered.sent
        self.refused(delivered)

    def refused(self, delivered: Delivered) -> None:
        """Count what was refused alone."""
        self.lost_rows += delivered.lost
        if not delivered.lost:
            return
        reason = delivered.letters[-1].reason if delivered.letters else ""
        if self._last_error != reason:
            log.warning(
                "%s refused %d %s, they are set aside: %s", self._name, delivered.lost, self._counted, reason
            )
        self._last_error = reason
        self._trouble = Trouble("no_point") if reason == NO_POINT else None
