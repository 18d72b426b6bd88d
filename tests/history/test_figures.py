import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.figures import DAY_US, cells, windows
from telemetry.protocols import Aggregate, Windows
from telemetry.quality import is_bad, is_good
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of

HOUR_US = DAY_US // 24

# Steps up to a day, so that windows hold none, one and many samples and lie across days.
steps = st.lists(st.one_of(st.integers(1, 2000), st.integers(1, DAY_US)), max_size=40)
values = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.inf, 0.0, -0.0]))
qualities = st.sampled_from([0, 24, 64, 84, 192, 216])
everies = st.sampled_from([1, 1000, HOUR_US, 7 * HOUR_US, DAY_US, 30 * DAY_US])


@st.composite
def series(draw: st.DrawFn) -> list[Row]:
    at = draw(st.integers(-2 * DAY_US, 2 * DAY_US))
    rows: list[Row] = []
    for step in draw(steps):
        at += step
        rows.append((1, at, draw(values), draw(qualities)))
    return rows


def plain(rows: list[Row], every_us: int, aggregate: Aggregate) -> list[tuple[int, float, float]]:
    """Return (start, figure, good) one window after the other, as one would by hand."""
    found = []
    for start in sorted({at // every_us * every_us for _, at, _, _ in rows}):
        within = [row for row in rows if start <= row[1] < start + every_us]
        usable = [value for _, _, value, quality in within if value is not None and quality >= 64]
        good = sum(quality >= 192 for *_, quality in within) / len(within)
        figures: dict[Aggregate, Callable[[list[float]], float]] = {
            Aggregate.MEAN: lambda of: math.fsum(of) / len(of),
            Aggregate.MIN: min,
            Aggregate.MAX: max,
            Aggregate.FIRST: lambda of: of[0],
            Aggregate.LAST: lambda of: of[-1],
            Aggregate.COUNT: len,
        }
        missing = 0.0 if aggregate is Aggregate.COUNT else math.nan
        found.append((start, float(figures[aggregate](usable)) if usable else missing, good))
    return found


def bits(of: Windows) -> tuple[bytes, bytes, bytes]:
    return of.times_us.tobytes(), of.values.tobytes(), of.good.tobytes()


@given(series(), everies, st.sampled_from(Aggregate))
def test_windows_are_what_one_would_work_out_by_hand(
    rows: list[Row], every_us: int, aggregate: Aggregate
) -> None:
    found = windows([cells(batch_of(rows), every_us)], every_us, aggregate)

    expected = plain(rows, every_us, aggregate)
    assert found.times_us.tolist() == [start for start, _, _ in expected]
    assert found.good.tolist() == [good for _, _, good in expected]
    np.testing.assert_allclose(found.values, [figure for _, figure, _ in expected], rtol=1e-9, atol=1e-6)


@given(series(), everies, st.sampled_from(Aggregate), st.sets(st.integers(-3, 60), max_size=4))
def test_the_portions_make_no_difference_to_the_last_bit(
    rows: list[Row], every_us: int, aggregate: Aggregate, cuts: set[int]
) -> None:
    samples = batch_of(rows)
    day = samples.times_us // DAY_US
    edges = [-(10**6), *sorted(cuts), 10**6]
    portions = [
        cells(samples.select((day >= first) & (day < end)), every_us)
        for first, end in itertools.pairwise(edges)
    ]

    assert bits(windows(portions, every_us, aggregate)) == bits(
        windows([cells(samples, every_us)], every_us, aggregate)
    )


def test_a_month_of_seconds_is_one_mean() -> None:
    times = np.arange(0, 30 * DAY_US, 10_000_000)
    samples = SampleBatch.of(1, times, np.sin(times / DAY_US) + 7, 192)

    found = windows([cells(samples, 30 * DAY_US)], 30 * DAY_US, Aggregate.MEAN)

    assert found.times_us.tolist() == [0]
    assert found.values[0] == pytest.approx(math.fsum(samples.values.tolist()) / len(times), rel=1e-14)
    assert not is_bad(samples.quality).any()
    assert is_good(samples.quality).all()


def test_no_samples_are_no_windows() -> None:
    found = windows([cells(SampleBatch.empty(), 1000)], 1000, Aggregate.MEAN)

    assert [len(column) for column in (found.times_us, found.values, found.good)] == [0, 0, 0]
