from pathlib import Path

import pytest

from tests.docs.pages import SET_UP, titled


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """The plant folder of docs/how-to/set-up-a-plant.md, as the page has it."""
    folder = tmp_path / "my-plant"
    folder.mkdir()
    for title, text in titled(SET_UP).items():
        if "." in title:
            (folder / title).write_text(text, "utf-8")
    return folder
