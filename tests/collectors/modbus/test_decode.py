import math
import struct
import sys
from subprocess import run

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors.modbus.decode import decode
from collectors.modbus.plan import Planner, Request
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from telemetry.errors import DeviceError
from telemetry.quality import Quality
from tests.collectors.modbus.points import ids, point, settings
from tests.collectors.modbus.registers import wire_bytes

FORMATS = {"U16": "H", "BIT16": "H", "S16": "h", "U32": "I", "S32": "i", "F32": "f", "U64": "Q", "S64": "q"}


def one_request(points: list[ModbusPoint], ranges: dict[str, tuple[float, float]] | None = None) -> Request:
    (request,) = Planner(settings(max_gap=124), ids(points), ranges or {}).requests(points)
    return request


def read_one(
    data: bytes, only: ModbusPoint, ranges: dict[str, tuple[float, float]] | None = None
) -> tuple[float, int]:
    values, quality = decode(one_request([only], ranges).layout, data)
    return float(values[0]), int(quality[0])


@given(
    st.sampled_from([DataType(name) for name in FORMATS]),
    st.sampled_from(WordOrder),
    st.binary(min_size=8, max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_value_is_what_struct_says_times_its_scale(
    data_type: DataType, order: WordOrder, noise: bytes, scale: float
) -> None:
    pattern = f">{FORMATS[data_type]}"
    (raw,) = struct.unpack(pattern, noise[: struct.calcsize(pattern)])
    assume(not math.isnan(raw))
    wire = wire_bytes(data_type, order, raw)
    value, quality = read_one(wire, point("A", 5, data_type, order, scale=scale))

    expected = float(raw) * scale
    if math.isfinite(expected):
        inexact = data_type in (DataType.U64, DataType.S64) and abs(raw) > 2**53
        assert (value, quality) == (expected, Quality.NOT_ACCURATE if inexact else Quality.GOOD)
    else:
        assert math.isnan(value)
        assert quality == Quality.SENSOR_FAILURE


@given(
    st.lists(
        st.tuples(st.sampled_from(list(DataType)[1:]), st.sampled_from(WordOrder)), min_size=1, max_size=25
    ),
    st.data(),
)
def test_values_beside_each_other_do_not_disturb_each_other(
    kinds: list[tuple[DataType, WordOrder]], data: st.DataObject
) -> None:
    points, offset = [], 10
    for number, (data_type, order) in enumerate(kinds):
        points.append(point(f"P{number}", offset, data_type, order))
        offset += data_type.registers
    request = one_request(points)
    answer = data.draw(st.binary(min_size=request.layout.length, max_size=request.layout.length))

    values, quality = decode(request.layout, answer)

    for row, only in enumerate(request.points):
        start = 2 * (only.offset - 10)
        alone = read_one(answer[start : start + 2 * only.data_type.registers], only)
        assert np.array_equal([values[row], quality[row]], alone, equal_nan=True)


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


def test_a_register_read_twice_in_two_ways_has_both_values() -> None:
    points = [point("WORD", 4, DataType.BIT16), point("PAIR", 4, DataType.U32), point("LOW", 5)]
    request = one_request(points)

    values, _ = decode(request.layout, bytes.fromhex("00010002"))

    found = {p.tag: value for p, value in zip(request.points, values, strict=True)}
    assert found == {"WORD": 1.0, "PAIR": 65538.0, "LOW": 2.0}


def test_bool_and_registers_do_not_mix() -> None:
    with pytest.raises(
        ValueError, match="BOOL is not what FC03 reads; read it with FC01 or FC02, or as BIT16"
    ):
        point("A", 0, DataType.BOOL, function_code=FunctionCode.HOLDING_REGISTERS)
    with pytest.raises(ValueError, match="U16 is not what FC01 reads; make it BOOL"):
        point("A", 0, DataType.U16, function_code=FunctionCode.COILS)


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
