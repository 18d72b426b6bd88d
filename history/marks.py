"""Marks in force: times of a series whose values do not count, applied by every commit.

A sample that would count and lies in one is stored with the quality of the mark. Its own goes to
`unmarked` beside its batch, so that it comes back when the mark is taken back, whenever the sample
came. Of several marks the one made first takes it; when that is taken back, the next one does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.arrivals import Arrivals
from history.newest import RowArray
from history.queries import Snapshot
from telemetry.quality import BoolArray, Quality, is_bad
from telemetry.samples import SampleBatch


# The flags M, C, D and F of HJ 212-2017, and what has none.
class MarkKind(StrEnum):
    """Why values of a span are not to count."""

    MAINTENANCE = "maintenance"
    CALIBRATION = "calibration"
    FAULT = "fault"
    STOPPED = "stopped"
    QC_FAILED = "qc_failed"
    """A standard check or a comparison failed: from the last one that was passed to the next (HJ 356)."""
    INVALID = "invalid"


MARKED: Final[Mapping[MarkKind, Quality]] = {
    MarkKind.MAINTENANCE: Quality.OUT_OF_SERVICE,
    MarkKind.CALIBRATION: Quality.OUT_OF_SERVICE,
    MarkKind.FAULT: Quality.DEVICE_FAILURE,
    MarkKind.STOPPED: Quality.OUT_OF_SERVICE,
    MarkKind.QC_FAILED: Quality.BAD,
    MarkKind.INVALID: Quality.BAD,
}

_IN_FORCE: Final = """
SELECT id, series, from_us, to_us, mark FROM entries ANTI JOIN
    (SELECT of_mark AS id FROM entries WHERE of_mark IS NOT NULL) USING (id)
