"""A register's address as point lists write it. Pure.

40101, 400101, 4x101, 4x0101   holding register, a manual's number: FC03 offset 100; 3… FC04, 1… FC02
00017                          coil, a manual's number: FC01 offset 16
100 with a function code       an offset, counted from 0 or 1 as the list's other addresses tell
0x0064, 64H                    an offset in hexadecimal, counted from 0
%MW100                         holding register at offset 100
40101.03, 40101.D              a bit of a register
40101-40102                    how many registers
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

FUNCTIONS: Final = {"0": 1, "1": 2, "3": 4, "4": 3}
_NAMES: Final = {1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers"}
_HEX: Final = re.compile(r"0x([0-9a-f]{1,4})|([0-9a-f]{1,5})h", re.IGNORECASE)
_CLASSIC: Final = re.compile(r"([0134])(?:x[-_: ]?([0-9]{1,6})|([0-9]{4}|[0-9]{5}))", re.IGNORECASE)
_PREFIXED: Final = re.compile(r"(hr|ir|di|co|holding|input|coil)[-_: ]?([0-9]{1,5})", re.IGNORECASE)
_SCHNEIDER: Final = re.compile(r"%?mw([0-9]{1,5})", re.IGNORECASE)
_OWN: Final = re.compile(r"%?(db[0-9]*|d|vw|vd|vb|md|mb|iw|qw|i|q|v|m|r|w|x|y|dm|cio)[._]?[0-9a-z.]*", re.I)
_RANGE: Final = re.compile(r"(.+?)\s*(?:-|~|到|至)\s*([0-9a-zA-Z]+)")
_BIT: Final = re.compile(r"([0-9a-zA-Z]+)[.:](?:d|b|bit)?([0-9]{1,2}|[a-f])", re.IGNORECASE)
_PREFIX_OF: Final = {"hr": 3, "holding": 3, "ir": 4, "input": 4, "di": 2, "co": 1, "coil": 1}


class Unclear(Exception):
    """A text that cannot be read in one way only: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


@dataclass(frozen=True, slots=True)
class Address:
    """Where a point stands, as far as its text says.

    `offset` counts from 0 where `is_bare` is false; a bare number counts from what the list counts from.
    """

    function: int | None
    offset: int
    is_bare: bool = False
    bit: int | None = None
    registers: int | None = None


def parse_address(text: str, is_number: bool = False) -> Address:
    """Return what an address says; Unclear where it says nothing, or two things."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lstrip("#")
    registers = None
    # 4-0101 would be a range; 4x-101 is none: the end of one is no smaller than its beginning.
    ranged = (
        None if re.match("[0134]x", bare, re.IGNORECASE) and bare.count("-") < 2 else _RANGE.fullmatch(bare)
    )
    if ranged is not None:
        begin, end = parse_address(ranged[1], is_number), parse_address(ranged[2], is_number)
        if begin.function != end.function or not 0 <= end.offset - begin.offset < 125:
            raise Unclear(f'"{text}" is no range', "write its first address, and the number of registers")
        return Address(begin.function, begin.offset, begin.is_bare, begin.bit, end.offset - begin.offset + 1)
    bit = None
    parted = _BIT.fullmatch(bare)
    if parted is not None and not _HEX.fullmatch(bare):
        digits = parted[2].casefold()
        if is_number and digits == "1":
            raise Unclear(f"{text} may be bit 1 or bit 10", "format the column as text, and write .01 or .10")
        bit = int(digits, 16) if digits.isalpha() else int(digits)
        if bit > 15:
            raise Unclear(f'"{text}": a register has bits 0 to 15', "write which of them is meant")
        bare = parted[1]
    function, offset, is_bare = _number(bare, text)
    if not 0 <= offset < 65536:
        raise Unclear(f'"{text}" lies beyond the last register', "write an address that Modbus has")
    return Address(function, offset, is_bare, bit, registers)


def _number(bare: str, text: str) -> tuple[int | None, int, bool]:
    hexadecimal = _HEX.fullmatch(bare)
    if hexadecimal is not None:
        return None, int(hexadecimal[1] or hexadecimal[2], 16), False
    classic = _CLASSIC.fullmatch(bare)
    if classic is not None:
        number = int(classic[2] or classic[3])
        if number == 0:
            raise Unclear(f'"{text}": a manual\'s numbers begin at 1', f"write {bare[:-1]}1, or the offset 0")
        return FUNCTIONS[classic[1]], number - 1, False
    prefixed = _PREFIXED.fullmatch(bare)
    if prefixed is not None:
        return _PREFIX_OF[prefixed[1].casefold()], int(prefixed[2]), True
    schneider = _SCHNEIDER.fullmatch(bare)
    if schneider is not None:
        return 3, int(schneider[1]), False
    if re.fullmatch("[0-9]{1,6}", bare):
        return None, int(bare), True
    if _OWN.fullmatch(bare):
        raise Unclear(
            f'"{text}" is an address of the PLC\'s own memory',
            "write the one of its Modbus table, such as 40101",
        )
    raise Unclear(f'"{text}" is no address', "write one such as 40101, or an offset with a function code")


def name_of(function: int) -> str:
    """Return what a function code reads."""
    return _NAMES[function]
