"""What every plan keeps to, whatever the points, the limits and what the device was found to refuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from hypothesis import strategies as st

from collectors.modbus.plan import Address, Planner, Request, Unreadable
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, ModbusSettings, Untouched

_PLACES: Final = 300


@dataclass(frozen=True, slots=True)
class Case:
    """Points, what limits their requests, and an order to name them in."""

    points: tuple[ModbusPoint, ...]
    settings: ModbusSettings
    spared: tuple[Untouched, ...]
    unreadable: Unreadable
    order: Random


_CODES: Final = tuple(FunctionCode)
_TYPES: Final = tuple(DataType)
_MANY: Final = st.lists(st.integers(0, len(_CODES) * len(_TYPES) * _PLACES - 1), min_size=1, max_size=30)
_FEW: Final = st.lists(st.integers(0, len(_CODES) * 10 * _PLACES - 1), max_size=4)
_LIMITS: Final = st.integers(0, 122 * 200 * 41 - 1)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Points of any types anywhere, but for what is never read."""
    # One number for each range and point: every choice that Hypothesis makes itself costs 0.1 ms.
    spared = tuple(_untouched(number) for number in draw(_FEW))
    found = [_point(f"P{row}", number) for row, number in enumerate(draw(_MANY))]
    points = [p for p in found if not _spared(spared, p.function_code, range(p.offset, p.end))]
    limits = draw(_LIMITS)
    chance = Random(limits)
    cuts = {(p.function_code, p.offset) for p in points if chance.random() < 0.1}
    gaps = {(chance.choice(_CODES), chance.randrange(_PLACES)) for _ in range(limits % 11)}
    settings = ModbusSettings(
        type="modbus",
        host="127.0.0.1",
        max_registers=4 + limits % 122,
        max_bits=1 + limits // 122 % 200,
        max_gap=limits // 122 // 200,
        never_read=tuple(map(str, spared)),
    )
    return Case(tuple(points), settings, spared, Unreadable(frozenset(gaps), frozenset(cuts)), chance)


def _untouched(number: int) -> Untouched:
    number, more = divmod(number, 10)
    code, first = divmod(number, _PLACES)
    return Untouched(_CODES[code], first, first + more)


def _point(tag: str, number: int) -> ModbusPoint:
    number, kind = divmod(number, len(_TYPES))
    code, at = divmod(number, _PLACES)
    function, data_type = _CODES[code], DataType.BOOL if _CODES[code].reads_bits else _TYPES[kind]
    is_bit = data_type is DataType.BOOL and not function.reads_bits
    return ModbusPoint(
        tag=tag, source="PLC1", function_code=function, offset=at,
        data_type=data_type, bit=at % 16 if is_bit else None,
    )  # fmt: skip


def holds(case: Case) -> None:
    """Assert all that is promised of the plan for a case."""
    ids = {point.tag: number for number, point in enumerate(case.points, 1)}
    planner = Planner(case.settings, ids)
    shuffled = list(case.points)
    case.order.shuffle(shuffled)

    requests = planner.requests(case.points, case.unreadable)

    assert _shape(planner.requests(shuffled, case.unreadable)) == _shape(requests)
    assert sorted(p.tag for r in requests for p in r.points) == sorted(ids)
    for request in requests:
        _keeps_to_its_limits(request, case)
        assert [int(series) for series in request.series] == [ids[point.tag] for point in request.points]
        assert request.layout.rows == len(request.points)
    for one, other in pairwise(requests):
        assert not _could_join(one, other, case), f"{one} and {other} are one read too many"


def _keeps_to_its_limits(request: Request, case: Case) -> None:
    code, read = request.function_code, range(request.offset, request.offset + request.count)
    assert 1 <= request.count <= _limit(case, code)
    assert {point.function_code for point in request.points} == {code}
    assert all(request.offset <= p.offset and p.end <= read.stop for p in request.points), "a value is split"
    assert not _spared(case.spared, code, read)
    used = {at for point in request.points for at in range(point.offset, point.end)}
    ordered = sorted(used)
    assert (ordered[0], ordered[-1] + 1) == (read.start, read.stop)
    assert max((b - a - 1 for a, b in pairwise(ordered)), default=0) <= case.settings.max_gap
    refused: set[Address] = {(code, at) for at in read if at not in used}
    assert not refused & case.unreadable.gaps
    assert all(p.offset == request.offset for p in request.points if (code, p.offset) in case.unreadable.cuts)


def _could_join(one: Request, other: Request, case: Case) -> bool:
    """Return whether the first value of the second request had room in the first."""
    code = one.function_code
    offset, end = other.offset, one.offset + one.count
    if other.function_code != code or (code, offset) in case.unreadable.cuts:
        return False
    first = min((point for point in other.points if point.offset == offset), key=lambda point: point.end)
    gap = range(end, offset)
    return (
        len(gap) <= case.settings.max_gap
        and max(end, first.end) - one.offset <= _limit(case, code)
        and not _spared(case.spared, code, gap)
        and not any((code, at) in case.unreadable.gaps for at in gap)
    )


def _limit(case: Case, code: FunctionCode) -> int:
    return case.settings.max_bits if code.reads_bits else case.settings.max_registers


def _spared(spared: Sequence[Untouched], code: FunctionCode, read: range) -> bool:
    return any(
        one.function_code == code and one.first < read.stop and one.last >= read.start
        for one in spared
        if len(read)
    )


def _shape(requests: Sequence[Request]) -> list[tuple[int, int, int, tuple[str, ...]]]:
    return [(r.function_code, r.offset, r.count, tuple(p.tag for p in r.points)) for r in requests]
