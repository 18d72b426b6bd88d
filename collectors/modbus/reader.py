"""Reads what is due of a unit; what it refuses costs itself only."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import numpy as np

from collectors.figures import Raw, Trial
from collectors.modbus.blocks import Aside, Blocks, Refusal, tags_of
from collectors.modbus.decode import decode
from collectors.modbus.line import Line
from collectors.modbus.plan import Request
from collectors.modbus.refusals import judge
from collectors.modbus.settings import AttributeSettings, ModbusPoint
from collectors.modbus.text import text_of
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import DeviceError, DeviceRefused, DeviceUnreachable, LineUnreachable
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_FAILED_RETRIES_A_TICK: Final = 5
_NAMED: Final = 5
_PATIENCE_US: Final = 10 * US_PER_S
# As of a point that is read every five seconds: what is read more often goes first.
_TRIAL_TURN_US: Final = 5 * US_PER_S
_KEPT_ANSWERS: Final = 512
Failures = dict[Request, DeviceError]
Between = Callable[[], Awaitable[None]]


class Reader:
    """Reads the poll classes of one unit over its line, one request at a time.

    What it reads goes to the list given, so that it is not lost when the unit is, half-way.
    """

    def __init__(self, title: str, channel: str, unit: int, line: Line, blocks: Blocks, clock: Clock) -> None:
        self.requests = 0
        self.failures = 0
        self.latency_s: float | None = None
        self.refused: dict[str, str] = {}
        """Why a point is bad though its unit answers, by tag."""
        self.left: dict[int, int] = {}
        """How many points of a poll class that is due are still to be read."""
        self._title = title
        self._channel = channel
        self._unit = unit
        self._line = line
        self._blocks = blocks
        self._clock = clock
        self._deadline_us = 0
        self._answered: Request | None = None
        self._answers: dict[tuple[int, int, int], tuple[int, bytes]] = {}
        self._probes = -1
        self._news: dict[str, list[str]] = {}

    async def probe(self) -> None:
        """Return when the unit answers anything, be it a no; DeviceUnreachable when it does not."""
        # Not the same request every time: there may be one that the unit never answers.
        asked = self._blocks.everything()
        self._probes += 1
        self._deadline_us = self._clock.monotonic_us() + _PATIENCE_US
        try:
            await self._samples(asked[self._probes % len(asked)], tries=1)
        except DeviceRefused:
            return

    async def read(
        self, index: int, into: list[SampleBatch], deadline_us: int, between: Between | None = None
    ) -> None:
        """Read a poll class; DeviceUnreachable when the unit is lost. `between` runs after each request."""
        for request in self._blocks.requests(index):
            self._deadline_us = deadline_us
            error = await self._attempt(request, into)
            if error is not None:
                await self._cope(index, request, error, into)
            if index in self.left:
                self.left[index] -= len(request.points)
            if between is not None:
                await between()
        self.left.pop(index, None)
        self._deadline_us = deadline_us
        await self._retry(index, into)
        self._tell()

    async def trial(self, point: ModbusPoint) -> Trial:
        """Read one point now, in its turn on the line; what comes is told and kept nowhere."""
        request, at_us = self._blocks.single(point), self._clock.now_us()
        try:
            data, latency_s = await self._ask(request, 1, self._clock.monotonic_us() + _TRIAL_TURN_US)
        except DeviceError as failure:
            return failed_trial(point.tag, at_us, failure)
        values, quality = decode(request.layout, data)
        value = float(values[0]) if np.isfinite(values[0]) else None
        return Trial(
            point.tag, at_us, latency_s, _written(point, data, point.offset), value, int(quality[0]), None
        )

    def raw(self, point: ModbusPoint) -> Raw | None:
        """Return what last came for a point, None before anything did."""
        newest: Raw | None = None
        for (code, offset, count), (at_us, data) in self._answers.items():
            holds = code == point.function_code and offset <= point.offset and point.end <= offset + count
            if holds and (newest is None or at_us > newest.at_us):
                newest = Raw(at_us, _written(point, data, offset))
        return newest

    async def texts(self, wanted: Mapping[str, AttributeSettings], most: int) -> dict[str, str]:
        """Return the texts that the unit holds, of those wanted; LineUnreachable where the line is lost.

        What it refuses is left out. At a silence the others are too: each would cost as much. No read is of
        more than `most` registers.
        """
        found: dict[str, str] = {}
        for name, one in wanted.items():
            data = b""
            deadline_us = self._clock.monotonic_us() + _PATIENCE_US
            try:
                for at in range(one.offset, one.offset + one.registers, most):
                    count = min(most, one.offset + one.registers - at)
                    self.requests += 1
                    read = (one.code, at, count)
                    part, _ = await self._line.read(self._channel, self._unit, read, deadline_us, 1)
                    data += part
            except DeviceError as error:
                self.failures += 1
                logger.info("%s: its %s is not told: %s", self._title, name, error)
                if isinstance(error, LineUnreachable):
                    raise
                if isinstance(error, DeviceUnreachable):
                    break
            else:
                found[name] = text_of(data, one.swap_bytes)
        return found

    async def _attempt(
        self, request: Request, into: list[SampleBatch], tries: int | None = None
    ) -> DeviceError | None:
        """Read one request; return why it failed where the unit as a whole is there."""
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

    async def _ask(self, request: Request, tries: int | None, deadline_us: int) -> tuple[bytes, float]:
        read = (request.function_code, request.offset, request.count)
        self.requests += 1
        try:
            data, latency_s = await self._line.read(self._channel, self._unit, read, deadline_us, tries)
        except DeviceError:
            self.failures += 1
            raise
        self.latency_s = latency_s
        return data, latency_s

    async def _samples(self, request: Request, tries: int | None = None) -> SampleBatch:
        data, _ = await self._ask(request, tries, self._deadline_us)
        now_us = self._clock.now_us()
        values, quality = decode(request.layout, data)
        self._answered = request
        self._keep(request, now_us, data)
        if self.refused:
            self._note_good(request)
        return SampleBatch(request.series, np.full(len(values), now_us), values, quality)

    def _keep(self, request: Request, at_us: int, data: bytes) -> None:
        key = (int(request.function_code), request.offset, request.count)
        if key not in self._answers and len(self._answers) >= _KEPT_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = (at_us, data)

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
        verdict, now_us = judge(error), self._clock.monotonic_us()
        if not (verdict.splits and self._blocks.may_split(request, now_us)):
            into.append(self._bad(request, error))
            if verdict.lasts:
                self._blocks.set_aside(index, {request: self._refusal(error)}, now_us)
            if not isinstance(error, DeviceRefused):
                # Each half of it may cost a time-out: not now, but one after the other.
                self._take_apart_silent(index, request, error)
            return
        failed = await self._bisect(request, error, into)
        for part, why in failed.items():
            into.append(self._bad(part, why))
        whole = len(tags_of(failed)) == len(request.points)
        if whole and not any(judge(why).lasts for why in failed.values()):
            self._blocks.keep_whole(request, self._clock.monotonic_us())
        elif failed:
            refusals = {part: self._refusal(why) for part, why in failed.items()}
            self._blocks.set_aside(index, refusals, self._clock.monotonic_us())
        else:
            self._blocks.plan_anew(index)

    async def _bisect(self, request: Request, error: DeviceError, into: list[SampleBatch]) -> Failures:
        """Read its halves, and the halves of what of them fails; return what failed in the end."""
        if len(request.points) == 1 or not judge(error).splits:
            return {request: error}
        failed: Failures = {}
        halves = self._blocks.halves(request)
        sound = True
        for half in halves:
            why = await self._attempt(half, into)
            if why is not None:
                sound = False
                failed |= await self._bisect(half, why, into)
        if sound:
            self._blocks.blame_between(halves)
        return failed

    def _take_apart_silent(self, index: int, request: Request, error: DeviceError) -> None:
        if len(request.points) > 1:
            for aside in self._blocks.asides:
                if aside.request is request:
                    self._blocks.take_apart(index, aside, self._refusal(error), self._clock.monotonic_us())

    async def _retry(self, index: int, into: list[SampleBatch]) -> None:
        """Ask again for what was set aside and is due; few failures a tick, for they cost time."""
        failures = 0
        well: list[Aside] = []
        for aside in self._blocks.due_again(index, self._clock.monotonic_us()):
            if not self._line.may_fail():
                break
            error = await self._attempt(aside.request, into, tries=1)
            if error is None:
                well.append(aside)
                continue
            into.append(self._bad(aside.request, error))
            now_us = self._clock.monotonic_us()
            if len(aside.request.points) > 1:
                self._blocks.take_apart(index, aside, self._refusal(error), now_us)
            else:
                self._blocks.again_later(aside, self._refusal(error), now_us)
            failures += 1 if isinstance(error, DeviceRefused) else _FAILED_RETRIES_A_TICK
            if failures >= _FAILED_RETRIES_A_TICK:
                break
        if well:
            self._blocks.readmit(index, well)
            if any(len(aside.request.points) == 1 for aside in well):
                # What else is aside may be well again too.
                self._blocks.all_due(self._clock.monotonic_us())

    def _refusal(self, error: DeviceError) -> Refusal:
        return Refusal(str(error), int(judge(error).quality), self._clock.now_us())

    def _bad(self, request: Request, error: DeviceError) -> SampleBatch:
        for point in request.points:
            if point.tag not in self.refused:
                self._news.setdefault(str(error), []).append(point.tag)
            self.refused[point.tag] = str(error)
        return SampleBatch.of(request.series, self._clock.now_us(), np.nan, judge(error).quality)

    def _note_good(self, request: Request) -> None:
        well = [point.tag for point in request.points if self.refused.pop(point.tag, None) is not None]
        if well:
            logger.info("%s: %s answered again", self._title, names(well))

    def _tell(self) -> None:
        for reason, tags in self._news.items():
            logger.warning("%s: %s not answered: %s; others go on", self._title, names(tags), reason)
        self._news.clear()


def _written(point: ModbusPoint, data: bytes, offset: int) -> str:
    """Return a point's part of the data from an offset on: registers in hex as they came, or a bit."""
    at = point.offset - offset
    if point.function_code.reads_bits:
        return str(data[at // 8] >> at % 8 & 1)
    return data[2 * at : 2 * (point.end - offset)].hex(" ", 2).upper()


def failed_trial(tag: str, at_us: int, error: DeviceError) -> Trial:
    """Return a read that gave nothing."""
    return Trial(tag, at_us, None, None, None, int(judge(error).quality), str(error))


def names(tags: list[str]) -> str:
    """Return the first few of some tags, and how many more there are."""
    rest = len(tags) - _NAMED
    return ", ".join(tags[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
