"""Readings for whoever looks at the same day again and again: what its closed hours held is read once.

closed hours   kept, and read again when a batch touched one of them: a late reading, a correction, a
               mark or its withdrawal
the rest       read at each look
marks          read at each look: one may be of an hour without a reading
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from history.embedded import EmbeddedHistory
from history.judged_readings import JudgedReadings, held_before, held_of_series, marks_of, own_samples
from history.periods import Periods
from history.queries import Snapshot
from telemetry.held import Held, joined
from telemetry.protocols import AsRead
from telemetry.samples import SampleBatch

_MOST_KEPT: Final = 64
_NO_END_US: Final = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class _Closed:
    """What was read before a time, and the batches that had touched it then."""

    until_us: int
    touched: tuple[int, ...]
    values: SampleBatch
    held: Mapping[str, list[Held]]


class KeptReadings(JudgedReadings):
    """Answers as JudgedReadings does, from less of the store."""

    def __init__(self, history: EmbeddedHistory, periods: Periods) -> None:
        super().__init__(history, periods)
        self._kept: dict[tuple[str, tuple[str, ...], int], _Closed] = {}

    async def as_read(self, tag: str, beside: Sequence[str], from_us: int, to_us: int) -> AsRead:
        """Return what was read in [from, to), the others beginning with what was before."""
        key = tag, tuple(beside), from_us
        # Before the snapshot: what touches these hours from here on is seen by the next look.
        closed_us, touched = self._history.closed([self._history.tags[each] for each in (tag, *beside)])
        closed_us = max(min(closed_us, to_us), from_us)
        kept = self._kept.get(key)
        if kept is not None and (kept.touched != touched or kept.until_us > closed_us):
            kept = None
        found, closed = await self._history.answer(
            lambda snapshot: self._read(snapshot, key, to_us, closed_us, touched, kept)
        )
        self._kept.pop(key, None)
        self._kept[key] = closed
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def _read(
        self,
        snapshot: Snapshot,
        key: tuple[str, tuple[str, ...], int],
        to_us: int,
        closed_us: int,
        touched: tuple[int, ...],
        kept: _Closed | None,
    ) -> tuple[AsRead, _Closed]:
        (tag, beside, from_us), ids = key, self._history.tags
        marks = marks_of(snapshot, tag, ids[tag], from_us, to_us)
        since_us = from_us if kept is None else kept.until_us
        values = [] if kept is None else [kept.values]
        if since_us < closed_us:
            values.append(own_samples(snapshot, ids[tag], since_us, closed_us, marks))
        values_closed = SampleBatch.concat(values)
        open_values = own_samples(snapshot, ids[tag], closed_us, to_us, marks)
        held_closed: dict[str, list[Held]] = {}
        held: dict[str, Held] = {}
        for each in beside:
            hold_us = self._periods.measure(each).hold_us
            if kept is None:
                parts = held_before(snapshot, ids[each], hold_us, from_us, self._history.oldest_us)
            else:
                parts = list(kept.held[each])
            parts += held_of_series(snapshot, ids[each], hold_us, since_us, closed_us)
            # As far as the last of them holds: what comes after the closed hours may cut it short.
            whole = joined(parts, from_us, _NO_END_US)
            held_closed[each] = [whole] if len(whole) else []
            following = held_of_series(snapshot, ids[each], hold_us, closed_us, to_us)
            held[each] = joined([*held_closed[each], *following], from_us, to_us)
        closed = _Closed(closed_us, touched, values_closed, held_closed)
        return AsRead(SampleBatch.concat([values_closed, open_values]), held, marks), closed
