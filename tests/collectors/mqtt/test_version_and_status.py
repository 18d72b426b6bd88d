"""MQTT 3.1.1 and 5 on a real broker, and what the node says of itself there."""

import asyncio
import sys
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from collectors.mqtt.settings import MqttSettings
from telemetry.protocols import LinkState
from tests.collectors.mqtt.broker import Mosquitto, mosquitto, publish
from tests.collectors.mqtt.raw_broker import CONNECT, raw_broker
from tests.collectors.mqtt.running import running
from tests.collectors.mqtt.subscriptions import reading, settings, subscription
from tests.collectors.recording import RecordingOutages, RecordingSink, until

LS1, TS = "plant/LS1/readings", 1_780_000_000
STATUS = "outfall/node1/status"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with mosquitto(tmp_path) as found:
        yield found


async def retained(port: int, topic: str) -> str:
    """Return what a topic holds."""
    return await asyncio.to_thread(_retained, port, topic)


def _retained(port: int, topic: str) -> str:
    found: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2)

    def on_message(client: Client, data: object, message: MQTTMessage) -> None:
        assert message.retain
        found.append(message.payload.decode())

    def on_connect(client: Client, data: object, flags: object, reason: ReasonCode, more: object) -> None:
        client.subscribe(topic, qos=1)

    client.on_message, client.on_connect = on_message, on_connect
    client.connect("127.0.0.1", port)
    while not found:
        client.loop(0.1)
    client.disconnect()
    return found[0]


@pytest.mark.parametrize("version", ["3.1.1", 5])
async def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(
    version: object, broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port, version=version), sink, outages):
        await until(lambda: outages.events)
        await publish(broker.port, [(LS1, reading(TS, LIT=1))])
        await until(lambda: len(sink.rows) == 1)
        sink.open.clear()
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))])
        await until(lambda: sink.waiting)
    await publish(broker.port, [(LS1, reading(TS + 2, LIT=3))])
    sink.open.set()
    async with running(settings(broker.port, version=version), sink, outages) as collector:
        await until(lambda: len(sink.rows) == 3)
        lost = collector.status.sessions_lost

    assert sink.values(1) == [1.0, 2.0, 3.0]
    assert lost == 0


async def test_with_version_5_a_session_outlives_the_broker(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port, version=5), sink, outages):
        await until(lambda: outages.events)
    await publish(broker.port, [(LS1, reading(TS, LIT=1))])
    await broker.stop()
    await broker.start()
    async with running(settings(broker.port, version=5), sink, outages):
        await until(lambda: sink.batches)

    assert sink.values(1) == [1.0]


