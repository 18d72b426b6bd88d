"""What a device's registers hold is what reaches the store: every type, every order, real sockets."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from collectors.modbus.settings import FunctionCode
from telemetry.quality import Quality
from tests.collectors.modbus.devices import libmodbus_device, pymodbus_device
from tests.collectors.modbus.points import ids, settings
from tests.collectors.modbus.registers import bits, every_type_and_order
from tests.collectors.modbus.running import running
from tests.collectors.recording import RecordingOutages, RecordingSink, until


@pytest.fixture(params=["pymodbus", "libmodbus"])
async def port(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[int]:
    words = every_type_and_order(FunctionCode.HOLDING_REGISTERS).words
    device: AbstractAsyncContextManager[int] = (
        pymodbus_device(words) if request.param == "pymodbus" else libmodbus_device(words, tmp_path)
    )
    async with device as found:
        yield found


async def test_every_type_and_order_is_what_the_registers_hold(
    port: int, sink: RecordingSink, outages: RecordingOutages
) -> None:
    tables = [
        every_type_and_order(FunctionCode.HOLDING_REGISTERS, "H_"),
        every_type_and_order(FunctionCode.INPUT_REGISTERS, "I_"),
        bits(FunctionCode.COILS, "C_"),
        bits(FunctionCode.DISCRETE_INPUTS, "D_"),
    ]
    points = [point for table in tables for point in table.points]
    expected = {tag: (value, Quality.GOOD) for table in tables for tag, value in table.values.items()}

    async with running(settings(port, timeout="2s"), points, sink, outages) as collector:
        await until(lambda: len(sink.batches) > 1)
        status = collector.status

    assert sink.last(ids(points)) == expected
    assert outages.events == [("back", "PLC1")]
    assert outages.missed == [0]
    assert (status.failures, status.last_error, status.refused) == (0, None, 0)
