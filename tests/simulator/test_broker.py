"""Brokers of our own: on loopback, gone when they are stopped."""

import asyncio
import os
import queue
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator import broker as brokers
from simulator.broker import find_mosquitto, start_broker
from telemetry.errors import DeviceUnreachable


def answers(port: int) -> bool:
    """Whether a broker takes a client; in a thread, since the broker may be this process' loop."""
    answered: queue.Queue[bool] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="probe")
    client.on_connect = lambda *_: answered.put(True)
    try:
        client.connect("127.0.0.1", port)
    except OSError:
        return False
    client.loop_start()
    try:
        return answered.get(timeout=5.0)
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
async def test_a_broker_listens_until_it_is_stopped(kind: str) -> None:
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")

    broker = await start_broker("127.0.0.1", 0, kind)
    during = await asyncio.to_thread(answers, broker.port)
    await broker.stop()

    assert broker.kind == kind
    assert during
    assert not await asyncio.to_thread(answers, broker.port)


async def test_without_mosquitto_amqtt_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "find_mosquitto", lambda: None)

    broker = await start_broker("127.0.0.1", 0)
    await broker.stop()

    assert broker.kind == "amqtt"


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
async def test_a_port_that_is_taken_is_named(kind: str, taken_port: int) -> None:
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")

    with pytest.raises(DeviceUnreachable, match=f"127.0.0.1:{taken_port}"):
        await start_broker("127.0.0.1", taken_port, kind)


async def test_mosquitto_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    broker = await start_broker("127.0.0.1", 0, "mosquitto")
    left = os.listdir(tmp_path)
    await broker.stop()

    assert left == []
