"""How numbers, times and durations are written. The console's JavaScript writes them the same way."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from telemetry.clock import US_PER_S
from telemetry.plant import Point, PointKind
from web.language import Language

NO_VALUE: Final = "––"
MOST_DECIMALS: Final = 3
_COUNTED: Final = frozenset({PointKind.TOTAL, PointKind.SYSTEM, PointKind.STATUS})


def decimals(point: Point, limits: Sequence[float] = ()) -> int:
    """Return how many decimals a point's value is shown with: what its range lets one read.

    Never fewer than its limits are written with.
    """
    if point.kind in _COUNTED:
        return 0
    if point.engineering_unit == "m":
        base = 2
    else:
        base = 0 if point.span >= 300 else 1 if point.span > 5 else 2
    return max([base, *(written_decimals(limit) for limit in limits)])


def written_decimals(number: float) -> int:
    """Return how many decimals a number of the folder was written with, at most three."""
    text = f"{number:.{MOST_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def number(value: float, places: int) -> str:
    """Return a value with a true minus and without a negative zero; a dash where there is none."""
    if not math.isfinite(value):
        return NO_VALUE
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def limit(value: Decimal) -> str:
    """Return a limit as it was written, 4.0 for 4.0."""
    return f"{value:f}".replace("-", "−")


def duration(span: timedelta, _: Language) -> str:
    """Return a span in its two largest units: 12 s, 3 min 05 s, 2 h 07 min, 3 d 4 h."""
    seconds = max(int(span.total_seconds()), 0)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return _("%(d)d d %(h)d h", d=days, h=h)
    if hours:
        return _("%(h)d h %(m)02d min", h=hours, m=m)
    if minutes:
        return _("%(m)d min %(s)02d s", m=minutes, s=s)
    return _("%(s)d s", s=s)


def rough(span: timedelta, _: Language) -> str:
    """Return a span in its largest unit: 12 s, 3 min, 2 h, 3 d."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds >= 86400:
        return _("%(d)d d", d=seconds // 86400)
    if seconds >= 3600:
        return _("%(h)d h", h=seconds // 3600)
    if seconds >= 60:
        return _("%(m)d min", m=seconds // 60)
    return _("%(s)d s", s=seconds)


def moment(at: datetime, now: datetime, _: Language, *, seconds: bool = False) -> str:
    """Return 14:05 today, `yesterday 22:10`, else 11-19 22:10; both times in the plant's zone."""
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    if at.date() == now.date():
        return clock
    if at.date() == now.date() - timedelta(days=1):
        return _("yesterday %(clock)s", clock=clock)
    if at.year == now.year:
        return f"{at:%m-%d} {clock}"
    return f"{at:%Y-%m-%d} {clock}"


def seconds_since(us: int, now_us: int) -> int:
    """Return whole seconds from a time to now, never below 0; both in µs."""
    return max((now_us - us) // US_PER_S, 0)
