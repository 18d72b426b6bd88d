"""What a node leaves behind when its stores are closed."""

import threading
from pathlib import Path

from app.build import opened_stores
from app.data import DataFolder
from tests.app.kept import PLANT
from tests.operations.logbook.images import photo


async def test_the_threads_of_a_node_end_with_its_stores(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with opened_stores(DataFolder(tmp_path), PLANT) as stores:
        kept = await stores.photos.made(photo())
        await stores.photos.keep(kept)
        await stores.photos.read(kept.sha256, as_small=True)
        assert any(thread.name.startswith("photos") for thread in threading.enumerate())

    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert {name for name in left if not name.startswith("asyncio")} == set()
