from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alarms.journal import JournalRepository
from tests.alarms.stores import node_engine, repository


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Engine]:
    engine = node_engine(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def journal(node: Engine) -> JournalRepository:
    return repository(node)
