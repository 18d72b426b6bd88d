"""A Modbus collector that runs while a test looks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from collectors.modbus.collector import ModbusCollector
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from telemetry.clock import Clock, SystemClock
from telemetry.plant import Point
from telemetry.protocols import Outages, Sink
from tests.collectors.modbus.points import ids


@asynccontextmanager
async def running(
    settings: ModbusSettings,
    points: Sequence[ModbusPoint],
    sink: Sink,
    outages: Outages,
    clock: Clock | None = None,
    point_by_tag: Mapping[str, Point] | None = None,
) -> AsyncIterator[ModbusCollector]:
    """Yield a running collector and end it; whatever it leaves behind is a mistake."""
    collector = ModbusCollector(
        "PLC1", settings, points, ids(points), sink, outages, clock or SystemClock(), point_by_tag
    )
    task = asyncio.create_task(collector.run(), name="collector")
    try:
        yield collector
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    left = {task.get_name() for task in asyncio.all_tasks() if not task.done()}
    assert {name for name in left if name.startswith(("modbus", "collector"))} == set()
