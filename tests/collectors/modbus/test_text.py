import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.settings import FunctionCode
from collectors.modbus.text import text_of
from tests.collectors.modbus.points import settings


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"SN-0042\0\0\0", "SN-0042"),
        (b"SN-0042      ", "SN-0042"),
        (b"  FW 2.10\0", "FW 2.10"),
        (b"\0\0\0\0", ""),
        (b"\xff\xff\xff\xff", ""),
        (b"ABC\xff\xff\xff", "ABC"),
        (b"", ""),
        (b"\0\0LATE\0\0", "LATE"),
        (b"V1\0\x07garbage\xfe", "V1"),
        (b"\0A\0B\0C\0\0", "ABC"),
        (b"A\0B\0C\0\0\0", "ABC"),
        (b"X\0\0\0", "X"),
        ("提升泵 1".encode(), "提升泵 1"),
        ("提升泵 1".encode("gbk"), "提升泵 1"),
        ("流量计".encode()[:8], "流量"),
        ("流量计".encode("gbk")[:5], "流量"),
        (b"a\x1b[31mb\r\nc\x7f", "a[31mb c"),
        ("a\u202eb\u200bc\u2028d".encode(), "abc d"),
        (b"caf\xe9\x81\0", "caf閬"),
        (b"ok\xff\x80z", "ok��z"),
    ],
)
def test_registers_are_one_line_of_text(data: bytes, text: str) -> None:
    assert text_of(data) == text


def test_characters_swapped_in_each_register_are_put_right() -> None:
    assert text_of(b"NS0-240\0", swap_bytes=True) == "SN-042"
    assert text_of(b"BA\0C", swap_bytes=True) == "ABC"


@given(st.binary(max_size=125), st.booleans())
def test_any_bytes_are_a_short_line_without_controls(data: bytes, swap: bool) -> None:
    text = text_of(data, swap)

    assert len(text) <= 120
    assert text == " ".join(text.split())
    assert [c for c in text if unicodedata.category(c).startswith(("C", "Zl", "Zp"))] == []


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30), st.booleans())
def test_what_a_device_wrote_in_utf_8_comes_back(text: str, swap: bool) -> None:
    data = text.encode()
    data += b"\0" * (len(data) % 2 or 2)
    wire = b"".join(data[at : at + 2][::-1] for at in range(0, len(data), 2)) if swap else data

    assert text_of(wire, swap) == text


def test_an_attribute_names_its_registers() -> None:
    device = settings(attributes={"serial": {"offset": 100, "registers": 8, "function_code": "FC04"}})

    attribute = device.attributes["serial"]
    assert (attribute.code, attribute.offset, attribute.registers, attribute.swap_bytes) == (
        FunctionCode.INPUT_REGISTERS,
        100,
        8,
        False,
    )
