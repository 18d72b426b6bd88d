"""What a refused or unanswered read means for the points in it. Pure."""

from dataclasses import dataclass
from typing import Final

from telemetry.errors import DeviceError, DeviceRefused
from telemetry.quality import Quality


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the points of a read that failed.

    splits   one of them may be the cause: read them one by one
    lasts    it will not be otherwise in a second: ask again only from time to time
    """

    quality: Quality
    splits: bool
    lasts: bool


_SILENT: Final = Verdict(Quality.COMM_FAILURE, splits=False, lasts=True)
_WRONG_LENGTH: Final = Verdict(Quality.DEVICE_FAILURE, splits=True, lasts=True)
_OTHER: Final = Verdict(Quality.BAD, splits=True, lasts=False)
_BY_EXCEPTION: Final = {
    1: Verdict(Quality.CONFIG_ERROR, splits=False, lasts=True),
    2: Verdict(Quality.CONFIG_ERROR, splits=True, lasts=True),
    3: Verdict(Quality.CONFIG_ERROR, splits=True, lasts=True),
    4: Verdict(Quality.DEVICE_FAILURE, splits=True, lasts=False),
    5: Verdict(Quality.COMM_FAILURE, splits=False, lasts=False),
    6: Verdict(Quality.COMM_FAILURE, splits=False, lasts=False),
    8: Verdict(Quality.DEVICE_FAILURE, splits=True, lasts=False),
}


def judge(error: DeviceError) -> Verdict:
    """Return what an error of a single read means, the device as a whole being there."""
    if not isinstance(error, DeviceRefused):
        return _SILENT
    if error.exception_code is None:
        return _WRONG_LENGTH
    return _BY_EXCEPTION.get(error.exception_code, _OTHER)
