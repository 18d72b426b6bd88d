"""A device made of bare sockets that misbehaves as a test says."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.collectors.recording import until


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    transaction: int
    unit: int
    function: int
    offset: int
    count: int

    def frame(self, body: bytes, **other: int) -> bytes:
        """Return a frame around a body; `other` replaces fields of the header."""
        fields = {
            "transaction": self.transaction,
            "protocol": 0,
            "unit": self.unit,
            "function": self.function,
        }
        fields |= {"length": len(body) + 2} | other
        return (
            struct.pack(
                ">HHHBB",
                fields["transaction"],
                fields["protocol"],
                fields["length"],
                fields["unit"],
                fields["function"],
            )
            + body
        )

    def registers(self, words: Mapping[int, int] | None = None) -> bytes:
        """Return the right answer: each register holds its own address, unless `words` says more."""
        held = words or {}
        values = [held.get(at, at) for at in range(self.offset, self.offset + self.count)]
        return self.frame(struct.pack(f">B{self.count}H", 2 * self.count, *values))

    def refusal(self, code: int) -> bytes:
        return self.frame(bytes([code]), function=self.function | 0x80)


Behaviour = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


class RawDevice:
    """Listens on a free port; `behave` gets every request and writes what it likes."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        await until(lambda: not self._writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                header = await reader.readexactly(8)
                body = await reader.readexactly(4)
                transaction, _, _, unit, function = struct.unpack(">HHHBB", header)
                asked = Asked(transaction, unit, function, *struct.unpack(">HH", body))
                self.asked.append(asked)
                await self.behave(asked, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self._writers.discard(writer)


@asynccontextmanager
async def raw_device(behave: Behaviour) -> AsyncIterator[RawDevice]:
    device = RawDevice(behave)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


async def honest(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Answer rightly: each register holds its own address."""
    writer.write(asked.registers())


async def mute(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
