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

from telemetry.errors import StoreError

LONGEST_REASON: Final = 300
LONGEST_RETRY_AFTER_S: Final = 300.0
_DROPPED: Final = re.compile(r"\s*\bdropped=(\d+)")

_UNKNOWN_TOKEN: Final = "it does not know the token: mend it, or make one with `outfall influx setup`"
_NO_RIGHT: Final = "the token may not write to the bucket: make one that may with `outfall influx setup`"
_NOT_THERE: Final = "there is no such organisation or bucket: mend them, or run `outfall influx setup`"
_MENDS: Final = dict(zip((401, 403, 404), (_UNKNOWN_TOKEN, _NO_RIGHT, _NOT_THERE), strict=True))


class TargetAway(StoreError):
    """The target does not answer, or cannot take anything now; it may say when to come again."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TargetMisconfigured(StoreError):
    """The target answers and will not take anything until somebody mends the settings."""


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
        return TargetMisconfigured(f"HTTP {status}: {_MENDS[status]} ({reason})")
    if 300 <= status < 400:
        return TargetMisconfigured(f"HTTP {status}: it leads elsewhere: write the address behind it as url")
    if status in (408, 429) or status >= 500:
        return TargetAway(f"HTTP {status}: {reason}", _seconds(retry_after))
    return TargetMisconfigured(f"HTTP {status}: {reason}")


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
