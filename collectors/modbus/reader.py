"""Reads what is due of a device; what it refuses costs itself only."""

import asyncio
import logging
from typing import Final

import numpy as np

from collectors.modbus.blocks import Blocks
from collectors.modbus.client import ModbusClient
from collectors.modbus.decode import decode
from collectors.modbus.plan import Request
from collectors.modbus.refusals import judge
from telemetry.clock import Clock, real_seconds
from telemetry.errors import DeviceError, DeviceRefused, DeviceUnreachable
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_FAILED_RETRIES_A_TICK: Final = 5
_NAMED: Final = 5


class Reader:
    """Reads the poll classes of one device over its client, one request at a time.

    What it reads goes to the list given, so that it is not lost when the device is, half-way.
    """

    def __init__(
        self, title: str, client: ModbusClient, blocks: Blocks, clock: Clock, pause_s: float
    ) -> None:
        self.requests = 0
        self.failures = 0
        self.latency_s: float | None = None
        self.refused: dict[str, str] = {}
        """Why a point is bad though its device answers, by tag."""
        self._title = title
        self._client = client
        self._blocks = blocks
        self._clock = clock
        self._pause_s = pause_s
        self._answered: Request | None = None
        self._probes = -1
        self._news: dict[str, list[str]] = {}

    async def probe(self) -> None:
        """Return when the device answers anything, be it a no; DeviceUnreachable when it does not."""
        # Not the same request every time: there may be one that the device never answers.
        asked = self._blocks.everything()
        self._probes += 1
        try:
            await self._samples(asked[self._probes % len(asked)], tries=1)
        except DeviceRefused:
            return

    async def read(self, index: int, into: list[SampleBatch]) -> None:
        """Read a poll class; DeviceUnreachable when the device is lost."""
        for request in self._blocks.requests(index):
            error = await self._attempt(request, into)
            if error is not None:
                await self._cope(index, request, error, into)
        await self._retry(index, into)
        self._tell()

    async def _attempt(
        self, request: Request, into: list[SampleBatch], tries: int | None = None
    ) -> DeviceError | None:
        """Read one request; return why it failed where the device as a whole is there."""
        try:
            into.append(await self._samples(request, tries))
        except DeviceRefused as refusal:
            return refusal
        except DeviceUnreachable as silence:
            if not await self._answers_otherwise(request):
                raise
            # It was only away for a moment, or it never answers this one.
            return silence if tries == 1 else await self._attempt(request, into, tries=1)
        return None

    async def _samples(self, request: Request, tries: int | None = None) -> SampleBatch:
        if self._pause_s:
            await asyncio.sleep(self._pause_s)
        started_us = self._clock.monotonic_us()
        self.requests += 1
        try:
            data = await self._client.read(1, request.function_code, request.offset, request.count, tries)
        except DeviceError:
            self.failures += 1
            raise
        now_us = self._clock.now_us()
        self.latency_s = real_seconds(self._clock, self._clock.monotonic_us() - started_us)
        values, quality = decode(request.layout, data)
        self._answered = request
        if self.refused:
            self._note_good(request)
        return SampleBatch(request.series, np.full(len(values), now_us), values, quality)

    async def _answers_otherwise(self, request: Request) -> bool:
        others = [one for one in self._blocks.everything() if one is not request]
        if not others:
            return False
        other = self._answered if self._answered in others else others[0]
        try:
            await self._samples(other, tries=1)
        except DeviceRefused:
            return True
        except DeviceUnreachable:
            return False
        return True

    async def _cope(self, index: int, request: Request, error: DeviceError, into: list[SampleBatch]) -> None:
        verdict = judge(error)
        if verdict.splits and self._blocks.may_split(request, self._clock.monotonic_us()):
            await self._one_by_one(index, request, into)
            return
        into.append(self._bad(request, error))
        if verdict.lasts:
            self._blocks.set_aside(index, [request], self._clock.monotonic_us())

    async def _one_by_one(self, index: int, request: Request, into: list[SampleBatch]) -> None:
        failed: dict[Request, DeviceError] = {}
        singles = self._blocks.singles(request)
        for single in singles:
            error = await self._attempt(single, into)
            if error is not None:
                failed[single] = error
                into.append(self._bad(single, error))
        now_us = self._clock.monotonic_us()
        if not failed:
            self._blocks.blame_block(index, request)
        elif len(failed) == len(singles) and not any(judge(error).lasts for error in failed.values()):
            self._blocks.keep_whole(request, now_us)
        else:
            self._blocks.set_aside(index, failed, now_us)

    async def _retry(self, index: int, into: list[SampleBatch]) -> None:
        """Ask again for what was set aside and is due; few failures a tick, for they cost time."""
        well, failures = [], 0
        for aside in self._blocks.due_again(index, self._clock.monotonic_us()):
            error = await self._attempt(aside.request, into, tries=1)
            if error is None:
                well.append(aside)
                continue
            into.append(self._bad(aside.request, error))
            self._blocks.again_later(aside, self._clock.monotonic_us())
            failures += 1 if isinstance(error, DeviceRefused) else _FAILED_RETRIES_A_TICK
            if failures >= _FAILED_RETRIES_A_TICK:
                break
        if well:
            self._blocks.readmit(index, well, self._clock.monotonic_us())

    def _bad(self, request: Request, error: DeviceError) -> SampleBatch:
        for point in request.points:
            if point.tag not in self.refused:
                self._news.setdefault(str(error), []).append(point.tag)
            self.refused[point.tag] = str(error)
        return SampleBatch.of(request.series, self._clock.now_us(), np.nan, judge(error).quality)

    def _note_good(self, request: Request) -> None:
        well = [point.tag for point in request.points if self.refused.pop(point.tag, None) is not None]
        if well:
            logger.info("%s: %s answered again", self._title, _names(well))

    def _tell(self) -> None:
        for reason, tags in self._news.items():
            logger.warning("%s: %s not answered: %s; others go on", self._title, _names(tags), reason)
        self._news.clear()


def _names(tags: list[str]) -> str:
    rest = len(tags) - _NAMED
    return ", ".join(tags[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
