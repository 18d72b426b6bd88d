"""Serial lines: noise, echoes, halves and late answers are never taken for a value."""

import asyncio
import os
import struct
from collections.abc import Callable
from typing import Any

import pytest

from collectors.modbus.client import ModbusClient
from collectors.modbus.settings import FunctionCode, ModbusSettings
from telemetry.errors import DeviceRefused, DeviceUnreachable, LineUnreachable
from tests.collectors.modbus.points import settings
from tests.collectors.modbus.serial_line import (
    AskedRtu,
    RtuBehaviour,
    Write,
    honest_rtu,
    mute_rtu,
    sealed,
    serial_device,
)

HOLDING = FunctionCode.HOLDING_REGISTERS
RIGHT = struct.pack(">3H", 7, 8, 9)


def serial(path: str, **more: Any) -> ModbusSettings:
    return settings(transport="rtu", serial_port=path, baud_rate=115200, **more)


async def read(behave: RtuBehaviour, retries: int = 0) -> bytes:
    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path, retries=retries))
        try:
            return await client.read(1, HOLDING, 7, 3)
        finally:
            client.close()


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: asked.registers(),
        lambda asked: asked.frame + asked.registers(),
        lambda asked: b"\x00\xff" + asked.registers(),
        lambda asked: b"\x01" + asked.registers(),
        lambda asked: b"\x01\x03" + asked.registers(),
        lambda asked: b"\x01\x83\x02" + asked.registers(),
        lambda asked: asked.registers() + b"\x00\x7f",
        lambda asked: asked.registers(unit=9) + asked.registers(),
        lambda asked: asked.registers({7: 0xDEAD})[:-1] + b"\x00" + asked.registers(),
    ],
    ids=["alone", "echo", "noise", "unit", "head", "refusal", "behind", "stranger", "spoilt"],
)
async def test_an_answer_is_found_among_what_is_none(answer: Callable[[AskedRtu], bytes]) -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        write(answer(asked))

    assert await read(behave) == RIGHT


async def test_an_answer_in_single_bytes_is_read() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        for byte in asked.frame + asked.registers():
            write(bytes([byte]))
            await asyncio.sleep(0.001)

    assert await read(behave) == RIGHT


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda asked: b"", "no answer within 0.2 s"),
        (lambda asked: asked.frame, "no answer within 0.2 s"),
        (lambda asked: asked.registers()[:-1], "no answer within 0.2 s, only a part of one"),
        (lambda asked: asked.registers()[:2], "no answer within 0.2 s, only a part of one"),
        (lambda asked: asked.registers(unit=9), "no answer within 0.2 s: unit 9 answers instead of 1"),
        (lambda asked: asked.registers(function=4), "no answer within 0.2 s: it answers function 3 with 4"),
        (
            lambda asked: asked.registers()[:-2] + b"\x00\x00",
            "no answer within 0.2 s, only noise: see baud_rate, parity and wiring",
        ),
        (
            lambda asked: bytes(range(256)),
            "no answer within 0.2 s, only noise: see baud_rate, parity and wiring",
        ),
        (lambda asked: asked.refusal(10), "the gateway has no path to unit 1"),
    ],
)
async def test_what_is_no_answer_is_told(answer: Callable[[AskedRtu], bytes], cause: str) -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        write(answer(asked))

    with pytest.raises(DeviceUnreachable) as caught:
        await read(behave)

    assert str(caught.value) == cause


async def test_refusals_and_wrong_lengths_are_refusals() -> None:
    async def refuse(asked: AskedRtu, write: Write) -> None:
        write(asked.refusal(2))

    async def shorten(asked: AskedRtu, write: Write) -> None:
        write(sealed(b"\x01\x03\x02\x00\x07"))

    for behave, cause, code in (
        (refuse, "illegal data address", 2),
        (shorten, "it sends 2 bytes where 6 were asked for", None),
    ):
        with pytest.raises(DeviceRefused) as caught:
            await read(behave)
        assert (str(caught.value), caught.value.exception_code) == (cause, code)


async def test_a_unit_that_is_always_late_gives_nothing_wrong() -> None:
    """Each answer comes while the next request waits for its own."""
    late: list[bytes] = []

    async def behave(asked: AskedRtu, write: Write) -> None:
        for answer in late:
            write(answer)
        late[:] = [asked.registers()]

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path))
        for offset in (7, 100, 200, 300, 7):
            with pytest.raises(DeviceUnreachable):
                await client.read(1, HOLDING, offset, 3)
        client.close()


