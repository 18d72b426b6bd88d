"""The embedded history: durable batches in one DuckDB file, read while they are written."""

import functools
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, Self, TypeVar

import duckdb

from history.adoption import check_time, filed_otherwise, look_into, moved
from history.bounds import check_limit, check_windows
from history.compaction import Job, add, closed_months, give_up, jobs, make, series_in, swap
from history.database import Database
from history.figures import FOREVER_US, Frame
from history.ledger import Ledger
from history.marks import in_force
from history.queries import (
    Snapshot,
    batch_before,
    batches_between,
    piece_of,
    retention_of,
    rows_of_batches,
    samples_of,
    standing_of,
    windows_of,
)
from history.room import Room
from history.schema import upgrade
from history.segments import FOLDER, Segment, month_of
from history.snapshots import Snapshots
from telemetry.clock import duration_us
from telemetry.errors import Conflict, StoreError
from telemetry.protocols import Aggregate, Origin, Piece, Standing, Windows
from telemetry.samples import CommittedBatch, SampleBatch

log = logging.getLogger(__name__)

MAX_BATCHES: Final = 10_000

T = TypeVar("T")

Note = Callable[[Snapshot, int], SampleBatch]
"""Writes down what somebody does, which is a batch of this number, and returns the samples it makes.

It is called in the batch's transaction: what it reads is so when it is written. What it raises leaves
no trace.
"""


