"""The Modbus columns of points.csv: the register address of one line."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from collectors.modbus.settings import DataType, FunctionCode, WordOrder
from config.cells import Row
from config.problems import quoted
from config.raw_values import RawMistake, invalid_bits

COLUMNS: Final = ("modbus_fc", "offset0", "regs", "word_order")
MAY_LACK: Final = ("bit", "shift", "invalid")
JSON: Final = "JSON"
ADDRESSES: Final = 65_536
FUNCTIONS: Final = {f"FC0{code.value}": code for code in FunctionCode}
BIT_FUNCTIONS: Final = frozenset({FunctionCode.COILS, FunctionCode.DISCRETE_INPUTS})
DATA_TYPES: Final = tuple(item.value for item in DataType)
WORD_ORDERS: Final = tuple(item.value for item in WordOrder)
WORD_BITS: Final = {1: 16, 2: 32, 4: 53}
"""Bits of an integer by its registers; beyond 2⁵³ a float64 does not keep them apart."""
_FUNCTIONS_CALLED: Final = {
    f"{prefix}{code.value}": name
    for name, code in FUNCTIONS.items()
    for prefix in ("", "0", "f", "f0", "fc", "fc0", "fc-", "fc-0", "0x0")
}
_TYPES_CALLED: Final = {
    word: data_type.value
    for data_type, words in {
        DataType.BOOL: "bit boolean coil",
        DataType.U16: "uint16 u_int16 uint ushort word",
        DataType.S16: "int16 i16 int short",
        DataType.U32: "uint32 u_int32 udint dword",
        DataType.S32: "int32 i32 dint long",
        DataType.F32: "float float32 real single",
        DataType.U64: "uint64 u_int64 ulint lword",
        DataType.S64: "int64 i64 lint",
        DataType.F64: "float64 double lreal",
        DataType.BCD16: "bcd bcd4",
        DataType.BCD32: "bcd8",
    }.items()
    for word in words.split()
}
"""What PLCs (IEC 61131-3) and programming languages call them."""
_ORDERS_CALLED: Final = {
    word: order.value
    for order, words in {
        WordOrder.ABCD: "abcd 1234 ab big bigendian big-endian highwordfirst",
        WordOrder.CDAB: "cdab 3412 wordswap wordswapped word-swapped swapped lowwordfirst",
        WordOrder.BADC: "badc 2143 ba byteswap byteswapped byte-swapped",
        WordOrder.DCBA: "dcba 4321 little littleendian little-endian",
    }.items()
    for word in words.split()
}
"""What manuals and other products call them."""
_HEX_OFFSET: Final = re.compile(
    r"0[xX]([0-9A-Fa-f]{1,4})|([0-9A-Fa-f]{1,4})[hH]|16#([0-9A-Fa-f]{1,4})", re.ASCII
)
_WITH_BIT: Final = re.compile(r"([0-9]{1,5})\.([0-9]{1,2})", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"([134])([0-9]{5})", re.ASCII)
_LONG_NUMBERS_OF: Final = {"1": "FC02", "3": "FC04", "4": "FC03"}


@dataclass(frozen=True, slots=True)
class Register:
    """Where a point stands in its device; `word_order` None is its device's."""

    function: FunctionCode
    offset: int
    data_type: DataType
    word_order: WordOrder | None
    scale: float
    shift: float = 0.0
    bit: int | None = None
    invalid: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.offset + self.data_type.registers


def read_register(row: Row) -> Register | None:
    """Return the address in a line read over Modbus, None where too little of it makes sense."""
    function = row.choice("modbus_fc", FUNCTIONS, _FUNCTIONS_CALLED)
    offset = _offset(row)
    registers = row.integer("regs", 1, 4, need="write how many registers it takes")
    data_type = row.choice("dtype", DATA_TYPES, _TYPES_CALLED)
    order = row.choice("word_order", WORD_ORDERS, _ORDERS_CALLED) if row.text("word_order") else None
    scale = row.number("scale", need="write 1 where nothing is scaled")
    if scale == 0:
        row.add("scale is 0", "write what the raw value is multiplied by, 1 for nothing")
    shift = row.number("shift") or 0.0
    bit = row.integer("bit", 0, 15)
    if data_type and registers is not None and registers != DataType(data_type).registers:
        needs = DataType(data_type).registers
        row.add(
            f"dtype {data_type} needs {needs} register{'s' * (needs > 1)}, regs is {registers}",
            f"set regs to {needs}",
        )
    if not (data_type and function):
        return None
    fits = _check_function(row, DataType(data_type), function, bit)
    invalid = _invalid(row, DataType(data_type), function)
    if offset is None:
        return None
    register = Register(
        FUNCTIONS[function],
        offset,
        DataType(data_type),
        WordOrder(order) if order else None,
        scale or 1.0,
        shift,
        bit if fits else None,
        invalid,
    )
    if register.end > ADDRESSES:
        what = (
            f"offset0 {offset} leaves no room for the {register.data_type.registers} registers of {data_type}"
        )
        row.add(what, f"set offset0 to {ADDRESSES - register.data_type.registers} or less")
    return register


