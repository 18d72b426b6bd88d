"""When a value is outside a point's range."""

from typing import Final

from telemetry.plant import Point

# A float32 holds 7 digits: 0.1 read from one is 0.10000000149, and no more than the range's end.
_ROUNDING: Final = 1e-6


def tolerated(point: Point) -> tuple[float, float]:
    """Return the lowest and the highest value that is in the point's range; its ends are."""
    slack = _ROUNDING * max(abs(point.range_low), abs(point.range_high))
    return point.range_low - slack, point.range_high + slack