async def test_after_a_silence_the_line_is_in_step_again_before_a_value_counts() -> None:
    late: list[bytes] = []

    async def behave(asked: AskedRtu, write: Write) -> None:
        if len(device.asked) == 1:
            late.append(asked.registers())
            return
        for answer in late:
            write(answer)
        late.clear()
        write(asked.registers())

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path))
        with pytest.raises(DeviceUnreachable):
            await client.read(1, HOLDING, 7, 3)
        answers = [await client.read(1, HOLDING, offset, 3) for offset in (100, 200)]
        client.close()

    assert answers == [struct.pack(">3H", at, at + 1, at + 2) for at in (100, 200)]
    # Between them one short read: a unit answers in the order it is asked.
    assert [(asked.offset, asked.count) for asked in device.asked] == [(7, 3), (100, 1), (100, 3), (200, 3)]


async def test_a_late_refusal_lets_no_later_answer_pass_for_another_registers() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        # One answer behind, from the second request on.
        if len(device.asked) == 2:
            write(device.asked[0].refusal(2))
        elif len(device.asked) > 2:
            write(device.asked[-2].registers())

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path))
        for offset, count in ((7, 3), (100, 5), (200, 5), (300, 5)):
            with pytest.raises(DeviceUnreachable):
                await client.read(1, HOLDING, offset, count)
        client.close()


async def test_a_refusal_is_one_where_nothing_else_is_owed() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        if len(device.asked) > 1:
            write(asked.refusal(2))

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path))
        with pytest.raises(DeviceUnreachable):
            await client.read(1, HOLDING, 7, 3)
        with pytest.raises(DeviceRefused, match="illegal data address"):
            await client.read(1, HOLDING, 7, 3)
        with pytest.raises(DeviceRefused, match="illegal data address"):
            await client.read(1, FunctionCode.INPUT_REGISTERS, 7, 3)
        client.close()


async def test_a_late_answer_of_one_unit_is_not_taken_for_anothers() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        if asked.unit == 2:
            write(AskedRtu(1, 3, 7, 3).registers({7: 0xDEAD}) + asked.registers())

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path))
        with pytest.raises(DeviceUnreachable):
            await client.read(1, HOLDING, 7, 3)
        assert await client.read(2, HOLDING, 7, 3) == RIGHT
        client.close()


async def test_a_line_that_is_never_silent_is_said_so() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        for _ in range(4):
            write(bytes(1024))
            await asyncio.sleep(0.005)
        write(bytes(1024))

    with pytest.raises(DeviceUnreachable, match="the line is never silent"):
        await read(behave)


async def test_a_port_that_goes_is_told_at_once_and_one_that_is_not_there_is_too() -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        device.unplug()

    async with serial_device(behave) as device:
        client = ModbusClient(serial(device.path, timeout="9s"))
        with pytest.raises(DeviceUnreachable, match=f"^the serial port {device.path} is gone$"):
            await client.read(1, HOLDING, 7, 3)
        client.close()
    client = ModbusClient(serial("/dev/ttyNONE7"))
    with pytest.raises(LineUnreachable) as caught:
        await client.read(1, HOLDING, 7, 3)
    client.close()

    assert str(caught.value) == (
        "no connection to /dev/ttyNONE7: there is no such serial port; is its adapter plugged in?"
    )


async def test_a_port_that_another_has_open_is_said_so() -> None:
    async with serial_device(mute_rtu) as device:
        first, second = ModbusClient(serial(device.path)), ModbusClient(serial(device.path))
        with pytest.raises(DeviceUnreachable):
            await first.read(1, HOLDING, 7, 3)
        with pytest.raises(LineUnreachable, match="another program has it open"):
            await second.read(1, HOLDING, 7, 3)
        first.close()
        device.behave = honest_rtu
        assert await second.read(1, HOLDING, 7, 3) == RIGHT
        second.close()


async def test_a_port_that_is_none_is_said_so(tmp_path: os.PathLike[str]) -> None:
    client = ModbusClient(serial(os.fspath(tmp_path)))
    with pytest.raises(LineUnreachable, match=f"^no connection to {tmp_path}: "):
        await client.read(1, HOLDING, 7, 3)
