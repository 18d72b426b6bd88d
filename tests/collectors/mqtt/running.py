"""An MQTT collector that runs while a test looks."""

import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from collectors.mqtt.collector import MqttCollector
from collectors.mqtt.settings import MqttSettings
from telemetry.clock import Clock, SystemClock
from telemetry.plant import Point
from telemetry.protocols import Outages, Sink
from tests.collectors.mqtt.subscriptions import IDS, TAGS
from tests.collectors.running import run


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
    async with run(collector, "mqtt"):
        yield collector
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("paho")] == []
