"""Polls one unit of a line, and knows how it stands.

Polls follow the plant's clock; time-outs, pauses and back-off are of the network and in real time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from collectors.backoff import Backoff
from collectors.figures import Quarantined, Raw, Trial
from collectors.link import Link
from collectors.modbus.blocks import Aside, Blocks, Refusal
from collectors.modbus.line import Line
from collectors.modbus.plan import Planner, poll_classes
from collectors.modbus.reader import Reader, failed_trial, names
from collectors.modbus.schedule import Due, Schedule
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from collectors.quarantine import KeptPoint, QuarantineBook
from telemetry.clock import Clock, duration_us, real_seconds
from telemetry.errors import DeviceUnreachable, StoreError
from telemetry.protocols import LinkState, Outages
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_STABLE_S: Final = 10.0
_TRIAL_WAIT_S: Final = 10.0
Put = Callable[[SampleBatch], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ModbusStatus:
    """How a unit stands; counts are since the start.

    due counts the samples that were to be read, missed those of them that were not; refused the points bad
    by themselves, of which those `quarantined` are asked for only now and then.
    """

    state: LinkState
    since_us: int
    last_error: str | None
    latency_s: float | None
    requests: int
    failures: int
    samples: int
    due: int
    missed: int
    refused: int
    waiting_batches: int
    address: str
    quarantined: tuple[Quarantined, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def schedule_kept(self) -> float | None:
        """The share of the samples due that was read, None before any was due."""
        return 1 - self.missed / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class UnitParts:
    """What a unit has from the connection it is on; `settings` are its own."""

    channel: str
    settings: ModbusSettings
    line: Line
    planner: Planner
    book: QuarantineBook
    outages: Outages
    clock: Clock


class PolledUnit:
    """One unit: its points are read as often as they say, until cancelled."""

    def __init__(self, parts: UnitParts, points: Sequence[ModbusPoint], put: Put) -> None:
        self.channel = parts.channel
        self.samples = 0
        self._title = f"modbus {parts.channel}"
        self._clock = parts.clock
        self._line = parts.line
        self._book = parts.book
        self._put = put
        self._points = {point.tag: point for point in points}
        self._address = f"{parts.settings.place}/{parts.settings.unit_id}"
        self._polls = poll_classes(points)
        self._series = np.array([parts.planner.series_ids[point.tag] for point in points], dtype=np.int32)
        self._blocks = Blocks(parts.planner, self._polls)
        self._reader = Reader(
            self._title, parts.channel, parts.settings.unit_id, parts.line, self._blocks, parts.clock
        )
        self._link = Link("modbus", parts.channel, parts.outages, parts.clock)
        self._backoff = Backoff(parts.settings.backoff_max.total_seconds())
        self._schedule: Schedule | None = None
        self._due = 0
        self._missed = 0
        self._last_error: str | None = None
        self._noted = 0
        self._to_note = asyncio.Event()
        self._remembered = False
        self._settings = parts.settings
        self._texts: dict[str, str] = {}
        self._told = False

    def status(self, waiting_batches: int) -> ModbusStatus:
        """Return how it stands now; what is due while it is lost is missed already."""
        missing = self._missing()
        return ModbusStatus(
            state=self._link.state,
            since_us=self._link.since_us,
            last_error=self._last_error,
            latency_s=self._reader.latency_s,
            requests=self._reader.requests,
            failures=self._reader.failures,
            samples=self.samples,
            due=self._due + missing,
            missed=self._missed + missing,
            refused=len(self._reader.refused),
            waiting_batches=waiting_batches,
            address=self._address,
            quarantined=tuple(
                Quarantined(one.tag, one.reason, one.since_us, one.next_try_us) for one in self._left_out()
            ),
            attributes=dict(self._texts),
        )

    def raw(self, tag: str) -> Raw | None:
        """Return what last came for a point."""
        return self._reader.raw(self._points[tag])

    async def trial(self, tag: str) -> Trial:
        """Read a point once, in its turn; of a unit that is lost, when the others can spare it."""
        point, at_us = self._points[tag], self._clock.now_us()
        try:
            async with asyncio.timeout(_TRIAL_WAIT_S):
                if self._line.shared and self._link.state is LinkState.DOWN:
                    async with self._line.probing(self.channel):
                        return await self._reader.trial(point)
                return await self._reader.trial(point)
        except TimeoutError:
            error = DeviceUnreachable(f"the line was not free within {_TRIAL_WAIT_S:g} s")
            return failed_trial(tag, at_us, error)

    async def run(self) -> None:
        """Poll until cancelled."""
        if not self._polls:
            logger.warning("%s has no points: nothing is read from it", self._title)
            return
        await self._remember()
        start_us = self._clock.monotonic_us()
        await self._reach()
        if self._link.state is LinkState.CONNECTING:
            start_us = self._clock.monotonic_us()
        schedule = Schedule([duration_us(poll.every) for poll in self._polls], start_us)
        self._schedule = schedule
        due = self._count(schedule.take_all(self._clock.monotonic_us()))
        self._link.back(self._missed)
        while True:
            missed_before = self._missed
            try:
                await self._tick(schedule, due)
                if not self._told:
                    await self._ask_texts()
                due = await self._next_due(schedule)
            except DeviceUnreachable as error:
                await self._lose(error)
                await self._reach()
                self._told = False
                self._blocks.all_due(self._clock.monotonic_us())
                due = self._count(schedule.take_all(self._clock.monotonic_us()))
                self._link.back(self._missed - missed_before)

    async def _ask_texts(self) -> None:
        """Read what the unit says of itself, once for each time it is there again."""
        self._told = True
        self._texts |= await self._reader.texts(self._settings.attributes, self._settings.max_registers)

    async def keep_book(self) -> None:
        """Note what is left out whenever that changes, until cancelled."""
        failing = False
        while True:
            await self._to_note.wait()
            self._to_note.clear()
            try:
                await self._book.note(self.channel, self._left_out())
            except StoreError as error:
                if not failing:
                    logger.warning("%s: what it leaves out is not remembered: %s", self._title, error)
                failing = True
            else:
                failing = False

    async def _remember(self) -> None:
        """Leave out what was left out before a restart, where it still has the address it had."""
        if self._remembered:
            return
        self._remembered = True
        try:
            kept = await self._book.kept(self.channel)
        except StoreError as error:
            logger.warning("%s: what it left out before is not known: %s", self._title, error)
            return
        now_us, wall_us = self._clock.monotonic_us(), self._clock.now_us()
        asides: dict[str, tuple[Refusal, int, int]] = {}
        for one in kept:
            point = self._points.get(one.tag)
            if point is not None and address_of(self._address, point) == one.address:
                refusal = Refusal(one.reason, one.quality, one.since_us)
                asides[one.tag] = refusal, now_us + one.next_try_us - wall_us, one.wait_us
                self._reader.refused[one.tag] = one.reason
        for index in range(len(self._polls) if asides else 0):
            self._blocks.leave_out(index, asides, now_us)
        await self._leave_bad(self._blocks.asides)
        if asides:
            noun = "point" if len(asides) == 1 else "points"
            named = names(list(asides))
            logger.info("%s: %d %s left out as before the restart: %s", self._title, len(asides), noun, named)
        if len(asides) < len(kept):
            # Points that are gone, or stand elsewhere now, are forgotten.
            self._to_note.set()

    async def _leave_bad(self, asides: Sequence[Aside]) -> None:
        for aside in asides:
            now_us = self._clock.now_us()
            await self._put(
                SampleBatch.of(aside.request.series, now_us, np.nan, Quality(aside.refusal.quality))
            )

    def _left_out(self) -> list[KeptPoint]:
        offset_us = self._clock.now_us() - self._clock.monotonic_us()
        return [
            KeptPoint(
                tag=point.tag,
                address=address_of(self._address, point),
                reason=aside.refusal.reason,
                quality=aside.refusal.quality,
                since_us=aside.refusal.since_us,
                next_try_us=aside.retry_us + offset_us,
                wait_us=aside.wait_us,
            )
            for aside in self._blocks.asides
            for point in aside.request.points
        ]

    def _check_book(self) -> None:
        if self._blocks.changes != self._noted:
            self._noted = self._blocks.changes
            self._to_note.set()

    async def _tick(self, schedule: Schedule, due: Sequence[Due]) -> None:
        """Read what is due and hand it over, also what came before the unit was lost."""
        batches: list[SampleBatch] = []
        lost: DeviceUnreachable | None = None
        try:
            for slot in due:
                await self._read(schedule, slot.index, batches)
        except DeviceUnreachable as error:
            lost = error
            self._missed += sum(self._reader.left.values())
            self._reader.left.clear()
        self._check_book()
        # Not where it is cancelled: nobody takes anything then, and it would wait for ever.
        if batches:
            await self._put(SampleBatch.concat(batches))
        if lost is not None:
            raise lost

    async def _read(self, schedule: Schedule, index: int, batches: list[SampleBatch]) -> None:
        """Read a class; those that are read more often come in between when they are due."""
        between = partial(self._urgent, schedule, index, batches) if index else None
        await self._reader.read(index, batches, schedule.deadline_us(index), between)

    async def _urgent(self, schedule: Schedule, index: int, batches: list[SampleBatch]) -> None:
        due = self._count(schedule.take(self._clock.monotonic_us(), before=index))
        for slot in due:
            await self._read(schedule, slot.index, batches)
        if due:
            await self._put(SampleBatch.concat(batches))
            batches.clear()

    async def _next_due(self, schedule: Schedule) -> list[Due]:
        wait_s = real_seconds(self._clock, schedule.next_us - self._clock.monotonic_us())
        if self._line.shared:
            await self._line.stay(wait_s)
        else:
            await asyncio.sleep(wait_s)
        return self._count(schedule.take(self._clock.monotonic_us()))

    def _count(self, due: list[Due]) -> list[Due]:
        for slot in due:
            samples = self._blocks.samples(slot.index)
            self._due += slot.slots * samples
            self._missed += slot.skipped * samples
            if slot.slots:
                self._reader.left[slot.index] = samples
        return due

    def _missing(self) -> int:
        if self._link.state is LinkState.UP or self._schedule is None:
            return 0
        passed = self._schedule.passed(self._clock.monotonic_us())
        return sum(slots * self._blocks.samples(index) for index, slots in enumerate(passed))

    async def _lose(self, error: DeviceUnreachable) -> None:
        """Say so, and leave a bad sample of every point: from now on nothing is known of it."""
        self._last_error = str(error)
        self._line.lost(self.channel)
        up_s = real_seconds(self._clock, self._link.unchanged_us)
        if self._link.state is LinkState.UP and up_s >= _STABLE_S:
            self._backoff.reset()
        if self._link.lost(self._last_error):
            now_us = self._clock.now_us()
            await self._put(SampleBatch.of(self._series, now_us, np.nan, Quality.COMM_FAILURE))

    async def _reach(self) -> None:
        """Return when the unit answers."""
        while True:
            down = self._link.state is LinkState.DOWN
            try:
                if down:
                    await self._line.rest(self._backoff.next_s())
                    async with self._line.probing(self.channel):
                        await self._reader.probe()
                else:
                    await self._reader.probe()
            except DeviceUnreachable as error:
                await self._lose(error)
            else:
                self._line.answers(self.channel)
                return


def address_of(place: str, point: ModbusPoint) -> str:
    """Return where a point stands, so that another address of the same name is told from it."""
    return f"{place} FC{point.function_code:02d} {point.offset}+{point.end - point.offset}"
