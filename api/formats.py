"""How values, times and qualities are written and read."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema
from starlette.responses import Response

from telemetry.calendar import month_named
from telemetry.clock import from_us
from telemetry.errors import Invalid
from telemetry.quality import major, reason
from telemetry.settings import parse_duration

_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+ -]\d\d:\d\d)?", re.ASCII
)
_EVERY: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?(ms|s|min|h|d)")
_EARLIEST: Final = 1970
_LATEST: Final = 2200
SHORTEST_WINDOW: Final = timedelta(seconds=1)
LONGEST_WINDOW: Final = timedelta(days=31)


class QualityShape(BaseModel):
    """OPC quality of a sample."""

    code: int = Field(ge=0, le=255, examples=[192])
    quality_class: Literal["good", "uncertain", "bad"] = Field(alias="class")
    reason: str = Field(examples=["good", "comm_failure"])


QUALITIES: Final[tuple[dict[str, Any], ...]] = tuple(
    {"code": code, "class": major(code), "reason": reason(code)} for code in range(256)
)
"""What each quality byte is written as."""


def json_response(content: Any, status: int = 200) -> Response:
    """Return a JSON answer; arrays of numbers go in as they are, and what is no number comes out null."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, media_type="application/json")


def local_times(times_us: Iterable[int], zone: tzinfo) -> list[datetime]:
    """Return times as the plant's clock on the wall shows them, with its offset."""
    return [from_us(time_us).astimezone(zone) for time_us in times_us]


def local_time(time_us: int | None, zone: tzinfo) -> str | None:
    """Return one time in RFC 3339 with the plant's offset; None for none."""
    return None if time_us is None else from_us(time_us).astimezone(zone).isoformat()


def parse_time(text: Any) -> datetime:
    """Return an RFC 3339 time; ValueError says what is wrong with it.

    A `+` that was not written as %2B arrives as a space; before an offset it can mean nothing else.
    """
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not a time; write 2026-11-21T08:00:00+08:00 (RFC 3339)")
    day, clock, fraction, offset = match.groups()
    if offset is None:
        raise ValueError(f"the time has no UTC offset; write {day}T{clock}+08:00 or {day}T{clock}Z")
    try:
        moment = datetime.fromisoformat(
            f"{day}T{clock}{(fraction or '')[:7]}{offset.replace(' ', '+').upper()}"
        )
    except ValueError as error:
        raise ValueError(f"no such time: {error}") from None
    if not _EARLIEST < moment.year < _LATEST:
        raise ValueError(f"the year must lie between {_EARLIEST} and {_LATEST}")
    return moment


def check_day(day: date) -> date:
    """Return a day; ValueError where its year is none that times are given in."""
    if not _EARLIEST < day.year < _LATEST:
        raise ValueError(f"the year must lie between {_EARLIEST} and {_LATEST}")
    return day


def parse_month(text: Any) -> date:
    """Return the first day of a month; ValueError says what is wrong with it."""
    try:
        return month_named(text if isinstance(text, str) else "")
    except Invalid as error:
        raise ValueError(str(error)) from None


def parse_window(text: Any) -> timedelta:
    """Return the width of a window; ValueError says what is wrong with it."""
    if not isinstance(text, str) or _EVERY.fullmatch(text) is None:
        raise ValueError("not a duration; write 60s, 10min, 1h or 1d")
    span: timedelta = parse_duration(text)
    if not SHORTEST_WINDOW <= span <= LONGEST_WINDOW:
        raise ValueError("a window is 1s to 31d wide")
    return span


Time = Annotated[
    datetime,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T08:00:00+08:00"]}),
]
"""A time given in a request: with an offset."""

Day = Annotated[date, AfterValidator(check_day)]
"""A day given in a request: of years in which its start and end can be told."""

Month = Annotated[
    date,
    BeforeValidator(parse_month),
    WithJsonSchema({"type": "string", "examples": ["2026-10"]}),
]
"""A month given in a request, as its first day."""

SentId = Annotated[
    UUID | None,
    Field(description="an id of your own, so that it can be sent again: it is written once"),
]
"""An id that the sender gives to what is written."""

Window = Annotated[
    timedelta,
    BeforeValidator(parse_window),
    WithJsonSchema({"type": "string", "examples": ["60s", "10min", "1h"]}),
]
"""A width of windows given in a request."""
