"""What every settings model shares: frozen, unknown keys refused, durations as `5s`, `500ms`, `10min`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_UNITS: Final = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"\s*(\d{1,12}(?:\.\d{1,12})?)\s*(ms|s|min|h|d)\s*", re.ASCII)
_LONGEST: Final = timedelta(days=366)


def parse_duration(value: Any) -> Any:
    """Return a timedelta for `5s`, `1.5 min` and the like; raises ValueError for other text.

    More than a year is refused: it is a slip of the unit, and would not fit in int64 µs for long.
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a duration; write 500ms, 5s, 10min, 1h or 1d")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{value!r} is longer than a year; write a shorter one")
    return timedelta(seconds=seconds)


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(lambda span: f"{span.total_seconds():g}s")
]


class Settings(BaseModel):
    """Base of the settings beside each unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
