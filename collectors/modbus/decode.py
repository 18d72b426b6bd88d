"""Bytes of an answer to values: pure, and prepared once for each request.

A value's bytes stand on the wire in its word order. `Layout.gather` lists, value after value, where
its bytes stand, least significant first; so one indexing turns any mix of word orders into
little-endian numbers, which are then viewed as their types, one group of rows after the other.

What a device gives where it has no value (0x7FFF, -9999.0) is compared with the bits of the raw value:
so one comparison serves every type, and no scale or rounding comes between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from telemetry.errors import DeviceError
from telemetry.quality import Quality, QualityArray
from telemetry.samples import ValueArray

# The groups of an answer stand in this order: the widest first keeps every view aligned.
_DTYPES: Final[Mapping[DataType, str]] = {
    DataType.F64: "<f8",
    DataType.S64: "<i8",
    DataType.U64: "<u8",
    DataType.F32: "<f4",
    DataType.S32: "<i4",
    DataType.U32: "<u4",
    DataType.BCD32: "<u4",
    DataType.S16: "<i2",
    DataType.U16: "<u2",
    DataType.BIT16: "<u2",
    DataType.BCD16: "<u2",
    DataType.BOOL: "<u2",
}
_ONE_BIT: Final = "<u1"
_RANK: Final = {data_type: rank for rank, data_type in enumerate(_DTYPES)}
_LARGEST_EXACT: Final = 2**53
_GOOD: Final = np.uint8(Quality.GOOD)

# Which byte of the value stands where on the wire; A is the most significant one.
_WIRE: Final[Mapping[WordOrder, tuple[str, str, str]]] = {
    WordOrder.ABCD: ("AB", "ABCD", "ABCDEFGH"),
    WordOrder.CDAB: ("AB", "CDAB", "GHEFCDAB"),
    WordOrder.BADC: ("BA", "BADC", "BADCFEHG"),
    WordOrder.DCBA: ("BA", "DCBA", "HGFEDCBA"),
}


class _Kind(Enum):
    """What becomes of the numbers of a group."""

    PLAIN = "plain"
    WIDE = "wide"
    """Integers that a float64 may not hold exactly."""
    DECIMAL = "decimal"
    """A decimal digit in each nibble."""
    BIT = "bit"
    """One bit of each register."""


_KINDS: Final[Mapping[DataType, _Kind]] = {
    DataType.U64: _Kind.WIDE,
    DataType.S64: _Kind.WIDE,
    DataType.BCD16: _Kind.DECIMAL,
    DataType.BCD32: _Kind.DECIMAL,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Neighbouring rows of one type and kind.

    `bits` are the positions of the bits, a row each, where it is of that kind. `invalid` are bits of
    raw values that mean that there is none, `invalid_at` the row of the group that each is of.
    """

    dtype: np.dtype[Any]
    kind: _Kind
    rows: slice
    span: slice
    bits: npt.NDArray[np.uint16]
    invalid: npt.NDArray[np.unsignedinteger[Any]]
    invalid_at: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the values of one answer stand.

    length      bytes of registers or bits in the answer
    gather      byte (or bit) positions, see above
    scale       float64 a row, None where all are 1
    shift       float64 a row, added after the scale, None where all are 0
    low, high   float64 a row, infinite where a point has no range; None where none has
    """

    length: int
    rows: int
    bits: bool
    gather: npt.NDArray[np.intp]
    groups: tuple[_Group, ...]
    scale: ValueArray | None
    shift: ValueArray | None
    low: ValueArray | None
    high: ValueArray | None


def answer_length(function_code: FunctionCode, count: int) -> int:
    """Return how many bytes of data the answer to a read of `count` has."""
    return (count + 7) // 8 if function_code.reads_bits else 2 * count


def row_order(point: ModbusPoint) -> tuple[int, int, str]:
    """Return the sort key that puts the points of an answer in the order of its rows."""
    return _RANK[point.data_type], point.offset, point.tag


def prepare(
    function_code: FunctionCode,
    offset: int,
    count: int,
    points: Sequence[ModbusPoint],
    ranges: Mapping[str, tuple[float, float]],
) -> Layout:
    """Return the layout of an answer; rows are the points in the order given, that of `row_order`."""
    single_bits = function_code.reads_bits
    positions = [_positions(point, point.offset - offset, single_bits) for point in points]
    ends = np.cumsum([0, *(len(places) for places in positions)]).tolist()
    groups: list[_Group] = []
    first = 0
    for (dtype, kind), alike in groupby(points, lambda point: _group_of(point, single_bits)):
        members = list(alike)
        rows = slice(first, first + len(members))
        groups.append(_group(dtype, kind, members, rows, slice(ends[rows.start], ends[rows.stop])))
        first = rows.stop
    scale = np.array([point.scale for point in points], dtype=np.float64)
    shift = np.array([point.shift for point in points], dtype=np.float64)
    bounds = np.array([ranges.get(point.tag, (-np.inf, np.inf)) for point in points], dtype=np.float64)
    bounded = bool(np.isfinite(bounds).any())
    return Layout(
        length=answer_length(function_code, count),
        rows=len(points),
        bits=single_bits,
        gather=np.array([place for places in positions for place in places], dtype=np.intp),
        groups=tuple(groups),
        scale=None if np.all(scale == 1.0) else scale,
        shift=None if np.all(shift == 0.0) else shift,
        low=bounds[:, 0].copy() if bounded else None,
        high=bounds[:, 1].copy() if bounded else None,
    )


def decode(layout: Layout, data: bytes) -> tuple[ValueArray, QualityArray]:
    """Return values and quality, a row a point; DeviceError when the answer has another length."""
    if len(data) != layout.length:
        raise DeviceError(f"the answer holds {len(data)} bytes, not {layout.length}")
    received = np.frombuffer(data, dtype=np.uint8)
    if layout.bits:
        received = np.unpackbits(received, bitorder="little")
    wire = received[layout.gather]
    values = np.empty(layout.rows)
    quality = np.full(layout.rows, _GOOD, dtype=np.uint8)
    # A signalling NaN or an overflowing scale must become a bad sample, not a warning.
    with np.errstate(all="ignore"):
        for group in layout.groups:
            raw = wire[group.span].view(group.dtype)
            values[group.rows] = _numbers(group, raw)
            if group.kind is _Kind.WIDE:
                quality[group.rows][_is_inexact(raw)] = Quality.NOT_ACCURATE
            if len(group.invalid):
                is_none = raw.view(group.invalid.dtype)[group.invalid_at] == group.invalid
                values[group.rows][group.invalid_at[is_none]] = np.nan
        if layout.scale is not None:
            values *= layout.scale
        if layout.shift is not None:
            values += layout.shift
        if layout.low is not None and layout.high is not None:
            quality[(values < layout.low) | (values > layout.high)] = Quality.RANGE_EXCEEDED
    finite = np.isfinite(values)
    if not finite.all():
        values[~finite] = np.nan
        quality[~finite] = Quality.SENSOR_FAILURE
    return values, quality


def _group_of(point: ModbusPoint, single_bits: bool) -> tuple[str, _Kind]:
    if point.bit is not None:
        return _DTYPES[point.data_type], _Kind.BIT
    return _ONE_BIT if single_bits else _DTYPES[point.data_type], _KINDS.get(point.data_type, _Kind.PLAIN)


def _group(dtype: str, kind: _Kind, points: Sequence[ModbusPoint], rows: slice, span: slice) -> _Group:
    invalid = [(row, pattern) for row, point in enumerate(points) for pattern in point.invalid]
    return _Group(
        np.dtype(dtype),
        kind,
        rows,
        span,
        bits=np.array([point.bit or 0 for point in points], dtype=np.uint16),
        invalid=np.array([pattern for _, pattern in invalid], dtype=f"<u{dtype[-1]}"),
        invalid_at=np.array([row for row, _ in invalid], dtype=np.intp),
    )


def _positions(point: ModbusPoint, at: int, single_bit: bool) -> list[int]:
    """Return where the point's bytes (or its bit) stand, least significant first."""
    if single_bit:
        return [at]
    size = 2 * point.data_type.registers
    wire = next(pattern for pattern in _WIRE[point.word_order] if len(pattern) == size)
    return [2 * at + wire.index(letter) for letter in sorted(wire, reverse=True)]


def _numbers(group: _Group, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the numbers of a group; NaN where nibbles are no digits."""
    if group.kind is _Kind.BIT:
        return raw >> group.bits & 1
    if group.kind is not _Kind.DECIMAL:
        return raw
    places = np.arange(2 * group.dtype.itemsize, dtype=group.dtype)
    digits = raw[:, None] >> 4 * places & 0xF
    return np.where((digits > 9).any(axis=1), np.nan, digits @ 10.0**places)


def _is_inexact(raw: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which integers a float64 does not hold exactly for certain."""
    beyond: npt.NDArray[np.bool_] = raw > _LARGEST_EXACT
    if raw.dtype.kind == "i":
        beyond |= raw < -_LARGEST_EXACT
    return beyond
