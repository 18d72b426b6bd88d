"""Devices by others: pymodbus' own server, and libmodbus' compiled from C."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusTcpServer, ModbusTlsServer, ModbusUdpServer
from pymodbus.server.base import ModbusBaseServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.collectors.modbus.registers import BITS

FIRST_BIT = 3
UNIT = 1
HEADER = Path("/usr/include/modbus/modbus.h")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


Server = Callable[[SimDevice, tuple[str, int]], ModbusBaseServer]


def tcp(device: SimDevice, address: tuple[str, int]) -> ModbusBaseServer:
    return ModbusTcpServer([device], address=address)


def rtu_over_tcp(device: SimDevice, address: tuple[str, int]) -> ModbusBaseServer:
    return ModbusTcpServer([device], address=address, framer=FramerType.RTU)


def udp(device: SimDevice, address: tuple[str, int]) -> ModbusBaseServer:
    return ModbusUdpServer([device], address=address)


def tls(context: ssl.SSLContext) -> Server:
    return lambda device, address: ModbusTlsServer([device], address=address, sslctx=context)


@asynccontextmanager
async def pymodbus_device(words: Sequence[int], kind: Server = tcp) -> AsyncIterator[int]:
    """Serve the words as holding and input registers, `BITS` as coils and inputs; yield the port."""
    registers = [SimData(0, values=list(words), datatype=DataType.REGISTERS)]
    bits = [SimData(FIRST_BIT, values=list(BITS), datatype=DataType.BITS)]
    device = SimDevice(UNIT, (bits, list(bits), registers, list(registers)))
    port = free_port()
    server = kind(device, ("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield port
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def libmodbus_device(
    words: Sequence[int], folder: Path, serial_port: str | None = None
) -> AsyncIterator[int]:
    """The same from libmodbus, compiled here, over TCP or on a serial port.

    Skips where compiler or library is missing.
    """
    program = folder / "device"
    source = Path(__file__).with_name("libmodbus_device.c")
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    if not HEADER.exists():  # noqa: ASYNC240
        pytest.skip("libmodbus-dev is not installed")
    command: list[str | Path] = [
        "gcc",
        "-Wall",
        "-Werror",
        "-I/usr/include/modbus",
        "-o",
        program,
        source,
        "-lmodbus",
    ]
    compiler = await asyncio.create_subprocess_exec(*command)
    assert await compiler.wait() == 0
    arguments = () if serial_port is None else (serial_port, str(UNIT))
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{len(words)} {' '.join(map(str, words))} ".encode())
    process.stdin.write(f"{len(BITS)} {' '.join(str(int(bit)) for bit in BITS)}\n".encode())
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()
