"""Mosquitto in a process of its own, and a publisher."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.collectors.modbus.devices import free_port

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A broker that can be stopped and started again; sessions survive in its folder."""

    def __init__(self, folder: Path, port: int, *lines: str) -> None:
        self.port = port
        self._settings = folder / "mosquitto.conf"
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir(exist_ok=True)
        self._settings.write_text(
            "\n".join(
                [
                    f"listener {port} 127.0.0.1",
                    "persistence true",
                    f"persistence_location {folder}/",
                    "log_dest none",
                    *([] if os.geteuid() else ["user root"]),
                    *(lines or ["allow_anonymous true"]),
                ]
            )
        )

    async def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", self._settings)
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return
        raise AssertionError("mosquitto does not listen")

    async def stop(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


@asynccontextmanager
async def mosquitto(folder: Path, *lines: str) -> AsyncIterator[Mosquitto]:
    """Yield a running broker; skips where Mosquitto is not installed."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    broker = Mosquitto(folder / "mosquitto", free_port(), *lines)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


async def publish(
    port: int, messages: Iterable[tuple[str, bytes]], *, qos: int = 1, retain: bool = False
) -> None:
    """Publish messages and return once the broker has all of them."""
    await asyncio.to_thread(_publish, port, list(messages), qos, retain)


def _publish(port: int, messages: list[tuple[str, bytes]], qos: int, retain: bool) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    left = len(messages)

    def on_publish(*_: object) -> None:
        nonlocal left
        left -= 1

    def on_connect(client: Client, data: object, flags: object, reason: ReasonCode, more: object) -> None:
        for topic, payload in messages:
            client.publish(topic, payload, qos=qos, retain=retain)

    client.on_publish, client.on_connect = on_publish, on_connect
    client.connect("127.0.0.1", port)
    while left:
        client.loop(0.1)
    client.disconnect()
