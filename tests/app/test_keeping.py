"""What is given up by age, and what a clock that jumps must not take with it."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.build import opened_stores, wire
from app.data import DataFolder
from app.keeping import FigureKeeping, Housekeeping
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.periods import Periods
from history.settings import HistorySettings, KeepSettings
from telemetry.calendar import Calendar
from telemetry.errors import StoreError
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


async def test_it_says_when_it_last_succeeded_and_why_it_does_not(
    history: EmbeddedHistory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    its = keeping(history, None)
    seen = [(its.failing, its.succeeded_us)]

    await its.look(us(2026, 8, 20))
    seen.append((its.failing, its.succeeded_us))
    with monkeypatch.context() as broken:
        broken.setattr(history, "compact", _refusing)
        await its.look(us(2026, 8, 21))
        await its.look(us(2026, 8, 22))
    seen.append((its.failing, its.succeeded_us))
    await its.look(us(2026, 8, 23))
    seen.append((its.failing, its.succeeded_us))

    assert seen == [
        (None, None),
        (None, us(2026, 8, 20)),
        ("months/: no space left", us(2026, 8, 20)),
        (None, us(2026, 8, 23)),
    ]
    said = [record.getMessage() for record in caplog.records]
    assert said.count("closed days are not compacted: months/: no space left") == 1
    assert said.count("closed days are compacted again") == 1


def _refusing(*_: int) -> None:
    raise StoreError("months/: no space left")


async def test_figures_say_by_how_much_they_are_late(history: EmbeddedHistory) -> None:
    clock = MovedClock(us(2026, 8, 20))
    periods = Periods(history, {})
    figures = FigureKeeping(periods, clock)
    before = figures.behind_us

    periods.bring_up(clock.now_us())
    after_a_piece = figures.behind_us
    while periods.bring_up(clock.now_us()):
        pass

    assert before == 0
    # From the hour after the first sample's to the one after the newest's.
    assert 0 < after_a_piece <= us(2026, 7, 15) - us(2026, 3, 15)
    assert figures.behind_us == 0


def test_what_is_not_kept_up_degrades_the_nodes_health(tmp_path: Path) -> None:
    with opened_stores(DataFolder(tmp_path), read_folder(DEMO_FOLDER)) as stores:
        parts = wire(read_folder(DEMO_FOLDER), stores, MovedClock())
        well = parts.status.health()
        parts.figures.failing, parts.housekeeping.failing = "damaged", "no space left"
        degraded = parts.status.health()

    assert (well.figures, well.housekeeping) == (None, None)
    assert (degraded.figures, degraded.housekeeping) == ("damaged", "no space left")
    assert replace(degraded, collectors=None).ready


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
