import math
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.data_disk import RESERVE_MB, DataDisk

MB = 1 << 20


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_reserve_takes_its_room_and_gives_it_back_once(tmp_path: Path) -> None:
    disk = DataDisk(tmp_path / "reserve")

    taken = [disk.reserve(), disk.reserve()]
    blocks = (tmp_path / "reserve").stat().st_blocks * 512
    held = disk.reserved
    given = [disk.give_up(), disk.give_up()]

    assert (taken, held, given, disk.reserved) == ([True, True], True, [True, False], False)
    assert blocks >= RESERVE_MB * MB


def test_a_reserve_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    disk = DataDisk(tmp_path / "reserve")

    with files_at_most(MB):
        assert not disk.reserve()

    assert list(tmp_path.iterdir()) == []
    assert disk.reserve()


def test_a_reserve_that_takes_no_room_is_taken_anew(tmp_path: Path) -> None:
    with (tmp_path / "reserve").open("wb") as file:
        file.truncate(RESERVE_MB * MB)

    assert DataDisk(tmp_path / "reserve").reserve()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= RESERVE_MB * MB


def test_a_disk_tells_what_is_left_and_one_that_is_gone_that_it_does_not_know(tmp_path: Path) -> None:
    assert DataDisk(tmp_path / "reserve").free_mb > 0
    assert math.isnan(DataDisk(tmp_path / "gone" / "reserve").free_mb)
