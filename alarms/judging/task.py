"""The task that keeps judgements up beside the readings, a piece at a time with rests between."""

import asyncio
import logging
from typing import Final

from alarms.judging.judge import Judge
from telemetry.errors import StoreError

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 5.0
_REST_S: Final = 0.05
_TOLD: Final = 3


class Judging:
    """Runs a judge; `failing` says why it cannot judge, None while it can."""

    def __init__(self, judge: Judge, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._judge = judge
        self._look_every_s = look_every_s
        self.failing: str | None = None

    @property
    def behind_us(self) -> int:
        """By how much judging is behind the closed hours; 0 before the first look."""
        return self._judge.behind_us

    async def run(self) -> None:
        """Judge until cancelled."""
        while True:
            more = await self.look()
            await asyncio.sleep(_REST_S if more else self._look_every_s)

    async def look(self) -> bool:
        """Do a piece of what is due, and say once each way whether it can; True while there is more."""
        failing: str | None
        try:
            more = await self._judge.step()
            failing = self._of_items()
        except StoreError as error:
            more, failing = False, str(error)
        if failing is not None and self.failing is None:
            logger.error("hours and days are not judged: %s", failing)
        elif failing is None and self.failing is not None:
            logger.info("hours and days are judged again")
        self.failing = failing
        return more

    def _of_items(self) -> str | None:
        """Return which items cannot be judged, by what goes wrong; None where all can."""
        tags: dict[str, list[str]] = {}
        for tag, why in self._judge.failing.items():
            tags.setdefault(why, []).append(tag)
        told = [f"{', '.join(sorted(some))}: {why}" for why, some in tags.items()]
        return "; ".join(told[:_TOLD]) or None
