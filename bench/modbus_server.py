"""A raw Modbus TCP server that answers reads of float32 registers at next to no cost.

Unit u's float i stands at registers 2i and 2i + 1, word order ABCD, and changes every second.
"""

import asyncio
import struct
from multiprocessing.connection import Connection
from typing import Final

import numpy as np

FLOATS: Final = 1000
PHASES: Final = 16
_REQUEST: Final = struct.Struct(">HHHBBHH")
_HEAD: Final = struct.Struct(">HHHBBB")


def image(phase: int) -> bytes:
    """Return all registers in a second: values round 50, a few of them beyond 60 now and then."""
    chance = np.random.default_rng(phase)
    values = 50 + 10 * np.sin(np.arange(FLOATS) + phase / 3) * chance.uniform(0.2, 1.02, FLOATS)
    return bytes(np.round(values, 2).astype(">f4"))


class RawServer(asyncio.Protocol):
    """One connection; requests may come in pieces or several at once."""

    def __init__(self, images: list[bytes]) -> None:
        self._images = images
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._waiting += data
        registers = self._images[int(asyncio.get_running_loop().time()) % PHASES]
        while len(self._waiting) >= _REQUEST.size:
            number, _, _, unit, function, offset, count = _REQUEST.unpack_from(self._waiting)
            self._waiting = self._waiting[_REQUEST.size :]
            head = _HEAD.pack(number, 0, 3 + 2 * count, unit, function, 2 * count)
            self._transport.write(head + registers[2 * offset : 2 * (offset + count)])


def serve(parent: Connection) -> None:
    """Serve for ever on a free port, told to the parent."""
    asyncio.run(_serve(parent))


async def _serve(parent: Connection) -> None:
    images = [image(phase) for phase in range(PHASES)]
    server = await asyncio.get_running_loop().create_server(lambda: RawServer(images), "127.0.0.1", 0)
    parent.send(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()
