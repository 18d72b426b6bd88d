"""Requests that end: an answer that is long, packed or slow takes neither memory nor the thread.

urllib3 has a time for each piece that is received; a server that sends a byte now and then, or without
end, would hold the sender for ever. So a request has one time in all, and an answer is read as far as
anybody looks at it.
"""

import io
import socket
import threading
import weakref
from contextlib import suppress
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ReadTimeoutError

MOST_READ: Final = 65_536
"""Of what is answered to a write only an error's words count."""


class BoundedPool(urllib3.PoolManager):
    """A pool whose requests take `within_s` at most; `end` ends what is under way, from any thread."""

    def __init__(self, within_s: float, **given: Any) -> None:
        super().__init__(**given)
        self._within_s = within_s
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._ended = False
        self.pool_classes_by_scheme = {
            "http": self._counted(urllib3.HTTPConnectionPool, HTTPConnection),
            "https": self._counted(urllib3.HTTPSConnectionPool, HTTPSConnection),
        }

    # The base class has many overloads; this passes on whatever it takes.
    def request(self, method: str, url: str, **given: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]
        """Make a request; ReadTimeoutError when there is no whole answer in time."""
        self._ended = False
        timer = threading.Timer(self._within_s, self.end)
        timer.daemon = True
        timer.start()
        try:
            return self._read(super().request(method, url, **{**given, "preload_content": False}))
        except urllib3.exceptions.HTTPError:
            if self._ended:
                raise ReadTimeoutError(
                    self.connection_from_url(url), url, "no whole answer in time"
                ) from None
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the requests under way: whoever waits for one is told that there was no answer in time."""
        self._ended = True
        for connection in list(self._connections):
            if connection.sock is not None:
                with suppress(OSError):
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
        try:
            body = answer.read(MOST_READ, decode_content=True)
            if answer.read(1):
                answer.close()  # the rest is nobody's concern
        finally:
            answer.release_conn()
        # Somebody else's server may answer in any coding.
        said = body.decode("utf-8", "replace").encode()
        return urllib3.HTTPResponse(
            io.BytesIO(said), answer.headers, answer.status, reason=answer.reason, decode_content=False
        )

    def _counted(self, pool: type[Any], connection: type[Any]) -> type[Any]:
        """Return a pool class that knows of its connections here."""
        known = self._connections

        class Connection(connection):  # type: ignore[misc]  # http or https
            def __init__(self, *args: Any, **given: Any) -> None:
                super().__init__(*args, **given)
                known.add(self)

        class Pool(pool):  # type: ignore[misc]
            ConnectionCls = Connection

        return Pool
