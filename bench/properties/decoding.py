"""Decode beside another reading of the same registers, value by value, with struct.

It shares no code with the decoder, or a mistake in one would hide in the other.
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from hypothesis import strategies as st

from collectors.modbus.decode import answer_length, decode, prepare, row_order
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from telemetry.quality import Quality

_WORDS: Final = 24
_PATTERNS: Final[Mapping[DataType, str]] = {
    **{DataType.U16: "H", DataType.BIT16: "H", DataType.S16: "h"},
    **{DataType.U32: "I", DataType.S32: "i", DataType.F32: "f"},
    **{DataType.U64: "Q", DataType.S64: "q", DataType.F64: "d"},
}
_ODD_WORDS: Final = (0, 1, 0x7F80, 0x7FC0, 0x7FFF, 0x8000, 0xFF80, 0xFFFF, 0x9999, 0x1234, 0xC61C, 0x3C00)


@dataclass(frozen=True, slots=True)
class Case:
    """An answer to a read from `offset`, and the points in it."""

    function_code: FunctionCode
    offset: int
    count: int
    points: tuple[ModbusPoint, ...]
    ranges: Mapping[str, tuple[float, float]]
    data: bytes


_TYPES: Final = tuple(DataType)
_ORDERS: Final = tuple(WordOrder)
_REGISTER_READS: Final = (FunctionCode.HOLDING_REGISTERS, FunctionCode.INPUT_REGISTERS)
_BIT_READS: Final = (FunctionCode.COILS, FunctionCode.DISCRETE_INPUTS)
_SCALES: Final = (1.0, 1.0, 0.1, 0.001, -1.0, 3600.0, 1e300, 5e-324)
_SHIFTS: Final = (0.0, 0.0, 1.0, -273.15)
_RANGE: Final = 1000.0
_A_SEED: Final = st.integers(0, 2**32 - 1)
_NUMBERS: Final = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any points of any types in one answer, beside each other or over each other."""
    # Every choice that Hypothesis makes itself costs 0.1 ms, so it chooses the seeds of the small ones.
    choose = Random(draw(_A_SEED)).randrange
    single_bits = choose(10) == 0
    code = (_BIT_READS if single_bits else _REGISTER_READS)[choose(2)]
    offset, count = choose(65_536 - _WORDS), choose(_WORDS) + 1 if single_bits else _WORDS
    size = answer_length(code, count)
    data = bytearray(draw(st.binary(min_size=size, max_size=size)))
    for _ in range(0 if single_bits else choose(6)):
        at = choose(_WORDS)
        data[2 * at : 2 * at + 2] = _ODD_WORDS[choose(len(_ODD_WORDS))].to_bytes(2, "big")
    if choose(4) == 0:
        data = bytearray(byte >> 4 & 9 | byte << 4 & 0x90 for byte in data)  # digits, for BCD
    points, ranges = [], {}
    for number, seed in enumerate(draw(st.lists(_A_SEED, min_size=1, max_size=6))):
        choose = Random(seed).randrange
        places = {"offset": offset, "count": count, "function_code": code}
        scale = _SCALES[choose(8)] if choose(3) else draw(_NUMBERS)
        point = _point(choose, f"P{number}", places, scale, bytes(data))
        points.append(point)
        if choose(2):
            ranges[point.tag] = (low := float(choose(140_000) - 70_000), low + _RANGE)
    return Case(code, offset, count, tuple(points), ranges, bytes(data))


def _point(
    choose: Callable[[int], int], tag: str, places: Mapping[str, int], scale: float, data: bytes
) -> ModbusPoint:
    code = FunctionCode(places["function_code"])
    data_type = DataType.BOOL if code.reads_bits else _TYPES[choose(len(_TYPES))]
    at, order = choose(places["count"] - data_type.registers + 1), _ORDERS[choose(4)]
    invalid: list[int] = []
    if not code.reads_bits:
        size = 2 * data_type.registers
        here = _bits_of(data[2 * at : 2 * at + size], order)
        invalid = [[], [], [here], [here ^ 1], [here ^ 1, here]][choose(5)]
    return ModbusPoint(
        tag=tag,
        source="PLC1",
        function_code=code,
        offset=places["offset"] + at,
        data_type=data_type,
        word_order=order,
        scale=scale,
        shift=_SHIFTS[choose(4)],
        bit=choose(16) if data_type is DataType.BOOL and not code.reads_bits else None,
        invalid=tuple(invalid),
    )


def holds(case: Case) -> None:
    """Assert that each row of an answer is what struct makes of its registers."""
    points = sorted(case.points, key=row_order)
    layout = prepare(case.function_code, case.offset, case.count, points, case.ranges)
    assert layout.length == len(case.data) == answer_length(case.function_code, case.count)

    values, quality = decode(layout, case.data)

    assert len(values) == len(quality) == len(points)
    for row, point in enumerate(points):
        value, expected = _read(case, point)
        assert np.array_equal(values[row], value, equal_nan=True), (point, values[row], value)
        assert quality[row] == expected, (point, quality[row], expected)


def _read(case: Case, point: ModbusPoint) -> tuple[float, Quality]:
    raw, exact = _raw(case, point)
    value = raw * point.scale + point.shift
    if not math.isfinite(value):
        return math.nan, Quality.SENSOR_FAILURE
    low, high = case.ranges.get(point.tag, (-math.inf, math.inf))
    if not low <= value <= high:
        return value, Quality.RANGE_EXCEEDED
    return value, Quality.GOOD if exact else Quality.NOT_ACCURATE


def _raw(case: Case, point: ModbusPoint) -> tuple[float, bool]:
    """Return the raw number, NaN where there is none, and whether a float holds it exactly."""
    at = point.offset - case.offset
    if case.function_code.reads_bits:
        return float(case.data[at // 8] >> at % 8 & 1), True
    size = 2 * point.data_type.registers
    bits = _bits_of(case.data[2 * at : 2 * at + size], point.word_order)
    if bits in point.invalid:
        return math.nan, True
    if point.bit is not None:
        return float(bits >> point.bit & 1), True
    if point.data_type.is_bcd:
        digits = f"{bits:0{2 * size}x}"
        return float(digits) if digits.isdecimal() else math.nan, True
    (number,) = struct.unpack(f">{_PATTERNS[point.data_type]}", bits.to_bytes(size, "big"))
    return float(number), point.data_type.is_float or abs(number) <= 2**53


def _bits_of(wire: bytes, order: WordOrder) -> int:
    """Return registers as one unsigned number."""
    registers = struct.unpack(f">{len(wire) // 2}H", wire)
    if order in (WordOrder.CDAB, WordOrder.DCBA):
        registers = registers[::-1]
    pattern = "<" if order in (WordOrder.BADC, WordOrder.DCBA) else ">"
    return int.from_bytes(b"".join(struct.pack(f"{pattern}H", register) for register in registers), "big")
