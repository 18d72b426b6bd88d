"""Closed days go into month files, and nobody who reads can tell."""

import asyncio
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from history.database import Database
from history.embedded import EmbeddedHistory
from history.integrity import months_listed, rows_wrong
from history.month_file import write_month_file
from history.queries import Snapshot, samples_of
from history.segments import FOLDER
from telemetry.errors import Conflict, StoreError
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, batch_of, rows_of

A, B = 1, 2
TAGS = ["AE_DO1", "AE_DO2"]
GOOD, UNCERTAIN, BAD = 192, 64, 24
FOREVER = (-(10**18), 10**18, 1_000_000)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
LATER_US = 10**18


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


OCTOBER_30 = us("2026-10-30")


def files(file: Path) -> list[str]:
    return sorted(path.name for path in (file.parent / FOLDER).glob("*"))


def names(file: Path) -> list[str]:
    """Return the files without their generation."""
    return [name.rsplit(".", 2)[0] for name in files(file)]


def table(file: Path, query: str) -> list[tuple[object, ...]]:
    database = Database(file, 64)
    try:
        return database.writer().execute(query).fetchall()
    finally:
        database.close()


@pytest.fixture
def days(history: EmbeddedHistory) -> EmbeddedHistory:
    """Hourly samples of three days at the end of October, a batch a day, of two classes."""
    history.series_ids("fangcheng1", TAGS, retention={"AE_DO2": "regulated"})
    for day in range(3):
        start_us = OCTOBER_30 + day * DAY_US
        history.commit(
            batch_of(
                (series, start_us + n * HOUR_US, float(n), GOOD) for n in range(24) for series in (A, B)
            ),
            start_us + DAY_US,
        )
    return history


async def everything(history: EmbeddedHistory) -> list[list[Row]]:
    return [rows_of(await history.samples(tag, *FOREVER)) for tag in TAGS]


async def test_closed_days_become_a_file_a_class_and_a_closed_month_one(
    days: EmbeddedHistory, file: Path
) -> None:
    before = await everything(days)

    days.compact(us("2026-10-31"), 0)
    october_open = names(file)
    days.compact(us("2026-11-02"), 0)
    days.compact(us("2026-11-02"), 0)

    assert october_open == ["2026-10-30.process", "2026-10-30.regulated"]
    assert names(file) == [
        "2026-10.process",
        "2026-10.regulated",
        "2026-11-01.process",
        "2026-11-01.regulated",
    ]
    assert await everything(days) == before
    days.close()
    assert table(file, "SELECT count(*) FROM readings") == [(0,)]
    assert table(file, "SELECT sum(rows) FROM segments") == [(144,)]


async def test_a_month_of_many_rows_stands_in_order_whatever_its_days_hold(
    history: EmbeddedHistory, tmp_path: Path
) -> None:
    ids = history.series_ids("fangcheng1", ["AE_DO1"])
    for day, rows in enumerate((1_000, 150_000, 130_000)):
        start_us = OCTOBER_30 - day * DAY_US
        times_us = start_us + np.arange(rows, dtype=np.int64) * 500_000
        given = tmp_path / f"{day}.parquet"
        write_month_file(SampleBatch.of(ids["AE_DO1"], times_us, times_us % 7.0, GOOD), given)
        history.adopt(given, "process", start_us, start_us + DAY_US, "simulated", 7)
    history.commit(batch_of([(ids["AE_DO1"], OCTOBER_30 - DAY_US + 1, 3.0, GOOD)]), LATER_US)

    history.compact(us("2026-12-01"), LATER_US)

    (month,) = await months_listed(history)
    assert (month.rows, await rows_wrong(history, month)) == (281_001, None)


async def test_batches_come_out_of_month_files_as_they_went_in(days: EmbeddedHistory) -> None:
    before = [(batch.number, sorted(rows_of(batch.samples))) for batch in await days.batches_after(0, 10)]

    days.compact(us("2026-11-02"), 0)

    after = [(batch.number, sorted(rows_of(batch.samples))) for batch in await days.batches_after(0, 10)]
    assert after == before
    assert len((await days.standing(1, 3, 60)).samples) == 48


