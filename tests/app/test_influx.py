"""`outfall influx resend`, beside a node or before it starts."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from app.cli import main
from app.data import DataFolder
from config.demo import DEMO_FOLDER
from history.influx.cursor import CursorRepository
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import to_us


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = copytree(DEMO_FOLDER, tmp_path / "plant")
    settings = made / "plant.yaml"
    settings.write_text(f"{settings.read_text()}\ninflux:\n  url: http://127.0.0.1:1\n  org: works\n")
    return made


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["influx", "resend", *map(str, arguments)])
    return int(ended.value.code or 0)


def asked(data: Path) -> dict[str, int | None]:
    """Return since when each target is to be sent again."""
    engine = open_engine(sqlite_url(DataFolder(data).node))
    try:
        found = {
            name: CursorRepository(engine, name, "").request()
            for name in ("influxdb", "influxdb-figures", "influxdb-judgements")
        }
    finally:
        engine.dispose()
    return {name: request.from_us if request else None for name, request in found.items()}


def test_what_was_asked_for_waits_in_the_nodes_store(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(sqlite_url(DataFolder(tmp_path).node))
    migrate(engine, StoreKind.NODE)
    engine.dispose()

    first = run(folder, "--data", tmp_path, "--target", "influxdb-figures", "--from", "2026-11-20T08:00")
    one = asked(tmp_path)
    second = run(folder, "--data", tmp_path)

    since_us = to_us(datetime(2026, 11, 20, tzinfo=UTC))
    assert (first, second) == (0, 0)
    assert one == {"influxdb": None, "influxdb-figures": since_us, "influxdb-judgements": None}
    assert asked(tmp_path) == {"influxdb": 0, "influxdb-figures": 0, "influxdb-judgements": 0}
    assert capsys.readouterr().out == (
        "influxdb-figures: what came or changed since 2026-11-20 08:00:00 is sent again: at the next start\n"
        "influxdb, influxdb-figures and influxdb-judgements: everything is sent again: at the next start\n"
    )


def test_data_of_no_node_and_a_time_that_is_none_are_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--data", tmp_path / "nothing") == 1
    assert "holds no node's data; name its folder with --data" in capsys.readouterr().err
    assert run(folder, "--from", "yesterday") == 2
    assert "is not a time; write YYYY-MM-DDTHH:MM" in capsys.readouterr().err
