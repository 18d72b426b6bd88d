"""Instruments: an operator sees that a value is bad or no longer comes, and does not trust the last one."""

from telemetry.quality import BoolArray
from telemetry.samples import TimeArray


def met(usable: BoolArray) -> BoolArray:
    """Return which instruments' newest sample is bad or no number."""
    return ~usable


def silent(stale_at_us: TimeArray, at_us: TimeArray | int, was: BoolArray) -> BoolArray:
    """Return which instruments, not met so far, had been due for longer than they may be by a time."""
    return ~was & (stale_at_us < at_us)