async def test_a_late_correction_of_a_closed_month_is_read_kept_and_merged_and_the_former_value_stays(
    days: EmbeddedHistory, file: Path
) -> None:
    days.compact(us("2026-11-02"), 0)
    at_us = OCTOBER_30 + 5 * HOUR_US
    number = days.commit(batch_of([(A, at_us, 7.5, UNCERTAIN), (A, at_us + 1, 8.5, GOOD)]), LATER_US).number

    in_overlay = await days.samples(TAGS[0], at_us, at_us + 2, 10)
    days.compact(us("2026-11-02"), 0)
    in_file = await days.samples(TAGS[0], at_us, at_us + 2, 10)

    assert rows_of(in_overlay) == rows_of(in_file) == [(A, at_us, 7.5, UNCERTAIN), (A, at_us + 1, 8.5, GOOD)]
    assert rows_of((await days.standing(0, 1, 1000)).samples).count((A, at_us, 5.0, GOOD)) == 0
    assert (A, at_us, 7.5, UNCERTAIN) in rows_of((await days.standing(number - 1, number, 10)).samples)
    assert (A, at_us, 5.0, GOOD) in rows_of((await days.batches_after(0, 1))[0].samples)
    days.close()
    assert table(file, "SELECT * FROM superseded") == [(1, A, at_us, 5.0, GOOD, True)]
    assert table(file, "SELECT count(*) FROM overlay") == [(0,)]


async def test_a_former_value_that_came_again_stays_on_record(days: EmbeddedHistory, file: Path) -> None:
    at_us = OCTOBER_30 + 5 * HOUR_US
    for value in (7.0, 5.0, 5.0):
        days.commit(batch_of([(A, at_us, value, GOOD)]), LATER_US)

    days.compact(us("2026-11-02"), 0)

    days.close()
    assert table(file, "SELECT batch, value FROM superseded ORDER BY batch") == [(1, 5.0), (4, 7.0)]


async def test_late_rows_of_a_day_stay_with_it_when_the_class_of_their_series_changes(
    days: EmbeddedHistory, file: Path
) -> None:
    days.compact(us("2026-11-01"), 0)
    days.series_ids("fangcheng1", TAGS, retention={"AE_DO1": "regulated"})
    at_us, new_us = OCTOBER_30 + 5 * HOUR_US, us("2026-11-01") + 5 * HOUR_US
    late: list[Row] = [(A, at_us, 7.5, GOOD), (A, at_us + 1, 8.5, GOOD), (A, new_us, 9.5, GOOD)]
    days.commit(batch_of(late), LATER_US)

    for _ in range(2):
        days.compact(us("2026-11-02"), 0)
    kept = await everything(days)
    gone = days.retire("process", us("2026-11-01"), now_us=99)

    assert [row for row in kept[0] if row[1] in (at_us, at_us + 1, new_us)] == late
    assert [len(rows) for rows in kept] == [73, 72]
    assert sorted(name for name in names(file) if "10" in name) == ["2026-10.process", "2026-10.regulated"]
    assert [item.rows for item in gone] == [49]
    assert [len(rows) for rows in await everything(days)] == [24, 72]
    days.close()
    assert table(file, "SELECT batch, t_us, value FROM superseded ORDER BY t_us") == [
        (1, at_us, 5.0),
        (3, new_us, 5.0),
    ]


async def test_a_correction_stays_one_when_the_class_of_its_series_changed_before_and_after(
    days: EmbeddedHistory, file: Path
) -> None:
    at_us = OCTOBER_30 + 5 * HOUR_US
    days.compact(us("2026-10-31"), 0)
    for value, retention in ((7.0, "regulated"), (8.0, "process"), (9.0, "regulated")):
        days.series_ids("fangcheng1", TAGS, retention={"AE_DO1": retention})
        days.commit(batch_of([(A, at_us, value, GOOD)]), LATER_US)
        days.compact(us("2026-10-31"), 0)

        assert rows_of(await days.samples(TAGS[0], at_us, at_us + 1, 10)) == [(A, at_us, value, GOOD)]
    days.close()
    assert table(file, "SELECT value FROM superseded ORDER BY batch") == [(5.0,), (7.0,), (8.0,)]


def test_a_time_that_a_file_of_another_class_has_of_a_series_is_not_given_another(
    days: EmbeddedHistory, tmp_path: Path
) -> None:
    days.compact(us("2026-10-31"), 0)
    days.retire("regulated", LATER_US, 0)
    days.series_ids("fangcheng1", TAGS, retention={"AE_DO1": "regulated"})
    given = written_elsewhere(tmp_path / "old.parquet", [(A, OCTOBER_30, 1.0, GOOD)])

    with pytest.raises(Conflict, match="another class"):
        days.adopt(given, "regulated", OCTOBER_30, OCTOBER_30 + DAY_US, "simulated", 7)


