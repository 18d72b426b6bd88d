"""Registers as devices keep them, witnessed by vectors and by libmodbus.

libmodbus names its conventions as we do, first byte first: modbus_get_float_abcd reads 0x4049 0x0FDB
as 3.14159274, _cdab swaps the words, _badc the bytes of each word, _dcba both.
"""

import ctypes
import ctypes.util
import math
import struct
from typing import Any

import numpy as np
import pytest

from collectors.modbus.decode import decode, prepare
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from simulator.registers import Block, RegisterPoint, encoder, read_back

PI = 3.14159274101257324
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")


@pytest.mark.parametrize(
    ("data_type", "order", "scale", "value", "registers"),
    [
        ("F32", "ABCD", 1.0, PI, (0x4049, 0x0FDB)),
        ("F32", "CDAB", 1.0, PI, (0x0FDB, 0x4049)),
        ("F32", "BADC", 1.0, PI, (0x4940, 0xDB0F)),
        ("F32", "DCBA", 1.0, PI, (0xDB0F, 0x4940)),
        ("U32", "ABCD", 0.1, 12_345_678.9, (0x075B, 0xCD15)),
        ("U32", "CDAB", 0.1, 12_345_678.9, (0xCD15, 0x075B)),
        ("S32", "ABCD", 1.0, -2.0, (0xFFFF, 0xFFFE)),
        ("S32", "DCBA", 1.0, -2.0, (0xFEFF, 0xFFFF)),
        ("U64", "ABCD", 1.0, float(0x0102_0304_0506), (0x0000, 0x0102, 0x0304, 0x0506)),
        ("U64", "CDAB", 1.0, float(0x0102_0304_0506), (0x0506, 0x0304, 0x0102, 0x0000)),
        ("U64", "BADC", 1.0, float(0x0102_0304_0506), (0x0000, 0x0201, 0x0403, 0x0605)),
        ("U64", "DCBA", 1.0, float(0x0102_0304_0506), (0x0605, 0x0403, 0x0201, 0x0000)),
        ("S64", "ABCD", 1.0, -1.0, (0xFFFF,) * 4),
        ("F64", "ABCD", 1.0, 1.0, (0x3FF0, 0, 0, 0)),
        ("F64", "CDAB", 1.0, 1.0, (0, 0, 0, 0x3FF0)),
        ("U16", "ABCD", 0.1, 23.4, (234,)),
        ("U16", "CDAB", 0.1, 23.4, (234,)),
        ("U16", "BADC", 1.0, 0x0102, (0x0201,)),
        ("BIT16", "DCBA", 1.0, 0x001D, (0x1D00,)),
        ("S16", "ABCD", 0.1, -0.2, (0xFFFE,)),
        ("BOOL", "ABCD", 1.0, 1.0, (1,)),
    ],
)
def test_a_value_becomes_the_registers_of_its_type_and_order(
    data_type: str, order: str, scale: float, value: float, registers: tuple[int, ...]
) -> None:
    assert encoder(data_type, order, scale)(value) == registers


def test_what_measures_stops_at_its_end_and_what_counts_begins_anew() -> None:
    assert encoder("U16", "ABCD", 1.0)(70_000.0) == (0xFFFF,)
    assert encoder("S16", "ABCD", 1.0)(-70_000.0) == (0x8000,)
    assert encoder("U32", "ABCD", 1.0)(2.0**32 + 5) == (0, 5)


def test_a_broken_sensor_shows_as_nan_or_at_its_end() -> None:
    (high, low) = encoder("F32", "ABCD", 1.0)(math.nan)

    assert math.isnan(struct.unpack(">f", struct.pack(">HH", high, low))[0])
    assert encoder("U16", "ABCD", 0.1)(math.nan) == (0xFFFF,)
    assert encoder("S16", "ABCD", 0.1)(math.nan) == (0x8000,)
    assert encoder("U32", "ABCD", 1.0)(math.nan) == (0xFFFF, 0xFFFF)


def test_a_block_holds_its_points_and_zeros_between_them() -> None:
    points = [
        RegisterPoint("A", 3, 10, 2, encoder("F32", "ABCD", 1.0)),
        RegisterPoint("B", 3, 15, 1, encoder("U16", "ABCD", 1.0)),
    ]
    block = Block(points)

    image = block.image({"A": PI, "B": 7.0}.__getitem__)

    assert (block.start, block.count) == (10, 6)
    assert image == [0x4049, 0x0FDB, 0, 0, 0, 7]


def test_bits_stand_in_words_the_first_lowest() -> None:
    flag = encoder("BOOL", "ABCD", 1.0)
    points = [RegisterPoint(tag, 1, offset, 1, flag) for tag, offset in (("A", 17), ("B", 33))]
    block = Block(points, single_bits=True)

    assert (block.start, block.count) == (16, 18)
    assert block.image({"A": 1.0, "B": 0.0}.__getitem__) == [0b10, 0]
    assert block.image({"A": 0.0, "B": 1.0}.__getitem__) == [0, 0b10]


@pytest.fixture(scope="module")
def libmodbus() -> Any:
    name = ctypes.util.find_library("modbus")
    if name is None:
        pytest.skip("libmodbus is not installed")
    return ctypes.CDLL(name)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("value", [PI, -0.5, 1234.0625, 0.0])
def test_libmodbus_reads_our_floats(libmodbus: Any, order: str, value: float) -> None:
    read = getattr(libmodbus, f"modbus_get_float_{order.lower()}")
    read.restype = ctypes.c_float

    registers = (ctypes.c_uint16 * 2)(*encoder("F32", order, 1.0)(value))

    assert read(registers) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.01, 0.001, 10.0])
@pytest.mark.parametrize("data_type", ["U16", "S16", "U32", "S32", "F32", "U64", "S64", "F64", "BIT16"])
def test_many_values_read_back_are_what_the_collector_makes_of_the_registers(
    data_type: str, scale: float
) -> None:
    chance = np.random.default_rng(5)
    spread = chance.uniform(-1.0, 1.0, 300) * 10.0 ** chance.integers(-3, 9, 300)
    values = np.concatenate([spread, [0.0, -0.0, 0.05, 0.15, 65_535.4, 2.0**32 * scale, 32_767.5]])
    point = ModbusPoint(
        tag="A", source="P", function_code=FunctionCode.HOLDING_REGISTERS, offset=0,
        data_type=DataType(data_type), word_order=WordOrder.ABCD, scale=scale,
    )  # fmt: skip
    write = encoder(data_type, "ABCD", scale)
    count = len(write(0.0))
    layout = prepare(FunctionCode.HOLDING_REGISTERS, 0, count, [point], {})

    read = [decode(layout, struct.pack(f">{count}H", *write(value)))[0][0] for value in values.tolist()]

    assert read_back(data_type, scale, values).tolist() == read
