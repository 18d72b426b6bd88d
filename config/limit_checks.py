"""Whether the limits of a point can be passed, and left again."""

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
    if ordered:
        _check_deadband(row, low, high, limits, deadband_pct)


def _check_deadband(
    row: Row, low: float, high: float, limits: Mapping[RuleKind, float], deadband_pct: float
) -> None:
    deadband = deadband_pct / 100 * (high - low)
    lows: Steps = [(k.value, limits[k]) for k in (RuleKind.LOW_LOW, RuleKind.LOW) if k in limits]
    highs: Steps = [(k.value, limits[k]) for k in (RuleKind.HIGH, RuleKind.HIGH_HIGH) if k in limits]
    # A low alarm clears above its limit and a high one below, so the room each needs is on that side.
    upward = [*lows, highs[0] if highs else ("range_hi", high)]
    downward = [lows[-1] if lows else ("range_lo", low), *highs]
    rooms = [*(pairwise(upward) if lows else ()), *(pairwise(downward) if highs else ())]
    if not rooms:
        return
    (lower, lower_value), (upper, upper_value) = min(rooms, key=lambda pair: pair[1][1] - pair[0][1])
    room = upper_value - lower_value
    if deadband >= room > 0:
        row.add(
            f"the deadband, {deadband:g}, is as wide as the {room:g} from {lower} to {upper}",
            f"set deadband_pct_span below {room / (high - low) * 100:.3g}",
        )
