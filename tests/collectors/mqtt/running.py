"""An MQTT collector that runs while a test looks."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from collectors.mqtt.collector import MqttCollector
from collectors.mqtt.settings import MqttSettings
from telemetry.clock import Clock, SystemClock
from telemetry.plant import Point
from telemetry.protocols import Outages, Sink
from tests.collectors.mqtt.subscriptions import IDS, TAGS


@asynccontextmanager
async def running(
    settings: MqttSettings,
    sink: Sink,
    outages: Outages,
    clock: Clock | None = None,
    tags: Sequence[str] = TAGS,
    password: str | None = None,
    point_by_tag: Mapping[str, Point] | None = None,
) -> AsyncIterator[MqttCollector]:
    """Yield a running collector and end it; whatever it leaves behind is a mistake."""
    collector = MqttCollector(
        "MQTT", settings, tags, IDS, sink, outages, clock or SystemClock(), password, point_by_tag
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
    assert {name for name in left if name.startswith(("mqtt", "collector"))} == set()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("paho")] == []
