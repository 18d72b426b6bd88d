"""The optional columns of points.csv, as they reach the collectors and the figures."""

import struct
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from config.raw_values import RawMistake, invalid_bits, modulus
from config.read import read_folder
from tests.config.folders import good_folder, replace


def with_columns(plant: Path, cells: dict[str, str]) -> None:
    """Add the optional columns, with these cells by tag."""
    file = plant / "points.csv"
    header, *rows = file.read_text("utf-8").splitlines()
    lines = [f"{row},{cells.get(row.partition(',')[0], ',,,')}" for row in rows]
    file.write_text("\n".join([f"{header},bit,shift,invalid,rollover", *lines]), "utf-8")


def test_the_optional_columns_reach_the_collector_and_the_figures(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    with_columns(plant, {"B1_I": ",-5,0x7FFF 65535,", "EFF_FQ": ",,,1000000", "L1_LIT": ",,,"})
    replace(plant / "points.csv", "FC03,2,2,U32,ABCD,1", "FC03,2,2,U32,,0.1")
    replace(plant / "connections.yaml", "192.168.10.12", "192.168.10.12\n  word_order: DCBA")

    folder = read_folder(plant)

    modbus = {point.tag: point for point in folder.modbus_points}
    assert modbus["B1_I"] == ModbusPoint(
        tag="B1_I",
        source="PLC1",
        function_code=FunctionCode.HOLDING_REGISTERS,
        offset=2,
        data_type=DataType.U16,
        scale=0.1,
        shift=-5.0,
        invalid=(0x7FFF, 0xFFFF),
        poll=timedelta(seconds=5),
    )
    assert (modbus["EFF_FQ"].word_order, modbus["EFF_COD"].word_order) == (WordOrder.DCBA, WordOrder.ABCD)
    assert {p.tag: p.rollover for p in folder.plant.points if p.rollover} == {"EFF_FQ": 100_000.0}


def test_bits_of_one_register_are_points_beside_its_word(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    with_columns(plant, {"B1_I": "4,,,", "B2_ST": ",,,"})
    replace(plant / "points.csv", "AI,A,0,200,PLC1,FC03,2,1,U16,ABCD,0.1,,,140,150,2,10,10",
            "DI,-,0,1,PLC1,FC03,1,1,BOOL,,1,,,,,,,")  # fmt: skip

    points = {point.tag: point for point in read_folder(plant).modbus_points}

    assert (points["B1_I"].offset, points["B1_I"].bit) == (1, 4)
    assert (points["B2_ST"].offset, points["B2_ST"].bit) == (1, None)


@pytest.mark.parametrize(
    ("text", "data_type", "bits"),
    [
        ("0x7FFF 0XFFFF", DataType.S16, (0x7FFF, 0xFFFF)),
        ("-1", DataType.S16, (0xFFFF,)),
        ("65535", DataType.S16, (0xFFFF,)),
        ("-32768;32767", DataType.S16, (0x8000, 0x7FFF)),
        ("4294967295", DataType.U32, (0xFFFFFFFF,)),
        ("0xFF", DataType.U32, (0xFF,)),
        ("-1 0xFFFFFFFFFFFFFFFF", DataType.U64, (2**64 - 1,)),
        ("-9999", DataType.F32, (0xC61C3C00,)),
        ("-9999.0", DataType.F64, (0xC0C3878000000000,)),
        ("0", DataType.F32, (0, 0x80000000)),
        ("-0.1", DataType.F32, (0xBDCCCCCD,)),
        ("0x7F800000", DataType.F32, (0x7F800000,)),
        ("9999 0xAAAA", DataType.BCD16, (0x9999, 0xAAAA)),
        ("12", DataType.BCD32, (0x12,)),
        ("0xFFFF", DataType.BOOL, (0xFFFF,)),
    ],
)
def test_a_raw_value_is_written_as_its_number_or_as_its_bits(
    text: str, data_type: DataType, bits: tuple[int, ...]
) -> None:
    assert invalid_bits(text, data_type) == bits


integers = st.sampled_from([kind for kind in DataType if not (kind.is_float or kind.is_bcd)])


@given(integers, st.integers(0, 2**64 - 1))
def test_any_bits_are_written_in_hexadecimal_or_as_a_number_with_or_without_sign(
    data_type: DataType, number: int
) -> None:
    width = 16 * data_type.registers
    bits = number % 2**width
    signed = bits - 2**width if bits >= 2 ** (width - 1) else bits

    assert {invalid_bits(text, data_type) for text in (hex(bits), str(bits), str(signed))} == {(bits,)}


@given(
    st.sampled_from([DataType.F32, DataType.F64]), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
def test_any_float_is_written_as_a_number_or_as_its_bits(data_type: DataType, value: float) -> None:
    pattern = ">f" if data_type is DataType.F32 else ">d"
    bits = struct.pack(pattern, value)

    assert int.from_bytes(bits, "big") in invalid_bits(repr(value), data_type)
    assert invalid_bits(f"0x{bits.hex()}", data_type) == (int.from_bytes(bits, "big"),)


@given(st.text(max_size=40), st.sampled_from(DataType))
def test_any_text_is_bits_of_the_type_or_a_mistake(text: str, data_type: DataType) -> None:
    with suppress(RawMistake):
        assert all(0 <= bits < 2 ** (16 * data_type.registers) for bits in invalid_bits(text, data_type))
    with suppress(RawMistake):
        assert 1 < modulus(text) <= 2**64


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("65536", 65_536.0),
        ("2^16", 65_536.0),
        ("2^64", 2.0**64),
        ("0x10000", 65_536.0),
        ("10^6", 1e6),
        ("1e6", 1e6),
        ("360", 360.0),
        ("99.99", 99.99),
        ("9", 9.0),
    ],
)
def test_where_a_counter_rolls_over_is_written_as_people_do(text: str, value: float) -> None:
    assert modulus(text) == value


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("65535", "write what would come next: 65536"),
        ("9999", "write what would come next: 10000"),
        ("4294967295", "write what would come next: 4294967296"),
        ("1", "write what its raw value starts at 0 again at, 2 to 2^64"),
        ("-5", "write what its raw value starts at 0 again at, 2 to 2^64"),
        ("10^99", "write what its raw value starts at 0 again at, 2 to 2^64"),
        ("1e999", "write what its raw value starts at 0 again at, 2 to 2^64"),
        ("1 000 000", "write 1000000"),
        ("nan", "write it such as 65536, 2^32 or 1000000"),
        ("2^", "write it such as 65536, 2^32 or 1000000"),
    ],
)
def test_what_can_be_no_roll_over_is_told_with_its_mend(text: str, mend: str) -> None:
    with pytest.raises(RawMistake) as told:
        modulus(text)

    assert told.value.mend == mend
