"""From a register's change in the simulated plant to the alarm in the journal, and to the API."""

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from app.control import ask
from app.data import DataFolder
from bench.node import Node, running, until
from bench.report import Figure, Section

EQUIPMENT: Final = "BL_B201A"
KEY: Final = "BL_B201A_ST.fault"
TRIPS: Final = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the trip's command to the sample that shows it, and to the alarm in the API."""

    sampled: float
    shown: float


def measure(tiny: bool = False) -> Section:
    """Trip a blower time and again, each time at another moment of the poll."""
    with tempfile.TemporaryDirectory() as place:
        data = DataFolder(Path(place) / "data")
        with running(["demo", "--no-history", "--port", "0", "--data", data.path]) as node:
            node.sign_in("operator", "demo")
            until(lambda: node.latest("BL_B201A_ST"), "the blower's status is read")
            trips = [_trip(node, data, number) for number in range(1 if tiny else TRIPS)]
    shown = sorted(trip.shown for trip in trips)
    figures = [
        Figure(
            "trip to the sample that shows it (poll 0.5 s), median", "s", median(t.sampled for t in trips)
        ),
        Figure("trip to the alarm in journal and API, median", "s", median(shown)),
        Figure("the same, worst", "s", shown[-1]),
    ]
    load = f"`outfall demo`, {len(trips)} trips of a blower; the alarm has no on-delay, times are real"
    return Section("alarm_latency", load, figures)


def _trip(node: Node, data: DataFolder, number: int) -> Latency:
    time.sleep(0.137 * (number % 7))
    begun, begun_at = time.monotonic(), time.time()
    _switch(data, active=True)
    alarm = until(lambda: _alarm(node), f"{KEY} is raised", every=0.005)
    shown = time.monotonic() - begun
    comment = {"comment": "bench"}
    node.http.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", json=comment)
    _switch(data, active=False)
    until(lambda: _alarm(node) is None or None, f"{KEY} returns")
    return Latency(datetime.fromisoformat(alarm["raised_at"]).timestamp() - begun_at, shown)


def _switch(data: DataFolder, active: bool) -> None:
    request = {"command": "fault", "fault": "blower_trip", "target": EQUIPMENT, "active": active}
    answer = ask(data.control, request)
    if "error" in answer:
        raise RuntimeError(str(answer["error"]))


def _alarm(node: Node) -> dict[str, Any] | None:
    items: list[dict[str, Any]] = node.http.get("/api/v1/alarms").json()["items"]
    return next((item for item in items if item["key"] == KEY), None)
