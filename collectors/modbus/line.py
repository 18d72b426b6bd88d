"""What units on one line share: the connection, one request at a time, and what failures may cost.

    unit A ──┐
    unit B ──┼── turns, earliest deadline first ──▶ client ──▶ connection or serial port
    unit C ──┘

A read that goes unanswered costs c seconds of it; then 7c must pass before a lost unit is asked again.

A line whose connection cannot be opened is lost to all of its units at once, and is back for all at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from collectors.link import Link
from collectors.modbus.client import ModbusClient
from collectors.modbus.settings import FunctionCode, ModbusSettings, Transport
from collectors.modbus.turns import Turns
from telemetry.errors import DeviceUnreachable, LineUnreachable

# So that what fails has an eighth of the line's time, however many units are lost.
_PAUSE_FACTOR: Final = 7
_LONGEST_PAUSE_S: Final = 60.0
_LOOK_S: Final = 1.0


class Line:
    """One connection or serial port and its units, known by their channels; `link` is its own, if shared."""

    def __init__(self, settings: ModbusSettings, link: Link | None) -> None:
        self.shared = link is not None
        self._link = link
        self._cause = ""
        self._gone = asyncio.Event()
        self._open = asyncio.Event()
        self._settings = settings
        self._client = ModbusClient(settings)
        self._turns = Turns()
        self._probing = asyncio.Lock()
        self._answering: set[str] = set()
        self._spent_until = 0.0

    async def read(
        self,
        channel: str,
        unit: int,
        read: tuple[FunctionCode, int, int],
        deadline_us: int,
        tries: int | None = None,
    ) -> tuple[bytes, float]:
        """Return the data of `read` (function, offset, count) as ModbusClient.read does, and its seconds."""
        loop = asyncio.get_running_loop()
        await self._turns.take(deadline_us)
        try:
            pause_s = self._settings.pause.total_seconds()
            if pause_s:
                await asyncio.sleep(pause_s)
            began = loop.time()
            try:
                data = await self._client.read(unit, *read, tries)
            except LineUnreachable as error:
                self._cause = str(error)
                self._open.clear()
                self._gone.set()
                if self._link is not None:
                    self._link.lost(self._cause)
                raise
            except DeviceUnreachable:
                self._failed(channel, loop.time() - began)
                raise
            finally:
                # Also a refusal, or silence, came over a line that is there.
                if self._client.is_open:
                    self._gone.clear()
                    self._open.set()
                    if self._link is not None:
                        self._link.back()
            return data, loop.time() - began
        finally:
            self._turns.give_back()

    def answers(self, channel: str) -> None:
        """Note that a unit is there."""
        self._answering.add(channel)

    def lost(self, channel: str) -> None:
        """Note that a unit is lost."""
        self._answering.discard(channel)

    def may_fail(self) -> bool:
        """Whether something that may well go unanswered may be asked now."""
        return self._spent_until <= asyncio.get_running_loop().time()

    @asynccontextmanager
    async def probing(self, channel: str) -> AsyncIterator[None]:
        """Wait until a lost unit may be asked: one after the other, and so that others hardly feel it."""
        async with self._probing:
            # Looked at now and then: the others may be lost meanwhile.
            while (wait_s := self._patience_s(channel)) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(wait_s, _LOOK_S))
            yield

    async def stay(self, span_s: float) -> None:
        """Return after a while; LineUnreachable as soon as the line is known to be lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(span_s):
                await self._gone.wait()
            raise LineUnreachable(self._cause)

    async def rest(self, span_s: float) -> None:
        """Return after a while, or as soon as a lost line is there again."""
        if not self._gone.is_set():
            await asyncio.sleep(span_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(span_s):
                await self._open.wait()

    def close(self) -> None:
        """Close; the next read opens it."""
        self._client.close()

    def _patience_s(self, channel: str) -> float:
        if not self._answering - {channel}:
            return 0.0
        return self._spent_until - asyncio.get_running_loop().time()

    def _failed(self, channel: str, cost_s: float) -> None:
        if self._answering:
            now = asyncio.get_running_loop().time()
            paused_until = max(self._spent_until, now) + _PAUSE_FACTOR * cost_s
            self._spent_until = min(paused_until, now + max(_LONGEST_PAUSE_S, _PAUSE_FACTOR * cost_s))
        if not self._answering - {channel} and self._settings.transport is not Transport.RTU:
            # Nobody else needs it, and a new connection has helped many a gateway.
            self._client.close()
