"""Polls the units of one Modbus line and hands what they say to the store."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from collectors.delivery import Delivery
from collectors.figures import Raw, Trial
from collectors.link import Link
from collectors.modbus.line import Line
from collectors.modbus.plan import Planner
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from collectors.modbus.unit import ModbusStatus, PolledUnit, UnitParts
from collectors.quarantine import NoBook, QuarantineBook
from collectors.ranges import tolerated
from telemetry.clock import Clock
from telemetry.plant import Point
from telemetry.protocols import Outages, Sink
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_BATCHES_WAITING: Final = 4
_NO_BOOK: Final = NoBook()


class ModbusCollector:
    """One line: the points of its units are read as often as they say, until cancelled.

    A channel is the connection itself, or `connection.unit` where it has several; these are lost with it.
    `point_by_tag` gives
    the ranges beyond which a value is uncertain, `book` remembers what is left out.
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
        book: QuarantineBook = _NO_BOOK,
    ) -> None:
        known = point_by_tag or {}
        ranges = {point.tag: tolerated(known[point.tag]) for point in points if point.tag in known}
        self._title = f"modbus {name}"
        units = settings.by_channel(name)
        self._line = Line(settings, Link("modbus", name, outages, clock) if settings.units else None)
        self._delivery = Delivery(self._title, sink)
        self._outbox: asyncio.Queue[tuple[str, SampleBatch]] = asyncio.Queue(_BATCHES_WAITING * len(units))
        self._units: dict[str, PolledUnit] = {}
        self._unit_of: dict[str, PolledUnit] = {}
        for channel, unit in units.items():
            parts = UnitParts(
                channel,
                unit,
                self._line,
                Planner(unit, series_ids, ranges),
                book,
                outages,
                clock,
            )
            own = [point for point in points if not settings.units or point.source == channel]
            self._units[channel] = PolledUnit(parts, own, partial(self._put, channel))
            self._unit_of |= {point.tag: self._units[channel] for point in own}

    @property
    def statuses(self) -> Mapping[str, ModbusStatus]:
        """How each unit stands now, by channel."""
        waiting = self._outbox.qsize()
        return {channel: unit.status(waiting) for channel, unit in self._units.items()}

    def raw(self, tag: str) -> Raw | None:
        """Return what last came for a point of this line, None before anything did."""
        unit = self._unit_of.get(tag)
        return None if unit is None else unit.raw(tag)

    async def try_point(self, tag: str) -> Trial:
        """Read a point of this line once, in its turn among the others; KeyError for one of another."""
        return await self._unit_of[tag].trial(tag)

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._deliver(), name=f"{self._title} delivery")
                for channel, unit in self._units.items():
                    tasks.create_task(unit.run(), name=f"modbus {channel} polling")
                    tasks.create_task(unit.keep_book(), name=f"modbus {channel} book")
        finally:
            self._line.close()

    async def _put(self, channel: str, samples: SampleBatch) -> None:
        await self._outbox.put((channel, samples))

    async def _deliver(self) -> None:
        while True:
            waiting = [await self._outbox.get()]
            while not self._outbox.empty():
                waiting.append(self._outbox.get_nowait())
            await self._delivery.keep(SampleBatch.concat([samples for _, samples in waiting]))
            for channel, samples in waiting:
                self._units[channel].samples += len(samples)
