from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from storage.engine import open_engine, sqlite_url
from tests.postgresql import postgresql_cluster, postgresql_url

__all__ = ["postgresql_cluster", "postgresql_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "store.sqlite")
    found: URL = request.getfixturevalue("postgresql_url")
    return found


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()