async def test_what_a_file_taken_in_has_as_well_stands_once(days: EmbeddedHistory, tmp_path: Path) -> None:
    old: list[Row] = [(A, OCTOBER_30 + n * HOUR_US, 50.0 + n, GOOD) for n in range(12)]
    given = written_elsewhere(tmp_path / "old.parquet", old)
    days.adopt(given, "process", OCTOBER_30, OCTOBER_30 + DAY_US, "simulated", 7)
    before = await everything(days)

    made = days.compact(us("2026-10-31"), 0)

    assert [(item.retention, item.rows) for item in made] == [("process", 24), ("regulated", 24)]
    assert await everything(days) == before


async def test_what_came_twice_alike_leaves_nothing_behind(days: EmbeddedHistory, file: Path) -> None:
    at_us = OCTOBER_30 + 5 * HOUR_US
    days.compact(us("2026-11-02"), 0)
    days.commit(batch_of([(A, at_us, 5.0, GOOD)]), LATER_US)

    days.compact(us("2026-11-02"), 0)

    days.close()
    assert table(file, "SELECT count(*) FROM superseded") == [(0,)]
    assert table(file, "SELECT sum(rows) FROM segments") == [(144,)]


async def test_a_node_killed_before_a_file_is_listed_forgets_the_file(
    days: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    before = await everything(days)
    (file.parent / FOLDER).mkdir()
    (file.parent / FOLDER / "2026-10-30.process.3.parquet").write_bytes(b"half of it")

    days.compact(us("2026-11-02"), 0)

    assert names(file).count("2026-10.process") == 1
    assert await everything(days) == before


async def test_a_reader_that_began_before_reads_on_while_files_are_replaced(days: EmbeddedHistory) -> None:
    times_us = OCTOBER_30 + np.arange(400_000) * 100_000
    days.commit(SampleBatch.of(A, times_us, 1.0, GOOD), LATER_US)
    expected = len(await days.samples(TAGS[0], *FOREVER))

    reads = [asyncio.create_task(days.samples(TAGS[0], *FOREVER)) for _ in range(8)]
    for day in ("2026-10-31", "2026-11-01", "2026-11-02"):
        await asyncio.to_thread(days.compact, us(day), 0)
        reads.append(asyncio.create_task(days.samples(TAGS[0], *FOREVER)))

    assert {len(found) for found in await asyncio.gather(*reads)} == {expected}


async def test_a_file_that_somebody_still_reads_is_not_deleted_however_often_it_was_replaced_since(
    days: EmbeddedHistory, file: Path
) -> None:
    days.compact(us("2026-10-31"), 0)
    listed, go_on = threading.Event(), threading.Event()

    def slow(snapshot: Snapshot) -> int:
        listed.set()
        go_on.wait(5)
        return len(samples_of(snapshot, A, OCTOBER_30, us("2026-11-02"), 100))

    reading = asyncio.create_task(days.answer(slow))
    await asyncio.to_thread(listed.wait, 5)
    for day in ("2026-11-01", "2026-11-02", "2026-11-02"):
        days.compact(us(day), 0)
    while_read = names(file)
    go_on.set()

    assert await reading == 72
    assert while_read.count("2026-10-30.process") == 1
    days.compact(us("2026-11-02"), 0)
    assert names(file) == [
        f"{time}.{retention}" for time in ("2026-10", "2026-11-01") for retention in ("process", "regulated")
    ]


async def test_files_older_than_their_class_is_kept_are_given_up_and_written_down(
    days: EmbeddedHistory, file: Path
) -> None:
    days.compact(us("2026-11-02"), 0)

    gone = days.retire("process", us("2026-11-01"), now_us=99)
    days.compact(us("2026-11-02"), 0)

    assert [(item.retention, item.rows) for item in gone] == [("process", 48)]
    assert names(file) == ["2026-10.regulated", "2026-11-01.process", "2026-11-01.regulated"]
    assert [len(rows) for rows in await everything(days)] == [24, 72]
    days.close()
    month = (us("2026-10-01"), us("2026-11-01"))
    assert table(file, "SELECT * FROM retired") == [("process", *month, 48, 99)]


def test_a_sample_takes_less_than_four_bytes(history: EmbeddedHistory, file: Path) -> None:
    chance = np.random.default_rng(1)
    second_us, count = 5_000_000, 17_280
    times_us = OCTOBER_30 + np.arange(count) * second_us + chance.normal(3000, 1500, count).astype(np.int64)
    for start in range(0, count, 720):
        rows = slice(start, start + 720)
        history.commit(
            SampleBatch.concat(
                [
                    SampleBatch.of(
                        series,
                        times_us[rows],
                        np.round(4 + np.sin(np.arange(count) / 900)[rows] + chance.normal(0, 0.02, 720), 3),
                        GOOD,
                    )
                    for series in (A, B)
                ]
            ),
            int(times_us[rows].max()),
        )

    made = history.compact(OCTOBER_30 + 2 * DAY_US, 0)

    assert sum(item.bytes for item in made) / sum(item.rows for item in made) < 4


def written_elsewhere(path: Path, rows: list[Row]) -> Path:
    columns = dict(zip(("series", "t_us", "value", "quality"), zip(*sorted(rows), strict=True), strict=True))
    connection = duckdb.connect()
    connection.register("rows", {name: np.array(column) for name, column in columns.items()})
    connection.execute(f"COPY (SELECT * FROM rows ORDER BY series, t_us) TO '{path}' (FORMAT parquet)")
    connection.close()
    return path


async def test_a_month_file_from_elsewhere_is_read_and_replayed_but_nobody_acts_on_it(
    days: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    old_us = OCTOBER_30 - DAY_US
    old: list[Row] = [(A, old_us + n * HOUR_US, n / 2, GOOD) for n in range(24)]
    given = written_elsewhere(tmp_path / "old.parquet", old)

    number = days.adopt(given, "process", old_us, OCTOBER_30, "simulated", 7)

    assert (number, given.exists()) == (4, False)
    assert rows_of(await days.samples(TAGS[0], old_us, OCTOBER_30, 100)) == old
    assert [(b.number, len(b.samples)) for b in await days.batches_after(2, 10)] == [(3, 48)]
    assert [(b.number, len(b.samples)) for b in await days.batches_after(3, 10)] == [(4, 0)]
    assert rows_of((await days.standing(3, 4, 100)).samples) == old
    for _ in range(2):
        days.compact(us("2026-11-02"), 0)
    assert rows_of((await days.standing(3, 4, 100)).samples) == old
    assert rows_of(await days.samples(TAGS[0], old_us, OCTOBER_30, 100)) == old
    assert days.commit(batch_of([(A, old_us + 5, 9.0, GOOD)]), LATER_US).number == 5
    assert names(file) == [
        f"{time}.{retention}" for time in ("2026-10", "2026-11-01") for retention in ("process", "regulated")
    ]


async def test_a_series_that_had_no_sample_has_the_last_of_a_file_taken_in(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    given = written_elsewhere(
        tmp_path / "old.parquet", [(A, OCTOBER_30 + 1, 1.0, GOOD), (A, OCTOBER_30, 2.0, BAD)]
    )

    history.adopt(given, "process", OCTOBER_30, OCTOBER_30 + DAY_US, "simulated", 7)
    history.close()
    again = EmbeddedHistory.open(file)

    assert rows_of(again.latest()) == [(A, OCTOBER_30 + 1, 1.0, GOOD)]
    assert (again.last_number, again.last_committed_us) == (1, 7)
    again.close()


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([(A, OCTOBER_30 - 1, 1.0, GOOD)], "1 samples are outside of its time"),
        ([(9, OCTOBER_30, 1.0, GOOD), (A, OCTOBER_30, 1.0, GOOD)], "1 samples are of series not known here"),
    ],
)
def test_an_unfit_file_is_refused_and_leaves_nothing(
    history: EmbeddedHistory, file: Path, tmp_path: Path, rows: list[Row], complaint: str
) -> None:
    given = written_elsewhere(tmp_path / "old.parquet", rows)

    with pytest.raises(StoreError, match=complaint):
        history.adopt(given, "process", OCTOBER_30, OCTOBER_30 + DAY_US, "simulated", 7)

    assert (history.last_number, files(file)) == (0, [])


def test_a_time_that_has_a_file_is_not_given_another(days: EmbeddedHistory, tmp_path: Path) -> None:
    days.compact(us("2026-10-31"), 0)
    given = written_elsewhere(tmp_path / "old.parquet", [(A, OCTOBER_30, 1.0, GOOD)])

    with pytest.raises(Conflict):
        days.adopt(given, "process", OCTOBER_30, OCTOBER_30 + DAY_US, "simulated", 7)


async def test_a_file_of_a_part_of_a_day_grows_to_the_day(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    noon_us = OCTOBER_30 + 12 * HOUR_US
    old: list[Row] = [(A, OCTOBER_30 + n * HOUR_US, 1.0, GOOD) for n in range(12)]
    new: list[Row] = [(A, noon_us + n * HOUR_US, 2.0, GOOD) for n in range(12)]
    history.commit(batch_of(new), OCTOBER_30 + DAY_US)
    history.adopt(
        written_elsewhere(tmp_path / "old.parquet", old), "process", OCTOBER_30, noon_us, "simulated", 7
    )

    history.compact(OCTOBER_30 + DAY_US, 0)

    assert rows_of(await history.samples(TAGS[0], *FOREVER)) == [*old, *new]
    assert rows_of(await history.samples(TAGS[0], noon_us, OCTOBER_30 + DAY_US, 100)) == new


@pytest.mark.parametrize(
    ("from_us", "to_us"),
    [
        (us("2026-10-31"), us("2026-11-02")),
        (us("2026-10-30") + HOUR_US, us("2026-10-31") + HOUR_US),
        (us("2026-10-30"), us("2026-10-30")),
    ],
)
def test_a_file_of_several_months_or_of_parts_of_days_is_refused_and_stays(
    history: EmbeddedHistory, tmp_path: Path, from_us: int, to_us: int
) -> None:
    given = written_elsewhere(tmp_path / "old.parquet", [(A, from_us, 1.0, GOOD)])

    with pytest.raises(StoreError, match="make a file of each day"):
        history.adopt(given, "process", from_us, to_us, "simulated", 7)

    assert given.exists()


def test_what_the_operating_system_refuses_is_said_with_a_mend(days: EmbeddedHistory, file: Path) -> None:
    (file.parent / FOLDER).mkdir()
    (file.parent / FOLDER / "somebody's folder.parquet").mkdir()
    with pytest.raises(StoreError, match=r"are not deleted.*; (look|give)"):
        days.compact(us("2026-10-31"), 0)
    (file.parent / FOLDER / "somebody's folder.parquet").rmdir()

    days.series_ids("fangcheng1", TAGS, retention={"AE_DO2": "x" * 300})
    with pytest.raises(StoreError, match="no file made: File name too long"):
        days.compact(us("2026-10-31"), 0)


def test_a_damaged_file_is_not_put_together_anew_and_the_others_are(
    days: EmbeddedHistory, file: Path
) -> None:
    days.compact(us("2026-10-31"), 1)
    (damaged,) = (file.parent / FOLDER).glob("2026-10-30.process.*")
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)

    with pytest.raises(StoreError, match=f"{damaged.name}: is not as it was written, so it is not compacted"):
        days.compact(us("2026-12-01"), 1)

    listed = days.ask(lambda seen: [item.file for item in seen.segments.items])
    assert damaged.name in listed
    assert [name for name in listed if name.startswith("2026-10.regulated")]


@pytest.mark.parametrize("instead", ["nothing", "a folder", "a pipe", "a link", "less"])
async def test_a_file_that_does_not_stand_as_it_was_is_no_answer_and_holds_nobody_up(
    days: EmbeddedHistory, file: Path, instead: str
) -> None:
    days.compact(us("2026-10-31"), 1)
    (month_file,) = (file.parent / FOLDER).glob("2026-10-30.process.*")
    content = month_file.read_bytes()
    month_file.unlink()
    if instead == "a folder":
        month_file.mkdir()
    elif instead == "a pipe":
        os.mkfifo(month_file)
    elif instead == "a link":
        month_file.symlink_to("/etc/passwd")
    elif instead == "less":
        month_file.write_bytes(content[:-1])

    with pytest.raises(StoreError, match=f"{month_file.name}: .*; `outfall verify` says what is damaged"):
        await days.samples("AE_DO1", OCTOBER_30, OCTOBER_30 + DAY_US, 10)
    other = await days.samples("AE_DO1", OCTOBER_30 + DAY_US, OCTOBER_30 + 2 * DAY_US, 10)

    assert len(other) == 10


def test_no_file_is_made_where_the_disk_is_nearly_full(file: Path) -> None:
    history = EmbeddedHistory.open(file, spare_mb=1 << 30)
    history.series_ids("fangcheng1", TAGS)

    with pytest.raises(StoreError, match="free space on it"):
        history.compact(OCTOBER_30, 0)

    history.close()
    assert files(file) == []


async def test_late_rows_of_every_day_of_a_month_are_merged_with_little_memory(file: Path) -> None:
    history = EmbeddedHistory.open(file, memory_limit_mb=32)
    history.series_ids("fangcheng1", TAGS)
    from_us, count = us("2026-10-01"), 31 * 24 * 60 * 3
    times_us = from_us + np.arange(count) * 20_000_000
    for value in (1.0, 2.0):
        for part in np.array_split(times_us, 31):
            history.commit(SampleBatch.of(A, part, value, GOOD), LATER_US)
        history.compact(us("2026-11-02"), 0)

    found = await history.samples(TAGS[0], *FOREVER)
    history.close()

    assert found.times_us.tolist() == times_us.tolist()
    assert set(found.values.tolist()) == {2.0}
    assert names(file) == ["2026-10.process"] * 2
