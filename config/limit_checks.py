"""Whether the limits of a point can be passed, and left again."""

import math
from collections.abc import Mapping
from itertools import pairwise

from alarms.settings import RuleKind
from config.cells import Row

Steps = list[tuple[str, float]]


def check_limits(
    row: Row, low: float | None, high: float | None, limits: Mapping[RuleKind, float], deadband_pct: float
) -> None:
    """Tell limits of a line that stand in the wrong order, outside the range or within the deadband.

    `limits` are in the order LL, L, H, HH; `low` and `high` are the range, None where unknown.
    """
    steps: Steps = [(kind.value, value) for kind, value in limits.items()]
    ordered = True
    for (lower, lower_value), (upper, upper_value) in pairwise(steps):
        if not lower_value < upper_value:
            ordered = False
            what = f"{lower} {lower_value:g} is not below {upper} {upper_value:g}"
            row.add(what, "write limits that rise from LL over L and H to HH")
    if low is None or high is None:
        return
    for name, value in steps:
        if not low <= value <= high:
            ordered = False
            what = f"{name} {value:g} lies outside the range {low:g} to {high:g}"
            row.add(what, "write a limit within the range, or widen range_lo and range_hi")
    mistake = deadband_mistake(low, high, limits, deadband_pct) if ordered else None
    if mistake is not None:
        row.add(*mistake)


def deadband_mistake(
    low: float, high: float, limits: Mapping[RuleKind, float], deadband_pct: float
) -> tuple[str, str] | None:
    """Return what is wrong with the deadband of limits that rise within the range, and the mend.

    As wide as the room behind a limit, it never lets the alarm clear, or not before the value has
    met the next limit.
    """
    lows: Steps = [(k.value, limits[k]) for k in (RuleKind.LOW_LOW, RuleKind.LOW) if k in limits]
    highs: Steps = [(k.value, limits[k]) for k in (RuleKind.HIGH, RuleKind.HIGH_HIGH) if k in limits]
    # A low alarm clears above its limit and a high one below, so the room each needs is on that side.
    upward = [*lows, highs[0] if highs else ("range_hi", high)]
    downward = [lows[-1] if lows else ("range_lo", low), *highs]
    steps = [*(pairwise(upward) if lows else ()), *(pairwise(downward) if highs else ())]
    rooms = [(upper - lower, f"from {one} to {other}") for (one, lower), (other, upper) in steps]
    room, between = min((room for room in rooms if room[0] > 0), default=(math.inf, ""))
    deadband = deadband_pct / 100 * (high - low)
    if deadband < room:
        return None
    return (
        f"the deadband, {deadband:g}, is as wide as the {room:g} {between}",
        f"set deadband_pct_span below {room / (high - low) * 100:.3g}",
    )
