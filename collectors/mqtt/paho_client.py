"""Paho's client, with what it lacks: a bound on what it holds of a message, TLS that says what failed.

A message longer than the bound is read to its end and thrown away beyond it: its topic and its number
are kept, so that it can be named, counted and acknowledged. The broker would send it again for ever.
"""

import socket
import ssl
import threading
from typing import Any, Final

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collectors.mqtt.settings import MqttSettings

VERSIONS: Final = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}
_HEAD: Final = 256 * 1024
"""Bytes that topic and properties of a message may have."""
_PIECE: Final = 64 * 1024


class _Discarded(bytes):
    """Bytes that were read and count, and are not there."""

    def __new__(cls, count: int) -> "_Discarded":
        empty = super().__new__(cls)
        empty.count_read = count
        return empty

    count_read: int

    def __len__(self) -> int:
        return self.count_read


class PahoClient(Client):
    """A client for one connection; `failure` is the last one of TLS once it is connected.

    The broker keeps its session, unless it is a guest's.
    """

    def __init__(self, settings: MqttSettings, *, guest: bool = False) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=None if settings.version == "5" else guest,
            protocol=VERSIONS[settings.version],
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.connect_timeout = settings.timeout.total_seconds()
        self.failure: ssl.SSLError | None = None
        self.most_held = most_held(settings)
        self._tls: ssl.SSLContext | None = None
        self._server_name = (settings.tls.server_name if settings.tls else None) or settings.host

    @property
    def network_thread(self) -> threading.Thread | None:
        """The thread of the connection, to be waited for."""
        return self._thread

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from the start; before connecting."""
        self.tls_set_context(context)
        self._tls = context

    def _sock_recv(self, bufsize: int) -> bytes:
        room = self.most_held - len(self._in_packet["packet"])
        try:
            if room > 0:
                return super()._sock_recv(min(bufsize, room))
            return _Discarded(len(super()._sock_recv(min(bufsize, _PIECE))))
        except ssl.SSLError as error:
            self.failure = error
            raise

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> Any:
        # The library leaves the socket open where the handshake fails, and checks no name but the host's.
        assert self._tls is not None
        link = tcp_sock
        try:
            link = self._tls.wrap_socket(
                tcp_sock, server_hostname=self._server_name, do_handshake_on_connect=False
            )
            link.settimeout(self._connect_timeout)
            link.do_handshake()
        except BaseException:
            link.close()
            raise
        return link


def most_held(settings: MqttSettings) -> int:
    """Return how many bytes of one packet are held at most."""
    return settings.max_payload + _HEAD
