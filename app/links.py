"""How each channel stands: told by the collectors, kept as readings like all others."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telemetry.plant import Plant, link_tag
from telemetry.protocols import LinkState, Outages, Sink
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A channel's state, since when, and why."""

    channel: str
    state: LinkState
    since_us: int
    cause: str = ""


class Links:
    """Takes the collectors' word (`telemetry.protocols.Outages`) and appends it to the readings.

    `keeping` hears of each change too, before it becomes a reading: outages are events beside.

    Changes are few: each channel has at most one waiting in each direction, so the queue is as
    long as twice the number of channels; a further change replaces the oldest.
    """

    def __init__(
        self, channels: Iterable[str], series_ids: Mapping[str, int], sink: Sink, keeping: Outages
    ) -> None:
        self._links = {name: Link(name, LinkState.CONNECTING, 0) for name in channels}
        self._series = {name: series_ids[link_tag(name)] for name in self._links}
        self._sink = sink
        self._keeping = keeping
        self._waiting: asyncio.Queue[tuple[str, int, float]] = asyncio.Queue(2 * len(self._links) + 1)

    def lost(self, channel: str, at_us: int, cause: str) -> None:
        """Note that a channel was lost."""
        self._keeping.lost(channel, at_us, cause)
        self._note(Link(channel, LinkState.DOWN, at_us, cause))

    def back(self, channel: str, at_us: int, missed: int) -> None:
        """Note that a channel answers."""
        self._keeping.back(channel, at_us, missed)
        self._note(Link(channel, LinkState.UP, at_us))

    def states(self) -> Mapping[str, Link]:
        """Return every channel's state."""
        return self._links

    async def run(self) -> None:
        """Append each change to the readings, in order, until cancelled."""
        while True:
            changes = [await self._waiting.get()]
            while not self._waiting.empty():
                changes.append(self._waiting.get_nowait())
            channels, times_us, values = zip(*changes, strict=True)
            series = [self._series[channel] for channel in channels]
            await self._sink.append(SampleBatch.of(series, times_us, values, Quality.GOOD))

    def _note(self, link: Link) -> None:
        self._links[link.channel] = link
        if self._waiting.full():
            dropped = self._waiting.get_nowait()
            logger.warning("link %s: a change was dropped, the store is behind", dropped[0])
        self._waiting.put_nowait((link.channel, link.since_us, float(link.state is LinkState.UP)))


def channels_of(plant: Plant) -> tuple[str, ...]:
    """Return the channels of a plant, in the order of its points."""
    return tuple(dict.fromkeys(point.channel for point in plant.points if point.channel is not None))
