from collections.abc import Iterator
from pathlib import Path

import pytest

from history.embedded import EmbeddedHistory


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "readings.duckdb"


@pytest.fixture
def history(file: Path) -> Iterator[EmbeddedHistory]:
    """An open history that knows the series 1 and 2."""
    opened = EmbeddedHistory.open(file)
    opened.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"])
    yield opened
    opened.close()
