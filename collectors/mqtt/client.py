"""The connection to a broker: with paho_client.py and listening.py the only place that knows paho.

Each connection is a paho client of its own, with its own network thread, and is never opened
again: so an acknowledgement meant for one connection cannot be sent over the next, where the same
number may stand for another message. What is not acknowledged the broker sends again.
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collectors.mqtt.inbox import Inbox
from collectors.mqtt.paho_client import PahoClient, most_held
from collectors.mqtt.settings import TLS_PORT, MqttSettings
from collectors.mqtt.tls import context_of, words_of
from telemetry.clock import Clock
from telemetry.errors import ConfigError, DeviceRefused, DeviceUnreachable

ONLINE: Final = "online"
OFFLINE: Final = "offline"
_QOS: Final = 1
_FOR_EVER_S: Final = 0xFFFF_FFFF
_LIVENESS_S: Final = 5.0
_PARTING_S: Final = 1.0
_TAKEN_OVER: Final = "another client has its client_id: give each its own"
_CLOSED: Final = "the broker closed the connection"


class Message(NamedTuple):
    """A message as it came; `payload` is None where it is too long, `topic` where it is no text."""

    topic: str | None
    payload: bytes | None
    received_us: int
    retained: bool
    connection: "MqttConnection"
    number: int
    qos: int

    def acknowledge(self) -> None:
        """Tell the broker that it need not send the message again."""
        self.connection.acknowledge(self.number, self.qos)


class Subscribed(NamedTuple):
    """How the broker took the connection.

    `refused` are filters it does not serve at QoS 1; `session_s` is for how long it keeps the session,
    None where it is as long as asked for.
    """

    session_kept: bool
    refused: tuple[str, ...]
    session_s: int | None = None


class _Accepted(NamedTuple):
    refusal: str | None
    session_kept: bool
    session_s: int | None


class MqttConnection:
    """One connection, from its opening to its loss; messages go to the inbox."""

    def __init__(
        self,
        settings: MqttSettings,
        filters: Sequence[str],
        password: str | None,
        inbox: Inbox[Message],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._filters = tuple(filters)
        self._inbox = inbox
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._dialled: asyncio.Future[Exception | None] = self._loop.create_future()
        self._accepted: asyncio.Future[_Accepted] = self._loop.create_future()
        self._granted: asyncio.Future[list[int]] = self._loop.create_future()
        self._lost: asyncio.Future[str | None] = self._loop.create_future()
        self._thread: threading.Thread | None = None
        self._wanted = True
        self._renewed = False
        self._paho = PahoClient(settings)
        if settings.username is not None:
            self._paho.username_pw_set(settings.username, password)
        if settings.status_topic is not None:
            self._paho.will_set(settings.status_topic, OFFLINE, qos=_QOS, retain=True)
        self._paho.on_connect = self._on_connect
        self._paho.on_subscribe = self._on_subscribe
        self._paho.on_message = self._on_message
        self._paho.on_disconnect = self._on_disconnect

    async def open(self) -> Subscribed:
        """Connect and subscribe; DeviceUnreachable or DeviceRefused say why it cannot."""
        if self._settings.tls is not None:
            # Read anew for each connection: a certificate that was renewed is shown from then on.
            try:
                self._paho.encrypt(context_of(self._settings.tls))
            except ConfigError as error:
                raise DeviceUnreachable(f"no connection to {self._where}: {error}") from None
        threading.Thread(target=self._dial, name="mqtt dialling", daemon=True).start()
        failure = await self._dialled
        if failure is not None:
            raise DeviceUnreachable(f"no connection to {self._where}: {_reason(failure)}") from failure
        self._paho.loop_start()
        self._thread = self._paho.network_thread
        accepted: _Accepted = await self._answer(self._accepted)
        if accepted.refusal is not None:
            raise DeviceRefused(f"the broker refuses the connection: {accepted.refusal}")
        refused = await self._subscribe()
        if self._settings.status_topic is not None:
            self._paho.publish(self._settings.status_topic, ONLINE, qos=_QOS, retain=True)
        return Subscribed(accepted.session_kept, refused, accepted.session_s)

    async def _subscribe(self) -> tuple[str, ...]:
        if self._settings.version == "5":
            self._paho.subscribe([(topic, SubscribeOptions(qos=_QOS)) for topic in self._filters])
        else:
            self._paho.subscribe([(topic, _QOS) for topic in self._filters])
        granted = await self._answer(self._granted)
        refused = tuple(t for t, qos in zip(self._filters, granted, strict=False) if qos != _QOS)
        if len(refused) == len(self._filters):
            raise DeviceRefused("the broker refuses every subscription")
        return refused

    async def lost(self) -> str | None:
        """Return why the connection ended, once it has; None where it was given up by `renew`."""
        while True:
            done, _ = await asyncio.wait([self._lost], timeout=_LIVENESS_S)
            if done:
                return self._lost.result()
            # The library's thread tells of its end, unless it fell over what a broker sent.
            if self._thread is not None and not self._thread.is_alive():
                return self._no_such_version

    def renew(self) -> None:
        """Give it up, so that the broker sends again over the next what was not acknowledged."""
        self._renewed = True
        _settle(self._lost, None)

    def acknowledge(self, number: int, qos: int) -> None:
        """Acknowledge a message of this connection; nothing once it is lost."""
        if qos > 0 and self._wanted and not self._lost.done():
            self._paho.ack(number, qos)

    async def close(self) -> None:
        """Part from the broker, which keeps the session, and end the thread."""
        self._wanted = False
        self._inbox.stir()
        if self._settings.status_topic is not None and self._paho.is_connected() and not self._renewed:
            self._paho.publish(self._settings.status_topic, OFFLINE, qos=_QOS, retain=True)
        self._paho.disconnect()
        if self._thread is not None:
            await asyncio.shield(asyncio.to_thread(self._end, self._thread))
        # They hold this object, and it holds them: their sockets would stay open until some later day.
        self._paho.on_connect = self._paho.on_subscribe = None
        self._paho.on_message = self._paho.on_disconnect = None

    def _end(self, thread: threading.Thread) -> None:
        thread.join(_PARTING_S)
        if thread.is_alive() and (link := self._paho.socket()) is not None:
            # The farewell does not get through; without a socket the thread ends at once.
            with contextlib.suppress(OSError):
                link.shutdown(2)  # type: ignore[attr-defined]
            thread.join(_PARTING_S)

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @property
    def _no_such_version(self) -> str:
        return f"the broker does not speak MQTT {self._settings.version}"

    def _dial(self) -> None:
        """Connect, which may take long, off the loop and off what a process waits for at its end."""
        failure: Exception | None = None
        try:
            seconds = int(self._settings.keepalive.total_seconds())
            if self._settings.version == "5":
                self._paho.connect(
                    self._settings.host,
                    self._settings.port,
                    seconds,
                    clean_start=False,
                    properties=self._wishes(),
                )
            else:
                self._paho.connect(self._settings.host, self._settings.port, seconds)
        except (OSError, ValueError) as error:
            failure = error
        if not self._wanted:
            self._paho.disconnect()
        self._tell(self._dialled, failure)

    def _wishes(self) -> Properties:
        """Return what is asked of a broker that speaks MQTT 5."""
        expiry = self._settings.session_expiry
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.SessionExpiryInterval = _FOR_EVER_S if expiry is None else int(expiry.total_seconds())
        wishes.ReceiveMaximum = self._settings.max_inflight
        # What is longer it does not send at all: only so is a message whose properties are bounded too.
        wishes.MaximumPacketSize = most_held(self._settings)
        return wishes

    async def _answer(self, answer: "asyncio.Future[Any]") -> Any:
        seconds = self._settings.timeout.total_seconds()
        await asyncio.wait([answer, self._lost], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if self._lost.done():
            raise DeviceUnreachable(self._lost.result() or "it was given up")
        raise DeviceUnreachable(f"{self._where} does not answer as a broker within {seconds:g} s")

    def _tell(self, future: "asyncio.Future[Any]", result: Any) -> None:
        """Hand a thread's finding to the loop, which may be closed already."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, future, result)

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        refusal = _said(reason, more) if reason.is_failure else None
        if refusal is not None and "protocol version" in refusal:
            refusal = f"it does not speak MQTT {self._settings.version}: write version: 3.1.1"
        session_s = getattr(more, "SessionExpiryInterval", None)
        self._tell(self._accepted, _Accepted(refusal, flags.session_present, session_s))

    def _on_subscribe(
        self, client: Client, data: Any, number: int, reasons: list[ReasonCode], more: Properties | None
    ) -> None:
        self._tell(self._granted, [reason.value for reason in reasons])

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = None
        payload = bytes(message.payload) if len(message.payload) <= self._settings.max_payload else None
        now_us = self._clock.now_us()
        self._inbox.put(
            Message(topic, payload, now_us, message.retain, self, message.mid, message.qos),
            lambda: self._wanted,
        )

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        self._tell(self._lost, self._parting(flags, reason, more))

    def _parting(self, flags: DisconnectFlags, reason: ReasonCode, more: Properties | None) -> str:
        """Return why the connection ended, in words."""
        if self._paho.failure is not None:
            return words_of(self._paho.failure)
        said = str(reason)
        if flags.is_disconnect_packet_from_server:
            word = _TAKEN_OVER if said == "Session taken over" else _said(reason, more)
            return f"{_CLOSED}: {word}"
        if said == "Keep alive timeout":
            return "the broker keeps silent"
        if said == "Protocol error":
            return self._no_such_version
        if not self._accepted.done():
            tls = self._settings.tls
            if tls is None and self._settings.port == TLS_PORT:
                return f"{_CLOSED}: port {TLS_PORT} is one for TLS: write tls: true"
            if tls is not None and tls.certificate is None:
                return f"{_CLOSED} before it answered: it may want tls.certificate and tls.key"
        return _CLOSED


def _said(reason: ReasonCode, more: Properties | None) -> str:
    """Return a reason code with the broker's own words, where it has some; bounded."""
    words = str(getattr(more, "ReasonString", ""))[:200]
    return f"{str(reason).lower()} ({words})" if words else str(reason).lower()


def _settle(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLError):
        return words_of(failure)
    if isinstance(failure, ConnectionRefusedError):
        return "connection refused"
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    return getattr(failure, "strerror", None) or str(failure)
