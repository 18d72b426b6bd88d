"""What is taken of a history, while it is written to, makes the same history elsewhere."""

import asyncio
import tempfile
import threading
import time
from pathlib import Path
from uuid import UUID

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history.backup import Taken, build, tables_taken
from history.embedded import EmbeddedHistory
from history.marks import MarkKind
from history.segments import FOLDER
from telemetry.errors import StoreError
from telemetry.people import Actor
from telemetry.samples import SampleBatch
from tests.contracts.samples import batch_of, rows_of
from tests.history.noting import entries_at

TAGS = ["AE_DO1", "AE_DO2"]
PLANT = "fangcheng1"
FOREVER = (-(10**18), 10**18, 1_000_000)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
WANG = Actor(UUID(int=1), "王磊")

values = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 5e-324, float("inf")]), st.floats(-1e9, 1e9))
rows = st.tuples(
    st.integers(1, 2),
    st.one_of(st.integers(0, 8), st.integers(0, 40).map(lambda hour: hour * HOUR_US * 2)),
    values,
    st.integers(0, 255),
)
batches = st.lists(
    st.one_of(st.lists(rows, max_size=10), st.integers(0, 4).map(lambda day: day * DAY_US)), max_size=8
)


async def taken_of(history: EmbeddedHistory, data: Path) -> tuple[Taken, Path]:
    scratch = data / "tables"
    scratch.mkdir()
    return await tables_taken(history, scratch), scratch


def built(taken: Taken, scratch: Path, months: Path, to: Path) -> EmbeddedHistory:
    """Build a history of what was taken, as a restore does."""
    tables, files = to / "tables", to / FOLDER
    for folder in (to, tables, files):
        folder.mkdir()
    for table in scratch.iterdir():
        (tables / table.name).write_bytes(table.read_bytes())
    for segment in taken.segments:
        (files / segment.file).write_bytes((months / segment.file).read_bytes())
    build(to / "readings.duckdb", tables, taken.schema, taken.rows)
    history = EmbeddedHistory.open(to / "readings.duckdb")
    history.series_ids(PLANT, TAGS)
    return history


async def contents(history: EmbeddedHistory) -> list[tuple[bytes, ...]]:
    """Every sample that holds, and every one that was ever committed, to the last bit."""
    found = [bits(await history.samples(tag, *FOREVER)) for tag in TAGS]
    after = 0
    while committed := history.committed_after(after):
        for batch in committed:
            head = f"{batch.number} {batch.committed_us}".encode()
            order = np.lexsort((batch.samples.times_us, batch.samples.series))
            found.append((head, *bits(batch.samples.select(order))))
        after = committed[-1].number
    return found


def reached(history: EmbeddedHistory, number: int) -> None:
    while history.last_number < number:
        time.sleep(0.001)


def bits(samples: SampleBatch) -> tuple[bytes, ...]:
    columns = (samples.series, samples.times_us, samples.values, samples.quality)
    return tuple(column.tobytes() for column in columns)


