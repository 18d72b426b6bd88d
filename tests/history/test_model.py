"""Whatever the order of arrival, however often and however late: reads give what a plain model gives."""

import asyncio
import itertools
import math
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history.embedded import EmbeddedHistory
from history.entries import Entries
from history.marks import MARKED, MarkKind
from history.queries import Snapshot
from telemetry.errors import Conflict
from telemetry.people import Actor
from telemetry.protocols import Aggregate
from tests.contracts.samples import Row, batch_of, rows_of
from tests.history.noting import entries_at

DEVICE, NODE = "LS1_LIT", "AE_DO1"
GOOD, UNCERTAIN = 192, 64
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
AHEAD_US = 60_000_000
WHO = Actor(UUID(int=1), "王磊")

# Few times, so that they meet; some of them days apart, since reads go by days.
times = st.one_of(
    st.integers(0, 12), st.integers(-3, 3).map(lambda day: day * DAY_US), st.integers(0, 3 * DAY_US)
)
rows = st.tuples(
    st.sampled_from([DEVICE, NODE]),
    times,
    st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5]), st.floats(-1e6, 1e6)),
    st.sampled_from([0, 24, 64, 84, 192]),
)
# The node's clock goes on, stands or is set back; samples may be ahead of it.
commits = st.tuples(st.sampled_from([-3 * DAY_US, 0, DAY_US, 4 * DAY_US]), st.lists(rows, max_size=12))
marks = st.tuples(
    st.just("mark"),
    st.sampled_from([DEVICE, NODE]),
    st.one_of(st.integers(-1, 12), st.integers(-3, 3).map(lambda day: day * DAY_US)),
    st.sampled_from([3, 12, DAY_US, 5 * DAY_US]),
    st.sampled_from(list(MarkKind)),
)
steps = st.one_of(
    commits,
    marks,
    st.tuples(st.just("withdraw"), st.integers(0, 3)),
    st.tuples(st.just("class"), st.sampled_from([DEVICE, NODE]), st.sampled_from(["process", "regulated"])),
    st.just("restart"),
    st.tuples(st.just("compact"), st.integers(-3, 40).map(lambda day: day * DAY_US)),
)
batches = st.lists(steps, min_size=1, max_size=8)

Tagged = tuple[str, int, float | None, int]


