"""What every settings model shares: frozen, unknown keys refused, durations as `5s`, `500ms`, `10min`."""

import re
from datetime import time, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_UNITS: Final = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"\s*(\d{1,12}(?:\.\d{1,12})?)\s*(ms|s|min|h|d)\s*", re.ASCII)
_LONGEST: Final = timedelta(days=366)
_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


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


def parse_time_of_day(value: Any) -> Any:
    """Return a time for `02:30`; ValueError for anything else. YAML makes a number of it without quotes."""
    if isinstance(value, time):
        return value
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a time of day; write it in quotes, as '02:30'")
    return time(int(match[1]), int(match[2]))


TimeOfDay = Annotated[
    time, BeforeValidator(parse_time_of_day), PlainSerializer(lambda moment: f"{moment:%H:%M}")
]


class Settings(BaseModel):
    """Base of the settings beside each unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
