"""What somebody does at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from app.life.stage import Stage
from telemetry.clock import US_PER_S

MINUTE_US: Final = 60 * US_PER_S
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
Act = Callable[[Stage], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does at a time; `reads` says that readings of that moment belong to it."""

    at_us: int
    act: Act
    reads: bool = False
