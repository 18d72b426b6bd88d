import re
from datetime import timedelta

import pytest
from hypothesis import given

from bench.properties import planning
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


def test_what_is_never_read_stands_between_two_requests() -> None:
    points = [point("A", 0), point("B", 5), point("C", 9), point("D", 20)]
    spared = ["FC03 6", "FC04 1-4", "FC03 10-15"]

    assert plan(points, settings(never_read=spared)) == [
        (3, 0, 6, ("A", "B")),
        (3, 9, 1, ("C",)),
        (3, 20, 1, ("D",)),
    ]


@pytest.mark.parametrize("spared", ["FC03 4-9", "FC03 7", "FC03 1-6", "fc03  7 - 7"])
def test_a_point_that_reaches_into_what_is_never_read_is_a_mistake(spared: str) -> None:
    with pytest.raises(ConfigError, match=r"^point A: F32 at offset 6 reaches into FC03 .* of never_read; "):
        plan([point("A", 6, DataType.F32)], settings(never_read=[spared]))


@pytest.mark.parametrize("spared", ["FC03 0-5", "FC03 8-9", "FC04 6-7", "FC01 6"])
def test_one_beside_it_is_read(spared: str) -> None:
    assert plan([point("A", 6, DataType.F32)], settings(never_read=[spared])) == [(3, 6, 2, ("A",))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("100-119", "'100-119' is no range of offsets; write it such as FC03 100-119"),
        ("FC06 1", "'FC06 1' is no range of offsets; write it such as FC03 100-119"),
        ("FC03 20-10", "'FC03 20-10' ends before it begins; write FC03 10-20"),
        ("FC03 1-65536", "'FC03 1-65536' goes beyond the last offset; write at most 65535"),
    ],
)
def test_a_range_that_cannot_be_is_a_mistake_with_its_mend(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"Value error, {re.escape(told)}"):
        settings(never_read=[text])


def test_poll_classes_are_the_points_by_interval() -> None:
    fast, slow = timedelta(seconds=1), timedelta(seconds=5)
    points = [point("A", 0, poll=slow), point("B", 1, poll=fast), point("C", 2, poll=slow)]

    assert [(poll.every, [p.tag for p in poll.points]) for poll in poll_classes(points)] == [
        (fast, ["B"]),
        (slow, ["A", "C"]),
    ]


@given(planning.cases())
def test_every_point_is_read_once_and_whole_within_all_limits_whatever_the_order(
    case: planning.Case,
) -> None:
    planning.holds(case)
