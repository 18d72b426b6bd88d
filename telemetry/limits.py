"""Beyond a limit or not: equality complies, also where the measured value was rounded on its way.

A register holds 0.4 as float32, which read back is 0.4000000059…: still 0.4. A count times its scale
differs from what it stands for by less than that.
"""

import numpy as np

from telemetry.samples import ValueArray

# So much of a step, and the next float32 beyond any limit is still beyond it.
_SHARE = 0.25


def slack(limits: ValueArray) -> ValueArray:
    """Return how far beyond each limit a value still equals it: 0 where it is infinite or NaN."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        held = limits.astype(np.float32)
        step = np.spacing(np.abs(held)).astype(np.float64)
        found: ValueArray = np.maximum(np.abs(held - limits), step * _SHARE)
    return np.where(np.isfinite(held), found, 0.0)


def exceeds(value: float, limit: float) -> bool:
    """Return whether a value lies above an upper limit."""
    return value > limit + _slack(limit)


def falls_below(value: float, limit: float) -> bool:
    """Return whether a value lies below a lower limit."""
    return value < limit - _slack(limit)


def _slack(limit: float) -> float:
    return float(slack(np.array([limit]))[0])
