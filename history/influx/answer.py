"""Answers of InfluxDB to queries, read as columns.

A table a field, with heads of their own where their types differ, and an empty line before each head:

    ,result,table,_field,_time,_value
    ,_result,0,value,2026-11-21T00:00:00Z,2.1
    ,_result,0,value,2026-11-21T00:00:01.000001Z,2.2
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry.errors import StoreError
from telemetry.quality import Quality
from telemetry.samples import SampleBatch, TimeArray

_TO_THE_MICROSECOND: Final = 26
_ONE_FIELD: Final = {"_field", "_time", "_value"}


@dataclass(frozen=True, slots=True)
class _Table:
    field: str
    times_us: TimeArray
    values: list[str]


def samples_in(answer: str, series: int) -> SampleBatch:
    """Return the samples of an answer, oldest first, each time once.

    The quality is what makes a sample: a value without one is none. Of a point that moved from one
    unit to another while the same time was written to both, the table that comes last holds.
    """
    tables = list(_tables(answer))
    times_us, quality = _joined([table for table in tables if table.field == "quality"])
    of_values_us, found = _joined([table for table in tables if table.field == "value"])
    values = np.full(len(times_us), np.nan)
    if len(of_values_us) and len(times_us):
        place = np.searchsorted(of_values_us, times_us).clip(max=len(of_values_us) - 1)
        values = np.where(of_values_us[place] == times_us, found[place], np.nan)
    codes = np.where((quality >= 0) & (quality <= 255), quality, int(Quality.BAD)).astype(np.uint8)
    return SampleBatch(np.full(len(times_us), series, np.int32), times_us, values, codes)


def _joined(tables: list[_Table]) -> tuple[TimeArray, npt.NDArray[np.float64]]:
    times_us = np.concatenate([np.zeros(0, np.int64), *(table.times_us for table in tables)])
    values = np.concatenate([np.zeros(0), *(np.array(table.values, np.float64) for table in tables)])
    if (times_us[1:] > times_us[:-1]).all():
        return times_us, values
    order = np.argsort(times_us, kind="stable")
    times_us, values = times_us[order], values[order]
    holds = np.append(times_us[1:] != times_us[:-1], np.True_)
    return times_us[holds], values[holds]


def _tables(answer: str) -> Iterator[_Table]:
    for block in answer.replace("\r\n", "\n").split("\n\n"):
        head, _, body = block.strip("\n").partition("\n")
        names = head.split(",")
        if "error" in names:
            raise StoreError(f"the answer broke off: {body.strip(',')}")
        if not body:
            continue
        if not set(names) >= _ONE_FIELD:
            raise StoreError(f"an answer of other columns than asked for: {head}")
        yield from _by_field(names, body)


def _by_field(names: list[str], body: str) -> Iterator[_Table]:
    """Yield the tables below one head: of one field each, told apart by `_field`."""
    # Nothing in these columns is ever quoted, and all rows have as many cells: so one split will do.
    cells = body.replace("\n", ",").split(",")
    columns = {name: cells[index :: len(names)] for index, name in enumerate(names)}
    fields = np.array(columns["_field"])
    times_us = _times_us(columns["_time"])
    edges = [0, *(np.flatnonzero(fields[1:] != fields[:-1]) + 1).tolist(), len(fields)]
    for start, end in pairwise(edges):
        yield _Table(columns["_field"][start], times_us[start:end], columns["_value"][start:end])


def _times_us(texts: list[str]) -> TimeArray:
    """Return times of RFC 3339 in UTC; what is finer than a µs is cut off."""
    bare = [text[:-1] for text in texts]
    return np.array(bare, f"U{_TO_THE_MICROSECOND}").astype("datetime64[us]").astype(np.int64)
