"""The history a demo's first start fills in: how soon it is there, and what it costs what is live."""

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from bench.node import Node, running, until
from bench.processes import children, cpu_s, resident_mb
from bench.report import Figure, Section
from history.segments import FOLDER

TAG: Final = "AE_DO1"
FAST: Final = "BL_B201A_ST"
_LONGEST_S: Final = 300.0


@dataclass(slots=True)
class Made:
    """What was seen while the history was made; seconds since the command."""

    day_s: float = 0.0
    whole_s: float = 0.0
    child_cpu_s: float = 0.0
    child_mb: float = 0.0
    oldest_s: float = 0.0


def measure(tiny: bool = False) -> Section:
    """Return how the history comes; `tiny` ends with its last day instead of all of it."""
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        with running(["demo", "--port", "0", "--data", data]) as node:
            made = _watched(node, data, tiny)
            lag_ms = node.metric("outfall_loop_lag_seconds") * 1e3
        rows, size = _stored(data)
    figures = [
        Figure("command to the last 24 h in the API", "s", made.day_s),
        *([] if tiny else [Figure("command to all 31 days", "s", made.whole_s)]),
        Figure("the process that makes it: CPU", "s", made.child_cpu_s),
        Figure("the process that makes it: memory", "MB", made.child_mb),
        Figure("meanwhile: oldest that a reading polled every 0.5 s became", "s", made.oldest_s),
        Figure("meanwhile: worst lag of the event loop", "ms", lag_ms),
        Figure("samples", "M", rows / 1e6),
        Figure("size on disk, a sample", "bytes", size / max(rows, 1)),
    ]
    return Section("past", "`outfall demo`, first start on an empty data folder, while it is read", figures)


def _watched(node: Node, data: Path, tiny: bool) -> Made:
    made = Made()
    node.sign_in("operator", "demo")
    until(lambda: node.latest(TAG), f"{TAG} was read")
    while time.monotonic() - node.begun < _LONGEST_S:
        _look(node, made)
        if not made.day_s and _day_is_there(node):
            made.day_s = time.monotonic() - node.begun
        if made.day_s and (tiny or not (data / "past.json").exists()):
            made.whole_s = time.monotonic() - node.begun
            return made
        time.sleep(0.1)
    raise TimeoutError("the history is not there")


def _look(node: Node, made: Made) -> None:
    for child in children(node.pid):
        try:
            if b"past_files" in Path(f"/proc/{child}/cmdline").read_bytes():
                made.child_cpu_s = cpu_s(child)
                made.child_mb = max(made.child_mb, resident_mb(child))
        except (FileNotFoundError, ProcessLookupError):
            continue
    answer = node.http.get("/api/v1/readings/latest", params={"tag": FAST}).json()["items"][0]
    age = datetime.now(UTC) - datetime.fromisoformat(answer["time"])
    made.oldest_s = max(made.oldest_s, age.total_seconds())


def _day_is_there(node: Node) -> bool:
    now = datetime.now(UTC)
    asked = {"from": (now - timedelta(hours=24)).isoformat(), "to": now.isoformat()}
    answer = node.http.get("/api/v1/readings", params={"point": TAG, "every": "1h", "limit": "50", **asked})
    return len(answer.json()["items"]) >= 24


def _stored(data: Path) -> tuple[int, int]:
    """Return how many samples the month files hold, and their bytes."""
    files = list((data / FOLDER).glob("*.parquet"))
    asked = [[str(file) for file in files]]
    found = duckdb.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", asked).fetchone()
    assert found is not None
    return int(found[0]), sum(file.stat().st_size for file in files)
