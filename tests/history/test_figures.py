import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.figures import DAY_US, ONCE_US, Frame, windows
from telemetry.protocols import Aggregate, Windows
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of

HOUR_US = DAY_US // 24

# Steps up to a day, so that windows hold none, one and many samples and lie across days.
steps = st.lists(st.one_of(st.integers(1, 2000), st.integers(1, DAY_US)), max_size=40)
values = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.inf, 0.0, -0.0]))
qualities = st.sampled_from([0, 24, 64, 84, 192, 216])
everies = st.sampled_from([1, 1000, HOUR_US, 7 * HOUR_US, DAY_US, 30 * DAY_US])
frames = st.builds(
    lambda first, span, every_us, offset_us: Frame(first, first + span, every_us, offset_us),
    st.one_of(st.just(-100 * DAY_US), st.integers(-3 * DAY_US, 5 * DAY_US)),
    st.one_of(st.just(300 * DAY_US), st.integers(1, 30 * DAY_US)),
    everies,
    st.sampled_from([0, 8 * HOUR_US, -5 * HOUR_US]),
)


@st.composite
def series(draw: st.DrawFn) -> list[Row]:
    at = draw(st.integers(-2 * DAY_US, 2 * DAY_US))
    rows: list[Row] = []
    for step in draw(steps):
        at += step
        rows.append((1, at, draw(values), draw(qualities)))
    return rows


def plain(rows: list[Row], frame: Frame, aggregate: Aggregate) -> list[tuple[int, float, float]]:
    """Return (start, figure, good) one window after the other, as one would by hand."""
    every_us, offset_us = frame.every_us, frame.offset_us
    asked = [row for row in rows if frame.from_us <= row[1] < frame.to_us]
    found = []
    for start in sorted({(at + offset_us) // every_us * every_us - offset_us for _, at, _, _ in asked}):
        first, end = max(start, frame.from_us), min(start + every_us, frame.to_us)
        within = [row for row in asked if first <= row[1] < end]
        usable = [value for _, _, value, quality in within if value is not None and quality >= 64]
        holding = [
            (min(until, end) - max(at, first), value, quality)
            for (_, at, value, quality), until in zip(
                rows, [at for _, at, _, _ in rows[1:]] + [end], strict=True
            )
            if at < end and until > first
        ]
        held = [(us, value) for us, value, quality in holding if value is not None and quality >= 64]
        good = sum(us for us, _, quality in holding if quality >= 192) / (end - first)
        figures: dict[Aggregate, Callable[[list[float]], float]] = {
            Aggregate.MIN: min,
            Aggregate.MAX: max,
            Aggregate.FIRST: lambda of: of[0],
            Aggregate.LAST: lambda of: of[-1],
        }
        if aggregate is Aggregate.COUNT:
            figure = float(len(usable))
        elif aggregate is Aggregate.MEAN:
            figure = (
                math.fsum(us * value for us, value in held) / sum(us for us, _ in held) if held else math.nan
            )
        else:
            figure = figures[aggregate](usable) if usable else math.nan
        found.append((start, figure, good))
    return found


def figured(portions: list[SampleBatch], frame: Frame, aggregate: Aggregate) -> Windows:
    """Return the windows of a frame, of portions that may begin before it."""
    whole = SampleBatch.concat(portions)
    before = whole.select(whole.times_us < frame.from_us).select(slice(-1, None))
    within = [
        part.select((part.times_us >= frame.from_us) & (part.times_us < frame.to_us)) for part in portions
    ]
    return windows(filter(len, within), before, frame, aggregate)


def bits(of: Windows) -> tuple[bytes, bytes, bytes]:
    return of.times_us.tobytes(), of.values.tobytes(), of.good.tobytes()


@given(series(), frames, st.sampled_from(Aggregate))
def test_windows_are_what_one_would_work_out_by_hand(
    rows: list[Row], frame: Frame, aggregate: Aggregate
) -> None:
    found = figured([batch_of(rows)], frame, aggregate)

    expected = plain(rows, frame, aggregate)
    assert found.times_us.tolist() == [start for start, _, _ in expected]
    assert found.good.tolist() == [good for _, _, good in expected]
    np.testing.assert_allclose(found.values, [figure for _, figure, _ in expected], rtol=1e-9, atol=1e-6)


@given(series(), frames, st.sampled_from(Aggregate), st.sets(st.integers(-3, 60), max_size=4))
def test_the_portions_make_no_difference_to_the_last_bit(
    rows: list[Row], frame: Frame, aggregate: Aggregate, cuts: set[int]
) -> None:
    samples = batch_of(rows)
    day = samples.times_us // DAY_US
    edges = [-(10**6), *sorted(cuts), 10**6]
    portions = [samples.select((day >= first) & (day < end)) for first, end in itertools.pairwise(edges)]

    assert bits(figured(portions, frame, aggregate)) == bits(figured([samples], frame, aggregate))


def test_a_month_of_seconds_is_one_mean() -> None:
    times = np.arange(0, 30 * DAY_US, 10_000_000)
    samples = SampleBatch.of(1, times, np.sin(times / DAY_US) + 7, 192)

    found = figured([samples], Frame(0, 30 * DAY_US, 30 * DAY_US), Aggregate.MEAN)

    assert found.times_us.tolist() == [0]
    assert found.values[0] == pytest.approx(math.fsum(samples.values.tolist()) / len(times), rel=1e-13)
    assert found.good.tolist() == [1.0]


def test_an_hour_lost_after_ten_minutes_was_good_for_a_sixth() -> None:
    rows: list[Row] = [(1, 5_000_000 * n, 2.0, 192) for n in range(120)]

    found = figured(
        [batch_of([*rows, (1, HOUR_US // 6, None, 24)])], Frame(0, HOUR_US, HOUR_US), Aggregate.MEAN
    )

    assert (found.values.tolist(), found.good.tolist()) == ([2.0], [1 / 6])


def test_what_counts_once_is_a_mean_of_results_and_says_nothing_of_other_windows() -> None:
    rows = [
        (1, 0, 20.0, 192),
        (1, HOUR_US, 30.0, 192),
        (1, 2 * HOUR_US - 1, 34.0, 64),
        (1, 3 * HOUR_US, 9.0, 24),
    ]
    frame = Frame(HOUR_US, 6 * HOUR_US, HOUR_US)

    found = windows([batch_of(rows[1:])], batch_of(rows[:1]), frame, Aggregate.MEAN, ONCE_US)

    assert found.times_us.tolist() == [HOUR_US, 3 * HOUR_US]
    np.testing.assert_array_equal(found.values, [32.0, np.nan])
    assert found.good.tolist() == [1.0, 0.0]


def test_no_samples_are_no_windows() -> None:
    found = figured([], Frame(0, DAY_US, 1000), Aggregate.MEAN)

    assert [len(column) for column in (found.times_us, found.values, found.good)] == [0, 0, 0]
