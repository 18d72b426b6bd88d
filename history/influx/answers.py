"""What a server's answer to a write means, and what to do about it.

2xx                       taken
no answer, 5xx, 429, 408  away: tried again, later and later, for ever
401, 403, 404, 3xx        misconfigured: somebody has to mend it; tried again slowly
413                       too large: sent again in parts
400, 422                  refused: some lines are not acceptable; found by halving
"""

import re
from collections.abc import Callable
from typing import Final

from history.targets import Trouble
from telemetry.errors import StoreError

LONGEST_REASON: Final = 300
LONGEST_RETRY_AFTER_S: Final = 300.0
_DROPPED: Final = re.compile(r"\s*\bdropped=(\d+)")

_SAYS: Final = {
    "no_answer": "it does not answer: {said}",
    "busy": "HTTP {status}: {said}",
    "no_tls": "no TLS with it: {said}",
    "certificate": "its certificate is not trusted: name its authority's file in ca ({said})",
    "unknown_token": "HTTP {status}: it does not know the token: mend it, or make one with"
    " `outfall influx setup` ({said})",
    "no_right": "HTTP {status}: the token may not write to the bucket: make one that may with"
    " `outfall influx setup` ({said})",
    "not_there": "HTTP {status}: there is no such organisation or bucket: mend them, or run"
    " `outfall influx setup` ({said})",
    "elsewhere": "HTTP {status}: it leads elsewhere: write the address behind it as url",
    "not_influxdb": "HTTP {status}, not as InfluxDB says it: mend url ({said})",
    "other": "HTTP {status}: {said}",
    "own": "{said}",
}
"""What is said of each trouble, in English; the console has its own words for them."""
TROUBLES: Final = tuple(_SAYS)
_MENDS: Final = dict(zip((401, 403, 404), ("unknown_token", "no_right", "not_there"), strict=True))


class _Troubled(StoreError):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(_SAYS[trouble.code].format(said=trouble.said, status=trouble.status))
        self.trouble = trouble


class TargetAway(_Troubled):
    """The target does not answer, or cannot take anything now; it may say when to come again."""

    def __init__(self, trouble: Trouble, retry_after_s: float = 0.0) -> None:
        super().__init__(trouble)
        self.retry_after_s = retry_after_s


class TargetMisconfigured(_Troubled):
    """The target answers and will not take anything until somebody mends the settings."""


class DeletesUnknown(StoreError):
    """The target takes lines, but knows no way to delete: it is no InfluxDB 2."""


class LinesRefused(StoreError):
    """The target does not take some of the lines; `dropped` is how many, where it says so."""

    def __init__(self, message: str, dropped: int | None = None) -> None:
        super().__init__(message)
        self.dropped = dropped


def judged(status: int, said: str, retry_after: str | None) -> StoreError:
    """Return the error an answer other than success stands for; `said` is the server's own reason."""
    reason = shortened(said) or f"HTTP {status}"
    if status == 413:
        return LinesRefused(f"too large: {reason}")
    if status in (400, 422):
        found = _DROPPED.search(said)
        # The number is no part of the reason: it differs from request to request.
        why = shortened(_DROPPED.sub("", said)) or reason
        return LinesRefused(why, int(found[1]) if found else None)
    if status in _MENDS:
        return TargetMisconfigured(Trouble(_MENDS[status], reason, status))
    if 300 <= status < 400:
        return TargetMisconfigured(Trouble("elsewhere", reason, status))
    if status in (408, 429) or status >= 500:
        return TargetAway(Trouble("busy", reason, status), _seconds(retry_after))
    return TargetMisconfigured(Trouble("other", reason, status))


def shortened(text: str, hide: Callable[[str], str] = str) -> str:
    """Return a server's words on one line, without what `hide` takes out, at most 300 characters."""
    line = hide(" ".join(text.split()))
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def _seconds(retry_after: str | None) -> float:
    """Return a Retry-After in seconds; dates, which no such server sends, count as none."""
    try:
        seconds = float(retry_after or 0)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S) if seconds == seconds else 0.0
