"""The collector on a real broker: nothing acknowledged is lost, nothing unusable stops it."""

import asyncio
import logging
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from collectors.mqtt import collector as collector_of_brokers
from telemetry.clock import VirtualClock
from telemetry.errors import StoreError
from telemetry.plant import Name, Point, PointKind
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.collectors.mqtt.broker import Mosquitto, mosquitto, publish
from tests.collectors.mqtt.running import running
from tests.collectors.mqtt.subscriptions import IDS, TAGS, reading, settings, subscription
from tests.collectors.recording import RecordingOutages, RecordingSink, until

LS1, LS2 = "plant/LS1/readings", "plant/LS2/readings"
TS = 1_780_000_000
GOOD = 192


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with mosquitto(tmp_path) as found:
        yield found


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name.startswith("collectors")]


async def test_readings_reach_the_store_with_their_own_time(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        await publish(broker.port, [(LS1, reading(TS, LIT=3.25, P1_ST=5)), (LS2, reading(TS + 1, LIT=True))])
        await until(lambda: len(sink.rows) == 3)
        await until(lambda: collector.status.held == 0)
        status = collector.status

    assert sink.last(IDS) == {"LS1_LIT": (3.25, GOOD), "LS1_P1_ST": (5.0, GOOD), "LS2_LIT": (1.0, GOOD)}
    assert sink.times_us(1) == [TS * 1_000_000]
    assert sink.times_us(3) == [(TS + 1) * 1_000_000]
    assert outages.events == [("back", "MQTT"), ("back", "MQTT.LS1"), ("back", "MQTT.LS2")]
    assert outages.missed == [0, 0, 0]
    assert (status.messages, status.samples, status.connections) == (2, 3, 1)


async def test_what_is_kept_is_acknowledged_and_what_is_not_comes_again(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port), sink, outages):
        await until(lambda: outages.events)
        await publish(broker.port, [(LS1, reading(TS, LIT=1))])
        await until(lambda: len(sink.rows) == 1)
        sink.open.clear()
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))])
        await until(lambda: sink.waiting)
    sink.open.set()
    async with running(settings(broker.port), sink, outages):
        await until(lambda: len(sink.rows) == 2)
        await publish(broker.port, [(LS1, reading(TS + 2, LIT=3))])
        await until(lambda: len(sink.rows) == 3)

    assert sink.values(1) == [1.0, 2.0, 3.0]


async def test_a_message_that_a_killed_node_had_not_kept_comes_again(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    node = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.collectors.mqtt.stuck_node",
        str(broker.port),
        stdout=asyncio.subprocess.PIPE,
    )
    assert node.stdout is not None
    assert await node.stdout.readline() == b"connected\n"
    await publish(broker.port, [(LS1, reading(TS, LIT=7))])
    assert await node.stdout.readline() == b"keeping 1\n"
    node.send_signal(signal.SIGKILL)
    await node.wait()

    async with running(settings(broker.port), sink, outages):
        await until(lambda: sink.batches)

    assert sink.values(1) == [7.0]
    assert sink.times_us(1) == [TS * 1_000_000]


