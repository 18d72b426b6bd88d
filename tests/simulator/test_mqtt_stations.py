"""The lift stations' messages, over a real broker."""

import asyncio
import json
import queue
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator.active_faults import SILENT, WRONG_CLOCK, ActiveFault, ActiveFaults
from simulator.broker import Broker, find_mosquitto, start_broker
from simulator.mqtt_stations import StationPublisher, publishers, topics_of
from simulator.signals import Signals
from telemetry.clock import from_us, to_us
from tests.simulator.plants import SHANGHAI, at_us, demo_folder, plant_at

NOW = at_us("2026-11-18T09:00:00")
S = 1_000_000
AT_NINE, HALF_A_MINUTE_LATER = "2026-11-18T09:00:00.000+08:00", "2026-11-18T09:00:30.000+08:00"
JUST_AFTER = "2026-11-18T09:00:03.000+08:00"
TOPICS = {f"fangcheng1/LS{number}/readings" for number in (1, 2, 3)}


@pytest.fixture(params=["mosquitto", "amqtt"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    return str(request.param)


@asynccontextmanager
async def subscribed(broker: Broker) -> AsyncIterator["queue.Queue[mqtt.MQTTMessage]"]:
    """A subscriber in a thread of its own, as the node's is, once the broker knows of it."""
    received: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    known = threading.Event()

    def subscribe(connected: mqtt.Client, *_: object) -> None:
        connected.subscribe("fangcheng1/+/readings", qos=1)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="node")
    client.on_message = lambda _client, _data, message: received.put(message)
    client.on_connect = subscribe
    client.on_subscribe = lambda *_: known.set()
    client.connect_async(broker.host, broker.port)
    client.loop_start()
    try:
        # Off the loop, which may be the broker's.
        assert await asyncio.to_thread(known.wait, 60)
        yield received
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


async def take(
    received: "queue.Queue[mqtt.MQTTMessage]",
    topics: set[str],
    ts: str,
    tick: Callable[[], None] = lambda: None,
) -> list[str]:
    """Return the times of all messages until each topic's is of `ts`; `tick` is what units do meanwhile.

    Waits off the loop, which may be the broker's. A message may come twice: kept, and as it is sent.
    """
    seen: list[str] = []
    async with asyncio.timeout(60):
        while topics:
            tick()
            try:
                message = await asyncio.to_thread(received.get, True, 0.05)
            except queue.Empty:
                continue
            assert message.qos == 1
            seen.append(json.loads(message.payload)["ts"])
            if seen[-1] == ts:
                topics = topics - {message.topic}
    return seen


def ticking(units: Sequence[StationPublisher], signals: Signals, now_us: int) -> Callable[[], None]:
    """What the running plant does with its units, at a time that stands still."""

    def tick() -> None:
        for unit in units:
            unit.advance(signals.values, now_us)

    return tick


def test_each_station_has_a_topic_with_its_values() -> None:
    topics = topics_of(demo_folder(), "MQTT")

    assert [topic.topic for topic in topics] == [f"fangcheng1/LS{n}/readings" for n in (1, 2, 3)]
    assert topics[1].tags == tuple(
        (key, f"LS2_{key}") for key in ("LIT", "FIT", "FQ", "P1_ST", "P2_ST", "LDT", "GDT_H2S", "PWR")
    )
    assert topics[0].every_us == 30 * S


def test_a_message_has_its_time_with_the_plant_s_offset_and_statuses_as_numbers() -> None:
    folder = demo_folder()
    values = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points).values()

    message = json.loads(topics_of(folder, "MQTT")[0].message(values, NOW + 250_000, SHANGHAI))

    assert message["ts"] == "2026-11-18T09:00:00.250+08:00"
    assert to_us(datetime.fromisoformat(message["ts"])) == NOW + 250_000
    assert message["values"]["P1_ST"] in (28, 29)
    assert message["values"]["PWR"] == 1
    assert message["values"]["LIT"] == pytest.approx(values["LS1_LIT"])


async def test_who_subscribes_later_sees_the_last_message_at_once(kind: str) -> None:
    folder = demo_folder()
    signals = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)
    broker = await start_broker("127.0.0.1", 0, kind)
    units = publishers(folder, "MQTT", broker.host, broker.port)
    try:
        for unit in units:
            unit.start()
            unit.advance(signals.values, NOW)
        async with subscribed(broker) as received:
            first = await take(received, TOPICS, AT_NINE, ticking(units, signals, NOW))
            for unit in units:
                for seconds in (2, 3, 29, 30):
                    unit.advance(signals.values, NOW + seconds * S)
            later = ticking(units, signals, NOW + 30 * S)
            second = await take(received, TOPICS, HALF_A_MINUTE_LATER, later)
    finally:
        for unit in units:
            unit.stop()
        await broker.stop()

    assert set(first) == {AT_NINE}
    assert set(second) <= {AT_NINE, JUST_AFTER, HALF_A_MINUTE_LATER}
    assert set(second) >= {JUST_AFTER, HALF_A_MINUTE_LATER}
    assert second.count(HALF_A_MINUTE_LATER) == 3
    assert broker.kind == kind


