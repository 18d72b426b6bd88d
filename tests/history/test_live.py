import math
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from history.embedded import EmbeddedHistory
from history.live import Latest, LiveTable
from telemetry.plant import Name, Point, PointKind
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of

S = 1_000_000
GOOD, BAD, WAITING = 192, 24, 32
DO1 = Point(
    tag="AE_DO1",
    unit="aerobic",
    name=Name("1#好氧池溶解氧", "aerobic DO 1"),
    kind=PointKind.ANALOG,
    engineering_unit="mg/L",
    range_low=0,
    range_high=20,
    source="PLC2",
    expected_every=timedelta(seconds=5),
)
COD = replace(DO1, tag="LAB_COD", source="MANUAL", expected_every=None)
PUMP = replace(DO1, tag="PS_P101A_ST", expected_every=timedelta(seconds=1))
IDS = {"AE_DO1": 7, "LAB_COD": 3, "PS_P101A_ST": 12}


def table() -> LiveTable:
    return LiveTable([DO1, COD, PUMP], IDS)


def shown(live: LiveTable, now_us: int = 0) -> "dict[str, Shown]":
    found = {tag: live.latest(tag, now_us) for tag in live.tags}
    return {
        tag: (None if math.isnan(of.value) else of.value, of.time_us, of.quality, of.stale)
        for tag, of in found.items()
    }


Shown = tuple[float | None, int, int, bool]
NOTHING: Shown = (None, 0, WAITING, False)


def test_before_the_first_sample_a_point_waits_and_is_not_stale() -> None:
    live = table()

    assert shown(live, 10**15) == {"AE_DO1": NOTHING, "LAB_COD": NOTHING, "PS_P101A_ST": NOTHING}
    assert live.stale(10**15).tolist() == [False, False, False]
    assert (live.version, live.changed.tolist()) == (0, [0, 0, 0])


def test_a_batch_changes_the_points_it_has_and_says_which() -> None:
    live = table()

    live.update(batch_of([(7, 10 * S, 2.5, GOOD)]))
    live.update(batch_of([(3, 11 * S, 30.0, GOOD), (7, 15 * S, None, BAD)]))

    assert shown(live, 16 * S) == {
        "AE_DO1": (None, 15 * S, BAD, False),
        "LAB_COD": (30.0, 11 * S, GOOD, False),
        "PS_P101A_ST": NOTHING,
    }
    assert (live.version, live.changed.tolist()) == (2, [2, 2, 0])


def test_an_older_sample_is_passed_over_and_changes_nothing() -> None:
    live = table()
    live.update(batch_of([(7, 10 * S, 2.5, GOOD)]))

    live.update(batch_of([(7, 9 * S, 1.0, GOOD)]))

    assert shown(live)["AE_DO1"] == (2.5, 10 * S, GOOD, False)
    assert live.changed.tolist() == [1, 0, 0]


def test_of_equal_times_the_last_to_come_is_shown() -> None:
    live = table()
    live.update(batch_of([(7, 10 * S, 2.5, GOOD)]))

    live.update(batch_of([(7, 10 * S, 2.6, GOOD), (7, 10 * S, 2.7, GOOD)]))

    assert shown(live)["AE_DO1"] == (2.7, 10 * S, GOOD, False)


def test_series_of_no_point_here_are_passed_over() -> None:
    live = table()

    live.update(batch_of([(0, S, 1.0, GOOD), (-1, S, 1.0, GOOD), (5, S, 1.0, GOOD), (9999, S, 1.0, GOOD)]))

    assert set(shown(live).values()) == {NOTHING}
    assert live.indices(batch_of([(7, 0, 0.0, 0), (5, 0, 0.0, 0), (-7, 0, 0.0, 0)]).series).tolist() == [
        0,
        -1,
        -1,
    ]


def test_a_plant_without_points_has_a_table_too() -> None:
    live = LiveTable([], {})

    live.update(batch_of([(7, S, 1.0, GOOD)]))
    live.update(SampleBatch.empty())

    assert (live.tags, live.version, live.stale(S).tolist()) == ((), 2, [])


