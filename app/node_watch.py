"""The node watches itself: its disk, its clock and its devices' clocks, kept as readings like all others.

They go by the urgent lane, so that a full disk can raise its own alarm. Where even they are refused,
or the journal is, the reserve on the disk is given up, and taken again once there is space.
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alarms.service import AlarmService
from app.clocks import Clocks
from app.data_disk import RESERVE_MB, DataDisk
from history.writer import BatchWriter
from telemetry.clock import Clock
from telemetry.errors import StoreError
from telemetry.plant import NODE_CLOCK, NODE_DISK, NODE_FUTURE
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
_READ_S: Final = 10.0
# While the disk is full, what says nothing new is not worth the space it takes.
_REPEAT_S: Final = 60.0
# Less, and the journal is refused because of the disk, whatever SQLite calls it.
_SHORT_MB: Final = RESERVE_MB
# With the reserve taken again, readings must still fit beside what the history spares.
_ROOM_MB: Final = 64 + 2 * RESERVE_MB


@dataclass(frozen=True, slots=True)
class Figures:
    """What the node says of itself: MB left on its disk, seconds its clock is behind, devices are ahead."""

    free_mb: float
    behind_s: float
    ahead_s: float


class NodeWatch:
    """Reads every 10 s, and at once when something goes wrong or is well again."""

    def __init__(
        self,
        disk: DataDisk,
        clocks: Clocks,
        series_ids: Mapping[str, int],
        writer: BatchWriter,
        alarms: AlarmService,
        clock: Clock,
    ) -> None:
        self._disk = disk
        self._clocks = clocks
        self._series = [series_ids[tag] for tag in (NODE_DISK, NODE_CLOCK, NODE_FUTURE)]
        self._writer = writer
        self._alarms = alarms
        self._clock = clock
        self._troubles: tuple[bool, ...] | None = None
        self._read_at_s = 0.0
        self._kept: Figures | None = None
        self._kept_at_s = 0.0
        self._refused = False

    async def run(self) -> None:
        """Look every second until cancelled."""
        if not await asyncio.to_thread(self._disk.reserve):
            logger.warning("the data disk has no room for the %d MB kept for when it is full", RESERVE_MB)
        while True:
            await self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(_LOOK_S)

    async def look(self, at_s: float) -> None:
        """Read and keep what is due at a time of the loop."""
        figures = await self._due(at_s)
        if figures is None:
            return
        unchanged = figures == self._kept and at_s < self._kept_at_s + _REPEAT_S
        if self._writer.failing is None or not unchanged:
            await self._keep(figures, at_s)
        await self._mind_reserve(figures.free_mb)

    async def _due(self, at_s: float) -> Figures | None:
        behind_s = self._clocks.behind_s(self._clock.now_us())
        ahead_s = self._clocks.ahead_s(self._clock.monotonic_us())
        failing = (self._writer.failing is not None, self._alarms.failing is not None)
        troubles = (*failing, behind_s > 0, ahead_s > 0)
        if troubles == self._troubles and at_s < self._read_at_s:
            return None
        self._say(behind_s, ahead_s)
        self._troubles, self._read_at_s = troubles, at_s + _READ_S
        return Figures(await asyncio.to_thread(lambda: self._disk.free_mb), behind_s, ahead_s)

    async def _keep(self, figures: Figures, at_s: float) -> None:
        now_us = self._clock.now_us()
        values = [figures.free_mb, figures.behind_s, figures.ahead_s]
        quality = [Quality.DEVICE_FAILURE if math.isnan(value) else Quality.GOOD for value in values]
        try:
            await self._append(SampleBatch.of(self._series, now_us, values, quality))
        except StoreError as error:
            if not self._refused:
                logger.error("what the node says of itself is not kept either: %s", error)
            self._refused = True
            return
        if self._refused:
            logger.info("what the node says of itself is kept again")
        self._refused = False
        self._kept, self._kept_at_s = figures, at_s
        self._clocks.told(now_us)

    async def _append(self, samples: SampleBatch) -> None:
        try:
            await self._writer.append_urgent(samples)
        except StoreError as error:
            if not await self._give_up(str(error)):
                raise
            await self._writer.append_urgent(samples)

    async def _mind_reserve(self, free_mb: float) -> None:
        failing = self._alarms.failing
        if failing is not None and free_mb < _SHORT_MB:
            await self._give_up(failing)
        elif failing is None and not self._refused and free_mb >= _ROOM_MB and not self._disk.reserved:
            if await asyncio.to_thread(self._disk.reserve):
                logger.info("%d MB of the data disk are kept again for when it is full", RESERVE_MB)

    async def _give_up(self, why: str) -> bool:
        given = await asyncio.to_thread(self._disk.give_up)
        if given:
            logger.warning("the %d MB kept for a full data disk are given up for alarms: %s", RESERVE_MB, why)
        return given

    def _say(self, behind_s: float, ahead_s: float) -> None:
        was_behind, was_ahead = self._troubles[2:] if self._troubles else (False, False)
        if behind_s and not was_behind:
            logger.warning(
                "this node's clock was set back: it is %.1f s behind what it stamped, uncertain meanwhile",
                behind_s,
            )
        elif was_behind and not behind_s:
            logger.info("this node's clock has caught up with what it stamped")
        furthest = self._clocks.furthest_ahead(self._clock.monotonic_us())
        if furthest is not None and not was_ahead:
            logger.warning("time from the future: %s is %.1f s ahead of this node", furthest.tag, ahead_s)
        elif was_ahead and furthest is None:
            logger.info("no device is ahead of this node any more")
