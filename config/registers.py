"""The Modbus columns of points.csv: the register address of one line."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from collectors.modbus.settings import DataType, FunctionCode, WordOrder
from config.cells import Row
from config.problems import quoted

COLUMNS: Final = ("modbus_fc", "offset0", "regs", "word_order")
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
    }.items()
    for word in words.split()
}
"""What PLCs (IEC 61131-3) and programming languages call them."""
FLOATS: Final = frozenset({DataType.F32, DataType.F64})


@dataclass(frozen=True, slots=True)
class Register:
    """Where a point stands in its device."""

    function: FunctionCode
    offset: int
    data_type: DataType
    word_order: WordOrder
    scale: float

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.offset + self.data_type.registers


def read_register(row: Row) -> Register | None:
    """Return the address in a line read over Modbus, None where too little of it makes sense."""
    function = row.choice("modbus_fc", FUNCTIONS, _FUNCTIONS_CALLED)
    offset = row.integer("offset0", 0, ADDRESSES - 1, need="write the address, counted from 0")
    registers = row.integer("regs", 1, 4, need="write how many registers it takes")
    data_type = row.choice("dtype", DATA_TYPES, _TYPES_CALLED)
    order = row.choice("word_order", WORD_ORDERS)
    scale = row.number("scale", need="write 1 where nothing is scaled")
    if scale == 0:
        row.add("scale is 0", "write what the raw value is multiplied by, 1 for nothing")
    if data_type and registers is not None and registers != DataType(data_type).registers:
        needs = DataType(data_type).registers
        row.add(
            f"dtype {data_type} needs {needs} register{'s' * (needs > 1)}, regs is {registers}",
            f"set regs to {needs}",
        )
    if data_type and function and (data_type == DataType.BOOL) != (FUNCTIONS[function] in BIT_FUNCTIONS):
        mend = "set modbus_fc to FC01 or FC02" if data_type == DataType.BOOL else "set dtype to BOOL"
        row.add(f"dtype {data_type} cannot be read with {function}", mend)
    if not (data_type and function) or offset is None:
        return None
    register = Register(
        FUNCTIONS[function], offset, DataType(data_type), WordOrder(order or WordOrder.ABCD), scale or 1.0
    )
    if register.end > ADDRESSES:
        what = (
            f"offset0 {offset} leaves no room for the {register.data_type.registers} registers of {data_type}"
        )
        row.add(what, f"set offset0 to {ADDRESSES - register.data_type.registers} or less")
    return register


def refuse_register(row: Row, source: str) -> None:
    """Tell the Modbus columns of a line that is not read over Modbus."""
    for column in COLUMNS:
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
    if register.data_type in FLOATS:
        row.add(f"bits of dtype {register.data_type}", "set dtype to BIT16, or leave bits blank")
    elif register.scale != 1:
        row.add(f"bits of a value scaled by {register.scale:g}", "set scale to 1, or leave bits blank")
    else:
        width = 1 if register.data_type is DataType.BOOL else WORD_BITS[register.data_type.registers]
        if top >= width:
            row.add(f"bit {top} of its set is beyond dtype {register.data_type}", "name another set in bits")
