"""Minutes of many series at once are those of each by itself, whatever lies before the hour."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from history import leading
from history.changed_hours import ChangedHours
from history.figures import DAY_US, HOUR_US
from history.hours import NAMES, Hours
from telemetry.samples import SampleBatch
from tests.contracts.samples import batch_of
from tests.history.test_periods import MINUTE_US, T0, TAGS, Store


def by_series(hours: Hours, series: int) -> list[list[float]]:
    own = hours.series == series
    return [np.nan_to_num(getattr(hours, name)[own], nan=-1.0).tolist() for name in NAMES]


@pytest.mark.parametrize(("at_once", "one_by_one"), [(256, 4), (256, 0), (2, 0), (3, 4)])
async def test_minutes_at_once_are_those_of_each_series_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, one_by_one: int
) -> None:
    monkeypatch.setattr(leading, "_SERIES_AT_ONCE", at_once)
    monkeypatch.setattr(leading, "_ONE_BY_ONE", one_by_one)
    chance = np.random.default_rng(3)
    store = Store(tmp_path / "readings.duckdb")
    ids = [store.ids[tag] for tag in TAGS]
    # Some series said nothing for hours before, some only what was bad, some spoke a minute ago.
    store.commit(
        (4, T0 - 3 * HOUR_US, 900.0, 192), (5, T0 - 2 * HOUR_US, 0.0, 192), (2, T0 - HOUR_US, 4.0, 192)
    )
    store.commit(
        (4, T0 - 2 * MINUTE_US, None, 24), (1, T0 - MINUTE_US, 7.0, 192), (3, T0 - HOUR_US, 1.0, 192)
    )
    times_us = T0 + np.sort(chance.integers(0, 3600, 200)) * 1_000_000
    values, quality = chance.integers(0, 3, 200).astype(float), chance.choice([192, 192, 64, 24], 200)
    store.history.commit(SampleBatch.of(chance.choice(ids, 200), times_us, values, quality), T0 + HOUR_US)
    try:
        found = await ChangedHours(store.history, store.periods).minutes(np.array(ids[::-1], np.int32), T0)
        for tag, series in store.ids.items():
            alone = await store.periods.minutes(tag, T0, T0 + HOUR_US, T0 + DAY_US)
            assert by_series(found.minutes, series) == by_series(alone, series)
            assert len(alone)
            held = await store.history.samples(tag, T0, T0 + HOUR_US, 1000)
            assert found.of(np.array([series], np.int32)).tolist() == [len(held)]
    finally:
        await asyncio.to_thread(store.history.close)


async def test_of_series_without_readings_there_are_no_minutes(tmp_path: Path) -> None:
    store = Store(tmp_path / "readings.duckdb")
    store.history.commit(batch_of([(1, T0 - HOUR_US, 1.0, 192)]), T0)
    try:
        found = await ChangedHours(store.history, store.periods).minutes(np.arange(1, 7, dtype=np.int32), T0)
        assert len(found.minutes) == 0
        assert found.of(np.arange(1, 3, dtype=np.int32)).tolist() == [0, 0]
    finally:
        await asyncio.to_thread(store.history.close)


async def test_what_was_stored_since_a_time_comes_behind_a_version_that_is_surely_older(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "readings.duckdb")
    try:
        for hour in range(40):
            store.history.commit(batch_of([(1, T0 + hour * HOUR_US, 1.0, 192)]), T0 + hour * HOUR_US)
            await asyncio.to_thread(store.until, T0 + (hour + 1) * HOUR_US + 61_000_000)
        changed = ChangedHours(store.history, store.periods)
        newest = await changed.newest()
        before = await changed.version_before(T0 + 38 * HOUR_US)
        # An hour long closed, corrected since: what it is now comes behind that version too.
        store.history.commit(batch_of([(1, T0 + HOUR_US, 2.0, 192)]), T0 + 41 * HOUR_US)
        await asyncio.to_thread(store.until, T0 + 41 * HOUR_US)
        since = await changed.after(before, 1000)

        assert await changed.waiting(before, newest) == 40 - (38 - 24)
        assert T0 + HOUR_US in since.hours.start_us
        assert await changed.version_before(T0 + 100 * HOUR_US) == await changed.newest()
    finally:
        await asyncio.to_thread(store.history.close)
