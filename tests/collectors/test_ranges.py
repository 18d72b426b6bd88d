import struct

import pytest

from collectors.ranges import tolerated
from telemetry.plant import Name, Point, PointKind


def measured(low: float, high: float) -> Point:
    return Point("A", "u", Name("", ""), PointKind.ANALOG, "m", low, high, "PLC1")


@pytest.mark.parametrize("end", [0.1, 8.0, 65.35, 4294967295.0])
def test_the_end_of_a_range_is_in_it_though_a_float32_rounds_it(end: float) -> None:
    (rounded,) = struct.unpack(">f", struct.pack(">f", end))
    low, high = tolerated(measured(-end, end))

    assert low <= -rounded <= rounded <= high
    assert low <= -end <= end <= high


def test_a_scaled_integer_at_the_end_is_in_range() -> None:
    _, high = tolerated(measured(0.0, 0.3))

    assert 3 * 0.1 <= high
    assert high < 0.301
