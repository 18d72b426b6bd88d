"""A collector whose store never keeps anything: killed by a test before it acknowledges."""

import asyncio
import sys

from collectors.mqtt.collector import MqttCollector
from telemetry.clock import SystemClock
from telemetry.samples import SampleBatch
from tests.collectors.mqtt.subscriptions import IDS, TAGS, settings


class StuckSink:
    async def append(self, samples: SampleBatch) -> int:
        say(f"keeping {len(samples)}")
        await asyncio.Event().wait()
        raise AssertionError


class Outages:
    def lost(self, channel: str, at_us: int, cause: str) -> None:
        say(f"lost {cause}")

    def back(self, channel: str, at_us: int, missed: int) -> None:
        if channel == "MQTT":
            say("connected")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(port: int, status_topic: str | None) -> None:
    said = settings(port, status_topic=status_topic)
    await MqttCollector("MQTT", said, TAGS, IDS, StuckSink(), Outages(), SystemClock()).run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
