"""What stations write for a time, to µs UTC. Pure."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from telemetry.clock import to_us

_OFFSET: Final = re.compile(r"([+-])(\d{2}):?(\d{2})", re.ASCII)
_SINCE_1970: Final = re.compile(r"\d{10}(?:\d{3}){0,3}(?:\.\d{1,9})?", re.ASCII)
_LOCAL: Final = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?", re.ASCII
)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)(\d{3})?", re.ASCII)
_LONGEST: Final = 40


def zone_of(text: str) -> tzinfo:
    """Return the zone of a name or an offset (`Asia/Shanghai`, `+08:00`); ValueError where it is none."""
    found = _OFFSET.fullmatch(text)
    if found is not None and int(found[2]) < 24 and int(found[3]) < 60:
        span = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-span if found[1] == "-" else span)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is no zone; write one such as Asia/Shanghai or +08:00") from None


def time_us_of(said: Any, zone: tzinfo | None = None, near_us: int = 0) -> int | None:
    """Return µs UTC of a time, None for what is none.

    It is RFC 3339 with an offset, or s, ms, µs or ns since 1970, as a number or as its digits. With a
    zone it may lack the offset, and be 2026/05/28 20:26:30 or 20260528202630; of an hour that comes
    twice, that which is nearer to `near_us` is meant.
    """
    if isinstance(said, str):
        text = said.strip().upper()
        return _text_us(text, zone, near_us) if len(text) <= _LONGEST else None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    # In s, ms, µs or ns the same moment is a thousand times more: 1e11 s is the year 5138.
    for limit, per_us in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if abs(said) < limit:
            return round(said * per_us)
    return None


def _text_us(text: str, zone: tzinfo | None, near_us: int) -> int | None:
    if _SINCE_1970.fullmatch(text):
        return time_us_of(float(text) if "." in text else int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if moment.tzinfo is not None:
            return to_us(moment)
    local = None if zone is None else _local(text)
    return None if local is None or zone is None else _in_zone(local, zone, near_us)


def _local(text: str) -> datetime | None:
    if found := _LOCAL.fullmatch(text):
        year, _, month, day, hour, minute, second, fraction = found.groups()
    elif found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, fraction = found.groups()
    else:
        return None
    micro = int(f"{fraction or '':0<6}"[:6])
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro)
    except ValueError:
        return None


def _in_zone(local: datetime, zone: tzinfo, near_us: int) -> int | None:
    found = []
    for fold in (0, 1):
        moment = local.replace(tzinfo=zone, fold=fold)
        # An hour that is left out in spring is no time: it would come back as another one.
        try:
            back = datetime.fromtimestamp(moment.timestamp(), zone)
        except (OverflowError, OSError, ValueError):
            return None
        if back.replace(tzinfo=None, fold=0) == local:
            found.append(to_us(moment))
    return min(found, key=lambda at_us: abs(at_us - near_us), default=None)