@settings(max_examples=8, deadline=None)
@given(batches)
def test_whatever_a_history_holds_is_the_same_built_again(
    steps: list[list[tuple[int, int, float | None, int]] | int],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, elsewhere = Path(folder) / "data", Path(folder) / "elsewhere"
        history = EmbeddedHistory.open(data / "readings.duckdb")
        history.series_ids(PLANT, TAGS)
        for number, step in enumerate(steps):
            if isinstance(step, int):
                history.compact(step, 0)
            else:
                history.commit(batch_of({row[:2]: row for row in step}.values()), number)
        taken, scratch = asyncio.run(taken_of(history, data))
        again = built(taken, scratch, data / FOLDER, elsewhere)

        assert asyncio.run(contents(again)) == asyncio.run(contents(history))
        assert (again.last_number, again.last_committed_us) == (
            history.last_number,
            history.last_committed_us,
        )
        assert bits(again.latest()) == bits(history.latest())
        again.close()
        history.close()


async def test_batches_go_on_being_committed_and_only_those_before_are_in_it(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            number = history.last_number
            times = np.arange(50) + number * 50
            history.commit(SampleBatch.of(1, times, np.sqrt(times), 192), number)

    writing = asyncio.create_task(asyncio.to_thread(write))
    await asyncio.to_thread(reached, history, 20)
    taken, scratch = await taken_of(history, file.parent)
    await asyncio.to_thread(reached, history, taken.last_batch + 1)
    over.set()
    await writing

    again = built(taken, scratch, file.parent / FOLDER, tmp_path / "again")
    found = await again.samples("AE_DO1", *FOREVER)
    times = np.arange(taken.last_batch * 50)
    assert bits(found) == bits(SampleBatch.of(1, times, np.sqrt(times), 192))
    assert again.commit(batch_of([(1, 10**9, 1.0, 192)]), 0).number == taken.last_batch + 1
    again.close()


async def test_a_month_file_that_is_replaced_stays_while_it_is_needed(
    history: EmbeddedHistory, file: Path
) -> None:
    history.commit(batch_of([(1, 0, 1.0, 192), (1, DAY_US, 2.0, 192)]), 0)
    history.compact(2 * DAY_US, 0)
    with history.month_files_kept():
        listed = await history.answer(lambda snapshot: snapshot.segments.items)
        for late in (1, 2):
            history.commit(batch_of([(1, late, 3.0, 192)]), 1)
            history.compact(2 * DAY_US, 0)
        there = [(file.parent / FOLDER / item.file).exists() for item in listed]
    history.compact(2 * DAY_US, 0)

    assert there == [True, True]
    assert not (file.parent / FOLDER / listed[0].file).exists()


async def test_marks_hold_in_what_is_built_again_and_can_be_taken_back(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    history.commit(batch_of([(1, at, float(at), 192) for at in (1, 2, 3)]), 0)
    mark = await entries_at(history, DAY_US).mark("AE_DO1", 2, DAY_US, MarkKind.FAULT, "故障", WANG)
    history.compact(DAY_US, 0)

    taken, scratch = await taken_of(history, file.parent)
    again = built(taken, scratch, file.parent / FOLDER, tmp_path / "again")
    again.commit(batch_of([(1, 3, 3.5, 64), (1, 4, 4.0, 192)]), 0)
    marked = await again.samples("AE_DO1", *FOREVER)
    await entries_at(again, DAY_US).withdraw(mark.id, "误标", WANG)

    assert marked.quality.tolist() == [192, 12, 12, 12]
    assert rows_of(await again.samples("AE_DO1", *FOREVER)) == [
        (1, 1, 1.0, 192), (1, 2, 2.0, 192), (1, 3, 3.5, 64), (1, 4, 4.0, 192)
    ]  # fmt: skip
    again.close()


async def test_every_table_there_is_is_taken(history: EmbeddedHistory, file: Path) -> None:
    taken, scratch = await taken_of(history, file.parent)
    tables = await history.answer(
        lambda snapshot: snapshot.cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    )

    assert set(taken.rows) == {name for (name,) in tables}
    assert {path.stem for path in scratch.iterdir()} == set(taken.rows)


def test_tables_of_the_first_schema_are_brought_up_to_date(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    made = {
        "schema_version": "SELECT 1::INTEGER AS version",
        "series": f"SELECT 1::INTEGER AS id, '{PLANT}' AS plant, 'AE_DO1' AS tag, 1::BIGINT AS since_batch",
        "batches": "SELECT 1::BIGINT AS number, 7::BIGINT AS committed_us, 1::INTEGER AS rows",
        "readings": "SELECT 1::BIGINT AS batch, 1::INTEGER AS series, 5::BIGINT AS t_us,"
        " 2.5::DOUBLE AS value, 192::UTINYINT AS quality",
        "overlay": "SELECT 1::BIGINT AS batch, 1::INTEGER AS series, 5::BIGINT AS t_us, 2.5::DOUBLE AS value,"
        " 192::UTINYINT AS quality, true AS replaces LIMIT 0",
        "newest": "SELECT 1::INTEGER AS series, 5::BIGINT AS t_us, 2.5::DOUBLE AS value,"
        " 192::UTINYINT AS quality, 1::BIGINT AS through LIMIT 0",
    }
    with duckdb.connect() as connection:
        for table, query in made.items():
            connection.execute(f"COPY ({query}) TO '{tables / table}.parquet' (FORMAT parquet)")
    counts = {table: 0 if "LIMIT 0" in query else 1 for table, query in made.items()}

    build(tmp_path / "readings.duckdb", tables, 1, counts)

    history = EmbeddedHistory.open(tmp_path / "readings.duckdb")
    assert history.series_ids(PLANT, ["AE_DO1"]) == {"AE_DO1": 1}
    assert bits(history.latest()) == bits(SampleBatch.of([1], [5], [2.5], 192))
    history.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"version 99, this Outfall knows \d+: take the Outfall"):
        build(tmp_path / "readings.duckdb", tmp_path, 99, {})


async def test_a_table_with_other_rows_than_were_written_is_refused(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    taken, scratch = await taken_of(history, file.parent)
    changed = Taken(taken.schema, 0, {**taken.rows, "series": 3}, ())

    with pytest.raises(StoreError, match=r"series\.parquet: has 2 rows, 3 were written"):
        built(changed, scratch, file.parent / FOLDER, tmp_path / "again")
