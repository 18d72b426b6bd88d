"""The readings of the moment: what an entry's unit and machines said when it happened."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from history.live import LiveTable
from operations.logbook.records import Reading
from telemetry.clock import US_PER_S, Clock, duration_us
from telemetry.plant import Plant, Point, PointKind
from telemetry.protocols import HistoryReader
from telemetry.quality import major

MOST: Final = 20
_NOW_US: Final = 90 * US_PER_S
_LOOK_BACK: Final = timedelta(minutes=10)
_MOST_SAMPLES: Final = 2000


def chosen(plant: Plant, unit: str | None, tags: Sequence[str], equipment: Sequence[str]) -> list[Point]:
    """Return the points whose readings belong to an entry, at most twenty.

    First those that it names, then its machines' own, then what is measured where these work for: a
    tripped blower shows in the aerobic tank. Then what is measured in its unit; for an entry about
    nothing in particular the plant's discharge: what its regulated analysers measure.
    """
    named = [plant.point_by_tag[tag] for tag in tags if tag in plant.point_by_tag]
    machines = set(equipment)
    own = [
        p for p in plant.points if p.equipment in machines and p.kind in (PointKind.STATUS, PointKind.ANALOG)
    ]
    measured = [p for p in plant.points if p.kind is PointKind.ANALOG]
    place = plant.unit_by_id.get(unit or "")
    served = [p for p in measured if p.unit == place.serves] if own and place and place.serves else []
    around = [*served, *(p for p in measured if p.unit == unit)] if unit else []
    if not (named or own or around):
        around = [p for p in measured if p.regulatory]
    found = {point.tag: point for point in (*named, *own, *around) if point.kind is not PointKind.MANUAL}
    return list(found.values())[:MOST]


class Moments:
    """Reads what points said at a time: the latest values for now, the history for before."""

    def __init__(self, live: LiveTable, history: HistoryReader, clock: Clock) -> None:
        self._live = live
        self._history = history
        self._clock = clock

    async def at(self, points: Iterable[Point], at_us: int) -> tuple[Reading, ...]:
        """Return each point's reading of a time; none of those that had none."""
        now_us = self._clock.now_us()
        if abs(now_us - at_us) <= _NOW_US:
            found: Iterable[Reading | None] = [self._latest(point, now_us) for point in points]
        else:
            found = await asyncio.gather(*(self._held(point, at_us) for point in points))
        return tuple(reading for reading in found if reading is not None)

    def _latest(self, point: Point, now_us: int) -> Reading | None:
        sample = self._live.latest(point.tag, now_us)
        if sample.time_us == 0:
            return None
        return _reading(point.tag, sample.value, sample.quality, sample.time_us, sample.stale)

    async def _held(self, point: Point, at_us: int) -> Reading | None:
        holds_us = duration_us(point.stale_after or _LOOK_BACK)
        back_us = max(holds_us, duration_us(_LOOK_BACK))
        held = await self._history.samples(point.tag, at_us - back_us, at_us + 1, _MOST_SAMPLES)
        if not len(held):
            return None
        value, quality, time_us = float(held.values[-1]), int(held.quality[-1]), int(held.times_us[-1])
        return _reading(point.tag, value, quality, time_us, at_us - time_us > holds_us)


def _reading(tag: str, value: float, quality: int, time_us: int, stale: bool) -> Reading:
    # A plain zero: the ledger's chain must come out the same when it is read again.
    number = value + 0.0 if math.isfinite(value) else None
    return Reading(tag, number, quality, time_us, stale)


def holds(reading: Reading) -> bool:
    """Return whether a reading said something about the plant."""
    return reading.value is not None and not reading.stale and major(reading.quality) != "bad"
