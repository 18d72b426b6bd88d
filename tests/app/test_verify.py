"""What `outfall verify` finds, and what it tells."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from app.build import Stores
from app.cli import main
from app.data import DataFolder
from app.verify import table_of, verified
from history.database import Database
from history.integrity import Finding
from operations.ledger import Ledger
from reports.archive import About, Archive, FileOf, report_id
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from storage.unit_of_work import writing
from telemetry.clock import SystemClock
from tests.app.kept import DAY_US, PLANT, node_data, put_past_the_ledger, write_a_log_entry
from tests.postgresql import postgresql_cluster, postgresql_url

__all__ = ["postgresql_cluster", "postgresql_url"]

Kept = tuple[DataFolder, Stores]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with node_data(tmp_path / "data") as opened:
        yield opened


async def wrong(kept: Kept) -> dict[str, str]:
    return {item.part: item.wrong for item in await verified(kept[0], kept[1].history) if item.wrong}


def months(kept: Kept) -> list[Path]:
    return sorted((kept[0].path / "months").iterdir())


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def book(kept: Kept) -> Ledger:
    return Ledger(kept[1].people.engine, SystemClock(), plant=PLANT.plant.id, node=PLANT.node)


def command(data: Path) -> int:
    """Run `outfall verify` on a folder and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", "--data", str(data)])
    return int(str(ended.value.code))


async def test_data_as_it_was_written_is_told_part_by_part(kept: Kept) -> None:
    findings = await verified(kept[0], kept[1].history)

    assert [(item.part, item.wrong) for item in findings] == [
        ("node.sqlite", None),
        ("alarm journal", None),
        ("people.sqlite", None),
        ("ledger", None),
        ("photos/", None),
        ("readings.duckdb", None),
        ("months/", None),
    ]
    assert findings[1].found == "1 records"
    head = book(kept).head()
    assert findings[3].found == f"{PLANT.node} to record 2 ({head.short})"
    assert findings[4].found == "1 photos"
    assert findings[6].found == "2 files, 50 rows"


async def test_a_record_put_there_past_the_ledger_is_seen(kept: Kept) -> None:
    put_past_the_ledger(kept[1].people.engine)

    found = await wrong(kept)

    assert list(found) == ["ledger"]
    assert "log_entry: 00000000-0000-0000-0000-000000000009 was put there past the ledger" in found["ledger"]
    assert "find out who wrote to the people's store" in found["ledger"]


async def test_the_ledger_in_postgresql_is_looked_at_and_its_absence_is_said(
    kept: Kept, postgresql_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgresql_url)
    migrate(engine, StoreKind.PEOPLE)
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", postgresql_url.render_as_string(hide_password=False))
    write_a_log_entry(Ledger(engine, SystemClock(), plant=PLANT.plant.id, node="n1"))
    well = await wrong(kept)
    put_past_the_ledger(engine)
    damaged = await wrong(kept)
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", "postgresql+psycopg://x@127.0.0.1:1/x")
    away = await wrong(kept)
    engine.dispose()

    assert "ledger" not in well
    assert "was put there past the ledger" in damaged["ledger"]
    assert away["ledger"].startswith("cannot be looked at: ")


async def test_a_photo_that_is_damaged_or_gone_is_named(kept: Kept) -> None:
    [photo] = kept[0].path.glob("photos/*/*.jpg")
    name = str(photo.relative_to(kept[0].path))
    flip(photo)
    damaged = await wrong(kept)
    photo.unlink()
    gone = await wrong(kept)

    assert list(damaged) == list(gone) == ["photos/", name]
    assert damaged[name].startswith("is not as it was written; put it back from a backup's photos/")
    assert gone[name].startswith("is not there; put it back")


