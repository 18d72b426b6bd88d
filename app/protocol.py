"""HTTP with bounds: of a request's head, of the patience with who takes no answer, of connections.

uvicorn's other protocol, httptools, takes heads of any size into memory, before anybody signs in.
"""

import asyncio
import resource
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S: Final = 10.0
TAKEN_WITHIN_S: Final = 30.0
_LEAST_TAKEN: Final = 4096
MOST_CONNECTIONS: Final = 1200
# Files, databases and devices need some too, and a node that cannot open its store loses readings.
_OTHER_FILES: Final = 256


class BoundedProtocol(H11Protocol):
    """A connection whose next request does not begin in full within ten seconds is closed.

    So is one whose other side takes next to nothing of an answer for thirty: it would be held for ever.
    """

    _deadline: asyncio.TimerHandle | None = None
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        super().connection_lost(exc)
        self._forget()
        self._taken()

    def pause_writing(self) -> None:
        """Wait for the other side to take what was sent, but not for ever."""
        super().pause_writing()
        self._expect_taken(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._taken()

    def _expect_head(self) -> None:
        if not self._idle():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        if self._idle():
            self.transport.abort()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expect_taken(self, waiting: int) -> None:
        def look() -> None:
            left = self.transport.get_write_buffer_size()
            if left > waiting - _LEAST_TAKEN:
                self.transport.abort()
            else:
                self._expect_taken(left)

        self._patience = self.loop.call_later(TAKEN_WITHIN_S, look)

    def _taken(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete


def connections_at_most() -> int:
    """Raise the process's limit of open files as far as needed, and return how many may be connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(min(MOST_CONNECTIONS, soft - _OTHER_FILES), 1)
