"""Polls one Modbus device and hands what it says to the store.

Polls follow the plant's clock; time-outs, pauses and back-off are of the network and in real time.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from collectors.backoff import Backoff
from collectors.delivery import Delivery
from collectors.link import Link
from collectors.modbus.blocks import Blocks
from collectors.modbus.client import ModbusClient
from collectors.modbus.plan import Planner, poll_classes
from collectors.modbus.reader import Reader
from collectors.modbus.schedule import Due, Schedule
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from collectors.ranges import tolerated
from telemetry.clock import Clock, duration_us, real_seconds
from telemetry.errors import DeviceUnreachable
from telemetry.plant import Point
from telemetry.protocols import LinkState, Outages, Sink
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_BATCHES_WAITING: Final = 4
_STABLE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class ModbusStatus:
    """How a connection stands; counts are since the start.

    missed counts samples that were due and not read, refused the points bad by themselves.
    """

    state: LinkState
    since_us: int
    last_error: str | None
    latency_s: float | None
    requests: int
    failures: int
    samples: int
    missed: int
    refused: int
    waiting_batches: int


class ModbusCollector:
    """One connection: its points are read as often as they say, until cancelled.

    `point_by_tag` gives the ranges beyond which a value is uncertain.
    """

    def __init__(
        self,
        name: str,
        settings: ModbusSettings,
        points: Sequence[ModbusPoint],
        series_ids: Mapping[str, int],
        sink: Sink,
        outages: Outages,
        clock: Clock,
        point_by_tag: Mapping[str, Point] | None = None,
    ) -> None:
        title = f"modbus {name}"
        known = point_by_tag or {}
        ranges = {point.tag: tolerated(known[point.tag]) for point in points if point.tag in known}
        self._title = title
        self._clock = clock
        self._polls = poll_classes(points)
        self._series = np.array([series_ids[point.tag] for point in points], dtype=np.int32)
        self._client = ModbusClient(settings)
        self._blocks = Blocks(Planner(settings, series_ids, ranges), self._polls)
        self._reader = Reader(title, self._client, self._blocks, clock, settings.pause.total_seconds())
        self._link = Link("modbus", name, outages, clock)
        self._backoff = Backoff(settings.backoff_max.total_seconds())
        self._delivery = Delivery(title, sink)
        self._outbox: asyncio.Queue[SampleBatch] = asyncio.Queue(_BATCHES_WAITING)
        self._samples = 0
        self._missed = 0
        self._last_error: str | None = None

    @property
    def status(self) -> ModbusStatus:
        """How it stands now."""
        return ModbusStatus(
            state=self._link.state,
            since_us=self._link.since_us,
            last_error=self._last_error,
            latency_s=self._reader.latency_s,
            requests=self._reader.requests,
            failures=self._reader.failures,
            samples=self._samples,
            missed=self._missed,
            refused=len(self._reader.refused),
            waiting_batches=self._outbox.qsize(),
        )

    async def run(self) -> None:
        """Poll until cancelled."""
        if not self._polls:
            logger.warning("%s has no points: nothing is read from it", self._title)
            await asyncio.Event().wait()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._deliver(), name=f"{self._title} delivery")
                tasks.create_task(self._poll(), name=f"{self._title} polling")
        finally:
            self._client.close()

    async def _deliver(self) -> None:
        while True:
            waiting = [await self._outbox.get()]
            while not self._outbox.empty():
                waiting.append(self._outbox.get_nowait())
            samples = SampleBatch.concat(waiting)
            await self._delivery.keep(samples)
            self._samples += len(samples)

    async def _poll(self) -> None:
        start_us = self._clock.monotonic_us()
        await self._reach()
        if self._link.state is LinkState.CONNECTING:
            start_us = self._clock.monotonic_us()
        schedule = Schedule([duration_us(poll.every) for poll in self._polls], start_us)
        due = self._all_due(schedule)
        self._link.back(self._missed)
        while True:
            missed_before = self._missed
            try:
                await self._tick(due)
                due = await self._next_due(schedule)
            except DeviceUnreachable as error:
                await self._lose(str(error))
                await self._reach()
                due = self._all_due(schedule)
                self._link.back(self._missed - missed_before)

    async def _tick(self, due: Sequence[Due]) -> None:
        """Read what is due and hand it over, also what came before the device was lost."""
        batches: list[SampleBatch] = []
        lost: DeviceUnreachable | None = None
        try:
            for slot in due:
                await self._reader.read(slot.index, batches)
        except DeviceUnreachable as error:
            lost = error
            due_samples = sum(len(self._polls[slot.index].points) for slot in due)
            self._missed += max(due_samples - sum(map(len, batches)), 0)
        if batches:
            await self._outbox.put(SampleBatch.concat(batches))
        if lost is not None:
            raise lost

    async def _next_due(self, schedule: Schedule) -> list[Due]:
        wait_us = schedule.next_us - self._clock.monotonic_us()
        await asyncio.sleep(real_seconds(self._clock, wait_us))
        return self._skip(schedule.take(self._clock.monotonic_us()))

    def _all_due(self, schedule: Schedule) -> list[Due]:
        return self._skip(schedule.take_all(self._clock.monotonic_us()))

    def _skip(self, due: list[Due]) -> list[Due]:
        self._missed += sum(slot.skipped * len(self._polls[slot.index].points) for slot in due)
        return due

    async def _lose(self, cause: str) -> None:
        """Say so, and leave a bad sample of every point: from now on nothing is known of it."""
        self._last_error = cause
        up_s = real_seconds(self._clock, self._link.unchanged_us)
        if self._link.state is LinkState.UP and up_s >= _STABLE_S:
            self._backoff.reset()
        if self._link.lost(cause):
            now_us = self._clock.now_us()
            await self._outbox.put(SampleBatch.of(self._series, now_us, np.nan, Quality.COMM_FAILURE))

    async def _reach(self) -> None:
        """Return when the device answers."""
        while True:
            if self._link.state is LinkState.DOWN:
                await asyncio.sleep(self._backoff.next_s())
            try:
                await self._reader.probe()
            except DeviceUnreachable as error:
                await self._lose(str(error))
            else:
                self._blocks.all_due(self._clock.monotonic_us())
                return