def _offset(row: Row) -> int | None:
    text = row.text("offset0")
    if found := _HEX_OFFSET.fullmatch(text):
        row.add(f"offset0 is {quoted(text)}", f"write {int(next(filter(None, found.groups())), 16)}")
        return None
    if (found := _LONG_NUMBER.fullmatch(text)) and 0 < int(found[2]) <= ADDRESSES:
        mend = f"write {int(found[2]) - 1} with {_LONG_NUMBERS_OF[found[1]]}"
        row.add(f"offset0 is {text}, a number as manuals print it: offsets count from 0", mend)
        return None
    if (dotted := _dotted(row)) is not None:
        row.add(f"offset0 is {quoted(text)}", f"write {dotted[0]} there and {dotted[1]} in bit")
        return None
    return row.integer("offset0", 0, ADDRESSES - 1, need="write the address, counted from 0")


def _dotted(row: Row) -> tuple[int, int] | None:
    """Return the register and the bit where both are written as the offset, None where they are not."""
    found = _WITH_BIT.fullmatch(row.text("offset0"))
    is_bit = row.text("dtype") == DataType.BOOL and row.text("modbus_fc") in ("FC03", "FC04")
    if not is_bit or found is None or int(found[2]) > 15:
        return None
    return int(found[1]), int(found[2])


def _check_function(row: Row, data_type: DataType, function: str, bit: int | None) -> bool:
    """Tell a type that the function does not read, and a bit that is none; return whether all fits."""
    before = row.problems.count
    reads_bits, is_bool = FUNCTIONS[function] in BIT_FUNCTIONS, data_type is DataType.BOOL
    if is_bool and not reads_bits and not row.text("bit") and _dotted(row) is None:
        mend = "write in bit which one of the register it is, or set modbus_fc to FC01 or FC02"
        row.add(f"dtype {data_type} cannot be read with {function}", mend)
    elif reads_bits and not is_bool:
        row.add(f"dtype {data_type} cannot be read with {function}", "set dtype to BOOL")
    elif bit is not None and reads_bits:
        row.add(f"bit is written, but {function} reads single bits", "leave bit blank: offset0 says which")
    elif bit is not None and not is_bool:
        mend = "set dtype to BOOL, or leave bit blank; bits of a status word have names in bits.yaml"
        row.add(f"bit is written, but dtype is {data_type}", mend)
    return row.problems.count == before


def _invalid(row: Row, data_type: DataType, function: str) -> tuple[int, ...]:
    text = row.text("invalid")
    if not text:
        return ()
    if FUNCTIONS[function] in BIT_FUNCTIONS:
        row.add(f"invalid is written, but {function} reads single bits", "leave invalid blank")
        return ()
    try:
        return invalid_bits(text, data_type)
    except RawMistake as mistake:
        row.add(mistake.what, mistake.mend)
        return ()


def refuse_register(row: Row, source: str) -> None:
    """Tell the Modbus columns of a line that is not read over Modbus."""
    for column in (*COLUMNS, *MAY_LACK):
        if row.text(column):
            row.add(f"{column} is written, but {quoted(source)} is not Modbus", f"leave {column} blank")
    scale = row.number("scale")
    if scale is not None and scale != 1:
        row.add(
            f"scale is {scale:g}, but {quoted(source)} is not Modbus", "set scale to 1: nothing is scaled"
        )
    data_type = row.text("dtype")
    if data_type and data_type != JSON:
        mend = f"write {JSON}, or leave dtype blank"
        row.add(f"dtype is {quoted(data_type)}, but {quoted(source)} is not Modbus", mend)


def check_bits(row: Row, register: Register | None, positions: Collection[int], high: float | None) -> None:
    """Tell a set of bits that the point's value cannot hold."""
    top = max(positions, default=0)
    if register is None:
        if high is not None and (1 << top) > high:
            row.add(
                f"bit {top} of its set is beyond range_hi {high:g}",
                "set range_hi to all bits set, or mend bits",
            )
        return
    if register.data_type.is_float or register.data_type.is_bcd:
        row.add(f"bits of dtype {register.data_type}", "set dtype to BIT16, or leave bits blank")
    elif register.scale != 1 and not _inverts(register):
        row.add(f"bits of a value scaled by {register.scale:g}", "set scale to 1, or leave bits blank")
    elif register.shift != 0 and not _inverts(register):
        row.add(f"bits of a value shifted by {register.shift:g}", "leave shift blank, or bits")
    else:
        width = 1 if register.data_type is DataType.BOOL else WORD_BITS[register.data_type.registers]
        if top >= width:
            row.add(f"bit {top} of its set is beyond dtype {register.data_type}", "name another set in bits")


def _inverts(register: Register) -> bool:
    """Return whether a single bit is read the other way round: 1 - bit."""
    return register.data_type is DataType.BOOL and (register.scale, register.shift) == (-1, 1)


def capacity(data_type: DataType) -> int | None:
    """Return how many different values a type has, None for a float, which may count to anything."""
    if data_type.is_float:
        return None
    if data_type is DataType.BOOL:
        return 2
    digit = 10 if data_type.is_bcd else 16
    return int(digit ** (4 * data_type.registers))
