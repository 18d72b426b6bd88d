"""What a device's registers hold is what reaches the store: every type, every order, real sockets."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from collectors.modbus.settings import FunctionCode, ModbusSettings
from telemetry.quality import Quality
from tests.collectors.modbus.certificates import Authority, server_context
from tests.collectors.modbus.devices import libmodbus_device, pymodbus_device, rtu_over_tcp, tls, udp
from tests.collectors.modbus.points import ids, settings
from tests.collectors.modbus.registers import bits, every_type_and_order
from tests.collectors.modbus.running import running
from tests.collectors.modbus.serial_line import joined_ports
from tests.collectors.recording import RecordingOutages, RecordingSink, until

WORDS = every_type_and_order(FunctionCode.HOLDING_REGISTERS).words


@asynccontextmanager
async def over_a_serial_line(folder: Path) -> AsyncIterator[ModbusSettings]:
    with joined_ports() as (ours, theirs):
        async with libmodbus_device(WORDS, folder, theirs):
            yield settings(transport="rtu", serial_port=ours, baud_rate=115200, timeout="2s")


@asynccontextmanager
async def over_tls(folder: Path) -> AsyncIterator[ModbusSettings]:
    plant = Authority(folder)
    context = server_context(*plant.sign("plc1", "IP:127.0.0.1"))
    async with pymodbus_device(WORDS, tls(context)) as port:
        yield settings(port, transport="tls", tls_ca=str(plant.certificate), timeout="5s")


@asynccontextmanager
async def over_a_network(
    device: AbstractAsyncContextManager[int], transport: str
) -> AsyncIterator[ModbusSettings]:
    async with device as port:
        yield settings(port, transport=transport, timeout="2s")


@pytest.fixture(params=["tcp", "libmodbus tcp", "libmodbus rtu", "rtu_over_tcp", "udp", "tls"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ModbusSettings]:
    lines: dict[str, Callable[[], AbstractAsyncContextManager[ModbusSettings]]] = {
        "tcp": lambda: over_a_network(pymodbus_device(WORDS), "tcp"),
        "libmodbus tcp": lambda: over_a_network(libmodbus_device(WORDS, tmp_path), "tcp"),
        "libmodbus rtu": lambda: over_a_serial_line(tmp_path),
        "rtu_over_tcp": lambda: over_a_network(pymodbus_device(WORDS, rtu_over_tcp), "rtu_over_tcp"),
        "udp": lambda: over_a_network(pymodbus_device(WORDS, udp), "udp"),
        "tls": lambda: over_tls(tmp_path),
    }
    async with lines[request.param]() as found:
        yield found


async def test_every_type_and_order_is_what_the_registers_hold(
    line: ModbusSettings, sink: RecordingSink, outages: RecordingOutages
) -> None:
    tables = [
        every_type_and_order(FunctionCode.HOLDING_REGISTERS, "H_"),
        every_type_and_order(FunctionCode.INPUT_REGISTERS, "I_"),
        bits(FunctionCode.COILS, "C_"),
        bits(FunctionCode.DISCRETE_INPUTS, "D_"),
    ]
    points = [point for table in tables for point in table.points]
    expected = {tag: (value, Quality.GOOD) for table in tables for tag, value in table.values.items()}

    async with running(line, points, sink, outages) as collector:
        await until(lambda: len(sink.batches) > 1)
        status = collector.statuses["PLC1"]

    assert sink.last(ids(points)) == expected
    assert outages.events == [("back", "PLC1")]
    assert outages.missed == [0]
    assert (status.failures, status.last_error, status.refused) == (0, None, 0)
