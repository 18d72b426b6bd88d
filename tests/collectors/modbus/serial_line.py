"""Serial lines made of pseudo-terminals, and a device on one that misbehaves as a test says."""

import asyncio
import contextlib
import os
import struct
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from collectors.modbus.rtu_frame import crc


@dataclass(frozen=True, slots=True)
class AskedRtu:
    """One request as it came."""

    unit: int
    function: int
    offset: int
    count: int

    @property
    def frame(self) -> bytes:
        return sealed(struct.pack(">BBHH", self.unit, self.function, self.offset, self.count))

    def registers(self, words: Mapping[int, int] | None = None, **other: int) -> bytes:
        """Return the right answer: each register holds its own address, unless `words` says more."""
        held = words or {}
        values = [held.get(at, at) for at in range(self.offset, self.offset + self.count)]
        head = struct.pack(">BB", other.get("unit", self.unit), other.get("function", self.function))
        return sealed(head + struct.pack(f">B{self.count}H", 2 * self.count, *values))

    def refusal(self, code: int) -> bytes:
        return sealed(bytes([self.unit, self.function | 0x80, code]))


def sealed(body: bytes) -> bytes:
    return body + crc(body)


Write = Callable[[bytes], None]
RtuBehaviour = Callable[[AskedRtu, Write], Awaitable[None]]


class SerialDevice:
    """Sits at the other end of `path`; `behave` gets every request and writes what it likes."""

    def __init__(self, behave: RtuBehaviour) -> None:
        self.behave = behave
        self.asked: list[AskedRtu] = []
        self._requests: asyncio.Queue[AskedRtu] = asyncio.Queue()
        self._received = b""
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self.path = os.ttyname(self._far)

    def write(self, data: bytes) -> None:
        os.write(self._near, data)

    def receive(self) -> None:
        self._received += os.read(self._near, 4096)
        while len(self._received) >= 8:
            frame, self._received = self._received[:8], self._received[8:]
            assert crc(frame[:6]) == frame[6:]
            asked = AskedRtu(*struct.unpack(">BBHH", frame[:6]))
            self.asked.append(asked)
            self._requests.put_nowait(asked)

    async def serve(self) -> None:
        asyncio.get_running_loop().add_reader(self._near, self.receive)
        try:
            while True:
                asked = await self._requests.get()
                await self.behave(asked, self.write)
        finally:
            asyncio.get_running_loop().remove_reader(self._near)

    def unplug(self) -> None:
        """Take the port away: it is gone for who has it open."""
        asyncio.get_running_loop().remove_reader(self._near)
        self.close()

    def close(self) -> None:
        for end in (self._near, self._far):
            with contextlib.suppress(OSError):
                os.close(end)


@asynccontextmanager
async def serial_device(behave: RtuBehaviour) -> AsyncIterator[SerialDevice]:
    device = SerialDevice(behave)
    serving = asyncio.create_task(device.serve())
    try:
        yield device
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        device.close()


@contextmanager
def joined_ports() -> Iterator[tuple[str, str]]:
    """Yield the paths of two serial ports with a cable between them."""
    ends = [os.openpty() for _ in range(2)]
    loop = asyncio.get_running_loop()
    for _, port in ends:
        tty.setraw(port)
    (one, _), (other, _) = ends

    def carry(source: int, target: int) -> None:
        os.write(target, os.read(source, 4096))

    loop.add_reader(one, carry, one, other)
    loop.add_reader(other, carry, other, one)
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        for near, port in ends:
            loop.remove_reader(near)
            os.close(near)
            os.close(port)


async def honest_rtu(asked: AskedRtu, write: Write) -> None:
    """Answer rightly: each register holds its own address."""
    write(asked.registers())


async def mute_rtu(asked: AskedRtu, write: Write) -> None:
    """Never answer."""
