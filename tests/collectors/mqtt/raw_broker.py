"""A broker made of bare sockets that says what a test wants."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.collectors.recording import until

Say = Callable[[int, asyncio.StreamWriter], Awaitable[None]]

CONNECT, PUBACK, SUBSCRIBE = 1, 4, 8
CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x01"


def published(topic: bytes, payload: bytes, number: int = 7, qos: int = 1) -> bytes:
    """Return a PUBLISH packet."""
    body = struct.pack(">H", len(topic)) + topic + (struct.pack(">H", number) if qos else b"") + payload
    return bytes([0x30 | qos << 1, len(body)]) + body


async def polite(kind: int, writer: asyncio.StreamWriter) -> None:
    """Accept the connection and the subscription."""
    writer.write({CONNECT: CONNACK, SUBSCRIBE: SUBACK}.get(kind, b""))


class RawBroker:
    """Listens on a free port; `say` is called with the kind of each packet that came."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.heard: list[int] = []
        self.connections = 0
        self.port = 0
        self.writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while True:
                kind, length = await reader.readexactly(2)
                await reader.readexactly(length)
                self.heard.append(kind >> 4)
                await self.say(kind >> 4, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.writers.discard(writer)


@asynccontextmanager
async def raw_broker(say: Say) -> AsyncIterator[RawBroker]:
    broker = RawBroker(say)
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        for writer in tuple(broker.writers):
            writer.transport.abort()
        await server.wait_closed()
        await until(lambda: not broker.writers)
