"""Hour figures, kept up in whatever order samples come, are those of a computation from all samples."""

import asyncio
import itertools
import math
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.arrays import columns
from history.embedded import EmbeddedHistory
from history.figures import DAY_US, HOUR_US, ONCE_US, Frame
from history.hours import NAMES, Hours, flow_weighted, folded
from history.measures import Measure, MeasureKind, measures_of
from history.periods import GRACE_US, Periods
from history.queries import Snapshot
from tests.contracts.samples import Row, batch_of

VALUE, RESULT, SAMPLED, TOTAL, WORD, LAB, TOLD = 1, 2, 3, 4, 5, 6, 7
TAGS = ["AE_DO1", "EFF_AIT_COD", "EFF_ANA_COD_TS", "INF_FQ101", "BL_B201A_ST", "LAB_SV30_1", "EFF_FQ"]
MINUTE_US = HOUR_US // 60
MEASURES = {
    "AE_DO1": Measure(MeasureKind.VALUE, hold_us=15 * MINUTE_US),
    "EFF_AIT_COD": Measure(MeasureKind.RESULT, hold_us=3 * MINUTE_US, sampled_by="EFF_ANA_COD_TS"),
    "INF_FQ101": Measure(MeasureKind.TOTAL, hold_us=3 * MINUTE_US, modulus=1000.0),
    "BL_B201A_ST": Measure(MeasureKind.WORD, hold_us=15 * MINUTE_US, run_mask=1),
    "LAB_SV30_1": Measure(MeasureKind.RESULT, ONCE_US),
    "EFF_FQ": Measure(MeasureKind.TOTAL, hold_us=3 * MINUTE_US, modulus=1000.0, is_told=True),
}
GOOD, UNCERTAIN, BAD = 192, 64, 24
T0 = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 1_000_000

minutes = st.integers(0, 5 * 60)
row = st.tuples(
    st.integers(1, len(TAGS)),
    minutes.map(lambda minute: T0 + minute * MINUTE_US),
    st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 3.0, 40.0, 950.0, 990.0]), st.floats(0, 999)),
    st.sampled_from([GOOD, GOOD, GOOD, UNCERTAIN, BAD]),
)
step = st.one_of(
    st.lists(row, min_size=1, max_size=15),
    st.tuples(st.just("until"), minutes.map(lambda minute: T0 + minute * MINUTE_US)),
    st.sampled_from(["restart", "compact"]),
)


class Store:
    def __init__(self, file: Path) -> None:
        self.file, self.plant = file, "fangcheng1"
        self.open()

    def open(self) -> None:
        self.history = EmbeddedHistory.open(self.file)
        self.choose()

    def choose(self) -> None:
        self.ids = self.history.series_ids(self.plant, TAGS)
        self.periods = Periods(self.history, MEASURES)

    def commit(self, *rows: Row) -> None:
        of_ids = [(self.ids[TAGS[series - 1]], *rest) for series, *rest in rows]
        self.history.commit(batch_of(of_ids), T0 + DAY_US)  # type: ignore[arg-type]  # unpacking loses the types

    def until(self, now_us: int) -> None:
        while self.periods.bring_up(now_us):
            pass

    def hours(self, tag: str, now_us: int = T0 + DAY_US) -> Hours:
        return asyncio.run(self.periods.hours(tag, T0, T0 + DAY_US, now_us))

    def hours_of_many(self, now_us: int = T0 + DAY_US) -> dict[str, Hours]:
        return asyncio.run(self.periods.hours_of_many([*TAGS, "nobody"], T0, T0 + DAY_US, now_us))

    def from_samples(self, tag: str) -> Hours:
        def query(snapshot: Snapshot) -> Hours:
            frame = Frame(T0, T0 + DAY_US, HOUR_US)
            return self.periods.computed(snapshot, [self.ids[tag]], frame, self.periods.measures)

        return self.history.ask(query)


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    opened = Store(file)
    yield opened
    opened.history.close()


def bits(hours: Hours) -> dict[str, list[Any]]:
    return {name: getattr(hours, name).tobytes() for name in NAMES if name != "series"}


