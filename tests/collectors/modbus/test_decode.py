import math
import sys
from subprocess import run

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.properties import decoding
from collectors.modbus.decode import decode
from collectors.modbus.plan import Planner, Request
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from telemetry.errors import DeviceError
from telemetry.quality import Quality
from tests.collectors.modbus.points import ids, point, settings


def one_request(points: list[ModbusPoint], ranges: dict[str, tuple[float, float]] | None = None) -> Request:
    (request,) = Planner(settings(max_gap=124), ids(points), ranges or {}).requests(points)
    return request


def read_one(
    data: bytes, only: ModbusPoint, ranges: dict[str, tuple[float, float]] | None = None
) -> tuple[float, int]:
    values, quality = decode(one_request([only], ranges).layout, data)
    return float(values[0]), int(quality[0])


@given(decoding.cases())
def test_every_value_of_an_answer_is_what_struct_makes_of_its_registers(case: decoding.Case) -> None:
    decoding.holds(case)


@given(st.binary(max_size=300))
def test_an_answer_of_another_length_is_an_error_and_never_a_value(answer: bytes) -> None:
    request = one_request([point("A", 0, DataType.F32), point("B", 2)])
    assume(len(answer) != 6)

    with pytest.raises(DeviceError, match=f"^the answer holds {len(answer)} bytes, not 6$"):
        decode(request.layout, answer)


@pytest.mark.parametrize(
    ("data_type", "wire"),
    [
        (DataType.F32, "7fc00000"),
        (DataType.F32, "7f800001"),
        (DataType.F32, "ff800000"),
        (DataType.F64, "7ff0000000000000"),
        (DataType.F64, "7ff0000000000001"),
    ],
)
def test_what_is_no_number_is_a_failed_sensor_without_a_value(data_type: DataType, wire: str) -> None:
    value, quality = read_one(bytes.fromhex(wire), point("A", 0, data_type))

    assert math.isnan(value)
    assert quality == Quality.SENSOR_FAILURE


@pytest.mark.parametrize(
    ("raw", "quality"),
    [(2**53, 192), (2**53 + 1, 80), (2**64 - 1, 80)],
)
def test_an_integer_that_a_float_does_not_hold_is_uncertain(raw: int, quality: int) -> None:
    assert read_one(raw.to_bytes(8, "big"), point("A", 0, DataType.U64)) == (float(raw), quality)


@pytest.mark.parametrize(
    ("raw", "quality"),
    [(-(2**53), 192), (-(2**53) - 1, 80), (-(2**63), 80)],
)
def test_so_is_one_below_zero(raw: int, quality: int) -> None:
    answer = raw.to_bytes(8, "big", signed=True)

    assert read_one(answer, point("A", 0, DataType.S64)) == (float(raw), quality)


@pytest.mark.parametrize(("value", "quality"), [(-1, 84), (0, 192), (50, 192), (100, 192), (101, 84)])
def test_a_value_outside_its_range_is_kept_and_uncertain(value: int, quality: int) -> None:
    answer = value.to_bytes(2, "big", signed=True)

    assert read_one(answer, point("A", 0, DataType.S16), {"A": (0.0, 100.0)}) == (value, quality)


def test_bits_are_counted_from_the_lowest() -> None:
    points = [point(f"B{at}", at, DataType.BOOL) for at in (8, 9, 10, 17, 18)]
    request = one_request(points)

    values, quality = decode(request.layout, bytes([0b0000_0101, 0b1111_1110]))

    found = {p.tag: value for p, value in zip(request.points, values, strict=True)}
    assert found == {"B8": 1.0, "B9": 0.0, "B10": 1.0, "B17": 1.0, "B18": 1.0}
    assert set(quality) == {Quality.GOOD}


@pytest.mark.parametrize("order", WordOrder)
def test_each_bit_of_a_register_is_a_point_of_its_own_and_bytes_may_be_swapped(order: WordOrder) -> None:
    word = 0b1000_0001_0010_1100
    points = [
        point(f"B{bit}", 7, DataType.BOOL, order, bit=bit, function_code=FunctionCode.INPUT_REGISTERS)
        for bit in range(16)
    ]
    request = one_request(points)
    swapped = order in (WordOrder.BADC, WordOrder.DCBA)

    values, quality = decode(request.layout, word.to_bytes(2, "little" if swapped else "big"))

    assert (request.offset, request.count) == (7, 1)
    found = {p.tag: value for p, value in zip(request.points, values, strict=True)}
    assert found == {f"B{bit}": float(word >> bit & 1) for bit in range(16)}
    assert set(quality) == {Quality.GOOD}


def test_a_bit_may_be_turned_round_by_scale_and_shift() -> None:
    closed = point("CLOSED", 0, DataType.BOOL, bit=3, function_code=FunctionCode.HOLDING_REGISTERS,
                   scale=-1, shift=1)  # fmt: skip

    assert read_one(bytes.fromhex("0008"), closed) == (0.0, Quality.GOOD)
    assert read_one(bytes.fromhex("0000"), closed) == (1.0, Quality.GOOD)


def test_a_value_is_raw_times_scale_plus_shift_and_judged_by_its_range_after_it() -> None:
    kelvin = point("T", 0, DataType.U16, scale=0.1, shift=-273.15)

    assert read_one((2932).to_bytes(2, "big"), kelvin, {"T": (0.0, 40.0)}) == (
        2932 * 0.1 - 273.15,
        Quality.GOOD,
    )
    assert read_one((0).to_bytes(2, "big"), kelvin, {"T": (0.0, 40.0)}) == (-273.15, Quality.RANGE_EXCEEDED)