class Model:
    """The same promises in plain Python."""

    def __init__(self) -> None:
        self.held: dict[str, dict[int, tuple[float | None, int]]] = defaultdict(dict)
        self.newest: dict[str, int] = {}
        self.marks: list[tuple[UUID, str, int, int, int]] = []

    def mark_of(self, tag: str, at: int) -> tuple[UUID, int] | None:
        """Return the first mark in force that a sample which would count lies in."""
        if self.held[tag][at][1] < UNCERTAIN:
            return None
        return next(
            (
                (id_, quality)
                for id_, of, since, until, quality in self.marks
                if of == tag and since <= at < until
            ),
            None,
        )

    def counting(self, tag: str, from_us: int, to_us: int) -> list[int]:
        """Return the times of [from, to) whose samples count."""
        return [at for at, _, quality in self.samples(tag, from_us, to_us) if quality >= UNCERTAIN]

    def mark(self, id_: UUID, tag: str, from_us: int, to_us: int, kind: MarkKind) -> None:
        written = self.counting(tag, from_us, to_us)
        self.newest[tag] = max([*written, self.newest.get(tag, written[0])])
        self.marks.append((id_, tag, from_us, to_us, MARKED[kind]))

    def marked_by(self, id_: UUID) -> list[int]:
        """Return the times that a mark is still of."""
        return [at for tag in self.held for at in self.held[tag] if (self.mark_of(tag, at) or (0,))[0] == id_]

    def withdraw(self, id_: UUID) -> None:
        self.marks = [mark for mark in self.marks if mark[0] != id_]

    def take(self, committed_us: int, batch: list[Tagged]) -> None:
        before = dict(self.newest)
        for tag, at, value, quality in {row[:2]: row for row in batch}.values():
            ahead, late = at > committed_us + AHEAD_US, at <= before.get(tag, -math.inf)
            if ahead or (late and tag == NODE):
                self.held[tag].setdefault(at, (value, UNCERTAIN if quality >= GOOD else quality))
                continue
            self.held[tag][at] = (value, quality)
            if not late:
                self.newest[tag] = max(at, self.newest.get(tag, at))

    def samples(self, tag: str, from_us: int, to_us: int) -> list[tuple[int, float | None, int]]:
        return [(at, *self.shown(tag, at)) for at in sorted(self.held[tag]) if from_us <= at < to_us]

    def shown(self, tag: str, at: int) -> tuple[float | None, int]:
        value, quality = self.held[tag][at]
        mark = self.mark_of(tag, at)
        return (value, quality if mark is None else mark[1])

    def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int
    ) -> list[tuple[int, float | None, float]]:
        """Return the greatest usable value of each window and the share of its time that was good."""
        found: dict[int, list[tuple[int, float | None, int]]] = defaultdict(list)
        for sample in self.samples(tag, from_us, to_us):
            found[sample[0] // every_us * every_us].append(sample)
        return [
            (
                start,
                max((value for _, value, quality in of if value is not None and quality >= 64), default=None),
                self.good_us(tag, max(start, from_us), min(start + every_us, to_us))
                / (min(start + every_us, to_us) - max(start, from_us)),
            )
            for start, of in sorted(found.items())
        ]

    def good_us(self, tag: str, from_us: int, to_us: int) -> int:
        """Return for how long the value was good."""
        edges = [*sorted(at for at in self.held[tag] if at < to_us), to_us]
        return sum(
            max(until - max(at, from_us), 0)
            for at, until in itertools.pairwise(edges)
            if self.shown(tag, at)[1] >= GOOD
        )


class Restartable:
    """A history that each example has for a plant of its own."""

    def __init__(self, folder: str) -> None:
        self._file = Path(folder) / "readings.duckdb"
        self._plant = 0
        self.history = EmbeddedHistory.open(self._file)
        self.ids: dict[str, int] = {}

    @property
    def plant(self) -> str:
        return f"plant {self._plant}"

    @property
    def entries(self) -> Entries:
        return entries_at(self.history, 40 * DAY_US, self.plant)

    def next_plant(self) -> None:
        self._plant += 1
        self._choose()

    def restart(self) -> None:
        self.history.close()
        self.history = EmbeddedHistory.open(self._file)
        self._choose()

    def commit(self, committed_us: int, batch: list[Tagged]) -> int:
        return self.history.commit(
            batch_of((self.ids[tag], at, value, quality) for tag, at, value, quality in batch), committed_us
        ).number

    def _choose(self) -> None:
        self.ids = self.history.series_ids(self.plant, [DEVICE, NODE], stamped_by_node=[NODE])


async def mark(store: Restartable, model: Model, tag: str, from_us: int, span_us: int, kind: MarkKind) -> int:
    making = store.entries.mark(tag, from_us, from_us + span_us, kind, "?", WHO)
    if not (counting := model.counting(tag, from_us, from_us + span_us)):
        with pytest.raises(Conflict):
            await making
        return store.history.last_number
    made = await making
    assert made.samples == len(counting)
    model.mark(made.id, tag, from_us, from_us + span_us, kind)
    return made.batch


async def withdraw(store: Restartable, model: Model, nth: int) -> int:
    if nth >= len(model.marks):
        return store.history.last_number
    id_ = model.marks[nth][0]
    made = await store.entries.withdraw(id_, "?", WHO)
    assert made.samples == len(model.marked_by(id_))
    model.withdraw(id_)
    return made.batch


@pytest.mark.timeout(120)
def test_reads_give_what_a_plain_model_gives() -> None:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        store = Restartable(folder)

        @settings(max_examples=60, deadline=None)
        @given(
            batches,
            st.integers(-3 * DAY_US, DAY_US),
            st.integers(0, 4 * DAY_US),
            st.sampled_from([1, 5, 7 * HOUR_US, DAY_US]),
        )
        def check(arriving: list[Any], from_us: int, span_us: int, every_us: int) -> None:
            store.next_plant()
            model, first, kept = Model(), store.history.last_number, set()
            for batch in arriving:
                if isinstance(batch, str):
                    store.restart()
                    continue
                if batch[0] == "compact":
                    store.history.compact(batch[1], 0)
                    continue
                if batch[0] == "class":
                    store.history.series_ids(store.plant, [DEVICE, NODE], [NODE], {batch[1]: batch[2]})
                elif batch[0] == "mark":
                    kept.add(runner.run(mark(store, model, *batch[1:])))
                elif batch[0] == "withdraw":
                    kept.add(runner.run(withdraw(store, model, batch[1])))
                else:
                    model.take(*batch)
                    kept.add(store.commit(*batch))
            assert store.history.ask(lambda seen: twice(seen, [*store.ids.values()])) == []
            runner.run(compare(store, model, from_us, from_us + span_us, every_us))
            runner.run(batches_are_whole(store, model, first, sorted(kept - {first})))

        check()
        store.history.close()


def twice(snapshot: Snapshot, series: list[int]) -> list[tuple[int, int]]:
    """Return each time of some series that stands more than once outside of the overlay."""
    rows = "SELECT series, t_us FROM readings"
    if in_files := snapshot.segments.rows(snapshot.segments.items, -(10**18), 10**18):
        rows += f" UNION ALL SELECT series, t_us FROM ({in_files})"
    query = f"SELECT series, t_us FROM ({rows}) WHERE series IN (?, ?) GROUP BY ALL HAVING count(*) > 1"
    return snapshot.cursor.execute(query, series).fetchall()


async def compare(store: Restartable, model: Model, from_us: int, to_us: int, every_us: int) -> None:
    history = store.history
    to_few_us = min(to_us, from_us + 1000 * every_us)
    for tag, series in store.ids.items():
        everything = await history.samples(tag, -(10**18), 10**18, 1000)
        some = await history.samples(tag, from_us, to_us, 3)
        windows = await history.windows(tag, from_us, to_few_us, every_us, Aggregate.MAX)

        assert [row[1:] for row in rows_of(everything)] == model.samples(tag, -(10**18), 10**18)
        assert [row[1:] for row in rows_of(some)] == model.samples(tag, from_us, to_us)[:3]
        assert [
            (start, None if math.isnan(value) else value, good)
            for start, value, good in zip(
                windows.times_us.tolist(), windows.values.tolist(), windows.good.tolist(), strict=True
            )
        ] == model.windows(tag, from_us, to_few_us, every_us)
        newest = [row for row in rows_of(history.latest()) if row[0] == series]
        assert newest == [
            (series, at, *model.shown(tag, at)) for at in [model.newest.get(tag)] if at is not None
        ]


async def batches_are_whole(store: Restartable, model: Model, after: int, numbers: list[int]) -> None:
    """Every batch is there once, in order; together they hold all that the model holds.

    What stands of them is what reads give, each time once.
    """
    found = await store.history.batches_after(after, 1000)
    assert [batch.number for batch in found] == numbers
    read: list[Row] = [row for batch in found for row in rows_of(batch.samples)]
    for tag, series in store.ids.items():
        assert {row[1] for row in read if row[0] == series} == set(model.held[tag])
    standing = rows_of((await store.history.standing(after, store.history.last_number, 10**6)).samples)
    assert sorted(standing) == sorted(
        (series, *row) for tag, series in store.ids.items() for row in model.samples(tag, -(10**18), 10**18)
    )
