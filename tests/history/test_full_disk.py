import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from history.embedded import EmbeddedHistory
from tests.history.filling import ROWS

ROOT = Path(__file__).parents[2]


@pytest.mark.system
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("limit_bytes", "log_mb", "checkpoints_fail"),
    [(1_500_000, 100, False), (3_000_000, 0.3, True)],
    ids=["the log is full", "a checkpoint finds no room"],
)
def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_acknowledged_is_lost(
    file: Path, limit_bytes: int, log_mb: float, checkpoints_fail: bool
) -> None:
    command = [sys.executable, "-m", "tests.history.filling", str(file), str(limit_bytes), str(log_mb)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    node = json.loads(run.stdout)

    assert "not written:" in node["before"]["failing"]
    assert "File too large" in node["before"]["failing"]
    assert node["during"]["failing"] is not None
    assert node["during"]["acknowledged"] == node["before"]["acknowledged"]
    assert node["during"]["readable"] == node["before"]["acknowledged"] * ROWS
    assert node["after"] == {"failing": None, "lost": 0}
    assert run.stderr.count("retrying, nothing is acknowledged meanwhile") == 1
    assert run.stderr.count("readings are kept in its log meanwhile") == checkpoints_fail

    history = EmbeddedHistory.open(file)
    times = [batch.samples.times_us for batch in history.committed_after(0)]
    history.close()
    kept = np.concatenate(times)
    assert node["reported"] == list(range(1, history.last_number + 1))
    assert np.array_equal(kept, np.arange(len(kept)))
    assert node["acknowledged"] == list(range(0, len(kept), ROWS))
