"""Bytes of an answer to values: pure, and prepared once for each request.

A value's bytes stand on the wire in its word order. `Layout.gather` lists, value after value, where
its bytes stand, least significant first; so one indexing turns any mix of word orders into
little-endian numbers, which are then viewed as their types, one group of rows after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    DataType.S16: "<i2",
    DataType.U16: "<u2",
    DataType.BIT16: "<u2",
    DataType.BOOL: "<u1",
}
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


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring rows of one type."""

    dtype: np.dtype[np.generic]
    rows: slice
    span: slice
    may_be_inexact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the values of one answer stand.

    length      bytes of registers or bits in the answer
    gather      byte (or bit) positions, see above
    scale       float64 a row, None where all are 1
    low, high   float64 a row, infinite where a point has no range; None where none has
    """

    length: int
    rows: int
    bits: bool
    gather: npt.NDArray[np.intp]
    groups: tuple[_Group, ...]
    scale: ValueArray | None
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
    gather: list[int] = []
    groups: list[_Group] = []
    for row, point in enumerate(points):
        start = len(gather)
        gather += _positions(point, point.offset - offset)
        dtype = np.dtype(_DTYPES[point.data_type])
        if groups and groups[-1].dtype == dtype:
            start, first = groups[-1].span.start, groups.pop().rows.start
        else:
            first = row
        wide_integer = point.data_type in (DataType.U64, DataType.S64)
        groups.append(_Group(dtype, slice(first, row + 1), slice(start, len(gather)), wide_integer))
    scale = np.array([point.scale for point in points], dtype=np.float64)
    bounds = np.array([ranges.get(point.tag, (-np.inf, np.inf)) for point in points], dtype=np.float64)
    bounded = bool(np.isfinite(bounds).any())
    return Layout(
        length=answer_length(function_code, count),
        rows=len(points),
        bits=function_code.reads_bits,
        gather=np.array(gather, dtype=np.intp),
        groups=tuple(groups),
        scale=None if np.all(scale == 1.0) else scale,
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
            values[group.rows] = raw
            if group.may_be_inexact:
                quality[group.rows][_is_inexact(raw)] = Quality.NOT_ACCURATE
        if layout.scale is not None:
            values *= layout.scale
        if layout.low is not None and layout.high is not None:
            quality[(values < layout.low) | (values > layout.high)] = Quality.RANGE_EXCEEDED
    finite = np.isfinite(values)
    if not finite.all():
        values[~finite] = np.nan
        quality[~finite] = Quality.SENSOR_FAILURE
    return values, quality


def _positions(point: ModbusPoint, at: int) -> list[int]:
    """Return where the point's bytes (or its bit) stand, least significant first."""
    if point.data_type is DataType.BOOL:
        return [at]
    size = 2 * point.data_type.registers
    wire = next(pattern for pattern in _WIRE[point.word_order] if len(pattern) == size)
    return [2 * at + wire.index(letter) for letter in sorted(wire, reverse=True)]


def _is_inexact(raw: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which integers a float64 does not hold exactly for certain."""
    beyond: npt.NDArray[np.bool_] = raw > _LARGEST_EXACT
    if raw.dtype.kind == "i":
        beyond |= raw < -_LARGEST_EXACT
    return beyond
