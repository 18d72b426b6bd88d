"""A look at what came before the library takes it apart: pure.

    0          2          4        6      7    8
    | transaction | protocol 0 | length | unit | function | data …        length counts from unit on

The library lets an exception loose in the event loop for a frame it cannot decode, takes
transaction 0 for any, and waits for ever where the stream is no longer in step. So frames are
judged here first, and an answer that is not ours, or nonsense, is one clear error.
"""

import struct
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct(">HHHBB")
_LONGEST: Final = 254
_REFUSAL: Final = 0x80
_MOST_STRAYS: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answer must be to."""

    transaction: int
    unit: int
    function: int


@dataclass(frozen=True, slots=True)
class Finding:
    """`fault` says why the connection cannot go on; `answered`: the answer is there as a whole.

    `unfinished`: the last frame is not all there; `strays` answered something asked earlier.
    """

    fault: str | None = None
    answered: bool = False
    unfinished: bool = False
    strays: int = 0


def inspect(received: bytes, asked: Asked) -> Finding:
    """Return what is wrong with the bytes received and not yet used."""
    at = strays = 0
    answered = False
    while len(received) - at >= _HEADER.size:
        transaction, protocol, length, unit, function = _HEADER.unpack_from(received, at)
        end = at + 6 + length
        # Some devices give a refusal the length 2; it still has its code behind it.
        short_refusal = length == 2 and function & _REFUSAL and len(received) - at <= 9
        if short_refusal:
            end += 1
        if protocol != 0 or length > _LONGEST or (length < 3 and not short_refusal):
            return Finding(fault="what it sends is not Modbus TCP")
        if len(received) < end:
            break
        if transaction != asked.transaction:
            if transaction == 0:
                return Finding(fault=f"it answers transaction {asked.transaction} as 0")
            strays += 1
            if strays > _MOST_STRAYS:
                return Finding(fault="it sends answers that nobody waits for")
        elif unit != asked.unit:
            return Finding(fault=f"unit {unit} answers instead of {asked.unit}")
        elif function & ~_REFUSAL != asked.function:
            return Finding(fault=f"it answers function {asked.function} with {function}")
        else:
            answered = True
        at = end
    return Finding(None, answered, at < len(received), strays)
