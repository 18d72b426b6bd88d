"""A Modbus collector that runs while a test looks."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from collectors.modbus.collector import ModbusCollector
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from telemetry.clock import Clock, SystemClock
from telemetry.plant import Point
from telemetry.protocols import Outages, Sink
from tests.collectors.modbus.points import ids
from tests.collectors.running import run


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
    async with run(collector, "modbus"):
        yield collector
