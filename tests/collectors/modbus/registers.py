"""Every data type in every word order, written out by hand from the definition of each order.

It shares no code with the decoder, or a mistake in one would hide in the other.
"""

import struct
from dataclasses import dataclass

from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from tests.collectors.modbus.points import point

_VALUES: dict[DataType, tuple[str, tuple[float, ...]]] = {
    DataType.U16: (">H", (0xBEEF, 0, 65535, 1)),
    DataType.S16: (">h", (-12345, 32767, -32768, -1)),
    DataType.BIT16: (">H", (0b1000_0000_0000_0101, 0, 65535, 0x0100)),
    DataType.U32: (">I", (4_000_000_001, 0, 2**32 - 1, 65536)),
    DataType.S32: (">i", (-2_000_000_001, 2**31 - 1, -(2**31), -1)),
    DataType.F32: (">f", (-12.375, 0.0, 3.4028234663852886e38, 1.401298464324817e-45)),
    DataType.U64: (">Q", (2**53 - 1, 0, 0x0001_0002_0003_0004, 1)),
    DataType.S64: (">q", (-(2**53) + 1, 2**53, -1, -0x0001_0002_0003_0004)),
    DataType.F64: (">d", (3.141592653589793, -1e308, 5e-324, 0.0)),
    DataType.BCD16: (">H", (1234, 0, 9999, 5)),
    DataType.BCD32: (">I", (12345678, 0, 99999999, 90000)),
}
_PLACES = {
    WordOrder.ABCD: {2: (0, 1), 4: (0, 1, 2, 3), 8: (0, 1, 2, 3, 4, 5, 6, 7)},
    WordOrder.CDAB: {2: (0, 1), 4: (2, 3, 0, 1), 8: (6, 7, 4, 5, 2, 3, 0, 1)},
    WordOrder.BADC: {2: (1, 0), 4: (1, 0, 3, 2), 8: (1, 0, 3, 2, 5, 4, 7, 6)},
    WordOrder.DCBA: {2: (1, 0), 4: (3, 2, 1, 0), 8: (7, 6, 5, 4, 3, 2, 1, 0)},
}
BITS = (True, False, False, True, True, True, False, True, False, True, True)


@dataclass(frozen=True)
class Table:
    """Points, the registers they stand in, and what they must be read as."""

    points: tuple[ModbusPoint, ...]
    words: tuple[int, ...]
    values: dict[str, float]


def wire_bytes(data_type: DataType, word_order: WordOrder, value: float) -> bytes:
    """Return a value's bytes as they stand on the wire."""
    packed = int(f"{value:.0f}", 16) if data_type in (DataType.BCD16, DataType.BCD32) else value
    plain = struct.pack(_VALUES[data_type][0], packed)
    return bytes(plain[place] for place in _PLACES[word_order][len(plain)])


def every_type_and_order(function_code: FunctionCode, prefix: str = "") -> Table:
    """Return four values of each of the 44 combinations, one behind the other,
    and each bit of a register, plain and with its bytes swapped.
    """
    points, values, wire = [], {}, b""
    for data_type, (_, samples) in _VALUES.items():
        for order in WordOrder:
            for number, value in enumerate(samples):
                tag = f"{prefix}{data_type}_{order}_{number}"
                points.append(point(tag, len(wire) // 2, data_type, order, function_code=function_code))
                values[tag] = float(value)
                wire += wire_bytes(data_type, order, value)
    for bit in range(16):
        for order in (WordOrder.ABCD, WordOrder.BADC):
            tag, at = f"{prefix}BIT{bit}_{order}", len(wire) // 2 + (order is WordOrder.BADC)
            points.append(point(tag, at, DataType.BOOL, order, function_code=function_code, bit=bit))
            values[tag] = float(0xA50F >> bit & 1)
    wire += b"\xa5\x0f\x0f\xa5"
    return Table(tuple(points), struct.unpack(f">{len(wire) // 2}H", wire), values)


def bits(function_code: FunctionCode, prefix: str) -> Table:
    """Return a point for each of `BITS`, from offset 3."""
    points = tuple(
        point(f"{prefix}{number}", 3 + number, DataType.BOOL, function_code=function_code)
        for number in range(len(BITS))
    )
    return Table(points, (), {p.tag: float(bit) for p, bit in zip(points, BITS, strict=True)})
