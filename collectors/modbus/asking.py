"""Asking a device for something now, outside any schedule: for a check, for a look round."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from collectors.modbus.client import ModbusClient
from collectors.modbus.settings import FunctionCode, ModbusSettings

Ask = Callable[[int, FunctionCode, int, int], Awaitable[bytes]]
"""Unit, function, offset and count to the data; raises DeviceUnreachable and DeviceRefused."""


@asynccontextmanager
async def asking(settings: ModbusSettings) -> AsyncIterator[Ask]:
    """Yield how to ask the units behind a connection, each question once; it is closed in the end."""
    client = ModbusClient(settings)

    async def ask(unit: int, function: FunctionCode, offset: int, count: int) -> bytes:
        return await client.read(unit, function, offset, count, tries=1)

    try:
        yield ask
    finally:
        client.close()


def hex_of(data: bytes) -> str:
    """Return registers as they came, `41BA 0000`."""
    return data.hex(" ", 2).upper()
