"""What the embedded history knows in memory of what it holds, and how a batch is added to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns, samples_in
from history.arrivals import Arrivals, tell_apart
from history.figures import HOUR_US
from history.marks import MarksInForce, in_force
from history.newest import NEVER_US, NewestSamples
from history.segments import Segment
from history.staging import INTO_NEWEST, INTO_OVERLAY, INTO_READINGS, INTO_UNMARKED, Staging
from telemetry.protocols import Origin
from telemetry.samples import SampleBatch, SeriesArray, TimeArray

# A device or a broker repeats what it sent a moment ago; an older repetition only costs space.
_REPEATED_WITHIN_US: Final = 3_600_000_000
_GAP_US: Final = 3_600_000_000
_EPOCH: Final = 1 << 31
"""Added to an hour's number, so that those before 1970 are not negative."""

_SINCE: Final = """
SELECT batch, series, t_us, value, quality FROM readings WHERE batch > $1
UNION ALL
SELECT batch, series, t_us, value, quality FROM overlay WHERE batch > $1 AND replaces
"""
_LAST: Final = "SELECT number, committed_us FROM batches WHERE number = (SELECT max(number) FROM batches)"
# The overlay holds what is newer than the readings where it came from the future.
_SPAN: Final = """
SELECT min(t_us) AS oldest, max(t_us) AS newest FROM (
    SELECT min(t_us) AS t_us FROM readings
    UNION ALL SELECT max(t_us) FROM readings
    UNION ALL SELECT min(t_us) FROM overlay
    UNION ALL SELECT max(t_us) FROM overlay
    UNION ALL SELECT min(from_us) FROM segments
    UNION ALL SELECT max(to_us) - 1 FROM segments
) HAVING newest IS NOT NULL
"""
_NOT_REPLACING: Final = """
SELECT series, max(t_us) AS t_us, 0.0::DOUBLE AS value, 0::UTINYINT AS quality
FROM overlay WHERE NOT replaces GROUP BY series
"""
_CLOSED: Final = "SELECT max(to_us) AS to_us FROM segments HAVING to_us IS NOT NULL"


def joined(spans: Sequence[Origin]) -> list[Origin]:
    """Return spans as few as may be, oldest first: a history of samples has gaps of their interval."""
    found: list[Origin] = []
    for span in sorted(spans, key=lambda span: (span.origin, span.from_us)):
        last = found[-1] if found else None
        if last is not None and last.origin == span.origin and span.from_us - last.to_us < _GAP_US:
            found[-1] = replace(last, to_us=max(last.to_us, span.to_us))
        else:
            found.append(span)
    return sorted(found, key=lambda span: span.from_us)