class MoodySink(RecordingSink):
    """Refuses a third of what it is given, by a fixed chance."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self._chance = random.Random(1)

    async def append(self, samples: SampleBatch) -> int:
        if self._chance.random() < 0.33:
            self.refused += 1
            raise StoreError("not now")
        return await super().append(samples)


async def test_every_acknowledged_message_of_five_hundred_is_kept_though_the_store_refuses_some(
    broker: Mosquitto, outages: RecordingOutages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.backoff._FIRST_S", 0.002)
    sink = MoodySink()
    sent = [(LS1, reading(TS + number, LIT=number)) for number in range(500)]
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, sent)
        await until(lambda: len(sink.rows) >= 500)
        await until(lambda: collector.status.held == 0)
    again = RecordingSink()
    async with running(settings(broker.port), again, outages) as collector:
        await publish(broker.port, [(LS2, reading(TS, LIT=0))])
        await until(lambda: again.batches)

    assert sorted(sink.values(1)) == [float(number) for number in range(500)]
    assert sink.refused > 0
    # All were acknowledged: the next connection gets none of them again.
    assert again.values(1) == []


async def test_messages_sent_while_nobody_listens_wait_at_the_broker(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port), sink, outages):
        await until(lambda: outages.events)
    await publish(broker.port, [(LS1, reading(TS + number, LIT=number)) for number in range(50)])
    async with running(settings(broker.port), sink, outages):
        await until(lambda: len(sink.rows) == 50)

    assert sink.values(1) == [float(number) for number in range(50)]


async def test_a_broker_that_goes_and_comes_back_is_one_outage(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        await publish(broker.port, [(LS1, reading(TS, LIT=1))])
        await until(lambda: sink.batches)
        await until(lambda: collector.status.held == 0)
        await asyncio.sleep(0.1)
        await broker.stop()
        await until(lambda: collector.status.state is LinkState.DOWN)
        down = collector.status
        await broker.start()
        await until(lambda: collector.status.state is LinkState.UP)
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))])
        await until(lambda: len(sink.rows) == 2)
        up = collector.status

    assert outages.events == [("back", "MQTT"), ("back", "MQTT.LS1"), ("lost", "MQTT"), ("back", "MQTT")]
    assert outages.causes == ["the broker closed the connection"]
    assert down.last_error is not None
    assert (up.connections, up.sessions_lost) == (2, 0)
    assert sink.values(1) == [1.0, 2.0]
    assert messages(caplog)[:3] == [
        "mqtt MQTT connected",
        "mqtt MQTT.LS1 connected",
        "mqtt MQTT lost: the broker closed the connection, retrying",
    ]
    assert messages(caplog)[3].startswith("mqtt MQTT back after ")
    assert len(messages(caplog)) == 4


async def test_a_broker_that_is_slow_to_say_nothing_is_lost_all_the_same(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector_of_brokers, "_STABLE_S", 0.2)

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with running(settings(broker.port, timeout="500ms"), sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        await asyncio.sleep(0.3)
        await broker.stop()
        # To learn that nobody answers takes longer than a connection lasts that counts as one.
        async with await asyncio.start_server(mute, "127.0.0.1", broker.port):
            await until(lambda: collector.status.state is LinkState.DOWN)

    assert outages.events == [("back", "MQTT"), ("lost", "MQTT")]


async def test_a_broker_that_is_not_there_at_the_start_is_lost(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    await broker.stop()
    async with running(settings(broker.port), sink, outages):
        await until(lambda: outages.events)
        await broker.start()
        await until(lambda: len(outages.events) == 2)

    assert outages.events == [("lost", "MQTT"), ("back", "MQTT")]
    assert outages.causes == [f"no connection to 127.0.0.1:{broker.port}: connection refused"]


async def test_what_cannot_be_used_is_counted_and_does_not_come_again(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    poison = [b"not json", b'{"values": {"LIT": NaN}}', b"[" * 5000, b"\xff\xfe", b"", b'{"values": 3}']
    poison.append(b'{"values": {"LIT": 1}}' + b" " * 500)
    async with running(settings(broker.port, max_payload=400), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, [(LS1, payload) for payload in poison])
        await publish(broker.port, [("plant/LS9/readings", b"{}"), (LS1, reading(TS, LIT=1, WHAT=2))])
        await until(lambda: collector.status.held == 0 and sink.batches)
        status = collector.status
    again = RecordingSink()
    async with running(settings(broker.port, max_payload=400), again, outages) as second:
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))])
        await until(lambda: again.batches)
        undecodable_again = second.status.undecodable

    assert (status.undecodable, status.unplanned, status.unknown_keys, status.samples) == (7, 1, 1, 1)
    assert undecodable_again == 0
    assert sink.values(1) == [1.0]
    log = messages(caplog)
    assert [line for line in log if "usable" in line] == [
        "mqtt MQTT: a message on plant/LS1/readings is not usable: it is no JSON: "
        "invalid literal, expected 'null': line 1 column 1 (char 0); dropped",
        "mqtt MQTT: messages on plant/LS1/readings are usable again",
    ]
    assert "mqtt MQTT: no point comes from plant/LS9/readings; its messages are dropped" in log


async def test_a_flood_is_taken_in_bounded_pieces(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    sink.open.clear()
    sent = [(LS1, reading(TS + number, LIT=number)) for number in range(300)]
    async with running(settings(broker.port, max_inflight=7), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, sent)
        await until(lambda: collector.status.held == 7)
        await asyncio.sleep(0.2)
        held = collector.status.held
        sink.open.set()
        await until(lambda: len(sink.rows) >= 300)
        turned_away = collector.status.turned_away

    assert held == 7
    assert turned_away == 0
    assert sink.values(1) == [float(number) for number in range(300)]
    assert max(map(len, sink.batches)) <= 7


async def test_what_is_turned_away_by_a_full_inbox_comes_again_over_a_new_connection(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    sink.open.clear()
    sent = [(LS1, reading(TS + number, LIT=number)) for number in range(40)]
    # The patience of a full inbox is half the keep-alive: here half a second.
    async with running(settings(broker.port, max_inflight=3, keepalive="1s"), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, sent)
        await until(lambda: collector.status.turned_away > 0)
        sink.open.set()
        await until(lambda: set(sink.values(1)) == {float(number) for number in range(40)})
        await until(lambda: collector.status.connections > 1)

    assert ("lost", "MQTT") not in outages.events


async def test_a_topic_that_falls_silent_is_lost_by_itself(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    every = subscription(expected_every="60s")
    clock = VirtualClock.starting_now(speed=80)

    def now(**values: float) -> bytes:
        return reading(clock.now_us() // 1000, **values)

    async def speak() -> None:
        while True:
            await publish(broker.port, [(LS1, now(LIT=1))])
            await asyncio.sleep(0.3)

    async with running(settings(broker.port, every), sink, outages, clock):
        await until(lambda: outages.events)
        speaking = asyncio.create_task(speak())
        await publish(broker.port, [(LS2, now(LIT=2, P1_ST=1))])
        await until(lambda: ("lost", "MQTT.LS2") in outages.events)
        await until(lambda: sink.qualities(3)[-1] == Quality.COMM_FAILURE)
        await publish(broker.port, [(LS2, now(LIT=3))])
        await until(lambda: outages.events[-1] == ("back", "MQTT.LS2"))
        await until(lambda: sink.values(3)[-1] == 3.0)
        speaking.cancel()

    assert ("lost", "MQTT.LS1") not in outages.events
    assert ("lost", "MQTT") not in outages.events
    assert outages.causes == [
        cause for cause in outages.causes if cause.startswith(f"nothing usable on {LS2} for 3 min")
    ]
    # Two messages of two values each were due.
    assert outages.missed[-1] >= 4
    assert sink.qualities(3) == [GOOD, Quality.COMM_FAILURE, GOOD]
    assert sink.qualities(4) == [GOOD, Quality.COMM_FAILURE]
    assert Quality.COMM_FAILURE not in sink.qualities(1)
    assert [line.split(" for ")[0].split(" after ")[0] for line in messages(caplog) if "LS2" in line] == [
        "mqtt MQTT.LS2 connected",
        "mqtt MQTT.LS2 lost: nothing usable on plant/LS2/readings",
        "mqtt MQTT.LS2 back",
    ]


async def test_when_the_broker_is_lost_its_topics_are_too_and_say_why(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    every = subscription(expected_every="30s")
    clock = VirtualClock.starting_now(speed=100)
    async with running(settings(broker.port, every), sink, outages, clock):
        await until(lambda: outages.events)
        await broker.stop()
        await until(lambda: len(outages.causes) == 3)

    assert outages.events == [("back", "MQTT"), ("lost", "MQTT"), ("lost", "MQTT.LS1"), ("lost", "MQTT.LS2")]
    assert outages.causes[1:] == ["the broker is lost"] * 2


async def test_a_topic_whose_template_names_nothing_is_the_connection_s_own_channel(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    only = subscription(topic="plant/all", tag="{key}", expected_every="30s")
    clock = VirtualClock.starting_now(speed=100)
    async with running(settings(broker.port, only), sink, outages, clock, tags=["LS1_LIT"]):
        await until(lambda: ("lost", "MQTT") in outages.events)
        await publish(broker.port, [("plant/all", reading(clock.now_us() // 1000, LS1_LIT=4))])
        await until(lambda: outages.events[-1] == ("back", "MQTT"))

    assert outages.events == [("back", "MQTT"), ("lost", "MQTT"), ("back", "MQTT")]
    assert sink.qualities(1) == [Quality.COMM_FAILURE, GOOD]


async def test_a_store_that_is_slow_is_not_taken_for_silent_topics(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    every = subscription(expected_every="20s")
    clock = VirtualClock.starting_now(speed=100)
    async with running(settings(broker.port, every), sink, outages, clock, tags=["LS1_LIT"]):
        await until(lambda: outages.events)
        sink.open.clear()
        await publish(broker.port, [(LS1, reading(clock.now_us() // 1000, LIT=1))])
        await until(lambda: sink.waiting)
        await asyncio.sleep(2.5)
        sink.open.set()
        await until(lambda: sink.batches)
        lost = [channel for event, channel in outages.events if event == "lost"]

    assert lost == []


async def test_a_retained_message_is_a_reading_and_no_sign_of_life(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    await publish(broker.port, [(LS1, reading(TS, LIT=1)), (LS2, b'{"values": {"LIT": 2}}')], retain=True)
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: len(sink.rows) == 2)
        await until(lambda: collector.status.held == 0)

    assert sink.last(IDS) == {"LS1_LIT": (1.0, GOOD), "LS2_LIT": (2.0, Quality.LAST_USABLE)}
    assert sink.times_us(1) == [TS * 1_000_000]
    assert outages.events == [("back", "MQTT")]


async def test_a_retained_message_with_its_time_is_a_reading_once_however_often_it_comes(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    await publish(broker.port, [(LS1, reading(TS, LIT=1))], retain=True)
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: len(sink.rows) == 1)
        await broker.stop()
        await broker.start()
        await until(lambda: collector.status.messages == 2)
        await publish(broker.port, [(LS1, reading(TS + 1, LIT=2))], retain=True)
        await until(lambda: len(sink.rows) == 2)
        await until(lambda: collector.status.held == 0)

    assert sink.values(1) == [1.0, 2.0]


async def test_a_value_beyond_its_range_is_kept_and_uncertain(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    point = Point("LS1_LIT", "u", Name("", ""), PointKind.ANALOG, "m", 0.0, 8.0, "MQTT")
    async with running(settings(broker.port), sink, outages, point_by_tag={"LS1_LIT": point}):
        await until(lambda: outages.events)
        await publish(broker.port, [(LS1, reading(TS, LIT=8)), (LS1, reading(TS + 1, LIT=8.1))])
        await until(lambda: len(sink.rows) == 2)

    assert list(zip(sink.values(1), sink.qualities(1), strict=True)) == [(8.0, GOOD), (8.1, 84)]


@pytest.mark.parametrize("password", ["right", "secret-that-is-wrong", None])
async def test_a_password_lets_in_and_is_never_said(
    password: str | None,
    tmp_path: Path,
    sink: RecordingSink,
    outages: RecordingOutages,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    known = tmp_path / "passwords"
    # Plain text is not taken; this is mosquitto_passwd's line for the user `node`, password `right`.
    making = await asyncio.create_subprocess_exec("mosquitto_passwd", "-b", "-c", known, "node", "right")
    assert await making.wait() == 0
    async with (
        mosquitto(tmp_path, "allow_anonymous false", f"password_file {known}") as broker,
        running(settings(broker.port, username="node"), sink, outages, password=password) as collector,
    ):
        await until(lambda: outages.events)
        status = collector.status

    if password == "right":
        assert outages.events == [("back", "MQTT")]
    else:
        assert outages.events == [("lost", "MQTT")]
        assert outages.causes == ["the broker refuses the connection: not authorized"]
    told = caplog.text + repr(status) + repr(vars(collector)["_settings"]) + repr(outages)
    assert "secret" not in told
    assert "right" not in told.replace("copyright", "")


async def test_what_last_came_of_a_tag_can_be_asked_for(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: outages.events)
        before = collector.raw("LS1_LIT")
        await publish(broker.port, [(LS1, reading(TS, LIT=1)), (LS1, reading(TS + 1, LIT=2.50, P1_ST=True))])
        await publish(broker.port, [(LS2, reading(TS, LIT="--" * 500))])
        await until(lambda: len(sink.rows) == 4)
        found = {tag: collector.raw(tag) for tag in (*TAGS, "nobody")}

    assert before is None
    assert {tag: raw and raw.text for tag, raw in found.items()} == {
        "LS1_LIT": "2.5",
        "LS1_P1_ST": "true",
        "LS2_LIT": "--" * 32,
        "LS2_P1_ST": None,
        "nobody": None,
    }
    assert all(raw.at_us > TS * 1_000_000 for raw in found.values() if raw is not None)


async def test_messages_of_thousands_of_rows_are_kept_in_bounded_batches(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.mqtt.intake._MOST_ROWS", 100)
    listed = subscription(items="", name="n", value="v", values=None, time="t")
    del listed["values"]
    sink.open.clear()
    sent = [
        (LS1, b"[" + b",".join(b'{"n":"LIT","v":%d,"t":%d}' % (n, TS + n) for n in range(at, at + 60)) + b"]")
        for at in range(0, 600, 60)
    ]
    async with running(settings(broker.port, listed), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, sent)
        await until(lambda: collector.status.held == 10)
        sink.open.set()
        await until(lambda: len(sink.rows) == 600)
        await until(lambda: collector.status.held == 0)

    assert sorted(sink.values(1)) == [float(n) for n in range(600)]
    assert max(map(len, sink.batches)) <= 160


async def test_a_session_the_broker_forgot_is_said(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages, tmp_path: Path
) -> None:
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: collector.status.state is LinkState.UP)
        await broker.stop()
        (tmp_path / "mosquitto" / "mosquitto.db").unlink()
        await broker.start()
        await until(lambda: collector.status.connections == 2)
        status = collector.status

    assert status.sessions_lost == 1


async def test_a_batch_holds_what_came_while_the_one_before_was_committed(
    broker: Mosquitto, sink: RecordingSink, outages: RecordingOutages
) -> None:
    sink.open.clear()
    async with running(settings(broker.port), sink, outages) as collector:
        await until(lambda: outages.events)
        await publish(broker.port, [(LS1, reading(TS, LIT=0))])
        await until(lambda: sink.waiting)
        await publish(broker.port, [(LS1, reading(TS + number, LIT=number)) for number in range(1, 10)])
        await until(lambda: collector.status.held == 10)
        sink.open.set()
        await until(lambda: len(sink.rows) == 10)

    assert [len(batch) for batch in sink.batches] == [1, 9]
    assert np.array_equal(sink.rows.values, np.arange(10.0))
