"""Quality of a sample: the OPC DA byte `QQSSSSLL` (domain.md 5).

The two high bits say bad (00), uncertain (01) or good (11), the next four why, the two low ones
whether the value stands at a limit. Quality travels with every sample and is never dropped.
"""

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

QualityArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]

MAJOR_MASK: Final = 0xC0
STATUS_MASK: Final = 0xFC


class Quality(IntEnum):
    """The reasons the product uses; `name.lower()` is the word in the API and in the catalogues."""

    BAD = 0
    CONFIG_ERROR = 4
    NOT_CONNECTED = 8
    DEVICE_FAILURE = 12
    SENSOR_FAILURE = 16
    LAST_KNOWN = 20
    COMM_FAILURE = 24
    OUT_OF_SERVICE = 28
    WAITING = 32
    UNCERTAIN = 64
    LAST_USABLE = 68
    NOT_ACCURATE = 80
    RANGE_EXCEEDED = 84
    SUB_NORMAL = 88
    GOOD = 192
    LOCAL_OVERRIDE = 216


def is_good(quality: QualityArray) -> BoolArray:
    """Return which samples are good."""
    good: BoolArray = (quality & MAJOR_MASK) == 0xC0
    return good


def is_bad(quality: QualityArray) -> BoolArray:
    """Return which samples are bad: no statement about the process can rest on them."""
    bad: BoolArray = (quality & MAJOR_MASK) == 0x00
    return bad


def major(quality: int) -> str:
    """Return `good`, `uncertain` or `bad`; the unassigned 10 counts as bad."""
    return {0xC0: "good", 0x40: "uncertain"}.get(quality & MAJOR_MASK, "bad")


def reason(quality: int) -> str:
    """Return the reason as a word; an unknown status falls back to its major class."""
    try:
        return Quality(quality & STATUS_MASK).name.lower()
    except ValueError:
        return major(quality)
