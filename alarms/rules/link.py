"""Links: an operator sees that a whole channel does not answer, once, instead of every point of it."""

from telemetry.quality import BoolArray
from telemetry.samples import ValueArray


def met(values: ValueArray) -> BoolArray:
    """Return which link points say that their channel is down: 1 is up, 0 is down."""
    return values < 0.5
