from pathlib import Path

import pytest
from sqlalchemy import text

from collectors.quarantine import KeptPoint
from collectors.quarantine_store import QuarantineStore
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from storage.unit_of_work import writing
from telemetry.errors import StoreError

BAD = KeptPoint("A", "plc:502/1 FC03 7+1", "illegal data address", 4, 1, 60_000_001, 60_000_000)
SILENT = KeptPoint("B", "plc:502/1 FC03 9+2", "no answer within 1 s", 24, 2, 120_000_002, 120_000_000)


async def test_what_a_channel_leaves_out_is_replaced_as_a_whole_and_others_stay(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    await QuarantineStore(engine).note("PLC1", [SILENT, BAD])
    await QuarantineStore(engine).note("GW1.FM1", [BAD])
    engine.dispose()

    again = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    store = QuarantineStore(again)
    assert await store.kept("PLC1") == [BAD, SILENT]
    assert await store.kept("GW1.FM2") == []
    await store.note("PLC1", [])
    assert await store.kept("PLC1") == []
    assert await store.kept("GW1.FM1") == [BAD]
    again.dispose()


async def test_a_store_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE quarantined_point"))

    with pytest.raises(StoreError, match="not written"):
        await QuarantineStore(engine).note("PLC1", [BAD])
    with pytest.raises(StoreError, match="not read"):
        await QuarantineStore(engine).kept("PLC1")
    engine.dispose()
