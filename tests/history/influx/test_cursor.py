from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from history.influx.cursor import KEPT, CursorRepository, Letter, Request, Saved
from history.influx.progress import Interval, Progress
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(opened, StoreKind.NODE)
    yield opened
    opened.dispose()


def letters(count: int) -> list[Letter]:
    return [Letter("P0", number, f"line {number}", "why") for number in range(count)]


def test_a_new_target_has_nothing(engine: Engine) -> None:
    assert CursorRepository(engine, "influxdb", "a").load() == Saved(None, 0)


def test_progress_comes_back_as_it_was_saved(engine: Engine) -> None:
    cursor = CursorRepository(engine, "influxdb", "a")
    for progress in (
        Progress(20, (Interval(0, 5), Interval(9, 12))),
        Progress(25, (Interval(3, 5), Interval(9, 12))),
        Progress(30),
    ):
        cursor.save(progress, [], 2, 1)

        assert cursor.load().progress == progress
    assert cursor.load().lost_rows == 6


def test_how_far_within_a_batch_and_among_the_figures_it_was_comes_back(engine: Engine) -> None:
    cursor = CursorRepository(engine, "influxdb", "a")
    cursor.save(Progress(9, (Interval(3, 5, (2, 77)), Interval(7, 8))), [], 0, 1, reached_us=50)
    cursor.save(Progress(9, (Interval(3, 5, (2, 88)), Interval(7, 8))), [], 0, 2)

    saved = cursor.load()

    assert saved.progress is not None
    assert [each.within for each in saved.progress.pending] == [(2, 88), None]
    assert saved.reached_us == 50


def test_of_two_requests_to_send_again_both_are_met_and_one_taken_up_is_gone(engine: Engine) -> None:
    cursor, other = (CursorRepository(engine, name, "a") for name in ("influxdb", "other"))
    cursor.ask(Request(from_us=500, asked_us=1))
    cursor.ask(Request(from_us=900, asked_us=2))
    request = cursor.request()

    assert (request, other.request()) == (Request(500, 2), None)
    assert request is not None
    cursor.ask(Request(from_us=0, asked_us=3))
    cursor.take_up(request, Progress(9, (Interval(4, 9),)), 4)
    assert (cursor.load().progress, cursor.request()) == (Progress(9, (Interval(4, 9),)), Request(0, 3))


def test_another_address_has_had_nothing_yet_and_keeps_what_was_lost(engine: Engine) -> None:
    CursorRepository(engine, "influxdb", "a").save(Progress(20, (Interval(1, 2),)), letters(1), 1, 1)
    other = CursorRepository(engine, "influxdb", "b")

    # Whether it ever had figures, nobody knows: it may have those of the time before.
    assert other.load() == Saved(None, 1, reached_us=1)
    other.save(Progress(3), [], 0, 1, reached_us=7)
    assert other.load() == Saved(Progress(3), 1, reached_us=7)


def test_dead_letters_are_read_newest_first_from_where_one_was(engine: Engine) -> None:
    cursor = CursorRepository(engine, "influxdb", "a")
    cursor.save(Progress(1), letters(5), 5, 77)

    newest = cursor.dead_letters(None, 2)
    older = cursor.dead_letters(newest[-1].id, 10)

    assert [letter.line for letter in (*newest, *older)] == [f"line {n}" for n in (4, 3, 2, 1, 0)]
    assert (newest[0].tag, newest[0].time_us, newest[0].reason, newest[0].at_us) == ("P0", 4, "why", 77)


def test_of_refused_readings_the_newest_are_kept_and_all_are_counted(engine: Engine) -> None:
    cursor, other = (CursorRepository(engine, name, "a") for name in ("influxdb", "other"))
    other.save(Progress(1), letters(3), 3, 1)
    cursor.save(Progress(1), letters(KEPT), KEPT, 1)
    cursor.save(Progress(2), letters(7), 7, 1)

    kept = cursor.dead_letters(None, KEPT + 100)

    assert len(kept) == KEPT
    assert kept[0].line == "line 6"
    assert cursor.load().lost_rows == KEPT + 7
    assert len(other.dead_letters(None, 10)) == 3