@pytest.mark.parametrize(
    ("data_type", "wire", "value"),
    [
        (DataType.BCD16, "1234", 1234.0),
        (DataType.BCD16, "0009", 9.0),
        (DataType.BCD16, "9999", 9999.0),
        (DataType.BCD32, "12345678", 12_345_678.0),
        (DataType.BCD32, "99999999", 99_999_999.0),
    ],
)
def test_digits_in_bcd_are_a_number(data_type: DataType, wire: str, value: float) -> None:
    assert read_one(bytes.fromhex(wire), point("A", 0, data_type)) == (value, Quality.GOOD)


@pytest.mark.parametrize(
    ("data_type", "wire"),
    [
        (DataType.BCD16, "123a"),
        (DataType.BCD16, "a000"),
        (DataType.BCD16, "ffff"),
        (DataType.BCD32, "1234f678"),
    ],
)
def test_what_are_no_digits_is_bad_and_never_a_value(data_type: DataType, wire: str) -> None:
    value, quality = read_one(bytes.fromhex(wire), point("A", 0, data_type))

    assert math.isnan(value)
    assert quality == Quality.SENSOR_FAILURE


def test_a_raw_value_that_means_none_is_bad_whatever_its_scale_and_range() -> None:
    level = point("A", 0, DataType.S16, scale=0.01, shift=5, invalid=(0x7FFF, 0x8000))
    ranges = {"A": (-1000.0, 1000.0)}

    for wire in ("7fff", "8000"):
        value, quality = read_one(bytes.fromhex(wire), level, ranges)
        assert math.isnan(value)
        assert quality == Quality.SENSOR_FAILURE
    assert read_one(bytes.fromhex("7ffe"), level, ranges) == (32_766 * 0.01 + 5, Quality.GOOD)
    assert read_one(bytes.fromhex("8001"), level, ranges) == (-32_767 * 0.01 + 5, Quality.GOOD)


def test_a_raw_value_that_means_none_of_one_point_is_a_value_of_the_next() -> None:
    points = [point("A", 0, invalid=(0xFFFF,)), point("B", 1), point("C", 2, invalid=(7, 0xFFFF))]
    request = one_request(points)

    values, quality = decode(request.layout, bytes.fromhex("ffff" * 3))

    assert np.array_equal(values, [np.nan, 65_535.0, np.nan], equal_nan=True)
    assert quality.tolist() == [Quality.SENSOR_FAILURE, Quality.GOOD, Quality.SENSOR_FAILURE]


def test_a_bit_has_no_value_while_its_whole_register_means_none() -> None:
    bit = point("B", 0, DataType.BOOL, bit=2, function_code=FunctionCode.HOLDING_REGISTERS, invalid=(0xFFFF,))

    assert read_one(bytes.fromhex("0004"), bit) == (1.0, Quality.GOOD)
    assert math.isnan(read_one(bytes.fromhex("ffff"), bit)[0])


def test_a_float_in_any_order_is_compared_by_its_bits() -> None:
    level = point("A", 0, DataType.F32, WordOrder.CDAB, invalid=(0xC61C3C00,))  # -9999.0

    assert math.isnan(read_one(bytes.fromhex("3c00c61c"), level)[0])
    assert read_one(bytes.fromhex("3c00461c"), level) == (9999.0, Quality.GOOD)


def test_a_register_read_twice_in_two_ways_has_both_values() -> None:
    points = [point("WORD", 4, DataType.BIT16), point("PAIR", 4, DataType.U32), point("LOW", 5)]
    request = one_request(points)

    values, _ = decode(request.layout, bytes.fromhex("00010002"))

    found = {p.tag: value for p, value in zip(request.points, values, strict=True)}
    assert found == {"WORD": 1.0, "PAIR": 65538.0, "LOW": 2.0}


def test_bool_and_registers_do_not_mix() -> None:
    with pytest.raises(
        ValueError, match="BOOL is not what FC03 reads; say which bit, or read it with FC01 or FC02"
    ):
        point("A", 0, DataType.BOOL, function_code=FunctionCode.HOLDING_REGISTERS)
    with pytest.raises(ValueError, match="U16 is not what FC01 reads; make it a BOOL without bit"):
        point("A", 0, DataType.U16, function_code=FunctionCode.COILS)
    with pytest.raises(ValueError, match="BOOL is not what FC01 reads; make it a BOOL without bit"):
        point("A", 0, DataType.BOOL, bit=1)
    with pytest.raises(ValueError, match="U16 has no bit of its own; make it BOOL"):
        point("A", 0, DataType.U16, bit=1)
    with pytest.raises(ValueError, match=r"no U16 has the bits of \(65536,\); leave invalid out"):
        point("A", 0, invalid=(0x10000,))


def test_a_value_does_not_go_beyond_the_last_register() -> None:
    point("A", 65534, DataType.F32)
    with pytest.raises(ValueError, match="F32 at offset 65535 ends behind the last register, 65535"):
        point("A", 65535, DataType.F32)


def test_settings_plan_and_decode_load_no_protocol_library() -> None:
    code = (
        "import sys, collectors.modbus.plan, collectors.modbus.decode, collectors.mqtt.plan, "
        "collectors.mqtt.decode; "
        "sys.exit(', '.join({'pymodbus', 'paho', 'asyncio'} & set(sys.modules)) or 0)"
    )

    run([sys.executable, "-c", code], check=True)
