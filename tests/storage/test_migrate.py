"""Bringing a store to the newest schema, on SQLite and on PostgreSQL."""

import multiprocessing
import subprocess
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, inspect, select, text

from alarms.notify.tables import push
from alarms.tables import journal, state
from history.influx.cursor import CursorRepository, Letter
from history.influx.progress import Interval, Progress
from storage.engine import open_engine, sqlite_url
from storage.migrate import _FOLDER, migrate
from storage.schema import StoreKind, node_metadata
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError


def test_a_new_store_gets_the_tables_that_are_declared(engine: Engine) -> None:
    migrate(engine, StoreKind.NODE)

    with reading(engine) as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) >= set(node_metadata.tables)
        for table in node_metadata.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}
            uniques = {str(unique["name"]) for unique in found.get_unique_constraints(table.name)}
            assert len(uniques) == {journal: 2, push: 2}.get(table, 0)
            indexes = {index["name"] for index in found.get_indexes(table.name)} - uniques
            assert indexes == {index.name for index in table.indexes}


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine, StoreKind.NODE)
    with writing(engine) as connection:
        row = {"id": 1, "evaluated_through": 7, "saved_us": 1, "snapshot": b"s", "journal_seq": 0}
        connection.execute(state.insert(), row | {"journal_hash": bytes(32)})

    migrate(engine, StoreKind.NODE)

    with reading(engine) as connection:
        assert connection.execute(select(state.c.evaluated_through)).scalar_one() == 7


def test_a_schema_of_a_newer_product_is_refused_and_left_alone(engine: Engine) -> None:
    migrate(engine, StoreKind.NODE)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '2031_01_01_0900_future'"))

    with pytest.raises(StoreError, match=r"2031_01_01_0900_future.*newer Outfall.*restore a backup"):
        migrate(engine, StoreKind.NODE)

    with reading(engine) as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert version == "2031_01_01_0900_future"


def _migrate_in_step(url: str, start: Barrier) -> None:
    engine = open_engine(url)
    start.wait(timeout=8)
    migrate(engine, StoreKind.NODE)
    engine.dispose()


def test_processes_that_start_at_once_take_turns(url: URL) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    rendered = url.render_as_string(hide_password=False)
    processes = [context.Process(target=_migrate_in_step, args=(rendered, start)) for _ in range(3)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_a_file_that_is_no_store_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "node.sqlite"
    file.write_bytes(b"not a database at all, but long enough to look at" * 100)
    engine = open_engine(sqlite_url(file))

    with pytest.raises(StoreError, match=r"node\.sqlite.*not a database"):
        migrate(engine, StoreKind.NODE)

    engine.dispose()


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "missing" / "node.sqlite"))

    with pytest.raises(StoreError, match="unable to open database file"):
        migrate(engine, StoreKind.NODE)

    engine.dispose()


def test_alembic_is_not_loaded_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    file = tmp_path / "node.sqlite"
    engine = open_engine(sqlite_url(file))
    migrate(engine, StoreKind.NODE)
    engine.dispose()
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from storage.engine import open_engine, sqlite_url\nfrom storage.migrate import migrate\n"
        "from storage.schema import StoreKind\n"
        f"migrate(open_engine(sqlite_url(Path({str(file)!r}))), StoreKind.NODE)\n"
        "assert 'alembic' not in sys.modules\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=9)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", StoreKind)
def test_every_revision_is_named_as_its_file_and_fits_the_version_table(kind: StoreKind) -> None:
    from alembic.script import ScriptDirectory

    scripts = list(ScriptDirectory.from_config(scripts_of(kind)).walk_revisions())

    named = [(script.revision, Path(script.path).stem) for script in scripts]
    assert [revision for revision, _ in named] == sorted((stem for _, stem in named), reverse=True)
    assert [len(revision) for revision, _ in named if len(revision) > 32] == []


def test_going_back_keeps_what_a_target_refused_and_is_still_to_be_sent(engine: Engine) -> None:
    migrate(engine, StoreKind.NODE)
    CursorRepository(engine, "influxdb", "a").save(
        Progress(9, (Interval(3, 5, (2, 77)), Interval(7, 8))), [Letter("P0", 1, "line", "why")], 1, 1
    )
    with writing(engine) as connection:
        config = scripts_of(StoreKind.NODE)
        config.attributes["connection"] = connection
        command.downgrade(config, "2026_11_21_1200_replication")

    with reading(engine) as connection:
        asked = text('SELECT "after", through FROM replication_pending ORDER BY "after"')
        assert connection.execute(asked).all() == [(3, 5), (7, 8)]
        assert connection.execute(text("SELECT tag FROM replication_dead_letters")).all() == [("P0",)]
        assert connection.execute(text("SELECT live FROM replication_targets")).all() == [(9,)]
    migrate(engine, StoreKind.NODE)
    assert CursorRepository(engine, "influxdb", "a").load().progress == Progress(
        9, (Interval(3, 5), Interval(7, 8))
    )


def scripts_of(kind: StoreKind) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER / kind.value))
    config.set_main_option("path_separator", "newline")
    return config
