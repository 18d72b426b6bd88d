"""Devices by others: pymodbus' own server, and libmodbus' compiled from C."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus.server import ModbusTcpServer
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


@asynccontextmanager
async def pymodbus_device(words: Sequence[int]) -> AsyncIterator[int]:
    """Serve the words as holding and input registers, `BITS` as coils and inputs; yield the port."""
    registers = [SimData(0, values=list(words), datatype=DataType.REGISTERS)]
    bits = [SimData(FIRST_BIT, values=list(BITS), datatype=DataType.BITS)]
    device = SimDevice(UNIT, (bits, list(bits), registers, list(registers)))
    port = free_port()
    server = ModbusTcpServer([device], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield port
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def libmodbus_device(words: Sequence[int], folder: Path) -> AsyncIterator[int]:
    """The same from libmodbus, compiled here; skips where compiler or library is missing."""
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
    process = await asyncio.create_subprocess_exec(
        program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
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
