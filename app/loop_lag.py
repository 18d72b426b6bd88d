"""How late the event loop is: what a wall, a device and an alarm wait for when something blocks it."""

import asyncio
from collections import deque
from typing import Final

from telemetry.clock import SystemClock

_EVERY_S: Final = 0.1


class LoopLag:
    """Sleeps and looks how much too late it wakes; `worst_s` is the worst of the last minute."""

    def __init__(self) -> None:
        self.last_s = 0.0
        self._recent: deque[float] = deque(maxlen=int(60 / _EVERY_S))

    @property
    def worst_s(self) -> float:
        """The worst lag of the last minute, seconds."""
        return max(self._recent, default=0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        clock = SystemClock()
        while True:
            before = clock.monotonic_us()
            await asyncio.sleep(_EVERY_S)
            self.last_s = max((clock.monotonic_us() - before) / 1e6 - _EVERY_S, 0.0)
            self._recent.append(self.last_s)