async def test_a_unit_comes_back_by_itself_when_its_broker_does(unused_tcp_port: int) -> None:
    folder = demo_folder()
    signals = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)
    unit = StationPublisher(topics_of(folder, "MQTT")[0], "127.0.0.1", unused_tcp_port, SHANGHAI)
    unit.start()
    unit.advance(signals.values, NOW)
    broker = await start_broker("127.0.0.1", unused_tcp_port, "amqtt")
    try:
        async with subscribed(broker) as received:
            seen = await take(received, {"fangcheng1/LS1/readings"}, AT_NINE, ticking([unit], signals, NOW))
    finally:
        unit.stop()
        await broker.stop()

    assert set(seen) == {AT_NINE}


def test_a_message_long_overdue_is_not_sent_twice() -> None:
    folder = demo_folder()
    signals = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)
    asked: list[int] = []
    unit = StationPublisher(topics_of(folder, "MQTT")[0], "127.0.0.1", 1, SHANGHAI)

    def values(at_s: int) -> Mapping[str, float]:
        asked.append(at_s)
        return signals.values()

    for at_s in (0, 1, 30, 600, 601, 629, 630):
        unit.advance(partial(values, at_s), NOW + at_s * S)
    unit.stop()

    assert asked == [0, 30, 600, 630]


def stamps(first_s: int, last_s: int) -> list[str]:
    """The times of a unit's messages, every 30 s."""
    return [
        from_us(NOW + second * S).astimezone(SHANGHAI).isoformat(timespec="milliseconds")
        for second in range(first_s, last_s + 1, 30)
    ]


@pytest.mark.parametrize("away", ["broker", "link"])
async def test_what_a_unit_measured_while_its_link_was_down_comes_afterwards_in_order(
    away: str, kind: str, unused_tcp_port: int
) -> None:
    folder, faults = demo_folder(), ActiveFaults()
    signals = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)
    broker = await start_broker("127.0.0.1", unused_tcp_port, kind)
    topic = topics_of(folder, "MQTT")[0]
    unit = StationPublisher(topic, "127.0.0.1", unused_tcp_port, SHANGHAI, faults)
    unit.start()
    try:
        async with subscribed(broker) as received:
            before = await take(received, {topic.topic}, AT_NINE, ticking([unit], signals, NOW))
        if away == "broker":
            await broker.stop()
            # What is sent into a line that is gone comes when it is back, whoever listens then.
            while unit._client.is_connected():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        else:
            faults.begin(ActiveFault(SILENT, "LS1", NOW))
        for second in range(30, 1800 + 1, 30):
            unit.advance(signals.values, NOW + second * S)
        kept = unit.outbox.kept
        if away == "broker":
            broker = await start_broker("127.0.0.1", unused_tcp_port, kind)
        async with subscribed(broker) as received:
            faults.end(SILENT, "LS1")
            last = stamps(0, 1800)[-1]
            after = await take(received, {topic.topic}, last, ticking([unit], signals, NOW + 1800 * S))
    finally:
        unit.stop()
        await broker.stop()

    assert set(before) == {AT_NINE}
    assert kept >= 50
    assert list(dict.fromkeys(ts for ts in after if ts != AT_NINE)) == stamps(30, 1800)
    assert (unit.outbox.kept, unit.outbox.dropped) == (0, 0)


def test_a_unit_whose_clock_is_wrong_tells_the_time_it_takes_it_for() -> None:
    faults = ActiveFaults()
    signals = Signals(plant_at("2026-11-18T09:00:00"), demo_folder().plant.points)
    unit = StationPublisher(topics_of(demo_folder(), "MQTT")[0], "127.0.0.1", 1, SHANGHAI, faults)
    sent: list[bytes] = []

    faults.begin(ActiveFault(WRONG_CLOCK, "LS1", NOW, 900.0))
    unit.advance(signals.values, NOW)
    faults.end(WRONG_CLOCK, "LS1")
    unit.advance(signals.values, NOW + 30 * S)
    unit.outbox.send(lambda message: Kept(sent, message))
    unit.stop()

    assert [json.loads(message)["ts"] for message in sent] == [
        "2026-11-18T09:15:00.000+08:00",
        HALF_A_MINUTE_LATER,
    ]


class Kept:
    """What was published, and is never acknowledged."""

    def __init__(self, sent: list[bytes], message: bytes) -> None:
        sent.append(message)

    def is_published(self) -> bool:
        return False
