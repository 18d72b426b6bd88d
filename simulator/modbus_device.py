"""What a PLC answers to a request: registers and bits as its points have them. Pure.

    request   function, address (2), count (2)      answer   function, bytes (1), data
                                                    refused  function + 0x80, exception (1)

Registers are encoded when they are read and the plant has changed since, not at every step: a reader
never pays for a step nobody looks at, and a fault shows in the very next answer. Encoding and
answering happen without a pause between them, so no value is ever seen half-changed.
"""

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from simulator.registers import Block, RegisterPoint

Values = Callable[[], Mapping[str, float]]

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
NO_RESPONSE: Final = 11
"""What a gateway answers for a unit that is not there, or does not answer it."""

_BIT_FUNCTIONS: Final = (1, 2)
_FUNCTIONS: Final = (1, 2, 3, 4)
_MOST_BITS: Final = 2000
_MOST_REGISTERS: Final = 125
_REQUEST: Final = struct.Struct(">BHH")


def refused(function: int, exception: int) -> bytes:
    """Return an answer that refuses a request."""
    return bytes((function | 0x80, exception))


class Device:
    """One unit. `illegal` says whose registers it refuses at this moment, by tag."""

    def __init__(
        self, points: Sequence[RegisterPoint], values: Values, illegal: Callable[[], Collection[str]]
    ) -> None:
        self._values = values
        self._illegal = illegal
        self._points = {point.tag: point for point in points}
        self._blocks: dict[int, Block] = {}
        for code in _FUNCTIONS:
            mine = [point for point in points if point.function_code == code]
            if mine:
                self._blocks[code] = Block(mine, single_bits=code in _BIT_FUNCTIONS)
        self._shown: dict[int, tuple[Mapping[str, float], list[int]]] = {}

    def answer(self, request: bytes) -> bytes:
        """Return the answer to a request, without the frame about either; it only ever reads."""
        function = request[0]
        if function not in _FUNCTIONS:
            return refused(function, ILLEGAL_FUNCTION)
        if len(request) != _REQUEST.size:
            return refused(function, ILLEGAL_VALUE)
        _, address, count = _REQUEST.unpack(request)
        bits = function in _BIT_FUNCTIONS
        if not 1 <= count <= (_MOST_BITS if bits else _MOST_REGISTERS):
            return refused(function, ILLEGAL_VALUE)
        block = self._blocks.get(function)
        if (
            block is None
            or not self._reaches(block, address, count)
            or self._is_illegal(*_REQUEST.unpack(request))
        ):
            return refused(function, ILLEGAL_ADDRESS)
        image, first = self._image(function, block), address - block.start
        data = (
            _bits(image, first, count) if bits else struct.pack(f">{count}H", *image[first : first + count])
        )
        return bytes((function, len(data))) + data

    @staticmethod
    def _reaches(block: Block, address: int, count: int) -> bool:
        # Bits are kept in words, so those that fill the last one are there too.
        length = -(-block.count // 16) * 16 if block.single_bits else block.count
        return block.start <= address and address + count <= block.start + length

    def _is_illegal(self, function: int, address: int, count: int) -> bool:
        for tag in self._illegal():
            point = self._points.get(tag)
            if point is not None and point.function_code == function:
                if point.offset < address + count and address < point.offset + point.count:
                    return True
        return False

    def _image(self, function: int, block: Block) -> list[int]:
        now = self._values()
        shown = self._shown.get(function)
        if shown is None or shown[0] is not now:
            shown = self._shown[function] = now, block.image(now.__getitem__)
        return shown[1]


def _bits(image: Sequence[int], first: int, count: int) -> bytes:
    """Return bits from a place on, the first in the lowest of the first byte."""
    data = bytearray(-(-count // 8))
    for place in range(count):
        word, bit = divmod(first + place, 16)
        data[place // 8] |= (image[word] >> bit & 1) << place % 8
    return bytes(data)