WHERE kind = 'mark' ORDER BY batch
"""
_VERSIONS: Final = """
SELECT batch, t_us, value, 0::BIGINT AS rank FROM readings WHERE series = $1 AND t_us >= $2 AND t_us < $3
UNION ALL
SELECT batch, t_us, value, if(replaces, batch + 1, -batch) FROM overlay
WHERE series = $1 AND t_us >= $2 AND t_us < $3
"""
_VERSIONS_IN_FILES: Final = "UNION ALL SELECT batch, t_us, value, 1 FROM ({rows}) WHERE series = $1"
_TAKEN: Final = """
SELECT $1::INTEGER AS series, t_us, sample.value AS value, own.quality AS quality FROM (
    SELECT t_us, max_by({{'batch': batch, 'value': value}}, rank) AS sample FROM ({versions}) GROUP BY t_us
) JOIN (
    SELECT batch, t_us, quality FROM unmarked WHERE series = $1 AND t_us >= $2 AND t_us < $3
) AS own USING (t_us)
WHERE sample.batch = own.batch ORDER BY t_us
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in force: samples of a series in [from, to) have its quality."""

    id: str
    series: int
    from_us: int
    to_us: int
    quality: int


class MarksInForce:
    """Marks, the first made first. Series without one cost a comparison a sample."""

    def __init__(self, marks: Sequence[Mark] = ()) -> None:
        of_series: dict[int, list[int]] = defaultdict(list)
        for place, mark in enumerate(marks):
            of_series[mark.series].append(place)
        self._marks = tuple(marks)
        self._quality = np.array([mark.quality for mark in marks], dtype=np.uint8)
        self._pieces = {series: _pieces(marks, places) for series, places in of_series.items()}
        # One slot more than the last series has, which stands for every series above it.
        slots = max(of_series, default=-1) + 2
        self._from_us = np.zeros(slots, dtype=np.int64)
        self._to_us = np.zeros(slots, dtype=np.int64)
        for series, (edges, _) in self._pieces.items():
            self._from_us[series], self._to_us[series] = edges[0], edges[-1]

    def __len__(self) -> int:
        return len(self._marks)

    def overlap(self, from_us: int, to_us: int) -> bool:
        """Return whether some mark has a part of [from, to)."""
        return any(mark.from_us < to_us and mark.to_us > from_us for mark in self._marks)

    def covers(self, samples: SampleBatch) -> BoolArray:
        """Return which samples lie in a mark, whether they count or not."""
        rows, _ = self._lying_in(samples)
        found = np.zeros(len(samples), dtype=np.bool_)
        found[rows] = True
        return found

    def taken_by(self, mark_id: str, samples: SampleBatch) -> BoolArray:
        """Return which samples lie in a mark, and in none that was made before it."""
        rows, places = self._lying_in(samples)
        its = [place for place, mark in enumerate(self._marks) if mark.id == mark_id]
        found = np.zeros(len(samples), dtype=np.bool_)
        found[rows] = np.isin(places, its)
        return found

    def applied_to(self, told: Arrivals) -> Arrivals:
        """Return what was told apart with the marks applied."""
        in_order, own = self.applied(told.in_order)
        late, own_late = self.applied(told.late)
        if not len(own) and not len(own_late):
            return told
        return replace(told, in_order=in_order, late=late, own=SampleBatch.concat([own, own_late]))

    def applied(self, samples: SampleBatch) -> tuple[SampleBatch, SampleBatch]:
        """Return samples with the qualities of marks, and those of them that changed as they were."""
        rows, places = self._lying_in(samples)
        counts = ~is_bad(samples.quality[rows])
        rows, places = rows[counts], places[counts]
        if not len(rows):
            return samples, SampleBatch.empty()
        quality = samples.quality.copy()
        quality[rows] = self._quality[places]
        marked = SampleBatch(samples.series, samples.times_us, samples.values, quality)
        return marked, samples.select(rows)

    def _lying_in(self, samples: SampleBatch) -> tuple[RowArray, RowArray]:
        """Return the rows that lie in marks, and the place of the first mark of each."""
        none = np.empty(0, np.intp)
        if not self._marks or not len(samples):
            return none, none
        slot = np.minimum(samples.series, len(self._from_us) - 1)
        near = np.flatnonzero(
            (samples.times_us >= self._from_us[slot]) & (samples.times_us < self._to_us[slot])
        )
        if not len(near):
            return none, none
        near = near[np.argsort(samples.series[near], kind="stable")]
        series = samples.series[near]
        places: list[RowArray] = []
        for rows in np.split(near, np.flatnonzero(series[1:] != series[:-1]) + 1):
            edges, owner = self._pieces[int(samples.series[rows[0]])]
            places.append(owner[np.searchsorted(edges, samples.times_us[rows], side="right") - 1])
        place = np.concatenate(places)
        return near[place >= 0], place[place >= 0]


def in_force(connection: duckdb.DuckDBPyConnection) -> MarksInForce:
    """Return the marks that were not taken back, as a connection's transaction sees them."""
    found = {name: column.tolist() for name, column in columns(connection, _IN_FORCE, []).items()}
    found["mark"] = [MARKED[MarkKind(kind)] for kind in found["mark"]]
    return MarksInForce([Mark(*row) for row in zip(*found.values(), strict=True)])


def taken(snapshot: Snapshot, series: int, from_us: int, to_us: int) -> SampleBatch:
    """Return a series' samples of [from, to) that marks took, with the quality of their own."""
    versions = _VERSIONS
    files = snapshot.segments.of_times(from_us, to_us)
    if rows := snapshot.segments.rows(files, from_us, to_us):
        versions += _VERSIONS_IN_FILES.format(rows=rows)
    found = columns(snapshot.cursor, _TAKEN.format(versions=versions), [series, from_us, to_us])
    return SampleBatch(found["series"], found["t_us"], found["value"], found["quality"])


def _pieces(marks: Sequence[Mark], places: Iterable[int]) -> tuple[npt.NDArray[np.int64], RowArray]:
    """Return where the marks of a series begin and end, and the first mark of each piece between, or -1."""
    own = [(place, marks[place]) for place in places]
    edges = np.unique([(mark.from_us, mark.to_us) for _, mark in own])
    owner = np.full(len(edges), -1, dtype=np.intp)
    for place, mark in reversed(own):
        first, end = np.searchsorted(edges, (mark.from_us, mark.to_us))
        owner[first:end] = place
    return edges, owner
