from collections.abc import Iterator
from pathlib import Path

import pytest

from app.build import Stores
from app.data import DataFolder
from app.integrity_check import IntegrityCheck
from operations.ledger import Ledger
from storage.engine import open_engine
from telemetry.clock import SystemClock
from tests.app.kept import PLANT, node_data, put_past_the_ledger

Kept = tuple[DataFolder, Stores]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with node_data(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def check(kept: Kept) -> IntegrityCheck:
    return IntegrityCheck(kept[0], kept[1].history)


async def test_data_as_it_was_written_is_nothing_to_speak_of(
    check: IntegrityCheck, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        await check.look()

    assert check.broken is None
    assert caplog.records == []


async def test_a_damaged_month_file_is_found_in_its_turn_said_once_and_forgiven_when_mended(
    kept: Kept, check: IntegrityCheck, caplog: pytest.LogCaptureFixture
) -> None:
    second = sorted((kept[0].path / "months").iterdir())[1]
    whole = second.read_bytes()
    second.write_bytes(whole[:-1] + b"\0")
    found = []
    for _ in range(4):
        await check.look()
        found.append(check.broken)
    second.write_bytes(whole)
    for _ in range(2):
        await check.look()

    damaged = f"months/{second.name}: is not as it was written"
    assert found == [None, damaged, damaged, damaged]
    assert check.broken is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_damaged_file_that_another_took_the_place_of_is_forgotten(
    kept: Kept, check: IntegrityCheck
) -> None:
    first = min((kept[0].path / "months").iterdir())
    whole = first.read_bytes()
    first.write_bytes(whole[:-1] + b"\0")
    await check.look()
    damaged = check.broken
    first.write_bytes(whole)
    kept[1].history.retire("process", 10**18, 0)
    await check.look()

    assert damaged is not None
    assert check.broken is None


async def test_a_damaged_sqlite_store_is_found(kept: Kept, check: IntegrityCheck) -> None:
    people = kept[0].people
    kept[1].accounts.close()
    people.with_name("people.sqlite-wal").unlink(missing_ok=True)
    people.write_bytes(people.read_bytes()[:-4096] + b"\xa5" * 4096)

    await check.look()

    assert check.broken is not None
    assert check.broken.startswith("people.sqlite: ")


async def test_records_put_past_the_ledger_are_told_once_and_readings_go_on(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(kept[1].people.engine, SystemClock(), plant=PLANT.plant.id, node=PLANT.node)
    check = IntegrityCheck(kept[0], kept[1].history, ledger)
    await check.look()
    assert (check.records_broken, caplog.records) == (None, [])
    put_past_the_ledger(ledger.engine)
    for _ in range(49):
        await check.look()

    assert check.records_broken is not None
    assert check.records_broken.startswith("log_entry: ")
    assert check.broken is None, "the node stays ready"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_ledger_that_is_away_is_not_damaged_and_is_looked_at_again(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine("postgresql+psycopg://x@127.0.0.1:1/x")
    ledger = Ledger(engine, SystemClock(), plant=PLANT.plant.id, node=PLANT.node)
    check = IntegrityCheck(kept[0], kept[1].history, ledger)
    for _ in range(2):
        await check.look()
    engine.dispose()

    assert (check.records_broken, check.broken) == (None, None)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
