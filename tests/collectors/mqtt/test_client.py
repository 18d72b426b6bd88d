"""The connection against brokers that misbehave: one clear cause, no thread left, never a crash."""

import asyncio
import logging
import random

import pytest

from telemetry.protocols import LinkState
from tests.collectors.mqtt.raw_broker import (
    CONNACK,
    CONNECT,
    PUBACK,
    SUBACK,
    SUBSCRIBE,
    polite,
    published,
    raw_broker,
)
from tests.collectors.mqtt.running import running
from tests.collectors.mqtt.subscriptions import reading, settings, subscription
from tests.collectors.recording import RecordingOutages, RecordingSink, until


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"", "127.0.0.1:{port} does not answer as a broker within 0.3 s"),
        (b"\x20", "127.0.0.1:{port} does not answer as a broker within 0.3 s"),
        (b"\x20\x02\x00\x01", "the broker does not speak MQTT 3.1.1"),
        (b"\x20\x02\x00\x02", "the broker refuses the connection: client identifier not valid"),
        (b"\x20\x02\x00\x03", "the broker refuses the connection: server unavailable"),
        (b"\x20\x02\x00\x04", "the broker refuses the connection: bad user name or password"),
        (b"\x20\x02\x00\x05", "the broker refuses the connection: not authorized"),
        (b"\x00\x00", "the broker does not speak MQTT 3.1.1"),
        (b"\xf0\x00", "the broker does not speak MQTT 3.1.1"),
        (b"\x20\xff\xff\xff\xff\xff", "the broker does not speak MQTT 3.1.1"),
    ],
)
async def test_a_broker_that_does_not_let_in_is_lost_with_its_cause(
    answer: bytes, cause: str, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with raw_broker(say) as broker, running(settings(broker.port, timeout="300ms"), sink, outages):
        await until(lambda: outages.events)

    assert outages.events == [("lost", "MQTT")]
    assert outages.causes == [cause.format(port=broker.port)]


async def test_a_broker_that_closes_at_once_is_lost(sink: RecordingSink, outages: RecordingOutages) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages):
        await until(lambda: broker.connections > 1)

    assert outages.events == [("lost", "MQTT")]
    assert outages.causes == ["the broker closed the connection"]


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 70])
async def test_a_host_nobody_knows_is_said_so(
    host: str, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(host=host), sink, outages):
        await until(lambda: outages.events)

    assert outages.causes[0].startswith(f"no connection to {host}:1883: ")


async def test_a_broker_that_refuses_every_subscription_is_lost(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.write({CONNECT: CONNACK, SUBSCRIBE: b"\x90\x03\x00\x01\x80"}.get(kind, b""))

    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages):
        await until(lambda: outages.events)

    assert outages.causes == ["the broker refuses every subscription"]


async def test_a_subscription_that_is_refused_costs_itself_only(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.write({CONNECT: CONNACK, SUBSCRIBE: b"\x90\x04\x00\x01\x01\x80"}.get(kind, b""))
        if kind == SUBSCRIBE:
            writer.write(published(b"plant/LS1/readings", reading(1_780_000_000, LIT=1)))

    both = (subscription(), subscription(topic="gate/{gate}", tag="{gate}.{key}"))
    async with raw_broker(say) as broker, running(settings(broker.port, *both), sink, outages):
        await until(lambda: sink.batches)

    assert sink.values(1) == [1.0]
    assert [line for line in caplog.messages if "QoS" in line] == [
        "mqtt MQTT: the broker does not serve gate/+ at QoS 1"
    ]


async def test_a_message_is_acknowledged_once_it_is_kept_and_not_before(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        await polite(kind, writer)
        if kind == SUBSCRIBE:
            writer.write(published(b"plant/LS1/readings", reading(1_780_000_000, LIT=1)))

    sink.open.clear()
    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages):
        await until(lambda: sink.waiting)
        await asyncio.sleep(0.1)
        before = list(broker.heard)
        sink.open.set()
        await until(lambda: PUBACK in broker.heard)

    assert before == [CONNECT, SUBSCRIBE]


async def test_an_acknowledgement_for_a_lost_connection_is_not_sent_over_the_next(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        await polite(kind, writer)
        if kind == SUBSCRIBE and broker.connections == 1:
            writer.write(published(b"plant/LS1/readings", reading(1_780_000_000, LIT=1), number=1))

    sink.open.clear()
    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages) as collector:
        await until(lambda: sink.waiting)
        for writer in tuple(broker.writers):
            writer.transport.abort()
        await until(lambda: collector.status.connections == 2)
        sink.open.set()
        await until(lambda: sink.batches)
        await until(lambda: collector.status.held == 0)
        await asyncio.sleep(0.1)

    assert sink.values(1) == [1.0]
    assert PUBACK not in broker.heard


async def test_a_topic_that_is_no_text_is_dropped_and_acknowledged(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        await polite(kind, writer)
        if kind == SUBSCRIBE:
            writer.write(published(b"\xff\xfe", b"{}"))

    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages) as collector:
        await until(lambda: PUBACK in broker.heard)
        unplanned = collector.status.unplanned

    assert unplanned == 1


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_a_broker_sends_the_collector_goes_on(
    seed: int, sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    nonsense = b"".join(
        bytes(
            [
                chance.choice([0x20, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x90, 0xB0, 0xC0, 0xD0, 0xE0, 0x00]),
                length,
            ]
        )
        + chance.randbytes(length)
        for length in (chance.randrange(12) for _ in range(30))
    )

    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        await polite(kind, writer)
        if kind == SUBSCRIBE and broker.connections == 1:
            writer.write(nonsense)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.close()

    async with raw_broker(say) as broker, running(settings(broker.port), sink, outages) as collector:
        await until(lambda: broker.connections >= 2 and collector.status.state is LinkState.UP)

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_broker_that_falls_silent_is_lost(sink: RecordingSink, outages: RecordingOutages) -> None:
    async with raw_broker(polite) as broker, running(settings(broker.port, keepalive="1s"), sink, outages):
        await until(lambda: ("lost", "MQTT") in outages.events)

    assert outages.causes[0] == "the broker keeps silent"


async def test_two_that_throw_each_other_out_do_not_race(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def say(kind: int, writer: asyncio.StreamWriter) -> None:
        writer.write({CONNECT: CONNACK, SUBSCRIBE: SUBACK}.get(kind, b""))
        if kind == SUBSCRIBE:
            await writer.drain()
            writer.close()

    async with raw_broker(say) as broker, running(settings(broker.port, backoff_max="10s"), sink, outages):
        await until(lambda: broker.connections == 3)

    assert outages.events[:3] == [("back", "MQTT"), ("lost", "MQTT"), ("back", "MQTT")]