def dirty(store: Store) -> list[int]:
    rows = store.history.ask(lambda seen: columns(seen.cursor, "SELECT start_us FROM dirty", []))
    return list(rows["start_us"])


def at(hour: float) -> int:
    return T0 + round(hour * HOUR_US)


@pytest.mark.timeout(120)
def test_figures_kept_up_equal_those_from_all_samples_whatever_the_order() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "readings.duckdb")
        number = 0

        @settings(max_examples=40, deadline=None)
        @given(st.lists(step, min_size=1, max_size=10), minutes)
        def check(steps: list[Any], last: int) -> None:
            nonlocal number
            number += 1
            store.plant = f"plant {number}"
            store.choose()
            for do in steps:
                if do == "restart":
                    store.history.close()
                    store.open()
                elif do == "compact":
                    store.history.compact(T0 + DAY_US, 0)
                elif isinstance(do, tuple):
                    store.until(do[1])
                else:
                    store.commit(*do)
            for tag in TAGS:
                assert bits(store.hours(tag)) == bits(store.from_samples(tag)), tag
            store.until(T0 + last * MINUTE_US)
            at_once = store.hours_of_many()
            for tag in TAGS:
                assert bits(store.hours(tag)) == bits(store.from_samples(tag)), tag
                assert bits(at_once[tag]) == bits(store.from_samples(tag)), tag

        check()
        store.history.close()


def test_a_value_is_weighted_by_time_and_holds_no_longer_than_it_may(store: Store) -> None:
    store.commit((VALUE, at(0), 2.0, GOOD), (VALUE, at(0.1), 4.0, GOOD), (VALUE, at(0.5), 9.0, UNCERTAIN))
    store.until(at(2))

    hours = store.hours("AE_DO1")

    assert hours.mean.tolist() == pytest.approx([(0.1 * 2 + 0.25 * 4 + 0.25 * 9) / 0.6])
    assert (hours.count.tolist(), hours.minimum.tolist(), hours.maximum.tolist()) == ([3], [2.0], [9.0])
    assert hours.good_us.tolist() == [round(0.35 * HOUR_US)]


