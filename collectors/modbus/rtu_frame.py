"""A look at what came over a serial line, or over TCP as from one: pure.

    0      1          2
    | unit | function | count | data … | crc, low byte first |
    | unit | function + 128 | code | crc |

Such a frame has no number: only its unit, function and length tell whose answer it is. So what is
still owed to requests that went unanswered is kept in mind, and a frame of such a shape proves
nothing of the request after it. Noise and the echo of the request are looked past.
"""

import struct
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.modbus.decode import answer_length
from collectors.modbus.settings import ADDRESSES, FunctionCode, Untouched

_REFUSAL: Final = 0x80
_HEAD: Final = 3
_CRC: Final = 2
_MOST_DATA: Final = 250
# More than a unit or a gateway keeps waiting.
_MOST_OWED: Final = 16
_REFUSAL_SIZE: Final = _HEAD + _CRC
_FUNCTIONS: Final = frozenset(int(code) for code in FunctionCode)


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC_TABLE: Final = _table()


def crc(data: bytes) -> bytes:
    """Return the checksum as it stands behind the data."""
    value = 0xFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return struct.pack("<H", value)


@dataclass(frozen=True, slots=True)
class Question:
    """A read as it goes out; `shape` is all that its answer shows of it."""

    unit: int
    function: FunctionCode
    offset: int
    count: int

    @property
    def size(self) -> int:
        """Bytes of data in the answer."""
        return answer_length(self.function, self.count)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Unit, function and bytes of data."""
        return self.unit, self.function, self.size


@dataclass(frozen=True, slots=True)
class Found:
    """`frame` is the whole answer, if there is one; `fault` says what came in its place.

    `unfinished`: an answer has begun; `noise`: bytes came that are none; `strays` are answers to others.
    """

    frame: bytes | None = None
    fault: str | None = None
    unfinished: bool = False
    noise: bool = False
    strays: int = 0


class Owed:
    """What units may still answer late, oldest first; a unit answers in the order it is asked.

    `never` are the registers that no request may touch, by unit.
    """

    def __init__(self, never: Mapping[int, Sequence[Untouched]]) -> None:
        self._never = never
        self._questions: dict[int, deque[Question]] = {}

    @property
    def shapes(self) -> frozenset[tuple[int, int, int]]:
        """The shapes of all that may still come."""
        return frozenset(one.shape for owed in self._questions.values() for one in owed)

    def blurs(self, question: Question) -> bool:
        """Whether a refusal, or an answer of another length, may be to something else than the question."""
        return any(
            one != question
            for one in self._questions.get(question.unit, ())
            if one.function == question.function
        )

    def unanswered(self, question: Question) -> None:
        """Note that a question was given up."""
        self._questions.setdefault(question.unit, deque(maxlen=_MOST_OWED)).append(question)

    def answered(self, question: Question) -> None:
        """Note an answer of a question's shape.

        Where none of that shape was owed, nothing older can come any more; otherwise it may have been
        the oldest of them that came, and this one is owed in its place.
        """
        owed = self._questions.get(question.unit)
        if owed is None:
            return
        if all(one.shape != question.shape for one in owed):
            del self._questions[question.unit]
            return
        while owed.popleft().shape != question.shape:
            pass
        owed.append(question)

    def mistakable(self, question: Question) -> bool:
        """Whether an answer to something else may look like the one to this."""
        owed = self._questions.get(question.unit, ())
        return any(one.shape == question.shape and one != question for one in owed)

    def telling(self, question: Question) -> Question:
        """Return a read whose answer looks like none that is owed, a part of the question if possible.

        Where there is none, the question itself: asked again and again, its own answer is the last.
        """
        owed = {one.shape for one in self._questions.get(question.unit, ())}
        more = 8 if question.function.reads_bits else 1
        for count in (*range(1, question.count), question.count + more):
            part = Question(question.unit, question.function, question.offset, count)
            if part.shape not in owed and part.size <= _MOST_DATA and self._may_be_read(part):
                return part
        return question

    def _may_be_read(self, part: Question) -> bool:
        end = part.offset + part.count
        return end <= ADDRESSES and not any(
            one.function_code == part.function and one.first < end and part.offset <= one.last
            for one in self._never.get(part.unit, ())
        )


def inspect(
    received: bytes,
    asked: Question,
    sent: bytes,
    owed: frozenset[tuple[int, int, int]],
    blurred: bool = False,
) -> Found:
    """Return what stands in the bytes received since a request was sent.

    Where it is `blurred`, only an answer of the length asked for is one: a refusal may be a late one.
    """
    at = len(sent) if received.startswith(sent) and not _is_answer(received, asked) else 0
    fault: str | None = None
    strays = noise = 0
    while len(received) - at >= 2:
        frame = _frame(received, at)
        if frame is None:
            ours = received[at] == asked.unit and received[at + 1] & ~_REFUSAL == asked.function
            if ours and _may_become(received[at:], asked, owed):
                return Found(unfinished=True, noise=noise > 0, strays=strays)
            at += 1
            noise += 1
            continue
        unit, function = frame[0], frame[1]
        ours = unit == asked.unit and function & ~_REFUSAL == asked.function
        shape = (unit, function, frame[2])
        if ours and (shape == asked.shape or not blurred):
            return Found(frame=frame)
        at += len(frame)
        strays += 1
        if shape not in owed and not (ours and blurred):
            fault = _stranger(unit, function, asked)
    # A single byte may be noise as well as a beginning, and says nothing.
    return Found(fault=fault, noise=noise > 0, strays=strays)


def _is_answer(received: bytes, asked: Question) -> bool:
    """Whether the bytes begin with the answer itself: a request can look like the start of one."""
    size = _HEAD + asked.size + _CRC
    if len(received) < size or received[:_HEAD] != bytes([asked.unit, asked.function, asked.size & 0xFF]):
        return False
    return crc(received[: size - _CRC]) == received[size - _CRC : size]


def _frame(received: bytes, at: int) -> bytes | None:
    """Return the whole and sound answer that begins at a place, None where none does."""
    function = received[at + 1]
    size = _REFUSAL_SIZE
    if not function & _REFUSAL:
        if function not in _FUNCTIONS or len(received) - at < _HEAD:
            return None
        size = _HEAD + received[at + 2] + _CRC
    elif function & ~_REFUSAL not in _FUNCTIONS:
        return None
    frame = received[at : at + size]
    if len(frame) < size or crc(frame[:-_CRC]) != frame[-_CRC:]:
        return None
    return frame


def _may_become(beginning: bytes, asked: Question, owed: frozenset[tuple[int, int, int]]) -> bool:
    """Whether it is worth waiting for the rest of what begins as an answer to the question."""
    if beginning[1] & _REFUSAL:
        return len(beginning) < _REFUSAL_SIZE
    if len(beginning) < _HEAD:
        return True
    shape = (beginning[0], beginning[1], beginning[2])
    return (shape == asked.shape or shape in owed) and len(beginning) < _HEAD + beginning[2] + _CRC


def _stranger(unit: int, function: int, asked: Question) -> str:
    if unit != asked.unit:
        return f"unit {unit} answers instead of {asked.unit}"
    return f"it answers function {asked.function:d} with {function}"
