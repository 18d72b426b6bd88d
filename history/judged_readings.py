"""What judging asks of the history: which hours changed, and what was read in them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.figures import HOUR_US, ONCE_US
from history.hour_store import state_of
from history.marks import taken
from history.periods import Periods
from history.queries import Snapshot, last_before, portions_of, samples_of
from telemetry.held import Held, held_of, joined
from telemetry.marked import MarkedSpan
from telemetry.protocols import AsRead, FiguresHead, HourMeans
from telemetry.samples import SampleBatch

_CHANGED: Final = """
SELECT DISTINCT start_us FROM hours
WHERE version > $1 AND version <= $2 AND series IN (SELECT unnest($3::INTEGER[])) ORDER BY start_us
"""
_BEGAN: Final = """
SELECT start_us FROM hours WHERE series = $1 AND good_us > 0 ORDER BY start_us LIMIT 1
"""
_KEPT_FROM: Final = """
SELECT coalesce(max(to_us), 0) AS t_us FROM given_up WHERE series IN (SELECT unnest($1::INTEGER[]))
"""
_MARKS: Final = """
SELECT id, from_us, to_us, mark FROM entries ANTI JOIN
    (SELECT of_mark AS id FROM entries WHERE of_mark IS NOT NULL) USING (id)
WHERE kind = 'mark' AND series = $1 AND from_us < $3 AND to_us > $2 ORDER BY batch
"""
_MOST_SAMPLES: Final = 5_000_000
_WHOLE_US: Final = 180_000_000
"""An hour whose first reading came so late is whole."""


class JudgedReadings:
    """A store's readings for whoever judges them; implements telemetry.protocols.FigureReader."""

    def __init__(self, history: EmbeddedHistory, periods: Periods) -> None:
        self._history = history
        self._periods = periods

    async def head(self) -> FiguresHead:
        """Return how far figures have come."""
        state = await self._history.answer(state_of)
        return FiguresHead(state.version, state.through_us, self._history.oldest_us)

    async def changed(self, tags: Sequence[str], after: int, through: int) -> list[int]:
        """Return the starts of hours in which some tag's figures got a version in (after, through]."""
        return await self._integers(_CHANGED, [after, through, self._series(tags)], "start_us")

    async def began_us(self, tag: str) -> int | None:
        """Return the first whole hour that a tag has figures of, None without any."""
        found = await self._integers(_BEGAN, [self._history.tags.get(tag, 0)], "start_us")
        if not found:
            return None
        if self._periods.measure(tag).hold_us == ONCE_US:
            return found[0]
        first = await self._history.samples(tag, found[0], found[0] + HOUR_US, 1)
        began_late = len(first) == 0 or int(first.times_us[0]) - found[0] > _WHOLE_US
        return found[0] + HOUR_US if began_late else found[0]

    async def kept_from_us(self, tags: Sequence[str]) -> int:
        """Return from when on readings of all tags are kept."""
        return (await self._integers(_KEPT_FROM, [self._series(tags)], "t_us"))[0]

    async def as_read(self, tag: str, beside: Sequence[str], from_us: int, to_us: int) -> AsRead:
        """Return what was read in [from, to), the others beginning with what was before."""
        ids = self._history.tags
        holds = {each: self._periods.measure(each).hold_us for each in beside}

        def query(snapshot: Snapshot) -> AsRead:
            held = {
                each: joined(
                    [
                        *held_before(snapshot, ids[each], holds[each], from_us, self._history.oldest_us),
                        *held_of_series(snapshot, ids[each], holds[each], from_us, to_us),
                    ],
                    from_us,
                    to_us,
                )
                for each in beside
            }
            marks = marks_of(snapshot, tag, ids[tag], from_us, to_us)
            return AsRead(own_samples(snapshot, ids[tag], from_us, to_us, marks), held, marks)

        return await self._history.answer(query)

    async def hour_means(self, tag: str, from_us: int, to_us: int, now_us: int) -> HourMeans:
        """Return the hours that start in [from, to), the open one as far as it goes."""
        found = await self._periods.hours(tag, from_us, to_us, now_us)
        return HourMeans(found.start_us, found.mean, found.good_us)

    async def _integers(self, query: str, asked: list[Any], column: str) -> list[int]:
        def work(snapshot: Snapshot) -> npt.NDArray[np.int64]:
            return columns(snapshot.cursor, query, asked)[column]

        found: list[int] = (await self._history.answer(work)).tolist()
        return found

    def _series(self, tags: Sequence[str]) -> list[int]:
        ids: Mapping[str, int] = self._history.tags
        return [ids[tag] for tag in tags if tag in ids]


def held_before(snapshot: Snapshot, series: int, hold_us: int, from_us: int, oldest_us: int) -> list[Held]:
    """Return what the last sample before a time held, nothing where that held no longer."""
    before = last_before(snapshot, series, from_us, max(from_us - hold_us, oldest_us))
    return [_held(before, hold_us)] if len(before) else []


def held_of_series(snapshot: Snapshot, series: int, hold_us: int, from_us: int, to_us: int) -> list[Held]:
    """Return what the samples of [from, to) held, in parts to be joined: the last may reach beyond."""
    portions = portions_of(snapshot, series, from_us, to_us)
    return [_held(samples, hold_us) for samples in portions if len(samples)]


def marks_of(snapshot: Snapshot, tag: str, series: int, from_us: int, to_us: int) -> list[MarkedSpan]:
    """Return a point's marks that have a part in [from, to)."""
    rows = snapshot.cursor.execute(_MARKS, [series, from_us, to_us]).fetchall()
    return [MarkedSpan(id_, tag, begin, end, kind) for id_, begin, end, kind in rows]


def own_samples(
    snapshot: Snapshot, series: int, from_us: int, to_us: int, marks: Sequence[MarkedSpan]
) -> SampleBatch:
    """Return a point's samples with the quality of their own, which some marks may have taken."""
    samples = samples_of(snapshot, series, from_us, to_us, _MOST_SAMPLES)
    if not any(mark.from_us < to_us and mark.to_us > from_us for mark in marks):
        return samples
    own = taken(snapshot, series, from_us, to_us)
    quality = samples.quality.copy()
    quality[np.searchsorted(samples.times_us, own.times_us)] = own.quality
    return SampleBatch(samples.series, samples.times_us, samples.values, quality)


def _held(samples: SampleBatch, hold_us: int) -> Held:
    return held_of(samples.times_us, samples.values, samples.quality, hold_us)
