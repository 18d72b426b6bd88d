"""How a PLC keeps numbers in 16-bit registers.

Written from the devices' side and apart from the collectors' decoder, so that one that mistakes a
word order finds no accomplice here. A is the most significant byte:

    ABCD  big-endian, as the standard has it     CDAB  words swapped (Modicon, Siemens gateways)
    BADC  bytes of each word swapped             DCBA  little-endian throughout

libmodbus reads them with modbus_get_float_abcd, _cdab, _badc and _dcba. Values of 64 bits follow the
same two swaps; in a single register only that of the bytes can be seen.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from config.folder import PlantFolder
from telemetry.samples import ValueArray

Registers = tuple[int, ...]

_FORMATS: Final = {
    **{"BOOL": "H", "BIT16": "H", "U16": "H", "S16": "h", "U32": "I", "S32": "i", "F32": "f"},
    **{"U64": "Q", "S64": "q", "F64": "d", "BCD16": "H", "BCD32": "I"},
}
_BITS: Final = {"H": 16, "h": 16, "I": 32, "i": 32, "Q": 64, "q": 64}
_WRAPPING: Final = frozenset("IQ")
"""Counters: at their end they begin anew. What measures stops at its end."""


@dataclass(frozen=True, slots=True)
class RegisterPoint:
    """Where a point stands in a device, and how its value becomes registers."""

    tag: str
    function_code: int
    offset: int
    count: int
    encode: Callable[[float], Registers]


def register_points(folder: PlantFolder, connection: str) -> list[RegisterPoint]:
    """Return the points of a connection."""
    return [
        RegisterPoint(
            tag=point.tag,
            function_code=int(point.function_code),
            offset=point.offset,
            count=point.end - point.offset,
            encode=_shifted(
                encoder(point.data_type.value, point.word_order.value, point.scale, point.bit), point.shift
            ),
        )
        for point in folder.modbus_points
        if point.source == connection
    ]


def _shifted(encode: Callable[[float], Registers], shift: float) -> Callable[[float], Registers]:
    return (lambda value: encode(value - shift)) if shift else encode


def encoder(
    data_type: str, word_order: str, scale: float, bit: int | None = None
) -> Callable[[float], Registers]:
    """Return what turns a value in engineering units into registers as they go over the wire.

    Of a single bit all others of its register are 0.
    """
    letter = _FORMATS[data_type]
    pack = struct.Struct(f">{letter}").pack
    words = struct.calcsize(letter) // 2
    bytes_swapped = word_order in ("BADC", "DCBA")
    words_swapped = word_order in ("CDAB", "DCBA")
    unpack = struct.Struct(f"{'<' if bytes_swapped else '>'}{words}H").unpack
    raw = _raw(letter, scale)
    if data_type == "BOOL":
        raw = _bit(bit or 0, scale)
    elif data_type.startswith("BCD"):
        raw = _decimal(4 * words, scale)

    def encode(value: float) -> Registers:
        registers = unpack(pack(raw(value)))
        return registers[::-1] if words_swapped else registers

    return encode


def _raw(letter: str, scale: float) -> Callable[[float], float | int]:
    bits = _BITS.get(letter)
    if bits is None:
        return lambda value: value / scale
    signed = letter.islower()
    low = -(1 << (bits - 1)) if signed else 0
    high = (1 << (bits - 1 if signed else bits)) - 1
    if letter in _WRAPPING:
        return lambda value: high if math.isnan(value) else max(round(value / scale), 0) & high
    # A broken sensor shows the end of the range it breaks towards: 0x8000, or all ones.
    broken = low if signed else high
    return lambda value: broken if math.isnan(value) else min(max(round(value / scale), low), high)


def _bit(position: int, scale: float) -> Callable[[float], int]:
    return lambda value: int(not value / scale <= 0.5) << position


def _decimal(digits: int, scale: float) -> Callable[[float], int]:
    """Return what writes a value in so many digits, which begin anew; a broken sensor shows FFFF."""
    broken, modulus = 16**digits - 1, 10**digits
    return lambda value: broken if math.isnan(value) else int(str(max(round(value / scale), 0) % modulus), 16)


def read_back(data_type: str, scale: float, values: ValueArray, shift: float = 0.0) -> ValueArray:
    """Return many values as whoever reads their registers has them, in engineering units."""
    back: ValueArray
    if shift:
        back = read_back(data_type, scale, values - shift) + shift
        return back
    if data_type.startswith("BCD"):
        modulus = 10.0 ** (4 if data_type == "BCD16" else 8)
        back = np.fmod(np.maximum(np.rint(values / scale), 0.0), modulus) * scale
        return back
    if data_type == "BOOL":
        back = np.where(values / scale <= 0.5, 0.0, scale)
        return back
    letter = _FORMATS[data_type]
    whole: ValueArray = values / scale
    if letter == "f":
        back = whole.astype(np.float32) * np.float64(scale)
        return back
    if letter in _BITS:
        unsigned = letter in _WRAPPING or letter.isupper()
        bits = _BITS[letter] - (not unsigned)
        broken = 2.0**bits - 1.0 if unsigned else -(2.0**bits)
        low = 0.0 if unsigned else -(2.0**bits)
        whole = np.maximum(np.rint(whole), low)
        whole = np.fmod(whole, 2.0**bits) if letter in _WRAPPING else np.minimum(whole, 2.0**bits - 1.0)
        whole[np.isnan(values)] = broken
    back = whole * scale
    return back


class Block:
    """The registers, or bits, that one function code reads: an image from the first to the last."""

    def __init__(self, points: Sequence[RegisterPoint], single_bits: bool = False) -> None:
        self.points = points
        self.start = min(point.offset for point in points)
        self.count = max(point.offset + point.count for point in points) - self.start
        if single_bits:
            self.start = self.start // 16 * 16
            self.count = max(point.offset for point in points) + 1 - self.start
        self.single_bits = single_bits

    def image(self, values: "Callable[[str], float]") -> list[int]:
        """Return all registers of the block; 16 bits in each where bits are read, the first lowest.

        Registers between the points are zero: a PLC's data block has spare words.
        """
        image = [0] * (-(-self.count // 16) if self.single_bits else self.count)
        for point in self.points:
            place = point.offset - self.start
            if self.single_bits:
                image[place // 16] |= point.encode(values(point.tag))[0] << place % 16
            else:
                for at, word in enumerate(point.encode(values(point.tag)), place):
                    # Bits that share a register each come with the others 0.
                    image[at] |= word
        return image
