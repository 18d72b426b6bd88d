"""The lift stations, a broker that goes away, and the store of a node: every message is in it, once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from collectors.mqtt.collector import MqttCollector
from history.embedded import EmbeddedHistory
from simulator.active_faults import SILENT, ActiveFault, ActiveFaults
from simulator.broker import find_mosquitto, start_broker
from simulator.mqtt_stations import publishers, topics_of
from telemetry.clock import VirtualClock
from telemetry.protocols import LinkState
from telemetry.samples import SampleBatch
from tests.collectors.recording import RecordingOutages, until
from tests.simulator.plants import at_us, demo_folder

pytestmark = pytest.mark.timeout(60)

BEGIN_US = at_us("2026-11-18T09:00:00")
S = 1_000_000
MINUTES = 40
LEVELS = ("LS1_LIT", "LS2_LIT", "LS3_LIT")


class Committing:
    """The store of a node, without its writer between."""

    def __init__(self, history: EmbeddedHistory) -> None:
        self._history = history
        self.numbers: list[int] = []

    async def append(self, samples: SampleBatch) -> int:
        self.numbers.append(self._history.commit(samples, BEGIN_US).number)
        return self.numbers[-1]


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[EmbeddedHistory]:
    opened = EmbeddedHistory.open(tmp_path / "readings.duckdb")
    yield opened
    opened.close()


@pytest.fixture(params=["mosquitto", "amqtt"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    return str(request.param)


def numbered(second: int) -> Mapping[str, float]:
    """Readings that tell which message they are of."""
    tags = (tag for topic in topics_of(demo_folder(), "MQTT") for _, tag in topic.tags)
    return dict.fromkeys(tags, second / 1000.0)


@pytest.mark.parametrize("away", ["broker", "link"])
async def test_what_stations_measured_while_they_were_cut_off_is_in_the_store_once(
    away: str, kind: str, history: EmbeddedHistory, unused_tcp_port: int
) -> None:
    at = ("127.0.0.1", unused_tcp_port)
    folder, faults = demo_folder().at({"MQTT": at}), ActiveFaults()
    tags = [tag for topic in topics_of(folder, "MQTT") for _, tag in topic.tags]
    ids = history.series_ids(folder.plant.id, tags)
    clock = VirtualClock.starting_at(BEGIN_US, 1.0)
    settings = folder.mqtt["MQTT"].model_copy(update={"password": None})
    broker = await start_broker(*at, kind)
    collector = MqttCollector("MQTT", settings, tags, ids, Committing(history), RecordingOutages(), clock)
    units = publishers(folder, "MQTT", *at, faults)
    running = asyncio.create_task(collector.run(), name="collector")

    def measure(second: int) -> None:
        for unit in units:
            unit.advance(lambda: numbered(second), BEGIN_US + second * S)

    async def sent(second: int) -> None:
        for _ in range(200):
            measure(second)
            if not any(unit.outbox.kept for unit in units):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the stations keep what they have")

    seconds = list(range(0, MINUTES * 60 + 1, 30))
    cut = slice(10, 70)
    try:
        for unit in units:
            unit.start()
        await until(lambda: collector.status.state is LinkState.UP)
        for second in seconds[: cut.start]:
            await sent(second)
        await until(lambda: collector.status.messages >= 3 * cut.start)
        if away == "broker":
            await broker.stop()
        else:
            for name in ("LS1", "LS2", "LS3"):
                faults.begin(ActiveFault(SILENT, name, BEGIN_US))
        for second in seconds[cut]:
            measure(second)
        kept = [unit.outbox.kept for unit in units]
        if away == "broker":
            connections = collector.status.connections
            broker = await start_broker(*at, kind)
            # A broker that forgot its sessions keeps nothing for a node that is not back yet.
            await until(lambda: collector.status.connections > connections)
            await asyncio.sleep(0.5)
        for name in ("LS1", "LS2", "LS3"):
            faults.end(SILENT, name)
        for second in seconds[cut.stop :]:
            await sent(second)
        await until(lambda: collector.status.messages >= 3 * len(seconds))
        await until(lambda: collector.status.held == 0)
        stored = {tag: await history.samples(tag, 0, 1 << 62, 10_000) for tag in LEVELS}
    finally:
        for unit in units:
            unit.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await broker.stop()

    times = [BEGIN_US + second * S for second in seconds]
    assert min(kept) >= 50
    assert {tag: rows.times_us.tolist() for tag, rows in stored.items()} == dict.fromkeys(LEVELS, times)
    values = [second / 1000.0 for second in seconds]
    assert {tag: rows.values.tolist() for tag, rows in stored.items()} == dict.fromkeys(LEVELS, values)