class Ledger:
    """Series, numbers and newest samples of an open file. Only the writing thread changes it.

    `tags` are the ids of the plant last chosen, `marks` those in force. Stored samples lie in
    [oldest_us, end_us).
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._staging = Staging(connection)
        self._ids: dict[tuple[str, str], int] = {}
        self._newest = NewestSamples()
        self._stamped_by_node = np.zeros(0, dtype=np.bool_)
        self._doubtful_us: TimeArray = np.zeros(0, dtype=np.int64)
        self.tags: dict[str, int] = {}
        self.marks = MarksInForce()
        self.origins: list[Origin] = []
        self.last_number = 0
        self.closed_us = 0
        self._marked: set[int] = set()
        self._marking: set[int] = set()
        self._touching: SeriesArray = np.zeros(0, dtype=np.int32)
        self._touched: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.last_committed_us = 0
        self.oldest_us = -NEVER_US
        self.end_us = NEVER_US
        self._load()

    def missing(self, plant: str, tags: Sequence[str]) -> dict[str, int]:
        """Return the ids to give to those of a plant's tags that have none yet."""
        new = [tag for tag in dict.fromkeys(tags) if (plant, tag) not in self._ids]
        first = max(self._ids.values(), default=0) + 1
        return dict(zip(new, range(first, first + len(new)), strict=True))

    def write_series(self, plant: str, ids: Mapping[str, int]) -> None:
        """Add series to the file, within the caller's transaction."""
        self._connection.execute(
            "INSERT INTO series (id, plant, tag, since_batch)"
            " SELECT unnest(?::INTEGER[]), ?, unnest(?::VARCHAR[]), ?",
            [list(ids.values()), plant, list(ids), self.last_number + 1],
        )

    def write_retention(self, plant: str, classes: Mapping[str, str]) -> None:
        """Change the retention classes of a plant's series, within the caller's transaction."""
        self._connection.execute(
            "UPDATE series SET retention = given.retention"
            " FROM (SELECT unnest(?::VARCHAR[]) AS tag, unnest(?::VARCHAR[]) AS retention) AS given"
            " WHERE plant = ? AND series.tag = given.tag AND series.retention != given.retention",
            [list(classes), list(classes.values()), plant],
        )

    def choose(self, plant: str, ids: Mapping[str, int], stamped_by_node: Collection[str]) -> None:
        """Know series that were written, and serve this plant's; the node stamps those named."""
        self._know({(plant, tag): id_ for tag, id_ in ids.items()})
        self.tags = {tag: id_ for (of, tag), id_ in self._ids.items() if of == plant}
        self._stamped_by_node[[self.tags[tag] for tag in stamped_by_node if tag in self.tags]] = True

    @property
    def series_count(self) -> int:
        """How many ids were given, of all plants."""
        return len(self._ids)

    def knows(self, samples: SampleBatch) -> bool:
        """Whether every series of a batch was given an id here; ids have no gaps."""
        return not len(samples) or bool(samples.series.min() > 0 and samples.series.max() <= len(self._ids))

    def of_people(self, samples: SampleBatch, marks: MarksInForce) -> Arrivals:
        """Return what people made told apart, with the marks that are in force with it: all of it wins."""
        stamped = np.zeros_like(self._stamped_by_node)
        told = tell_apart(samples, self._newest.times_us, self._doubtful_us, stamped, -NEVER_US - 1)
        return marks.applied_to(told)

    def arrivals(self, samples: SampleBatch, until_us: int) -> Arrivals:
        """Return a batch told apart, with the marks in force, without what the file holds just so.

        See `tell_apart`. In the time of a mark nothing counts as held just so: there the file shows
        the quality of the mark, and the device may have come to say another one.
        """
        told = tell_apart(samples, self._newest.times_us, self._doubtful_us, self._stamped_by_node, until_us)
        told = self.marks.applied_to(told)
        late = told.late
        newest_us = self._newest.times_us[late.series]
        # What is true and came in order becomes the newest, though the future has told just so.
        in_order = told.replaces & (late.times_us > newest_us)
        recent = (late.times_us > newest_us - _REPEATED_WITHIN_US) & ~in_order & ~self.marks.covers(late)
        if not recent.any():
            return told
        kept = np.ones(len(late), dtype=np.bool_)
        kept[recent] = ~self._staging.repeated(late.select(recent), told.replaces[recent])
        return replace(
            told,
            late=late.select(kept),
            replaces=told.replaces[kept],
            repeated=told.repeated + int(np.count_nonzero(~kept)),
        )

    def write(self, number: int, committed_us: int, arrivals: Arrivals) -> None:
        """Add a batch to the file, within the caller's transaction."""
        rows = len(arrivals.in_order) + len(arrivals.late)
        self._connection.execute("INSERT INTO batches VALUES (?, ?, ?, NULL)", [number, committed_us, rows])
        self._staging.insert(INTO_READINGS, number, arrivals.in_order)
        self._staging.insert(INTO_OVERLAY, number, arrivals.late, arrivals.replaces)
        self._staging.insert(INTO_UNMARKED, number, arrivals.own)
        self._mark(number, arrivals.kept)

    def _mark(self, number: int, samples: SampleBatch) -> None:
        """Mark the closed hours that samples lie in: their figures are to be computed again."""
        closed = samples.times_us < self.closed_us
        self._touching = samples.series[closed]
        hours = samples.times_us[closed] // HOUR_US
        keys = np.unique((samples.series[closed].astype(np.int64) << 32) + hours + _EPOCH)
        self._marking = {*keys.tolist()} - self._marked
        if self._marking:
            marks = np.array(sorted(self._marking), dtype=np.int64)
            self._connection.execute(
                "INSERT INTO dirty SELECT unnest(?::INTEGER[]), unnest(?::BIGINT[]), ?",
                [(marks >> 32).tolist(), (((marks & 0xFFFFFFFF) - _EPOCH) * HOUR_US).tolist(), number],
            )

    def mark_until(self, until_us: int) -> None:
        """From the next batch on mark what hours that end by then are touched, each of them once."""
        self.closed_us = max(self.closed_us, until_us)
        self._marked.clear()

    def touched(self, series: Sequence[int]) -> tuple[int, ...]:
        """Return the last batch that may have touched a closed hour of each series."""
        return tuple(self._touched[list(series)].tolist())

    def mark_all(self, number: int, from_us: int, to_us: int) -> None:
        """Mark the closed hours of [from, to), and the one after, of all series; within a transaction."""
        hours = range(from_us // HOUR_US, min(to_us + HOUR_US, self.closed_us) // HOUR_US)
        self._connection.execute(
            "INSERT INTO dirty SELECT 0, unnest(?::BIGINT[]), ?", [[hour * HOUR_US for hour in hours], number]
        )

    def write_origin(self, number: int, origin: Origin) -> None:
        """Say of which time an adopted batch is, within the caller's transaction."""
        row = [number, origin.origin, origin.from_us, origin.to_us]
        self._connection.execute("INSERT INTO origins VALUES (?, ?, ?, ?)", row)

    def adopted(self, segment: Segment, committed_us: int, newest: SampleBatch, origin: Origin) -> None:
        """Know a month file that was adopted as one batch; `newest` are its series' last samples."""
        self.origins = joined([*self.origins, origin])
        self.last_number, self.last_committed_us = segment.last_batch, committed_us
        self._newest.take(newest)
        self._touched.fill(segment.last_batch)
        self.oldest_us = min(self.oldest_us, segment.from_us)
        self.end_us = max(self.end_us, segment.to_us)

    def written(self, number: int, committed_us: int, arrivals: Arrivals) -> None:
        """Know a batch that was committed."""
        self.last_number, self.last_committed_us = number, committed_us
        self._marked |= self._marking
        self._touched[self._touching] = number
        for part in (arrivals.in_order, arrivals.late.select(arrivals.replaces)):
            self._newest.take(part)
        self._doubt(arrivals.late.select(~arrivals.replaces))
        for part in (arrivals.in_order, arrivals.late):
            if len(part):
                self.oldest_us = min(self.oldest_us, int(part.times_us.min()))
                self.end_us = max(self.end_us, int(part.times_us.max()) + 1)

    @property
    def newest_us(self) -> int:
        """Time of the newest sample that came in order; NEVER_US before the first."""
        return int(self._newest.times_us.max(initial=NEVER_US))

    def newest(self) -> SampleBatch:
        """Return the newest sample of every series that has one."""
        return self._newest.samples()

    def write_newest(self) -> None:
        """Write them down, so that a start reads only what came after; within a transaction."""
        self._connection.execute("DELETE FROM newest")
        self._staging.insert(INTO_NEWEST, self.last_number, self._newest.samples())

    def _know(self, ids: Mapping[tuple[str, str], int]) -> None:
        self._ids.update(ids)
        self._newest.make_room(ids.values())
        more = len(self._newest.times_us) - len(self._stamped_by_node)
        self._stamped_by_node = np.append(self._stamped_by_node, np.zeros(more, dtype=np.bool_))
        self._doubtful_us = np.append(self._doubtful_us, np.full(more, NEVER_US))
        self._touched = np.append(self._touched, np.full(more, self.last_number, dtype=np.int64))

    def _doubt(self, samples: SampleBatch) -> None:
        """Know of samples that do not replace: see `tell_apart`."""
        np.maximum.at(self._doubtful_us, samples.series, samples.times_us)

    def _load(self) -> None:
        rows = self._connection.execute("SELECT plant, tag, id FROM series ORDER BY id").fetchall()
        self._know({(plant, tag): id_ for plant, tag, id_ in rows})
        if rows:
            self.choose(rows[-1][0], {}, ())
        for number, committed_us in self._connection.execute(_LAST).fetchall():
            self.last_number, self.last_committed_us = number, committed_us
        self._touched.fill(self.last_number)
        for (closed_us,) in self._connection.execute("SELECT through_us FROM figures").fetchall():
            self.closed_us = closed_us
        self.marks = in_force(self._connection)
        self._load_newest()
        self._load_doubtful()
        found = self._connection.execute("SELECT from_us, to_us, origin FROM origins").fetchall()
        self.origins = joined([Origin(*row) for row in found])
        for oldest_us, newest_us in self._connection.execute(_SPAN).fetchall():
            self.oldest_us, self.end_us = oldest_us, newest_us + 1

    def _load_newest(self) -> None:
        written = columns(self._connection, "SELECT * FROM newest", [])
        self._newest.take(samples_in(written))
        through = int(written["through"].max(initial=0))
        since = columns(self._connection, _SINCE, [through])
        self._newest.take(samples_in(since).select(np.argsort(since["batch"], kind="stable")))

    def _load_doubtful(self) -> None:
        """Take for doubtful what does not replace, and whatever is in month files: they do not tell."""
        for (closed_us,) in self._connection.execute(_CLOSED).fetchall():
            self._doubtful_us.fill(closed_us - 1)
        self._doubt(samples_in(columns(self._connection, _NOT_REPLACING, [])))
