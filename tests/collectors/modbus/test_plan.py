import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.plan import Planner, Request, Unreadable, poll_classes
from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, ModbusSettings
from telemetry.errors import ConfigError
from tests.collectors.modbus.points import ids, point, settings

HOLDING, COILS = FunctionCode.HOLDING_REGISTERS, FunctionCode.COILS


Shape = tuple[int, int, int, tuple[str, ...]]


def shape(requests: tuple[Request, ...]) -> list[Shape]:
    return [(r.function_code, r.offset, r.count, tuple(p.tag for p in r.points)) for r in requests]


def plan(points: list[ModbusPoint], limits: ModbusSettings, *unreadable: Unreadable) -> list[Shape]:
    return shape(Planner(limits, ids(points)).requests(points, *unreadable))


def test_points_close_together_share_a_request_and_far_ones_do_not() -> None:
    points = [point("A", 0), point("B", 2, DataType.F32), point("C", 20), point("D", 38)]

    assert plan(points, settings(max_gap=16)) == [
        (3, 0, 21, ("B", "A", "C")),
        (3, 38, 1, ("D",)),
    ]


def test_a_gap_of_the_most_allowed_is_read_along_and_one_more_is_not() -> None:
    assert plan([point("A", 0), point("B", 17)], settings(max_gap=16)) == [(3, 0, 18, ("A", "B"))]
    assert plan([point("A", 0), point("B", 18)], settings(max_gap=16)) == [
        (3, 0, 1, ("A",)),
        (3, 18, 1, ("B",)),
    ]
    assert plan([point("A", 0), point("B", 1)], settings(max_gap=0)) == [(3, 0, 2, ("A", "B"))]
    assert plan([point("A", 0), point("B", 2)], settings(max_gap=0)) == [(3, 0, 1, ("A",)), (3, 2, 1, ("B",))]


def test_a_request_holds_what_the_device_gives_at_once_and_no_value_is_split() -> None:
    points = [point("A", 0), point("B", 1, DataType.F64), point("C", 5, DataType.F32)]

    assert plan(points, settings(max_registers=6)) == [(3, 0, 5, ("B", "A")), (3, 5, 2, ("C",))]
    assert plan(points, settings(max_registers=7)) == [(3, 0, 7, ("B", "C", "A"))]


def test_function_codes_do_not_share_a_request() -> None:
    inputs = point("B", 1, function_code=FunctionCode.INPUT_REGISTERS)
    bit = point("C", 1, DataType.BOOL)

    assert plan([inputs, point("A", 0), bit], settings()) == [
        (1, 1, 1, ("C",)),
        (3, 0, 1, ("A",)),
        (4, 1, 1, ("B",)),
    ]


def test_bits_have_a_limit_of_their_own() -> None:
    points = [point(f"B{at}", at, DataType.BOOL) for at in range(5)]

    assert [request[1:3] for request in plan(points, settings(max_bits=2, max_registers=1))] == [
        (0, 2),
        (2, 2),
        (4, 1),
    ]


def test_a_value_that_fits_in_no_request_is_a_mistake_with_its_mend() -> None:
    with pytest.raises(
        ConfigError, match=r"^point A: F64 takes 4 registers, and max_registers is 3; raise it$"
    ):
        plan([point("A", 0, DataType.F64)], settings(max_registers=3))


def test_what_is_known_to_be_refused_is_not_read_across() -> None:
    points = [point("A", 0), point("B", 2), point("C", 3)]

    assert plan(points, settings(), Unreadable(gaps=frozenset({(HOLDING, 1)}))) == [
        (3, 0, 1, ("A",)),
        (3, 2, 2, ("B", "C")),
    ]
    assert plan(points, settings(), Unreadable(cuts=frozenset({(HOLDING, 3)}))) == [
        (3, 0, 3, ("A", "B")),
        (3, 3, 1, ("C",)),
    ]
    assert plan(points, settings(), Unreadable(gaps=frozenset({(COILS, 1)}))) == [(3, 0, 4, ("A", "B", "C"))]


def test_poll_classes_are_the_points_by_interval() -> None:
    fast, slow = timedelta(seconds=1), timedelta(seconds=5)
    points = [point("A", 0, poll=slow), point("B", 1, poll=fast), point("C", 2, poll=slow)]

    assert [(poll.every, [p.tag for p in poll.points]) for poll in poll_classes(points)] == [
        (fast, ["B"]),
        (slow, ["A", "C"]),
    ]


@st.composite
def some_points(draw: st.DrawFn) -> list[ModbusPoint]:
    kinds = st.sampled_from(list(DataType))
    places = draw(st.lists(st.tuples(st.integers(0, 400), kinds), min_size=1, max_size=40))
    return [point(f"P{number}", at, kind) for number, (at, kind) in enumerate(places)]


@given(some_points(), st.integers(4, 125), st.integers(1, 200), st.integers(0, 40), st.randoms())
def test_every_point_is_read_once_and_whole_within_the_limits_whatever_the_order(
    points: list[ModbusPoint], max_registers: int, max_bits: int, max_gap: int, chance: random.Random
) -> None:
    limits = settings(max_registers=max_registers, max_bits=max_bits, max_gap=max_gap)
    shuffled = list(points)
    chance.shuffle(shuffled)

    requests = Planner(limits, ids(points)).requests(points)

    assert shape(requests) == shape(Planner(limits, ids(points)).requests(shuffled))
    assert sorted(p.tag for r in requests for p in r.points) == sorted(p.tag for p in points)
    for request in requests:
        limit = max_bits if request.function_code.reads_bits else max_registers
        assert 1 <= request.count <= limit
        end = request.offset + request.count
        assert all(request.offset <= p.offset and p.end <= end for p in request.points)
        assert all(p.function_code == request.function_code for p in request.points)
        assert [int(s) for s in request.series] == [ids(points)[p.tag] for p in request.points]
        used = sorted({at for p in request.points for at in range(p.offset, p.end)})
        assert max((b - a - 1 for a, b in pairwise(used)), default=0) <= max_gap