async def test_a_report_that_was_changed_is_named(kept: Kept) -> None:
    archive = Archive(kept[0].reports)
    with archive.partial() as folder:
        (folder / "report.json").write_bytes(b'{"month": "2026-10"}')
        (folder / "report.zh.pdf").write_bytes(b"%PDF-1.7 x")
        files = {
            file.name: FileOf(hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size)
            for file in folder.iterdir()
        }
        id = report_id("2026-10", files["report.json"].sha256)
        about_it = About(
            id,
            plant="p",
            month="2026-10",
            made_us=1,
            through_us=1,
            provisional=False,
            by=None,
            by_id=None,
            version="1",
            inputs_sha256="0" * 64,
            ledger_head=None,
            journal_head=None,
            lacking="",
            files=files,
        )
        archive.keep(folder, about_it)
    well = {item.part: item for item in await verified(kept[0], kept[1].history)}
    flip(kept[0].reports / id / "report.zh.pdf")
    about = kept[0].reports / id / "about.json"
    changed = await wrong(kept)
    (kept[0].reports / id / "report.json").write_bytes(b'{"month": "2026-09"}')
    told = hashlib.sha256(b'{"month": "2026-09"}').hexdigest()
    about.write_text(about.read_text("utf-8").replace(files["report.json"].sha256, told), "utf-8")
    forged = await wrong(kept)
    about.unlink()
    without = await wrong(kept)

    assert (well["reports/"].found, well["reports/"].wrong) == ("1 reports", None)
    assert list(changed) == ["reports/", f"reports/{id}/report.zh.pdf"]
    assert forged[f"reports/{id}/about.json"].startswith("is not of the report beside it; put it back")
    assert list(without) == ["reports/", f"reports/{id}"]


async def test_a_damaged_month_file_is_named_with_what_to_put_in_its_place(kept: Kept) -> None:
    first, second = months(kept)
    flip(first)
    second.unlink()

    found = await wrong(kept)

    assert list(found) == ["months/", f"months/{first.name}", f"months/{second.name}"]
    assert found["months/"] == "2 files are damaged"
    assert "is not as it was written; put it back from a backup's months/" in found[f"months/{first.name}"]
    assert "is not there; put it back" in found[f"months/{second.name}"]


@pytest.mark.parametrize("day", [0, 2])
async def test_a_sample_that_stands_twice_is_seen(kept: Kept, day: int) -> None:
    data, stores = kept
    stores.history.close()
    database = Database(data.readings, 64)
    with database.transaction() as connection:
        connection.execute("INSERT INTO readings VALUES (9, 1, ?, 1.0, 192)", [day * DAY_US])
    database.close()
    again = type(stores.history).open(data.readings)

    found = [item for item in await verified(data, again) if item.wrong]
    again.close()

    assert [(item.part, item.wrong and item.wrong.split(";")[0]) for item in found] == [
        ("readings.duckdb", "1 samples stand twice")
    ]


async def test_a_journal_changed_by_hand_is_seen(kept: Kept) -> None:
    engine = open_engine(sqlite_url(kept[0].node))
    with writing(engine) as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        for name in names.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE alarm_journal SET value = 3.9"))
    engine.dispose()

    found = await wrong(kept)

    assert list(found) == ["alarm journal"]
    assert "record 1 was changed after it was written; restore a backup" in found["alarm journal"]
    assert "find out who wrote to the data folder" in found["alarm journal"]


async def test_a_journal_that_is_ahead_of_the_history_is_seen(kept: Kept) -> None:
    engine = open_engine(sqlite_url(kept[0].node))
    with writing(engine) as connection:
        connection.execute(text("UPDATE alarm_state SET evaluated_through = 99"))
    engine.dispose()

    found = await wrong(kept)

    assert found["alarm journal"].startswith("judged through batch 99, but the history ends with 4")


def test_the_command_says_what_is_wrong_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with node_data(tmp_path / "data") as (data, _):
        pass
    code, well = command(data.path), capsys.readouterr()
    content = bytearray(data.readings.read_bytes())
    content[12_288:] = bytes(len(content) - 12_288)
    data.readings.write_bytes(content)
    damaged_code, damaged = command(data.path), capsys.readouterr()

    assert (code, well.out.count("as written"), well.err) == (0, 7, "")
    assert damaged_code == 1
    assert "readings.duckdb" in damaged.out
    assert "restore a backup" in damaged.out


def test_a_folder_without_data_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = command(tmp_path)

    assert code == 2
    assert "no node keeps its data here; name its folder with --data" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_a_line_a_part_and_then_what_is_wrong() -> None:
    lines = list(table_of([Finding("node.sqlite", "12 rows"), Finding("months/", "", "1 files are damaged")]))

    assert lines == [
        "node.sqlite  12 rows  as written",
        "months/               DAMAGED",
        "months/: 1 files are damaged",
    ]
