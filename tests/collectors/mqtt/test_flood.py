"""A broker that has a hundred thousand messages at once: bounded, none lost, and what is live goes on."""

import asyncio
import sys
from pathlib import Path

import pytest

from telemetry.samples import SampleBatch
from tests.collectors.mqtt.broker import mosquitto, publish
from tests.collectors.mqtt.running import running
from tests.collectors.mqtt.subscriptions import reading, settings
from tests.collectors.recording import RecordingOutages, until

FLOOD = 100_000
TS = 1_780_000_000
PUBLISHER = """
import asyncio, sys
from tests.collectors.mqtt.broker import publish
from tests.collectors.mqtt.subscriptions import reading

port, count, ts = map(int, sys.argv[1:])
topic = "plant/LS1/readings"
for start in range(0, count, 1000):  # the library's own queue takes the square of its length
    sent = [(topic, reading(ts + number, LIT=number)) for number in range(start, start + 1000)]
    asyncio.run(publish(port, sent))
"""


class CountingSink:
    """Keeps which numbers came, and how large the batches were; a commit takes a moment."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.largest = 0

    async def append(self, samples: SampleBatch) -> int:
        await asyncio.sleep(0.001)
        self.largest = max(self.largest, len(samples))
        self.seen |= {int(value) for value in samples.values[samples.series == 1]}
        return len(self.seen)


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.system
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize("version", ["3.1.1", 5])
async def test_a_hundred_thousand_messages_at_once_are_all_kept_in_bounded_memory(
    version: object, tmp_path: Path, outages: RecordingOutages
) -> None:
    sink, held, before = CountingSink(), 0, resident_mb()
    async with mosquitto(tmp_path, "allow_anonymous true", "max_queued_messages 0") as broker:
        said = settings(broker.port, version=version, max_inflight=100)
        async with running(said, sink, outages):
            await until(lambda: outages.events)
        # Nobody listens while they are sent: the broker has them all at once.
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PUBLISHER, str(broker.port), str(FLOOD), str(TS)
        )
        assert await flood.wait() == 0
        async with running(said, sink, outages) as collector:
            while len(sink.seen) < FLOOD:
                held = max(held, collector.status.held)
                await asyncio.sleep(0.01)
            await publish(broker.port, [("plant/LS1/readings", reading(TS, LIT=FLOOD))])
            await until(lambda: FLOOD in sink.seen)
            await until(lambda: collector.status.held == 0)
            status = collector.status

    assert sink.seen == set(range(FLOOD + 1))
    assert (held <= 100, sink.largest <= 100) == (True, True)
    assert (status.turned_away, status.undecodable, status.connections) == (0, 0, 1)
    assert resident_mb() - before < 100
