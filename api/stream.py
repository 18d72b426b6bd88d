"""`/api/v1/stream`: what changes, as server-sent events, one set of bytes a tick for all clients.

    tick every second ─┐
    alarms, at once ───┴→ bytes → a short queue for each client → its connection

A client whose queue is full does not keep up and is dropped, which costs the others nothing; its
browser connects again and is given everything anew. `Last-Event-ID` is ignored for the same reason.
A stream ends with its session: those of all clients are asked for in one query every two seconds.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alarms.service import AlarmService
from api.feed import KEEP_ALIVE, Feed, NodeStatus
from api.routes import principal_of, stated
from history.live import LiveTable
from operations.access import Permission
from operations.accounts import Accounts
from telemetry.clock import Clock
from telemetry.errors import StoreError, TooMany
from telemetry.settings import Duration, Settings

logger = logging.getLogger(__name__)

_GOODBYE_S: Final = 1.0


class StreamSettings(Settings):
    """Bounds and rhythms of the stream; all in real time."""

    tick: Duration = Field(default=timedelta(seconds=1), description="how often changes are told")
    alarms_at_most_every: Duration = Field(
        default=timedelta(milliseconds=100), description="rest after alarms were told, in a flood of them"
    )
    sessions_checked_every: Duration = timedelta(seconds=2)
    keep_alive: Duration = Field(
        default=timedelta(seconds=15), description="silence after which a comment goes out"
    )
    clients: int = Field(default=1000, ge=1, description="open streams at most")
    clients_per_account: int = Field(default=200, ge=1)
    queue: int = Field(default=16, ge=2, description="messages a client may be behind")


class Ending(StrEnum):
    """Why a stream ended."""

    SLOW = "slow"
    SIGNED_OUT = "signed_out"
    CLOSING = "closing"


class Client:
    """One open stream: what still waits for it, and why it is to end once it is."""

    def __init__(self, account_id: UUID, credential: bytes, queue: int) -> None:
        self.account_id = account_id
        self.credential = credential
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(queue)
        self.ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def end(self, why: Ending) -> None:
        """End the stream; the first reason counts."""
        if not self.ending.done():
            self.ending.set_result(why)


class Stream:
    """All open streams. `run` drives them, and ends them when it is cancelled."""

    def __init__(
        self,
        *,
        live: LiveTable,
        alarms: AlarmService,
        clock: Clock,
        zone: tzinfo,
        accounts: Accounts,
        status: Callable[[], NodeStatus],
        settings: StreamSettings | None = None,
    ) -> None:
        self._settings = settings or StreamSettings()
        self._feed = Feed(live, alarms, clock, zone, status)
        self._accounts = accounts
        self._clients: set[Client] = set()
        self._alarms_changed = asyncio.Event()
        self._open = False
        self.dropped: Counter[Ending] = Counter()
        alarms.on_change.append(self._alarms_changed.set)

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._clients)

    async def run(self) -> None:
        """Tell changes until cancelled."""
        self._open = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tick(), name="stream values")
                group.create_task(self._tell_alarms(), name="stream alarms")
                group.create_task(self._check_sessions(), name="stream sessions")
        finally:
            self.close()

    def close(self) -> None:
        """End every stream and open no more: a server that stops waits for them."""
        self._open = False
        for client in self._clients:
            client.end(Ending.CLOSING)

    def response(self, account_id: UUID, credential: bytes) -> "StreamResponse":
        """Return the response that streams to a new client; TooMany when there are enough."""
        mine = sum(client.account_id == account_id for client in self._clients)
        if (
            not self._open
            or self.clients >= self._settings.clients
            or mine >= self._settings.clients_per_account
        ):
            raise TooMany("stream_full", "too many streams are open, or the node is stopping; try again", 5)
        return StreamResponse(self, account_id, credential)

    def connect(self, account_id: UUID, credential: bytes) -> Client:
        """Return a new client whose queue holds everything as it stands."""
        client = Client(account_id, credential, self._settings.queue)
        client.waiting.put_nowait(self._feed.greeting())
        self._clients.add(client)
        if not self._open:
            client.end(Ending.CLOSING)
        return client

    def disconnect(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        if client.ending.done():
            self.dropped[client.ending.result()] += 1

    @property
    def keep_alive_s(self) -> float:
        """Seconds of silence after which a comment goes out."""
        return self._settings.keep_alive.total_seconds()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._settings.tick.total_seconds())
            if self._clients:
                self._tell(self._feed.tick())
            else:
                self._feed.skip()

    async def _tell_alarms(self) -> None:
        while True:
            await self._alarms_changed.wait()
            self._alarms_changed.clear()
            if self._clients:
                self._tell(self._feed.alarms())
            await asyncio.sleep(self._settings.alarms_at_most_every.total_seconds())

    async def _check_sessions(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(self._settings.sessions_checked_every.total_seconds())
            asked = list(self._clients)
            try:
                alive = (
                    await self._accounts.alive({client.credential for client in asked}) if asked else set()
                )
            except StoreError as error:
                if not failing:
                    logger.warning("open streams go on unchecked: %s", error)
                failing = True
                continue
            if failing:
                logger.info("sessions of open streams are checked again")
            failing = False
            for client in asked:
                if client.credential not in alive:
                    client.end(Ending.SIGNED_OUT)

    def _tell(self, message: bytes) -> None:
        for client in self._clients:
            try:
                client.waiting.put_nowait(message)
            except asyncio.QueueFull:
                client.end(Ending.SLOW)


class StreamResponse(Response):
    """Sends a client's queue until it hangs up or is to end."""

    media_type = "text/event-stream"

    def __init__(self, stream: Stream, account_id: UUID, credential: bytes) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._stream = stream
        self._account_id = account_id
        self._credential = credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; the last chunk is left out only for who does not take it."""
        client = self._stream.connect(self._account_id, self._credential)
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            await _first_of(client.ending, self._send(client, send), _hung_up(receive))
        finally:
            self._stream.disconnect(client)
        if client.ending.done() and client.ending.result() is not Ending.SLOW:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, client: Client, send: Send) -> None:
        while True:
            try:
                async with asyncio.timeout(self._stream.keep_alive_s):
                    message = await client.waiting.get()
            except TimeoutError:
                message = KEEP_ALIVE
            await send({"type": "http.response.body", "body": message, "more_body": True})


def add_stream(router: APIRouter, stream: Stream) -> None:
    """Add the route."""

    @router.get(
        "/api/v1/stream",
        status_code=200,
        response_class=StreamResponse,
        tags=["readings"],
        **stated(Permission.VIEW, 429, 503),
    )
    async def open_stream(request: Request) -> Response:
        """What changes, as server-sent events: `snapshot`, `values`, `alarms`, `status`."""
        return stream.response(principal_of(request).account_id, request.state.credential)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(ending: "asyncio.Future[Any]", *parts: Coroutine[Any, Any, None]) -> None:
    """Run parts until one of them, or the ending, is there; the others are cancelled and awaited."""
    tasks = [asyncio.create_task(part, name="stream client") for part in parts]
    try:
        await asyncio.wait([ending, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
