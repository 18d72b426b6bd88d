"""Listening to a broker for a while, as a guest: a session of its own that ends with it.

Nothing is published, nothing of another client is acknowledged; what comes is bounded in number and size.
"""

import asyncio
import contextlib
import ssl
import threading
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collectors.mqtt.paho_client import PahoClient
from collectors.mqtt.settings import MqttSettings
from collectors.mqtt.tls import context_of, words_of
from telemetry.errors import ConfigError, DeviceRefused, DeviceUnreachable

MOST_WAITING: Final = 10_000
MOST_BYTES: Final = 64 * 1024


class Heard(NamedTuple):
    """A message as it came; `payload` ends where it is longer than what is listened to."""

    topic: str
    payload: bytes
    retained: bool
    size: int


class _Guest:
    """One connection, on a thread of the library's."""

    def __init__(self, settings: MqttSettings, filters: Sequence[str], password: str | None) -> None:
        self._loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[Heard] = asyncio.Queue(MOST_WAITING)
        self.ready: asyncio.Future[tuple[str, ...]] = self._loop.create_future()
        self.dropped = 0
        own = f"outfall-{uuid.uuid4().hex[:12]}"
        self._settings, self._filters = settings.model_copy(update={"client_id": own}), tuple(filters)
        self._client = PahoClient(self._settings, guest=True)
        if settings.username is not None:
            self._client.username_pw_set(settings.username, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    def dial(self) -> None:
        """Connect, off the loop."""
        try:
            if self._settings.tls is not None:
                self._client.encrypt(context_of(self._settings.tls))
            if self._settings.version == "5":
                self._client.connect(self._settings.host, self._settings.port, clean_start=True)
            else:
                self._client.connect(self._settings.host, self._settings.port)
        except (OSError, ValueError, ConfigError) as error:
            where = f"{self._settings.host}:{self._settings.port}"
            self._tell(DeviceUnreachable(f"no connection to {where}: {_reason(error)}"))
            return
        self._client.loop_start()

    def close(self) -> None:
        """Part from the broker and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_subscribe = None
        self._client.on_message = self._client.on_disconnect = None

    def _tell(self, outcome: "tuple[str, ...] | Exception") -> None:
        def settle() -> None:
            if self.ready.done():
                return
            if isinstance(outcome, Exception):
                self.ready.set_exception(outcome)
            else:
                self.ready.set_result(outcome)

        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._tell(DeviceRefused(f"the broker refuses the connection: {str(reason).lower()}"))
        else:
            client.subscribe([(topic, 0) for topic in self._filters])

    def _on_subscribe(
        self, client: Client, data: Any, number: int, reasons: list[ReasonCode], more: Properties | None
    ) -> None:
        pairs = zip(self._filters, reasons, strict=False)
        refused = tuple(topic for topic, reason in pairs if reason.is_failure)
        if len(refused) == len(self._filters):
            self._tell(DeviceRefused("the broker refuses every subscription: the account may not read them"))
        else:
            self._tell(refused)

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        size = len(message.payload)
        heard = Heard(topic, bytes(message.payload[:MOST_BYTES]), message.retain, size)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._put, heard)

    def _put(self, heard: Heard) -> None:
        if self.queue.full():
            self.dropped += 1
        else:
            self.queue.put_nowait(heard)

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        self._tell(DeviceUnreachable("the broker closed the connection"))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return words_of(error)
    return "connection refused" if isinstance(error, ConnectionRefusedError) else str(error)


async def listen(
    settings: MqttSettings, filters: Sequence[str], password: str | None, seconds: float
) -> AsyncIterator[Heard]:
    """Yield what comes within so many seconds; DeviceUnreachable, DeviceRefused where nothing can."""
    guest = _Guest(settings, filters, password)
    dialling = threading.Thread(target=guest.dial, name="mqtt dialling", daemon=True)
    dialling.start()
    try:
        patience_s = settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(2 * patience_s):
                await guest.ready
        except TimeoutError:
            where = f"{settings.host}:{settings.port}"
            raise DeviceUnreachable(f"{where} does not answer as a broker within {patience_s:g} s") from None
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    yield await guest.queue.get()
    finally:
        await asyncio.to_thread(guest.close)