def test_a_point_is_stale_after_three_intervals_but_not_before_ten_seconds() -> None:
    live = table()
    live.update(batch_of([(series, 100 * S, 1.0, GOOD) for series in IDS.values()]))

    assert live.stale(110 * S).tolist() == [False, False, False]
    assert live.stale(110 * S + 1).tolist() == [False, False, True]
    assert live.stale(115 * S + 1).tolist() == [True, False, True]
    assert live.latest("AE_DO1", 115 * S + 1) == Latest("AE_DO1", 1.0, 100 * S, GOOD, True)
    assert not live.latest("LAB_COD", 10**15).stale


def test_after_a_restart_the_table_shows_what_the_store_holds(history: EmbeddedHistory) -> None:
    ids = history.series_ids("fangcheng1", ["AE_DO1", "LAB_COD", "PS_P101A_ST"])
    history.commit(batch_of([(ids["AE_DO1"], 10 * S, 2.5, GOOD), (ids["LAB_COD"], S, None, BAD)]), 10 * S)
    history.commit(batch_of([(ids["AE_DO1"], 5 * S, 9.9, GOOD)]), 11 * S)
    live = LiveTable([DO1, COD, PUMP], ids)

    live.update(history.latest(), history.last_committed_us)

    assert shown(live, 12 * S) == {
        "AE_DO1": (2.5, 10 * S, GOOD, False),
        "LAB_COD": (None, S, BAD, False),
        "PS_P101A_ST": NOTHING,
    }


def test_the_table_goes_on_when_the_nodes_clock_was_set_back() -> None:
    live = table()
    live.update(batch_of([(7, 3600 * S, 2.5, GOOD)]), 3600 * S)

    live.update(batch_of([(7, 60 * S, 2.6, 64)]), 60 * S)

    assert shown(live, 61 * S)["AE_DO1"] == (2.6, 60 * S, 64, False)


def test_a_device_whose_clock_runs_ahead_is_stale_when_it_falls_silent() -> None:
    live = table()

    live.update(batch_of([(7, 9_000 * S, 2.5, GOOD)]), 60 * S)

    assert [live.latest("AE_DO1", now_s * S).stale for now_s in (75, 76)] == [False, True]


def test_of_a_batch_a_sample_from_the_future_gives_way_to_one_that_is_not() -> None:
    live = table()

    live.update(batch_of([(7, 59 * S, 2.5, GOOD), (7, 9_000 * S, 9.9, 64), (12, 9_000 * S, 1.0, 64)]), 60 * S)

    assert shown(live, 60 * S) == {
        "AE_DO1": (2.5, 59 * S, GOOD, False),
        "LAB_COD": NOTHING,
        "PS_P101A_ST": (1.0, 9_000 * S, 64, False),
    }


def test_a_sample_a_little_ahead_does_not_give_way_to_an_older_one() -> None:
    live = table()
    live.update(batch_of([(7, 65 * S, 2.5, GOOD)]), 60 * S)

    live.update(batch_of([(7, 64 * S, 9.9, GOOD)]), 60 * S)

    assert shown(live)["AE_DO1"] == (2.5, 65 * S, GOOD, False)


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([3, 7, 12, 8]), st.integers(1, 9), st.floats(0, 9), st.just(GOOD))
        ),
        max_size=6,
    )
)
def test_whatever_the_order_the_newest_is_shown_and_of_equals_the_last(batches: list[list[Row]]) -> None:
    live = table()
    expected: dict[str, Shown] = dict.fromkeys(live.tags, NOTHING)
    tags = {series: tag for tag, series in IDS.items()}

    for batch in batches:
        live.update(batch_of(batch))
        for series, time_us, value, quality in batch:
            if series in tags and time_us >= expected[tags[series]][1]:
                expected[tags[series]] = (value, time_us, quality, False)

    assert shown(live) == expected
    assert live.version == len(batches)