async def test_with_version_5_no_more_messages_are_under_way_than_are_asked_for(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    sink.open.clear()
    sent = [(LS1, reading(TS + number, LIT=number)) for number in range(60)]
    # A full inbox would be out of patience after half the keep-alive, and turn messages away.
    five = settings(broker.port, version=5, max_inflight=3, keepalive="1s")
    async with running(five, sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, sent)
        await until(lambda: collector.status.held == 3)
        await asyncio.sleep(1.0)
        turned_away = collector.status.turned_away
        sink.open.set()
        await until(lambda: len(sink.rows) == 60)
        connections = collector.status.connections

    assert (turned_away, connections) == (0, 1)
    assert sink.values(1) == [float(number) for number in range(60)]


async def test_a_session_that_is_to_expire_does(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    short = settings(broker.port, version=5, session_expiry="1s")
    async with running(short, sink, outages):
        await until(lambda: outages.events)
    await asyncio.sleep(3)
    await publish(broker.port, [(LS1, reading(TS, LIT=1))])
    async with running(short, sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))])
        await until(lambda: 2.0 in sink.values(1))

    assert sink.values(1) == [2.0]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"\x20\x02\x00\x01", "it does not speak MQTT 5: write version: 3.1.1"),
        (b"\x20\x03\x00\x84\x00", "it does not speak MQTT 5: write version: 3.1.1"),
        (b"\x20\x03\x00\x86\x00", "bad user name or password"),
        (b"\x20\x03\x00\x87\x00", "not authorized"),
        (b"\x20\x0c\x00\x97\x09\x1f\x00\x06no now", "quota exceeded (no now)"),
    ],
)
async def test_a_refusal_of_version_5_says_the_broker_s_reason(
    answer: bytes, cause: str, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        if kind == CONNECT:
            writer.write(answer)

    async with raw_broker(say) as broker, running(settings(broker.port, version=5), sink, outages):
        await until(lambda: outages.events)

    assert outages.causes == [f"the broker refuses the connection: {cause}"]


async def test_a_broker_that_keeps_the_session_for_less_is_told(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        # Session expiry interval 7200 s, as some brokers allow at most.
        writer.write({1: b"\x20\x08\x00\x00\x05\x11\x00\x00\x1c\x20", 8: b"\x90\x04\x00\x01\x00\x01"}[kind])

    async with raw_broker(say) as broker, running(settings(broker.port, version=5), sink, outages):
        await until(lambda: outages.events)

    assert outages.events == [("back", "MQTT")]
    assert "mqtt MQTT: while it is away, the broker keeps the session for 2 h only" in caplog.messages


@pytest.mark.parametrize(
    ("farewell", "cause"),
    [
        (b"\xe0\x01\x8e", "another client has its client_id: give each its own"),
        (b"\xe0\x01\x8b", "server shutting down"),
        (b"\xe0\x0a\x97\x08\x1f\x00\x05a lot", "quota exceeded (a lot)"),
    ],
)
async def test_a_broker_that_parts_says_why_with_version_5(
    farewell: bytes, cause: str, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.write({1: b"\x20\x03\x00\x00\x00", 8: b"\x90\x04\x00\x01\x00\x01"}.get(kind, b""))
        if kind == 8:
            writer.write(farewell)

    async with raw_broker(say) as broker, running(settings(broker.port, version=5), sink, outages):
        await until(lambda: outages.causes)

    assert outages.causes[0] == f"the broker closed the connection: {cause}"


@pytest.mark.parametrize("version", ["3.1.1", 5])
async def test_the_broker_holds_whether_the_node_is_online(
    version: object, broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    said = settings(broker.port, version=version, status_topic=STATUS, keepalive="1s")
    async with running(said, sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        online = await retained(broker.port, STATUS)
    offline = await retained(broker.port, STATUS)

    assert (online, offline) == ("online", "offline")


async def test_a_node_that_is_killed_is_offline_at_the_broker(broker: Mosquitto) -> None:
    node = await stuck_node(broker.port)
    online = await retained(broker.port, STATUS)
    node.kill()
    await node.wait()

    assert online == "online"
    # The broker notices by itself, which may take a moment; the test's time limit ends the waiting.
    while await retained(broker.port, STATUS) != "offline":
        pass


async def stuck_node(port: int) -> asyncio.subprocess.Process:
    node = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.collectors.mqtt.stuck_node", str(port), STATUS,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert node.stdout is not None
    assert await node.stdout.readline() == b"connected\n"
    return node


async def test_a_connection_that_is_only_renewed_is_never_offline(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    heard: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2)

    def on_connect(client: Client, data: object, flags: object, reason: ReasonCode, more: object) -> None:
        client.subscribe(STATUS, qos=1)

    client.on_message = lambda _, __, message: heard.append(message.payload.decode())
    client.on_connect = on_connect
    sink.open.clear()
    said = settings(broker.port, status_topic=STATUS, max_inflight=2, keepalive="1s")
    async with running(said, sink, outages) as collector:
        await until(lambda: outages.events)
        client.connect("127.0.0.1", broker.port)
        listening = asyncio.create_task(asyncio.to_thread(client.loop_forever))
        await until(lambda: heard)
        await publish(broker.port, [(LS1, reading(TS + number, LIT=number)) for number in range(20)])
        await until(lambda: collector.status.turned_away > 0)
        sink.open.set()
        await until(lambda: collector.status.connections > 1)
        await until(lambda: len(heard) > 1)
        before = list(heard)
    await until(lambda: heard[-1] == "offline")
    client.disconnect()
    await listening

    assert set(before) == {"online"}


async def test_a_message_far_too_long_is_named_and_acknowledged_and_never_held(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    bomb = b'{"values": {"LIT": ' + b" " * 64_000_000 + b"1}}"
    async with running(settings(broker.port, max_payload=1000), sink, outages) as collector:
        await until(lambda: outages.events)
        tracemalloc.start()
        await publish(broker.port, [(LS1, bomb)])
        held_by_publisher = len(bomb)
        tracemalloc.reset_peak()
        await until(lambda: collector.status.undecodable == 1)
        await publish(broker.port, [(LS1, reading(TS, LIT=2))])
        await until(lambda: sink.batches)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert sink.values(1) == [2.0]
    assert peak < held_by_publisher + 8_000_000
    assert (
        "mqtt MQTT: a message on plant/LS1/readings is not usable: it is longer than 1000 bytes; dropped"
        in (caplog.messages)
    )


def test_a_status_topic_is_one_topic() -> None:
    for text in ("outfall/{node}/status", "outfall/+/status", "outfall/#"):
        with pytest.raises(ValueError, match="it is one topic, without wildcards or"):
            settings(status_topic=text)
    with pytest.raises(ValueError, match="are the broker's own"):
        settings(status_topic="$SYS/outfall")


@pytest.mark.parametrize(
    ("written", "port", "version", "encrypted"),
    [
        ({}, 1883, "3.1.1", False),
        ({"tls": True}, 8883, "3.1.1", True),
        ({"tls": False, "version": 5}, 1883, "5", False),
        ({"tls": {}, "version": "5"}, 8883, "5", True),
        ({"tls": {"ca": "x"}, "port": 1884}, 1884, "3.1.1", True),
    ],
)
def test_tls_stands_on_its_own_port(
    written: dict[str, object], port: int, version: str, encrypted: bool
) -> None:
    found = MqttSettings.model_validate(
        {"type": "mqtt", "host": "b", "client_id": "n", "subscriptions": [subscription()], **written}
    )

    assert (found.port, found.version, found.tls is not None) == (port, version, encrypted)
