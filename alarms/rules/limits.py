"""LL, L, H, HH: an operator sees that a value went beyond its limit, until it is back by the deadband."""

import numpy as np
import numpy.typing as npt

from alarms.settings import RuleKind
from telemetry.quality import BoolArray
from telemetry.samples import ValueArray

SIGN = {RuleKind.LOW_LOW: -1.0, RuleKind.LOW: -1.0, RuleKind.HIGH: 1.0, RuleKind.HIGH_HIGH: 1.0}


def met(
    values: ValueArray, sign: ValueArray, raised: ValueArray, held: ValueArray, was: BoolArray
) -> BoolArray:
    """Return which limits are exceeded; equality complies.

    `sign` is -1 for low limits, whose values and levels are mirrored. `raised` is the mirrored
    threshold and `held` lies the deadband before it, both with their slack: what was met stays met
    while above `held`.
    """
    level: npt.NDArray[np.float64] = np.where(was, held, raised)
    return sign * values > level
