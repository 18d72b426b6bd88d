"""Registers as devices keep them, witnessed by vectors and by libmodbus.

libmodbus names its conventions as we do, first byte first: modbus_get_float_abcd reads 0x4049 0x0FDB
as 3.14159274, _cdab swaps the words, _badc the bytes of each word, _dcba both.
"""

import ctypes
import ctypes.util
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collectors.modbus.decode import decode, prepare, row_order
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from config.read import read_folder
from simulator.registers import Block, RegisterPoint, encoder, read_back, register_points
from tests.config.folders import good_folder

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


def test_bits_of_one_register_do_not_disturb_each_other() -> None:
    points = [RegisterPoint(f"B{bit}", 3, 5, 1, encoder("BOOL", "ABCD", 1.0, bit)) for bit in (0, 7, 8, 15)]

    image = Block(points).image({"B0": 1.0, "B7": 0.0, "B8": 1.0, "B15": 1.0}.__getitem__)

    assert image == [0x8101]


def test_a_bit_turned_round_and_a_shifted_value_are_what_the_collector_reads(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    header, *rows = (plant / "points.csv").read_text("utf-8").splitlines()
    rows = [f"{row},,,," for row in rows]
    rows[1] = "B2_ST,blowers,1,1,DI,-,0,1,PLC1,FC03,1,1,BOOL,,-1,,,,,,,,,0,1,B2,,,4,1,,"
    rows[3] = rows[3].replace("FC03,4,2,F32,ABCD,1,", "FC03,4,1,BCD16,ABCD,0.1,")
    rows[3] = rows[3].replace("any(B*_ST.running)", "").removesuffix(",,,,") + ",,-10,,"
    (plant / "points.csv").write_text("\n".join([f"{header},bit,shift,invalid,rollover", *rows]), "utf-8")
    folder = read_folder(plant)
    values = {"B1_ST": 3.0, "B2_ST": 0.0, "B1_I": 12.3, "AIR_P": 71.5, "DO1": 2.0}
    block = Block([p for p in register_points(folder, "PLC1") if p.function_code == 3])

    image = struct.pack(f">{block.count}H", *block.image(values.__getitem__))

    points = sorted(
        (p for p in folder.modbus_points if p.source == "PLC1" and int(p.function_code) == 3), key=row_order
    )
    layout = prepare(FunctionCode.HOLDING_REGISTERS, block.start, block.count, points, {})
    read = {p.tag: round(float(v), 6) for p, v in zip(points, decode(layout, image)[0], strict=True)}
    assert read == {tag: value for tag, value in values.items() if tag != "DO1"}
    assert image == bytes.fromhex("00030010007b00000815")


@pytest.mark.parametrize("shift", [0.0, -273.15])
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.01, 0.001, 10.0])
@pytest.mark.parametrize(
    "data_type",
    ["U16", "S16", "U32", "S32", "F32", "U64", "S64", "F64", "BIT16", "BCD16", "BCD32", "BOOL"],
)
def test_many_values_read_back_are_what_the_collector_makes_of_the_registers(
    data_type: str, scale: float, shift: float
) -> None:
    chance = np.random.default_rng(5)
    spread = chance.uniform(-1.0, 1.0, 300) * 10.0 ** chance.integers(-3, 9, 300)
    values = np.concatenate([spread, [0.0, -0.0, 0.05, 0.15, 65_535.4, 2.0**32 * scale, 32_767.5]])
    point = ModbusPoint(
        tag="A", source="P", function_code=FunctionCode.HOLDING_REGISTERS, offset=0,
        data_type=DataType(data_type), word_order=WordOrder.ABCD, scale=scale, shift=shift,
        bit=5 if data_type == "BOOL" else None,
    )  # fmt: skip
    write = encoder(data_type, "ABCD", scale, point.bit)
    count = len(write(0.0))
    layout = prepare(FunctionCode.HOLDING_REGISTERS, 0, count, [point], {})

    read = [
        decode(layout, struct.pack(f">{count}H", *write(value - shift)))[0][0] for value in values.tolist()
    ]

    assert read_back(data_type, scale, values, shift).tolist() == read
