from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from alarms.journal import JournalRepository
from app.journal_check import JournalCheck
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from storage.unit_of_work import writing
from tests.alarms.plants import T0
from tests.alarms.stores import entry, progress, transition


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    yield engine
    engine.dispose()


@pytest.fixture
def check(node: Engine) -> JournalCheck:
    journal = JournalRepository(node, plant="fangcheng1", node="node1")
    journal.write([entry(transition())], progress(), T0)
    return JournalCheck(journal)


async def test_a_journal_as_it_was_written_is_nothing_to_speak_of(check: JournalCheck) -> None:
    await check.look()

    assert check.broken is None


async def test_a_record_changed_behind_the_nodes_back_is_seen_and_said_once(
    node: Engine, check: JournalCheck, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(node) as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        for name in names.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE alarm_journal SET value = 3.9"))

    await check.look()
    await check.look()

    assert check.broken == "alarm journal: record 1 was changed after it was written"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