def test_an_analysers_result_counts_once_however_often_it_is_read(store: Store) -> None:
    rows = [
        (series, at(0) + minute * MINUTE_US, value, GOOD)
        for minute in range(120)
        for series, value in ((SAMPLED, float(minute // 40)), (RESULT, 20.0 + minute // 40 * 4))
    ]
    store.commit(*rows)
    store.until(at(3))

    hours = store.hours("EFF_AIT_COD")

    assert hours.count.tolist() == [2, 1]
    assert hours.mean.tolist() == [22.0, 28.0]
    assert (hours.first.tolist(), hours.last.tolist()) == ([20.0, 28.0], [24.0, 28.0])


async def test_a_result_entered_late_changes_its_own_hour_and_no_other(store: Store) -> None:
    store.commit((LAB, at(0.5), 30.0, GOOD), (LAB, at(9), 28.0, GOOD), (VALUE, at(12), 1.0, GOOD))
    await asyncio.to_thread(store.until, at(11))
    store.commit((LAB, at(4.5), 34.0, GOOD))
    await asyncio.to_thread(store.until, at(11))

    (change,) = await store.periods.changed(None, 10)

    assert (change.start_us, change.before["count"], change.after["mean"]) == (at(4), 0, 34.0)


def test_what_people_find_counts_each_time(store: Store) -> None:
    store.commit((LAB, at(0.2), 30.0, GOOD), (LAB, at(0.9), 33.0, GOOD), (LAB, at(0.95), 90.0, BAD))
    store.until(at(2))

    hours = store.hours("LAB_SV30_1")

    assert (hours.count.tolist(), hours.mean.tolist()) == ([2], [31.5])


def test_a_totaliser_goes_on_over_its_roll_over_and_a_reset_is_told(store: Store) -> None:
    counted = [(0.1, 900.0), (0.5, 990.0), (0.9, 15.0), (1.5, 40.0), (1.6, 5.0), (1.7, 8.0)]
    store.commit(*((TOTAL, at(hour), value, GOOD) for hour, value in counted))
    store.until(at(3))

    hours = store.hours("INF_FQ101")

    assert hours.total.tolist() == [90.0 + 25.0, 25.0 + 3.0]
    assert hours.resets.tolist() == [0, 1]


def test_a_told_modulus_tells_a_roll_over_from_a_reset_over_an_outage_and_the_end_of_an_hour(
    store: Store,
) -> None:
    minutes = [(0, 600.0), (1, 602.0), (2, 604.0), (183, 966.0), (239, 998.0), (241, 2.0), (242, 4.0)]
    store.commit(*((TOLD, at(minute / 60), value, GOOD) for minute, value in minutes))
    store.until(at(4) + GRACE_US)
    reset = [(299, 120.0), (301, 0.0), (302, 2.0)]
    store.commit(*((TOLD, at(minute / 60), value, GOOD) for minute, value in reset))
    store.until(at(7))

    hours = store.hours("EFF_FQ")

    assert hours.total.tolist() == [4.0, 362.0 + 32.0, 4.0 + 2.0 + 116.0, 2.0]
    assert hours.resets.tolist() == [0, 0, 0, 1]
    same_as_from_samples(store)


def test_a_totaliser_misread_for_a_moment_counts_as_if_it_had_not_been(store: Store) -> None:
    counted = [(0.1, 500.0), (0.2, 0.0), (0.3, 0.0), (0.4, 502.0), (0.5, 990.0), (0.6, 503.0)]
    store.commit(*((TOTAL, at(hour), value, GOOD) for hour, value in counted))
    store.until(at(3))

    hours = store.hours("INF_FQ101")

    assert (hours.total.tolist(), hours.resets.tolist()) == ([3.0], [0])


def test_a_totaliser_misread_over_the_end_of_an_hour_is_made_good_in_the_next(store: Store) -> None:
    low = [(0.9, 500.0), (0.95, 0.0), (1.05, 0.0), (1.1, 502.0)]
    high = [(4.9, 502.0), (4.95, 900.0), (5.05, 900.0), (5.1, 504.0), (5.2, 505.0)]
    store.commit(*((TOTAL, at(hour), value, GOOD) for hour, value in low + high))
    store.until(at(7))

    hours = store.hours("INF_FQ101")

    assert hours.total.tolist() == [0.0, 2.0, 398.0, -395.0]
    assert hours.resets.tolist() == [1, 0, 0, 0]


def test_a_counter_set_back_for_good_goes_on_from_there(store: Store) -> None:
    counted = [(0.1, 500.0), (0.2, 0.0), (0.3, 4.0), (0.4, 9.0), (1.5, 800.0)]
    store.commit(*((TOTAL, at(hour), value, GOOD) for hour, value in counted))
    store.until(at(3))

    hours = store.hours("INF_FQ101")

    assert (hours.total.tolist(), hours.resets.tolist()) == ([9.0, 791.0], [1, 0])


async def test_hours_whose_samples_were_given_up_stay_as_they_were(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    ids = history.series_ids("plant", ["A", "B"])
    periods = Periods(history, {})
    history.commit(
        batch_of([(ids["A"], at(0.5), 5.0, GOOD), (ids["A"], at(45 * 24), 6.0, GOOD)]), at(45 * 24)
    )
    while periods.bring_up(at(45 * 24)):
        pass
    history.compact(at(44 * 24), 0)
    history.retire("process", at(24 * 11), 0)

    late = [(ids["A"], at(0.1), 1.0, GOOD), (ids["B"], at(0.2), 2.0, GOOD), (ids["A"], at(2.1), 3.0, GOOD)]
    history.commit(batch_of(late), at(45 * 24))
    asked = [await periods.hours(tag, T0, T0 + DAY_US, at(45 * 24)) for tag in ("A", "B")]
    while periods.bring_up(at(45 * 24)):
        pass
    kept = [await periods.hours(tag, T0, T0 + DAY_US, at(45 * 24)) for tag in ("A", "B")]

    history.close()
    assert [hours.mean.tolist() for hours in asked] == [[5.0, pytest.approx(2.8)], [2.0]]
    assert [bits(hours) for hours in kept] == [bits(hours) for hours in asked]


def test_a_clock_that_is_ahead_closes_no_hour_that_is_still_filling(store: Store) -> None:
    store.history.commit(batch_of([(VALUE, at(0.5), 5.0, GOOD)]), at(9.5))
    store.until(at(9.501))
    filling = store.periods.through_us
    store.history.commit(batch_of([(VALUE, at(1.5), 5.0, GOOD)]), at(1.5))
    store.until(at(1.501))
    closed = store.periods.through_us
    store.history.commit(batch_of([(VALUE, at(1.2), 9.0, GOOD)]), at(1.6))

    assert (filling, closed) == (at(0), at(1))
    assert dirty(store) == []


def test_hours_closed_by_a_wrong_clock_are_computed_again_once_they_are_over(store: Store) -> None:
    store.history.commit(batch_of([(VALUE, at(5.5), 5.0, GOOD)]), at(5.5))
    store.until(at(8))
    for minute in range(60, 120):
        store.history.commit(batch_of([(VALUE, at(minute / 60), 1.0, GOOD)]), at(minute / 60))
        store.until(at(minute / 60))
    waiting = dirty(store)
    asked = store.hours("AE_DO1", at(2))
    store.history.commit(batch_of([(VALUE, at(2.1), 1.0, GOOD)]), at(2.1))
    store.until(at(2.1))

    assert waiting == [at(1)]
    assert asked.count.tolist() == [60, 1]
    assert bits(store.hours("AE_DO1")) == bits(store.from_samples("AE_DO1"))
    changed = asyncio.run(store.periods.changed(None, 10))
    assert [(change.start_us, change.before["count"]) for change in changed] == [(at(2), 0), (at(1), 0)]


def test_a_word_gives_the_time_it_ran_and_its_starts(store: Store) -> None:
    words = [(0.0, 4), (0.1, 5), (0.2, 5), (0.3, 4), (0.4, 1), (0.5, 0)]
    store.commit(*((WORD, at(hour), float(word), GOOD) for hour, word in words))
    store.until(at(2))

    hours = store.hours("BL_B201A_ST")

    assert hours.weighted.tolist() == [round(0.3 * HOUR_US)]
    assert hours.starts.tolist() == [2]


async def test_a_late_sample_changes_a_closed_hour_and_the_former_figure_is_kept(store: Store) -> None:
    store.commit((VALUE, at(0), 2.0, GOOD), (VALUE, at(0.2), 2.0, GOOD), (VALUE, at(1.1), 1.0, GOOD))
    await asyncio.to_thread(store.until, at(3))
    before = (await store.periods.after(0, 10)).version
    store.commit((VALUE, at(0.1), 8.0, GOOD))

    await asyncio.to_thread(store.until, at(3))

    changed = await store.periods.after(before, 10)
    assert (changed.hours.start_us.tolist(), changed.hours.maximum.tolist()) == ([at(0)], [8.0])
    query = "SELECT start_us, maximum, changed_us FROM former_hours"
    former = store.history.ask(lambda snapshot: snapshot.cursor.execute(query).fetchall())
    assert former == [(at(0), 2.0, at(3))]


def test_late_samples_that_come_while_hours_are_computed_again_are_computed_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit((VALUE, at(0.1), 1.0, GOOD), (VALUE, at(2), 1.0, GOOD))
    store.until(at(4))
    store.commit((VALUE, at(0.2), 10.0, GOOD))
    late = iter([(VALUE, at(0.3), 20.0, GOOD), (VALUE, at(0.4), 30.0, GOOD)])
    mark_until, amend = store.history.mark_until, store.history.amend

    def marked(until_us: int) -> int:
        number = mark_until(until_us)
        store.commit(*itertools.islice(late, 1))  # before the snapshot is taken
        return number

    def amended(action: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        store.commit(*itertools.islice(late, 1))  # after it was
        amend(action)

    monkeypatch.setattr(store.history, "mark_until", marked)
    monkeypatch.setattr(store.history, "amend", amended)
    store.until(at(4))

    assert store.hours("AE_DO1").count.tolist() == [4, 1]
    assert bits(store.hours("AE_DO1")) == bits(store.from_samples("AE_DO1"))
    assert dirty(store) == []


def test_an_hour_that_late_samples_trickle_into_is_computed_when_they_have_settled(store: Store) -> None:
    store.periods = Periods(store.history, MEASURES, settle=timedelta(seconds=20))
    store.commit((VALUE, at(0.1), 1.0, GOOD), (VALUE, at(2), 1.0, GOOD))
    store.until(at(4))
    version = asyncio.run(store.periods.after(0, 1000)).version
    for second in range(60):
        store.commit((VALUE, at(0.2) + second * 1_000_000, 10.0, GOOD))
        store.until(at(4) + second * 1_000_000)
    asked = store.hours("AE_DO1")
    store.until(at(5))

    assert asked.count.tolist() == [61, 1]
    assert asyncio.run(store.periods.after(0, 1000)).version - version <= 4
    assert bits(store.hours("AE_DO1")) == bits(store.from_samples("AE_DO1"))


@pytest.mark.parametrize(("before", "now"), [("process", "regulated"), ("regulated", "process")])
def test_what_was_given_up_is_of_the_files_whatever_class_a_series_has_now(
    store: Store, before: str, now: str
) -> None:
    store.history.series_ids(store.plant, TAGS, retention={"AE_DO1": before})
    store.commit(*((VALUE, at(hour), 1.0, GOOD) for hour in (2.1, 2.2, 30)), (TOTAL, at(2.1), 1.0, GOOD))
    store.until(at(60))
    store.history.compact(at(24), 0)
    store.history.retire("process", at(24), 0)
    store.history.series_ids(store.plant, TAGS, retention={"AE_DO1": now})

    store.commit((VALUE, at(2.5), 9.0, GOOD))
    store.until(at(60))

    assert store.hours("AE_DO1").count.tolist() == ([2] if before == "process" else [3])


async def test_a_change_tells_what_it_made_of_the_hour_and_not_what_later_ones_did(store: Store) -> None:
    store.commit((TOTAL, at(0.1), 100.0, GOOD), (TOTAL, at(2), 110.0, GOOD))
    store.until(at(4))
    for hour, value in ((0.2, 102.0), (0.3, 105.0)):
        store.commit((TOTAL, at(hour), value, GOOD))
        store.until(at(4))
    store.plant = "another"
    store.choose()
    store.commit((TOTAL, at(0.1), 1.0, GOOD))

    others = await store.periods.changed(None, 10)
    store.plant = "fangcheng1"
    store.choose()
    listed = await store.periods.changed(None, 10)
    older = await store.periods.changed(listed[1].position, 10)

    totals = [(change.start_us, change.before["total"], change.after["total"]) for change in listed]
    assert others == []
    assert totals == [
        (at(2), 8.0, 5.0),
        (at(0), 2.0, 5.0),
        (at(2), 10.0, 8.0),
        (at(0), 0.0, 2.0),
    ]
    assert older == listed[2:]


def test_an_hour_is_closed_a_minute_after_its_end(store: Store) -> None:
    store.commit((VALUE, at(0.5), 2.0, GOOD))

    store.until(at(1) + GRACE_US - 1)
    open_still = store.periods.through_us
    store.until(at(1) + GRACE_US)

    assert (open_still, store.periods.through_us) == (at(0), at(1))


def test_days_are_their_hours_and_the_flow_weighs_concentrations() -> None:
    def hours(values: list[float | None], weight: float = HOUR_US) -> Hours:
        count = len(values)
        filled = np.array([0.0 if value is None else value for value in values])
        has = np.array([value is not None for value in values])
        ones = np.where(has, filled, np.nan)
        none = np.zeros(count, np.int64)
        return Hours(
            series=np.ones(count, np.int32),
            start_us=T0 + np.arange(count) * HOUR_US,
            count=has.astype(np.int64),
            good_us=np.where(has, HOUR_US, 0),
            weight=np.where(has, weight, 0.0),
            weighted=np.where(has, filled * weight, 0.0),
            minimum=ones,
            maximum=ones,
            first=ones,
            last=ones,
            total=filled,
            resets=none,
            starts=none,
        )

    concentration, flow = hours([20.0, None, 40.0, 30.0], 1.0), hours([100.0, 500.0, 300.0, None])
    day_us = np.full(4, T0)

    day = folded(concentration, day_us)

    assert (day.count.tolist(), day.mean.tolist(), day.total.tolist()) == ([3], [30.0], [90.0])
    assert (day.minimum.tolist(), day.maximum.tolist(), day.last.tolist()) == ([20.0], [40.0], [30.0])
    starts, means = flow_weighted(concentration, flow, day_us)
    assert (starts.tolist(), means.tolist()) == ([T0], [(20.0 * 100 + 40.0 * 300) / 400])


def test_a_series_without_samples_has_no_figures(store: Store) -> None:
    store.until(at(3))

    assert len(store.hours("AE_DO1")) == len(store.hours("nobody")) == 0
    assert not math.isnan(store.periods.through_us)


def test_a_reading_holds_three_intervals_of_its_point_and_three_minutes_at_least() -> None:
    measures = measures_of(read_folder(DEMO_FOLDER).plant)

    assert measures["AE_DO1"].hold_us == 180_000_000
    assert measures["LS1_LIT"].hold_us == 180_000_000
    assert measures["LAB_SV30_1"].hold_us == ONCE_US


def same_as_from_samples(store: Store) -> None:
    for tag in TAGS:
        assert bits(store.hours(tag)) == bits(store.from_samples(tag)), tag


def test_a_late_sample_between_two_closings_is_counted_once(store: Store) -> None:
    store.commit(*((TOTAL, at(minute / 60), float(minute), GOOD) for minute in range(51)))
    store.until(at(1) + GRACE_US)
    store.commit((TOTAL, at(59 / 60), 59.0, GOOD))
    store.until(at(1.1))
    store.commit(*((TOTAL, at(1 + minute / 60), 60.0 + minute, GOOD) for minute in range(60)))

    store.until(at(2) + GRACE_US)

    assert store.hours("INF_FQ101").total.tolist() == [59.0, 60.0]
    same_as_from_samples(store)


def test_a_total_goes_on_from_a_late_sample_over_an_hour_that_says_nothing(store: Store) -> None:
    store.commit((TOTAL, at(0), 0.0, GOOD), (TOTAL, at(1.5), 5.0, BAD), (TOTAL, at(2.5), 130.0, GOOD))
    store.until(at(4))
    store.commit((TOTAL, at(0.98), 59.0, GOOD))

    store.until(at(4))

    assert store.hours("INF_FQ101").total.tolist() == [59.0, 0.0, 71.0]
    same_as_from_samples(store)


def test_late_samples_of_many_series_change_the_hour_after_too_and_are_listed(file: Path) -> None:
    history = EmbeddedHistory.open(file)
    tags = [f"T{index}" for index in range(60)]
    ids = history.series_ids("fangcheng1", tags)
    periods = Periods(history, {tag: Measure(MeasureKind.TOTAL, HOUR_US, 1e9) for tag in tags})
    for hour, value in ((0.5, 30.0), (1.5, 90.0)):
        history.commit(batch_of((ids[tag], at(hour), value, GOOD) for tag in tags), at(12))
    while periods.bring_up(at(3)):
        pass
    history.commit(batch_of((ids[tag], at(59 / 60), 59.0, GOOD) for tag in tags), at(12))
    while periods.bring_up(at(3)):
        pass

    totals = [asyncio.run(periods.hours(tag, T0, T0 + DAY_US, at(3))).total.tolist() for tag in tags]
    listed = asyncio.run(periods.changed(None, 1000))

    history.close()
    assert totals == [[29.0, 31.0]] * 60
    assert {change.tag for change in listed} == set(tags)
