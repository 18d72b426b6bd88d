"""Points to requests: pure and deterministic.

Points of one function code that stand close together share a request, gaps of up to `max_gap`
unused registers included, as long as it stays within what the device gives at once. A value is
never split over two requests: its halves would be of different moments. No request holds anything of
`never_read`: there are registers whose mere reading clears a buffer or stops a device.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from collectors.modbus.decode import Layout, prepare, row_order
from collectors.modbus.settings import FunctionCode, ModbusPoint, ModbusSettings, Untouched, untouched
from telemetry.errors import ConfigError
from telemetry.samples import SeriesArray

Address = tuple[FunctionCode, int]


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One read of `count` registers or bits from `offset`; points and series are its rows."""

    function_code: FunctionCode
    offset: int
    count: int
    points: tuple[ModbusPoint, ...]
    series: SeriesArray = field(repr=False)
    layout: Layout = field(repr=False)

    @property
    def gaps(self) -> frozenset[Address]:
        """What it reads along that no point of it needs."""
        used = {at for point in self.points for at in range(point.offset, point.end)}
        read = range(self.offset, self.offset + self.count)
        return frozenset((self.function_code, at) for at in read if at not in used)

    def __str__(self) -> str:
        return f"FC{self.function_code:02d} {self.offset}+{self.count}"


@dataclass(frozen=True, slots=True)
class PollClass:
    """Points that are read equally often."""

    every: timedelta
    points: tuple[ModbusPoint, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a device was found to refuse: a request holds no `gaps` and crosses no `cuts`.

    `gaps` are unused registers that must not be read along, `cuts` are offsets at which a request
    must begin.
    """

    gaps: frozenset[Address] = frozenset()
    cuts: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Planner:
    """What is needed to make requests of points. `ranges` are the values in range, by tag."""

    settings: ModbusSettings
    series_ids: Mapping[str, int]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def requests(
        self, points: Iterable[ModbusPoint], unreadable: Unreadable = Unreadable()
    ) -> tuple[Request, ...]:
        """Return the fewest reads that the limits allow; ConfigError for a point that fits in none."""
        ordered = sorted(points, key=lambda point: (point.function_code, point.offset, point.end, point.tag))
        return tuple(self._request(block) for block in self._blocks(ordered, unreadable))

    def _blocks(self, ordered: Sequence[ModbusPoint], unreadable: Unreadable) -> Iterator[list[ModbusPoint]]:
        forbidden = [untouched(text) for text in self.settings.never_read]
        block: list[ModbusPoint] = []
        end = 0
        for point in ordered:
            code = point.function_code
            limit = self.settings.max_bits if code.reads_bits else self.settings.max_registers
            if point.data_type.registers > limit:
                raise ConfigError(
                    f"point {point.tag}: {point.data_type} takes {point.data_type.registers} registers, "
                    f"and max_registers is {limit}; raise it"
                )
            if (inside := _first_within(forbidden, code, point.offset, point.end)) is not None:
                raise ConfigError(
                    f"point {point.tag}: {point.data_type} at offset {point.offset} reaches into"
                    f" {inside} of never_read; take it out there"
                )
            joins = (
                bool(block)
                and block[0].function_code == code
                and point.offset - end <= self.settings.max_gap
                and max(end, point.end) - block[0].offset <= limit
                and (code, point.offset) not in unreadable.cuts
                and not any((code, at) in unreadable.gaps for at in range(end, point.offset))
                and _first_within(forbidden, code, end, point.offset) is None
            )
            if block and not joins:
                yield block
                block = []
            end = max(end, point.end) if block else point.end
            block.append(point)
        if block:
            yield block

    def _request(self, block: Sequence[ModbusPoint]) -> Request:
        points = tuple(sorted(block, key=row_order))
        code, offset = block[0].function_code, block[0].offset
        count = max(point.end for point in block) - offset
        return Request(
            function_code=code,
            offset=offset,
            count=count,
            points=points,
            series=np.array([self.series_ids[point.tag] for point in points], dtype=np.int32),
            layout=prepare(code, offset, count, points, self.ranges),
        )


def _first_within(
    forbidden: Iterable[Untouched], code: FunctionCode, start: int, end: int
) -> Untouched | None:
    """Return the first range that has something of `start` up to, but not, `end`."""
    return next(
        (one for one in forbidden if one.function_code == code and one.first < end and one.last >= start),
        None,
    )


def poll_classes(points: Iterable[ModbusPoint]) -> tuple[PollClass, ...]:
    """Return the points by how often they are read, the most frequent first."""
    by_interval: dict[timedelta, list[ModbusPoint]] = {}
    for point in points:
        by_interval.setdefault(point.poll, []).append(point)
    return tuple(PollClass(every, tuple(by_interval[every])) for every in sorted(by_interval))
