"""The client against devices that misbehave: a wrong value never, one clear error always."""

import ast
import asyncio
import contextlib
import logging
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.modbus.client import ModbusClient
from collectors.modbus.settings import FunctionCode
from telemetry.errors import DeviceRefused, DeviceUnreachable
from tests.collectors.modbus.points import settings
from tests.collectors.modbus.raw_device import Asked, Behaviour, honest, mute, raw_device
from tests.collectors.recording import until

HOLDING = FunctionCode.HOLDING_REGISTERS


async def read(behave: Behaviour, count: int = 3, retries: int = 0) -> bytes:
    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port, retries=retries))
        try:
            return await client.read(1, HOLDING, 7, count)
        finally:
            client.close()


async def test_an_honest_device_is_read() -> None:
    assert await read(honest) == struct.pack(">3H", 7, 8, 9)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda asked: asked.frame(b"\x06" + bytes(6), unit=9), "unit 9 answers instead of 1"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), function=4), "it answers function 3 with 4"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), function=6), "it answers function 3 with 6"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), function=0x80), "it answers function 3 with 128"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), protocol=1), "what it sends is not Modbus TCP"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), length=300), "what it sends is not Modbus TCP"),
        (lambda asked: asked.frame(b"", length=2), "what it sends is not Modbus TCP"),
        (lambda asked: asked.frame(b"\x06" + bytes(6), transaction=0), "it answers transaction 1 as 0"),
        (lambda asked: b"HTTP/1.1 400 Bad Request\r\n\r\n", "what it sends is not Modbus TCP"),
        (lambda asked: bytes(range(256)) * 300, "what it sends is not Modbus TCP"),
        (
            lambda asked: asked.frame(b"\x06" + bytes(6), transaction=999) * 9000,
            "it sends answers that nobody waits for",
        ),
        (lambda asked: asked.registers()[:-1], "no answer within 0.2 s, only a part of one"),
        (lambda asked: asked.registers()[:4], "no answer within 0.2 s, only a part of one"),
        (
            lambda asked: asked.frame(b"\x06" + bytes(6), transaction=999),
            "no answer within 0.2 s, only answers to earlier requests",
        ),
        (lambda asked: b"", "no answer within 0.2 s"),
        (lambda asked: asked.refusal(10), "the gateway has no path to unit 1"),
        (lambda asked: asked.refusal(11), "the gateway gets no answer from unit 1"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_no_answer(
    answer: Callable[[Asked], bytes], cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(asked))

    with caplog.at_level(logging.DEBUG), pytest.raises(DeviceUnreachable) as caught:
        await read(behave)

    assert str(caught.value) == cause
    assert [record.message for record in caplog.records if record.name != "asyncio"] == []
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"\x04" + bytes(4), "it sends 4 bytes where 6 were asked for"),
        (b"\x08" + bytes(8), "it sends 8 bytes where 6 were asked for"),
        (b"\x06" + bytes(4), "it sends 4 bytes where 6 were asked for"),
        (b"\x04" + bytes(6), "it sends 6 bytes where 6 were asked for"),
        (b"\x00", "it sends 0 bytes where 6 were asked for"),
    ],
)
async def test_an_answer_of_the_wrong_length_is_refused(body: bytes, cause: str) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.frame(body))

    with pytest.raises(DeviceRefused) as caught:
        await read(behave)

    assert (str(caught.value), caught.value.exception_code) == (cause, None)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (1, "illegal function"),
        (2, "illegal data address"),
        (3, "illegal data value"),
        (4, "device failure"),
        (6, "device busy"),
        (77, "exception 77"),
    ],
)
async def test_a_refusal_carries_its_code(code: int, cause: str) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.refusal(code))

    with pytest.raises(DeviceRefused) as caught:
        await read(behave)

    assert (str(caught.value), caught.value.exception_code) == (cause, code)


@pytest.mark.parametrize("pieces", [(9,), (8, 1), (7, 2), (1,) * 9])
async def test_a_refusal_whose_length_is_one_short_is_understood(pieces: tuple[int, ...]) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        frame = asked.frame(b"\x02", function=asked.function | 0x80, length=2)
        for size in pieces:
            writer.write(frame[:size])
            frame = frame[size:]
            await writer.drain()
            await asyncio.sleep(0.002)

    with pytest.raises(DeviceRefused) as caught:
        await read(behave)

    assert caught.value.exception_code == 2


async def test_an_answer_in_single_bytes_is_read() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        for byte in asked.registers():
            writer.write(bytes([byte]))
            await asyncio.sleep(0.001)

    assert await read(behave) == struct.pack(">3H", 7, 8, 9)


async def test_a_late_answer_is_not_taken_for_that_of_the_next_try() -> None:
    asked_before: list[Asked] = []

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        asked_before.append(asked)
        if len(asked_before) == 2:
            writer.write(asked_before[0].registers({7: 0xDEAD}) + asked.registers())

    assert await read(behave, retries=1) == struct.pack(">3H", 7, 8, 9)


