"""Files that cannot be opened: each says why and what to do, and stays as it is."""

import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from history.embedded import EmbeddedHistory
from telemetry.errors import StoreError
from tests.contracts.samples import batch_of
from tests.history.files import contents, copied, log_of

BATCH_ROWS = 1000
HOLD = """
import sys
from pathlib import Path
from history.embedded import EmbeddedHistory
history = EmbeddedHistory.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def killed(file: Path, tmp_path: Path) -> Path:
    """A file of five batches with a log of three more, as a kill leaves them."""
    chance = random.Random(1)
    for numbers in (range(5), range(5, 8)):
        history = EmbeddedHistory.open(file)
        history.series_ids("fangcheng1", ["AE_DO1"])
        for n in numbers:
            rows = [(1, n * BATCH_ROWS + k, chance.random(), 192) for k in range(BATCH_ROWS)]
            history.commit(batch_of(rows), n)
        if n == 7:
            left = copied(file, tmp_path / "killed")
        history.close()
    return left


def last_number(file: Path) -> int:
    history = EmbeddedHistory.open(file)
    history.close()
    return history.last_number


def assert_refused(file: Path, *words: str) -> None:
    before = contents(file)
    with pytest.raises(StoreError) as refused:
        EmbeddedHistory.open(file)
    text = str(refused.value)
    assert str(file) in text
    assert [word for word in words if word not in text] == [], text
    assert contents(file) == before


def test_a_file_and_its_log_are_read_back(killed: Path) -> None:
    assert last_number(killed) == 8


def test_another_process_that_has_it_open_is_named(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            with pytest.raises(StoreError, match=rf"process {holder.pid} has it open; end that node first"):
                EmbeddedHistory.open(file)
        finally:
            holder.communicate("")
    assert last_number(file) == 0


def test_a_newer_schema_is_refused(file: Path) -> None:
    EmbeddedHistory.open(file).close()
    with duckdb.connect(file) as connection:
        connection.execute("UPDATE schema_version SET version = 99")

    assert_refused(file, "version 99", "written by a newer Outfall", "restore a backup")


def test_a_file_of_something_else_is_refused(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"SQLite format 3\0" * 1000)

    assert_refused(file, "restore a backup", "left as it is")


def test_a_file_cut_short_is_refused(killed: Path) -> None:
    log_of(killed).unlink()
    killed.write_bytes(killed.read_bytes()[:200_000])

    assert_refused(killed, "restore a backup")


@pytest.mark.parametrize("at", [10, 100, 5000, 9000])
def test_a_damaged_head_is_refused(killed: Path, at: int) -> None:
    damaged = bytearray(killed.read_bytes())
    damaged[at : at + 40] = random.Random(at).randbytes(40)
    killed.write_bytes(damaged)

    assert_refused(killed, "restore a backup")


def test_a_log_damaged_in_the_middle_is_refused_and_what_moving_it_away_costs_is_said(killed: Path) -> None:
    log = log_of(killed)
    damaged = bytearray(log.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    log.write_bytes(damaged)

    assert_refused(killed, f"{log}:", "restore a backup, or move this file away", "loses the readings")
    log.unlink()
    assert last_number(killed) == 5


@pytest.mark.parametrize(("cut", "left"), [(1, 7), (BATCH_ROWS, 7), (40_000, 6)])
def test_a_log_torn_at_its_end_gives_all_whole_batches(killed: Path, cut: int, left: int) -> None:
    log = log_of(killed)
    log.write_bytes(log.read_bytes()[:-cut])

    assert last_number(killed) == left
    history = EmbeddedHistory.open(killed)
    history.series_ids("fangcheng1", ["AE_DO1"])
    assert history.commit(batch_of([(1, 10**9, 1.0, 192)]), 0).number == left + 1
    history.close()
    assert last_number(killed) == left + 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file")

    with pytest.raises(
        StoreError, match=f"{in_the_way}/deep: the folder cannot be made: Not a directory; name another"
    ):
        EmbeddedHistory.open(in_the_way / "deep" / "readings.duckdb")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs /sys, where not even root makes files")
def test_a_folder_one_may_not_write_to_is_named() -> None:
    with pytest.raises(StoreError, match=r"/sys/readings.duckdb: .*; give this account the right to write"):
        EmbeddedHistory.open(Path("/sys/readings.duckdb"))
