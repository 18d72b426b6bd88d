import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from history.embedded import EmbeddedHistory
from history.segments import FOLDER
from telemetry.samples import CommittedBatch
from tests.contracts.samples import rows_of
from tests.history.appending import STEP_US
from tests.history.files import log_of

ROOT = Path(__file__).parents[2]
KILLS = 20


def run_and_kill(file: Path, first: int, seconds: float) -> list[list[int]]:
    """Let a node append, kill it so long after its first batch; return what it acknowledged."""
    command = [sys.executable, "-m", "tests.history.appending", str(file), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        said = [node.stdout.readline()]
        time.sleep(seconds)
        node.kill()
        said += node.stdout.readlines()
    return [
        [int(word) for word in line.split()[1:]]
        for line in said
        if line.startswith("kept ") and line[-1] == "\n"
    ]


def stored(file: Path) -> list[CommittedBatch]:
    history = EmbeddedHistory.open(file)
    found: list[CommittedBatch] = []
    while batches := history.committed_after(found[-1].number if found else 0):
        found += batches
    assert history.last_number == len(found)
    history.close()
    return found


@pytest.mark.system
@pytest.mark.timeout(120)
def test_after_each_of_twenty_kills_nothing_acknowledged_is_missing_and_nothing_is_there_twice(
    file: Path,
) -> None:
    chance = random.Random(9)
    acknowledged: list[list[int]] = []
    first, logs_left, compacted = 0, 0, False
    for _ in range(KILLS):
        acknowledged += run_and_kill(file, first, chance.uniform(0.0, 0.6))
        logs_left += log_of(file).exists()

        batches = stored(file)

        assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
        rows = [row for batch in batches for row in rows_of(batch.samples)]
        assert len({row[:2] for row in rows}) == len(rows)
        assert all(value == time_us and quality == 192 for _, time_us, value, quality in rows)
        batch_of_row = {row[:2]: batch.number for batch in batches for row in rows_of(batch.samples)}
        for series, start, end, number in acknowledged:
            assert {batch_of_row.get((series, n * STEP_US)) for n in range(start, end)} == {number}
        first = max(batch.samples.latest_us for batch in batches) // STEP_US + 1
        compacted = compacted or any((file.parent / FOLDER).glob("*.parquet"))
    assert len(acknowledged) > 2 * KILLS
    assert logs_left > 0
    assert compacted
