"""The demo from its command to its first stored reading, and what it needs once it runs."""

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.node import Node, cpu_during, running, until
from bench.processes import children, cpu_s, resident_mb
from bench.report import Figure, Section

TAG: Final = "AE_DO1"


@dataclass(frozen=True, slots=True)
class Size:
    """How often it is started, and how long it is left alone; seconds."""

    starts: int
    settle_s: float
    rest_s: float
    lived_s: float
    """How long its people may take for the month before; 0 does not wait for them."""


FULL = Size(starts=3, settle_s=40, rest_s=30, lived_s=600)
TINY = Size(starts=1, settle_s=0.1, rest_s=0.3, lived_s=0)


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the command until each was so, and the CPU seconds of the node until the last."""

    address: float
    live: float
    reading: float
    cpu: float


def measure(tiny: bool = False) -> Section:
    """Return how long a start takes and what the running demo needs; nothing stands beside."""
    size = TINY if tiny else FULL
    starts, rest = [], []
    for number in range(size.starts):
        last = number == size.starts - 1
        with tempfile.TemporaryDirectory() as place, running(_demo(Path(place))) as node:
            starts.append(_start(node))
            if last:
                rest = _at_rest(node, Path(place) / "data", size)
    figures = [
        Figure("command to address printed", "s", median(start.address for start in starts)),
        Figure("command to /health/live", "s", median(start.live for start in starts)),
        Figure("command to first stored reading in the API", "s", median(start.reading for start in starts)),
        Figure("the same: CPU of the node", "s", median(start.cpu for start in starts)),
        *rest,
    ]
    return Section(
        "start", "`outfall demo`, first start on an empty data folder; times are real, not CPU", figures
    )


def _demo(data: Path) -> list[str | Path]:
    return ["demo", "--port", "0", "--data", data / "data"]


def _start(node: Node) -> Start:
    until(lambda: node.http.get("/health/live").status_code == 200 or None, "live")
    live = time.monotonic()
    node.sign_in("operator", "demo")
    until(lambda: node.latest(TAG), f"{TAG} was read")
    return Start(node.seen - node.begun, live - node.begun, time.monotonic() - node.begun, cpu_s(node.pid))


def _is_lived(file: Path) -> bool:
    try:
        noted = json.loads(file.read_text("utf-8"))
    except OSError:
        return False
    return bool(noted["through_us"] >= noted["begun_us"])


def _at_rest(node: Node, data: Path, size: Size) -> list[Figure]:
    until(lambda: True if not (data / "past.json").exists() else None, "the history is there", 300, 0.5)
    if size.lived_s:
        until(
            lambda: _is_lived(data / "life.json") or None, "its people have done their month", size.lived_s, 1
        )
    time.sleep(size.settle_s)
    below = children(node.pid)
    before = sum(cpu_s(pid) for pid in below)
    used = cpu_during(node.pid, size.rest_s)
    simulated = sum(cpu_s(pid) for pid in below) - before
    lag_ms = node.metric("outfall_loop_lag_seconds") * 1e3
    points = node.metric("outfall_points")
    return [
        Figure(f"node at rest, {points:.0f} points: CPU of a core", "%", used / size.rest_s * 100),
        Figure("node at rest: memory", "MB", resident_mb(node.pid)),
        Figure("node at rest: worst lag of the event loop in a minute", "ms", lag_ms),
        Figure("simulated plant and broker: CPU of a core", "%", simulated / size.rest_s * 100),
    ]