async def test_a_late_answer_is_not_taken_for_that_of_the_next_request() -> None:
    late: list[bytes] = []

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.offset == 7:
            late.append(asked.registers())
            return
        writer.write(late[0])
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(asked.registers())

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port))
        with pytest.raises(DeviceUnreachable):
            await client.read(1, HOLDING, 7, 3)
        answer = await client.read(1, HOLDING, 100, 3)
        client.close()

    assert answer == struct.pack(">3H", 100, 101, 102)
    assert device.connections == 1


async def test_a_try_after_half_an_answer_goes_over_a_new_connection() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.registers()[:-2] if device.connections == 1 else asked.registers())

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port, retries=1))
        answer = await client.read(1, HOLDING, 7, 3)
        client.close()

    assert answer == struct.pack(">3H", 7, 8, 9)
    assert device.connections == 2


async def test_a_connection_the_device_closed_between_requests_is_opened_anew() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.registers())
        writer.close()

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port))
        answers = []
        for _ in range(3):
            answers.append(await client.read(1, HOLDING, 7, 1))
            await asyncio.sleep(0.02)
        client.close()

    assert answers == [struct.pack(">H", 7)] * 3
    assert device.connections == 3


async def test_a_device_that_closes_at_once_is_not_waited_for() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port, timeout="9s"))
        with pytest.raises(DeviceUnreachable, match=r"^it closed the connection$"):
            await client.read(1, HOLDING, 7, 1)


async def test_nobody_listening_is_said_so() -> None:
    async with raw_device(mute) as device:
        port = device.port
    client = ModbusClient(settings(port))

    with pytest.raises(DeviceUnreachable, match=f"^no connection to 127.0.0.1:{port}: connection refused$"):
        await client.read(1, HOLDING, 0, 1)


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 70, "a..b"])
async def test_a_host_nobody_knows_is_said_so(host: str) -> None:
    client = ModbusClient(settings(host=host, timeout="5s"))

    with pytest.raises(DeviceUnreachable, match=f"^no connection to {host}:502"):
        await client.read(1, HOLDING, 0, 1)


async def test_a_cancelled_read_leaves_nothing_behind() -> None:
    async with raw_device(mute) as device:
        client = ModbusClient(settings(device.port, timeout="9s"))
        reading = asyncio.create_task(client.read(1, HOLDING, 7, 1))
        await until(lambda: device.asked)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        device.behave = honest
        answer = await client.read(1, HOLDING, 8, 1)
        client.close()

    assert answer == struct.pack(">H", 8)


async def test_a_read_cancelled_as_its_answer_comes_is_cancelled() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(asked.registers())

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port, timeout="9s"))
        reading = asyncio.create_task(client.read(1, HOLDING, 7, 1))
        await until(lambda: client._connection is not None and client._connection._waiting)
        assert client._connection is not None
        # The answer wakes who waits for it, and before it runs, it is cancelled.
        client._connection._line.ctx.response_future.add_done_callback(lambda _: reading.cancel())
        await asyncio.wait([reading])
        client.close()

    assert reading.cancelled()


async def test_what_a_device_sends_unasked_spoils_the_connection_only() -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.registers())
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"not modbus")

    async with raw_device(behave) as device:
        client = ModbusClient(settings(device.port))
        answers = []
        for _ in range(2):
            answers.append(await client.read(1, HOLDING, 7, 1))
            await asyncio.sleep(0.05)
        client.close()

    assert answers == [struct.pack(">H", 7)] * 2
    assert device.connections == 2


async def test_no_function_but_the_four_reads_can_be_sent() -> None:
    async with raw_device(honest) as device:
        client = ModbusClient(settings(device.port))
        for code in range(256):
            if code in {1, 2, 3, 4}:
                continue
            with pytest.raises(ValueError, match="is not a valid FunctionCode"):
                await client.read(1, code, 0, 1)  # type: ignore[arg-type]
        client.close()

    assert list(FunctionCode) == [1, 2, 3, 4]
    assert device.asked == []


def test_nothing_that_writes_to_a_device_is_named_in_the_code() -> None:
    sources = sorted(Path("collectors/modbus").glob("*.py"))
    trees = {path.name: ast.parse(path.read_text("utf-8")) for path in sources}
    imported = {
        (path, alias.name)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pymodbus")
        for alias in node.names
    }

    assert {path for path, _ in imported} == {"client.py", "transports.py"}
    assert {name for _, name in imported if name.endswith("Request")} == {
        "ReadCoilsRequest",
        "ReadDiscreteInputsRequest",
        "ReadHoldingRegistersRequest",
        "ReadInputRegistersRequest",
    }
    names = {
        node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    assert {name for name in names if name.startswith(("write_", "mask_write", "readwrite"))} == set()