class EmbeddedHistory:
    """The history of one file; one process may have it open.

    `commit`, `series_ids` and `close` belong to one thread at a time, the writer's; reads come from
    anywhere, with the methods below or a query for `ask` and `answer` of snapshots.py. `repeated` counts
    samples dropped because the store held them just so.
    """

    def __init__(self, database: Database, spare_mb: int, log_mb: float, ahead: timedelta) -> None:
        self._database = database
        self._months = database.file.parent / FOLDER
        self._room = Room(database, spare_mb, log_mb)
        self._ahead_us = duration_us(ahead)
        self._chosen: tuple[str, frozenset[str]] | None = None
        self._ledger = self._read_ledger()
        self._snapshots = Snapshots(database, self._months)
        self.ask, self.answer = self._snapshots.ask, self._snapshots.answer
        self.month_files_kept = self._snapshots.month_files_kept
        self._hold_us: dict[str, int] = {}
        self._writing = threading.Lock()
        self._compacting = threading.Lock()
        self.repeated = 0

    @classmethod
    def open(
        cls,
        file: Path,
        memory_limit_mb: int = 128,
        *,
        spare_mb: int = 64,
        log_mb: float = 4.0,
        ahead: timedelta = timedelta(seconds=60),
    ) -> Self:
        """Open a file, or make it; StoreError, which leaves it as it is, says what to do.

        Batches are refused while less than `spare_mb` is left on the disk: the rest of the node, its
        journal above all, still needs some. A log of `log_mb` is moved into the file; it is read back
        at the next start, 0.1 s a MB, and held in memory until then. A sample more than `ahead` of its
        commit is from the future: see arrivals.py.
        """
        database = Database(file, memory_limit_mb)
        try:
            return cls(database, spare_mb, log_mb, ahead)
        except BaseException:
            database.close()
            raise

    @property
    def last_number(self) -> int:
        """Number of the newest batch; 0 before the first."""
        return self._ledger.last_number

    @property
    def last_committed_us(self) -> int:
        """The node's time of the newest batch; 0 before the first."""
        return self._ledger.last_committed_us

    def series_ids(
        self,
        plant: str,
        tags: Sequence[str],
        stamped_by_node: Collection[str] = (),
        retention: Mapping[str, str] | None = None,
        hold_us: Mapping[str, int] | None = None,
    ) -> dict[str, int]:
        """Return the lasting ids of a plant's tags, which is the plant that reads are of from now on.

        Late samples of the tags in `stamped_by_node` replace none: there the node's clock was set back.
        `retention` names the class by which a tag's samples are kept, `process` where it names none;
        `hold_us` says how long a sample of a tag holds in figures, for ever where it says nothing.
        """
        with self._writing:
            self._reopen_if_broken()
            new = self._ledger.missing(plant, tags)
            with self._database.transaction():
                self._ledger.write_series(plant, new)
                self._ledger.write_retention(plant, retention or {})
            self._chosen = (plant, frozenset(stamped_by_node))
            self._hold_us = dict(hold_us or {})
            self._ledger.choose(plant, new, stamped_by_node)
            return {tag: self._ledger.tags[tag] for tag in tags}

    def retention(self, tags: Sequence[str]) -> dict[str, str]:
        """Return the classes by which the samples of the chosen plant's tags are kept."""
        classes = self.ask(lambda snapshot: retention_of(snapshot.cursor))
        return {tag: classes[self._ledger.tags[tag]] for tag in tags}

    def month_files(self) -> list[tuple[str, int, int]]:
        """Return class and time, [from, to), of every month file: none can be adopted there."""
        found = self.ask(lambda snapshot: snapshot.segments.items)
        return [(item.retention, item.from_us, item.to_us) for item in found]

    def origins(self, from_us: int, to_us: int) -> list[Origin]:
        """Return the parts of [from, to) whose samples were not measured here, oldest first; at once."""
        return [
            Origin(max(span.from_us, from_us), min(span.to_us, to_us), span.origin)
            for span in self._ledger.origins
            if span.from_us < to_us and span.to_us > from_us
        ]

    @property
    def tags(self) -> Mapping[str, int]:
        """The ids of the plant last chosen, by tag."""
        return self._ledger.tags

    @property
    def series_count(self) -> int:
        """How many ids were given; they have no gaps."""
        return self._ledger.series_count

    @property
    def newest_us(self) -> int:
        """Time of the newest sample that came in order; far in the past before the first."""
        return self._ledger.newest_us

    @property
    def oldest_us(self) -> int:
        """No sample is older."""
        return self._ledger.oldest_us

    def months_of(self, retention: str) -> list[int]:
        """Return the starts of the UTC months that a class has month files of, oldest first."""
        items = self.ask(lambda seen: seen.segments.items)
        return sorted({month_of(item.from_us)[0] for item in items if item.retention == retention})

    def mark_until(self, until_us: int) -> int:
        """Have every commit from now on mark what it touches of hours that end by then.

        Each hour of a series is marked once, until this is called again: call it before marks are read.
        Those of batches above the number that is returned stand for later batches too.
        """
        with self._writing:
            self._ledger.mark_until(until_us)
            return self.last_number

    def closed(self, series: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """Return by when hours are closed, and the last batch that touched such an hour of each series.

        While the same batches did, a snapshot taken later holds of these hours what one taken now does.
        """
        ledger = self._ledger
        # In this order and without the lock: hours close between commits, so those before are known.
        closed_us = ledger.closed_us
        return closed_us, ledger.touched(series)

    def check(self, samples: SampleBatch) -> None:
        """Raise StoreError for a batch with a series that was given no id here."""
        if not self._ledger.knows(samples):
            raise StoreError(f"{self._database.file}: not written: a series of the batch has no id here")

    def commit(self, samples: SampleBatch, committed_us: int, *, urgent: bool = False) -> CommittedBatch:
        """Keep a batch durably. Returned is what was kept, late samples last.

        Where nothing was, because it was empty or the store held it just so, there is no new batch:
        returned is the last number, without samples. StoreError: nothing was kept, as far as is known.
        What is `urgent`, a few samples of the node's own, is kept in the space spared for the rest too.
        """
        self.check(samples)
        with self._writing:
            self._reopen_if_broken()
            if not urgent or self._room.has_spare:
                self._room.make(self._settle, self._reopen_if_broken)
            return self._commit(samples, committed_us)

    def commit_noted(self, note: Note, committed_us: int) -> CommittedBatch:
        """Keep what people do as a batch, durably, though it makes no sample.

        Its samples come with qualities of their own, and replace what stands at their times, whoever
        stamped it; the marks that are in force with it are applied to them.
        """
        with self._writing:
            self._reopen_if_broken()
            self._room.make(self._settle, self._reopen_if_broken)
            number = self.last_number + 1
            with self._database.transaction() as connection:
                samples = note(Snapshot(connection, self._months, began=True), number)
                self.check(samples)
                marks = in_force(connection)
                arrivals = self._ledger.of_people(samples, marks)
                self._ledger.write(number, committed_us, arrivals)
            self._ledger.marks = marks
            self._ledger.written(number, committed_us, arrivals)
            return CommittedBatch(number, committed_us, arrivals.kept)

    def _commit(self, samples: SampleBatch, committed_us: int) -> CommittedBatch:
        number = self.last_number
        with self._database.transaction():
            arrivals = self._ledger.arrivals(samples, committed_us + self._ahead_us)
            kept = arrivals.kept
            if len(kept):
                number += 1
                self._ledger.write(number, committed_us, arrivals)
        self.repeated += arrivals.repeated
        if not len(kept):
            return CommittedBatch(number, self.last_committed_us, kept)
        self._ledger.written(number, committed_us, arrivals)
        return CommittedBatch(number, committed_us, kept)

    def latest(self) -> SampleBatch:
        """Return the newest sample of every series that has one."""
        return self._ledger.newest()

    async def samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        """Return samples of [from, to), oldest first, at most `limit`; none for a tag unknown here."""
        check_limit(limit)
        series, oldest_us, end_us = self._stored(tag)
        first_us, last_us = max(int(from_us), oldest_us), min(int(to_us), end_us)
        return await self.answer(lambda snapshot: samples_of(snapshot, series, first_us, last_us, limit))

    async def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int, aggregate: Aggregate, offset_us: int = 0
    ) -> Windows:
        """Return figures for windows within [from, to) that start at k * every - offset, k whole."""
        check_windows(from_us, to_us, every_us, offset_us)
        frame = Frame(int(from_us), int(to_us), int(every_us), int(offset_us))
        series, *span = self._stored(tag)
        hold_us = self._hold_us.get(tag, FOREVER_US)
        return await self.answer(
            lambda snapshot: windows_of(snapshot, series, frame, aggregate, (span[0], span[1]), hold_us)
        )

    async def batches_after(self, number: int, limit: int) -> list[CommittedBatch]:
        """Return batches above `number`, oldest first, at most `limit`, fewer when they hold many rows."""
        through = number + min(max(limit, 0), MAX_BATCHES)
        return await self.answer(lambda snapshot: batches_between(snapshot, int(number), int(through)))

    async def standing(self, after: int, through: int, limit: int) -> Standing:
        """Return what holds now of the batches in (after, through], whole ones of about `limit` rows.

        A single batch may be larger; where there is none, `through` is what was asked for.
        """
        return await self.answer(lambda snapshot: standing_of(snapshot, int(after), int(through), limit))

    async def piece(self, number: int, position: tuple[int, int] | None, limit: int) -> Piece:
        """Return what holds now of one batch behind a (series, time), at most `limit` rows."""
        return await self.answer(lambda snapshot: piece_of(snapshot, int(number), position, limit))

    async def number_before(self, at_us: int) -> int:
        """Return the number of the batch before the first one that was committed at a time or later."""
        return await self.answer(lambda snapshot: batch_before(snapshot, int(at_us)))

    async def rows_between(self, after: int, through: int) -> int:
        """Return how many samples the batches in (after, through] had when they were committed."""
        return await self.answer(lambda snapshot: rows_of_batches(snapshot, int(after), int(through)))

    def committed_after(self, number: int) -> list[CommittedBatch]:
        """Return the same in the calling thread."""
        return self.ask(lambda snapshot: batches_between(snapshot, number, number + MAX_BATCHES))

    def compact(self, before_us: int, now_us: int) -> list[Segment]:
        """Move the samples of UTC days that ended by `before_us` into month files; return those made.

        In the calling thread, beside commits and reads. Files that no longer count stay until the
        next time, since somebody may still read them. StoreError: what was done so far stands.
        """
        with self._compacting:
            self._snapshots.sweep()
            self._room.require_to_compact(self._months)
            made: list[Segment] = []
            failed: list[StoreError] = []
            for due in (jobs, closed_months):
                for job in self.ask(functools.partial(due, before_us=before_us)):
                    try:
                        made.append(self._compacted(job, now_us))
                    except StoreError as error:  # the others do not wait for one that is damaged
                        failed.append(error)
            if failed:
                raise failed[0]
            return made

    def adopt(self, file: Path, retention: str, from_us: int, to_us: int, origin: str, now_us: int) -> int:
        """Take in a month file written elsewhere, which is moved, as one batch; return its number.

        Its columns are series, t_us, value and quality, by UTC day, then series, then time; its times
        lie in [from, to). `origin` says what it is (`simulated`). Nobody is told of its samples but
        who reads them. Conflict where there is a month file of this class and time; StoreError for
        one that cannot be read.
        """
        check_time(file, from_us, to_us)
        with self._compacting:
            self._snapshots.sweep()
            if self.ask(lambda seen: seen.segments.of_times(from_us, to_us, retention)):
                raise Conflict("time_taken", f"{file}: there are samples of this class and time already")
            if self.ask(lambda seen: filed_otherwise(seen, retention, from_us, to_us)):
                raise Conflict("time_taken", f"{file}: a file of another class has its series at this time")
            if self._ledger.marks.overlap(from_us, to_us):
                raise Conflict("time_marked", f"{file}: values of this time are marked: take the marks back")
            with self._writing:
                self._reopen_if_broken()
                segment = moved(file, self._months, retention, from_us, to_us, self.last_number + 1, now_us)
                with self._database.transaction() as connection:
                    segment, newest, (first_us, end_us) = look_into(connection, segment, self._months)
                    span = Origin(first_us, end_us, origin)
                    add(connection, segment)
                    self._ledger.write_origin(segment.last_batch, span)
                    row = [segment.last_batch, now_us, segment.rows, origin]
                    connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", row)
                    self._ledger.mark_all(segment.last_batch, from_us, to_us)
                self._ledger.adopted(segment, now_us, newest, span)
                self._settle()
            return segment.last_batch

    def retire(self, retention: str, before_us: int, now_us: int) -> list[Segment]:
        """Give up the month files of a class that end by `before_us`; return them."""
        with self._compacting:
            old = [
                item
                for item in self.ask(lambda snapshot: snapshot.segments.items)
                if item.retention == retention and item.to_us <= before_us
            ]
            series = {item.file: self._series_in(item) for item in old}
            with self._writing:
                self._reopen_if_broken()
                with self._database.transaction() as connection:
                    for item in old:
                        give_up(connection, item, series[item.file], now_us)
            self._snapshots.dropped()
            return old

    def _series_in(self, segment: Segment) -> list[int]:
        try:
            return self.ask(lambda snapshot: series_in(snapshot, segment))
        except StoreError as error:  # a damaged file goes all the same
            log.warning("%s; it is taken to have had every series of its class", error)
            classes = self.ask(lambda snapshot: retention_of(snapshot.cursor))
            return [series for series, retention in classes.items() if retention == segment.retention]

    def _compacted(self, job: Job, now_us: int) -> Segment:
        made = self.ask(lambda snapshot: make(snapshot, job, now_us))
        with self._writing:
            self._reopen_if_broken()
            with self._database.transaction() as connection:
                swap(connection, made)
            self._snapshots.dropped()
            self._settle()
        return made.segment

    def amend(self, action: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Run an action in a transaction of the writing connection, between two commits."""
        with self._writing:
            self._reopen_if_broken()
            with self._database.transaction() as connection:
                action(connection)

    def close(self) -> None:
        """Settle what was written and close the file; reads that go on end with StoreError."""
        self._snapshots.close()
        with self._writing:
            if not self._database.broken:
                with suppress(StoreError):
                    self._settle()
            self._database.close()

    def _stored(self, tag: str) -> tuple[int, int, int]:
        """Return a tag's series and the time that can hold samples, an empty one for an unknown tag."""
        ledger = self._ledger
        series = ledger.tags.get(tag)
        return (0, 0, 0) if series is None else (series, ledger.oldest_us, ledger.end_us)

    def _read_ledger(self) -> Ledger:
        database = self._database
        with database.errors("not read"):
            try:
                upgrade(database.writer())
            except StoreError as error:
                raise StoreError(f"{database.file}: {error}") from None
            ledger = Ledger(database.writer())
        if self._chosen is not None:
            plant, stamped_by_node = self._chosen
            ledger.choose(plant, {}, stamped_by_node)
        return ledger

    def _reopen_if_broken(self) -> None:
        if self._database.broken:
            self._database.reopen()
            marked_until_us = self._ledger.closed_us
            try:
                self._ledger = self._read_ledger()
                self._ledger.mark_until(marked_until_us)
            except StoreError:
                self._database.broken = True
                raise

    def _settle(self) -> None:
        """Move the log into the file, with the newest samples, so that the next start is short."""
        with self._database.transaction():
            self._ledger.write_newest()
        self._database.checkpoint()
