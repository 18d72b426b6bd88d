"""Server-sent events as a browser takes them, and a node on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.types import ASGIApp

from app.protocol import BoundedProtocol
from tests.api.node import until

Event = tuple[str, Any]


@asynccontextmanager
async def serving(app: ASGIApp, send_buffer: int | None = None) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    """Yield a server on a free port of this machine, and its address."""
    with socket.socket() as listening:
        if send_buffer is not None:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                ws="none",
                proxy_headers=False,
                http=BoundedProtocol,
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listening]), name="server")
        await until(lambda: server.started)
        try:
            yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


class Listener:
    """One open stream; `next` gives its next event of a name."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.events: list[Event] = []
        self._chunks = answer.aiter_text()
        self._rest = ""

    async def next(self, name: str) -> Any:
        """Return the data of the next event of this name; StopAsyncIteration at the end."""
        while True:
            event = await self.any()
            if event[0] == name:
                return event[1]

    async def any(self) -> Event:
        """Return the next event, whatever it is; comments and `retry` are passed over."""
        while True:
            block, mark, rest = self._rest.partition("\n\n")
            if not mark:
                self._rest += await anext(self._chunks)
                continue
            self._rest = rest
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "event" in fields:
                self.events.append((fields["event"], orjson.loads(fields["data"])))
                return self.events[-1]

    async def end(self) -> None:
        """Read until the server ends the stream."""
        with suppress(StopAsyncIteration):
            while True:
                await self.any()


@asynccontextmanager
async def listening(address: str, headers: dict[str, str]) -> AsyncIterator[Listener]:
    """Yield a listener on an open stream."""
    async with httpx.AsyncClient(base_url=address, timeout=5, trust_env=False) as client:
        async with client.stream("GET", "/api/v1/stream", headers=headers) as answer:
            yield Listener(answer)
