"""Bits of status words: an operator sees that a machine reports a fault, a trip, an open door."""

import numpy as np
import numpy.typing as npt

from telemetry.quality import BoolArray
from telemetry.samples import ValueArray

WordArray = npt.NDArray[np.int64]

_EXACT = 2.0**53  # above, a float64 no longer holds every integer, so no bit of it can be trusted


def words(values: ValueArray) -> WordArray:
    """Return values as status words; what cannot be one has no bit set."""
    return np.where(np.abs(values) < _EXACT, values, 0.0).astype(np.int64)


def met(words: WordArray, masks: WordArray, inverted: BoolArray) -> BoolArray:
    """Return which words have a bit of their mask set, or, where inverted, none."""
    found: BoolArray = ((words & masks) != 0) != inverted
    return found
