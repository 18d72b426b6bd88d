import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.point_lists.addresses import Address, Unclear, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("40101", Address(3, 100)),
        ("400101", Address(3, 100)),
        ("4x101", Address(3, 100)),
        ("4X-0101", Address(3, 100)),
        ("４０１０１", Address(3, 100)),
        ("465536", Address(3, 65535)),
        ("30001", Address(4, 0)),
        ("10017", Address(2, 16)),
        ("00017", Address(1, 16)),
        ("0x0064", Address(None, 100)),
        ("64H", Address(None, 100)),
        ("%MW100", Address(3, 100)),
        ("100", Address(None, 100, is_bare=True)),
        ("0", Address(None, 0, is_bare=True)),
        ("HR100", Address(3, 100, is_bare=True)),
        ("40101.03", Address(3, 100, bit=3)),
        ("40101.D", Address(3, 100, bit=13)),
        ("40101-40102", Address(3, 100, registers=2)),
        ("40101～40104", Address(3, 100, registers=4)),
    ],
)
def test_an_address_is_read_as_its_convention_has_it(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("40000", '"40000": a manual\'s numbers begin at 1'),
        ("D100", '"D100" is an address of the PLC\'s own memory'),
        ("DB1.DBW4", '"DB1.DBW4" is an address of the PLC\'s own memory'),
        ("VW100", '"VW100" is an address of the PLC\'s own memory'),
        ("70000", '"70000" lies beyond the last register'),
        ("40101.16", '"40101.16": a register has bits 0 to 15'),
        ("40105-40101", '"40105-40101" is no range'),
        ("待定", '"待定" is no address'),
    ],
)
def test_what_is_no_address_is_told(text: str, what: str) -> None:
    with pytest.raises(Unclear) as told:
        parse_address(text)

    assert told.value.what == what
    assert told.value.mend


def test_a_bit_that_excel_shortened_is_not_guessed() -> None:
    # 40101.10 typed as a number is kept as 40101.1.
    with pytest.raises(Unclear, match="may be bit 1 or bit 10"):
        parse_address("40101.1", is_number=True)

    assert parse_address("40101.1").bit == 1


@given(st.text(alphabet="0134xX.-~ ABDHdh%MW９#:", max_size=12) | st.text(max_size=12))
def test_whatever_stands_there_is_an_address_or_unclear(text: str) -> None:
    try:
        address = parse_address(text)
    except Unclear:
        return
    assert 0 <= address.offset < 65536
    assert address.function in (None, 1, 2, 3, 4)
    assert address.bit is None or 0 <= address.bit < 16
