"""What is given up by age, and what a clock that jumps must not take with it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.keeping import FigureKeeping, Housekeeping
from history.embedded import EmbeddedHistory
from history.periods import Periods
from history.settings import HistorySettings, KeepSettings
from telemetry.calendar import Calendar
from tests.clock import MovedClock
from tests.contracts.samples import batch_of

TAG, GOOD = "AE_DO1", 192


def us(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def history(tmp_path: Path) -> Iterator[EmbeddedHistory]:
    """A sample a month, March to July 2026."""
    opened = EmbeddedHistory.open(tmp_path / "data" / "readings.duckdb")
    ids = opened.series_ids("fangcheng1", [TAG])
    for month in range(3, 8):
        opened.commit(batch_of([(ids[TAG], us(2026, month, 15), float(month), GOOD)]), us(2026, month, 15))
    yield opened
    opened.close()


def keeping(history: EmbeddedHistory, months: int | None) -> Housekeeping:
    settings = HistorySettings(keep=KeepSettings(process=months))
    return Housekeeping(history, settings, Calendar(ZoneInfo("Asia/Shanghai")), MovedClock())


async def values(history: EmbeddedHistory) -> list[float]:
    found = await history.samples(TAG, 0, us(2100, 1, 1), 100)
    return [float(value) for value in found.values]


async def test_months_older_than_their_class_is_kept_are_given_up(history: EmbeddedHistory) -> None:
    await keeping(history, 2).look(us(2026, 8, 20))

    assert await values(history) == [5.0, 6.0, 7.0]


async def test_without_a_limit_nothing_is(history: EmbeddedHistory) -> None:
    await keeping(history, None).look(us(2036, 8, 20))

    assert await values(history) == [3.0, 4.0, 5.0, 6.0, 7.0]


async def test_a_clock_years_ahead_takes_nothing_that_is_not_old(history: EmbeddedHistory) -> None:
    await keeping(history, 12).look(us(2036, 8, 20))
    await keeping(history, 12).look(us(2026, 8, 20))

    assert await values(history) == [3.0, 4.0, 5.0, 6.0, 7.0]


async def test_figures_wait_while_the_past_comes_in(history: EmbeddedHistory) -> None:
    periods = Periods(history, {})
    figures = FigureKeeping(periods, MovedClock(us(2026, 7, 16)))

    with figures.held():
        while await figures.look():
            pass
        held = periods.through_us
    while await figures.look():
        pass

    assert (held, periods.through_us) == (0, us(2026, 7, 15) + 3_600_000_000)
