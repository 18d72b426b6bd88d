"""The sockets of an engine's connections, so that those on which a server hangs can be ended from outside.

A server that is stopped, or whose disk is, still acknowledges what it is sent: the kernel does that for
it. So neither keepalives nor TCP's own bounds end a connection to it, and whoever asked waits for ever.
"""

import os
import socket
import weakref
from contextlib import suppress
from threading import Lock
from typing import Any

from telemetry.errors import StoreAway


class Lines:
    """The connections of one engine to a server; while `refusal` says why, none is opened."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self._lock = Lock()
        self._twins: weakref.WeakKeyDictionary[Any, socket.socket] = weakref.WeakKeyDictionary()

    def admit(self) -> None:
        """Raise StoreAway while none may be opened."""
        if self.refusal is not None:
            raise StoreAway(self.refusal)

    def opened(self, connection: Any) -> None:
        """Take in a driver's connection, or raise StoreAway where `cut` came while it was made."""
        # A descriptor of our own: the driver may close its at any moment, and the number serve another.
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        weakref.finalize(connection, twin.close)
        with self._lock:
            self._twins[connection] = twin
        self.admit()

    def closing(self, connection: Any) -> None:
        """Let go of a connection that is about to be closed."""
        with self._lock:
            twin = self._twins.pop(connection, None)
            if twin is not None:
                twin.close()

    def cut(self, refusal: str) -> None:
        """End every connection, also those that are waited on in other threads, and open none any more."""
        self.refusal = refusal
        with self._lock:
            # Held as they are, so that none is finalized meanwhile.
            for _connection, twin in list(self._twins.items()):
                with suppress(OSError):
                    twin.shutdown(socket.SHUT_RDWR)

    def let_in(self) -> None:
        """Open connections again."""
        self.refusal = None
