"""A real InfluxDB 2 of our own, that can be killed and started again."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

from bench.free import free_port

ORG: Final = "works"
BUCKET: Final = "outfall"
TOKEN: Final = "bench-operator-token"


class Influxd:
    """One server with its data in a folder."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        data = self._folder
        self._process = subprocess.Popen(
            [
                self._program,
                *("--bolt-path", data / "influxd.bolt", "--sqlite-path", data / "influxd.sqlite"),
                *("--engine-path", data / "engine", "--http-bind-address", f"127.0.0.1:{self.port}"),
                *("--reporting-disabled", "--log-level", "error"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(1200):
            try:
                self.ask("GET", "/health")
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("influxd does not answer")

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def set_up(self) -> None:
        """Make its first user, organisation and bucket."""
        first = {"username": "admin", "password": "bench-admin", "org": ORG, "bucket": BUCKET, "token": TOKEN}
        self.ask("POST", "/api/v2/setup", json.dumps(first))

    def ask(self, method: str, path: str, body: str = "", kind: str = "application/json") -> str:
        """Return an answer; HTTPError for one that is none."""
        request = urllib.request.Request(self.url + path, body.encode() or None, method=method)
        request.add_header("Authorization", f"Token {TOKEN}")
        request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, timeout=600) as answer:
            text: str = answer.read().decode()
        return text

    def write(self, line: str) -> None:
        """Write a line of our own making, µs."""
        self.ask("POST", f"/api/v2/write?org={ORG}&bucket={BUCKET}&precision=us", line, "text/plain")

    def counts(self) -> dict[str, int]:
        """Return how many readings it holds of each point."""
        flux = (
            f'from(bucket: "{BUCKET}") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)'
            ' |> filter(fn: (r) => r._field == "quality") |> count() |> keep(columns: ["point", "_value"])'
        )
        answer = self.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux")
        return {row["point"]: int(row["_value"]) for row in _rows(answer)}

    def values(self, point: str, from_us: int, to_us: int) -> list[float]:
        """Return a point's values of a time, oldest first."""
        flux = (
            f'import "experimental" from(bucket: "{BUCKET}")'
            f" |> range(start: time(v: {from_us * 1000}), stop: time(v: {to_us * 1000}))"
            f' |> filter(fn: (r) => r._field == "value" and r.point == "{point}")'
            ' |> sort(columns: ["_time"]) |> keep(columns: ["_value"])'
        )
        answer = self.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux")
        return [float(row["_value"]) for row in _rows(answer)]


def _rows(answer: str) -> list[dict[str, Any]]:
    """Return the rows of annotated CSV, whose tables each have a head of their own."""
    rows: list[dict[str, Any]] = []
    head: list[str] = []
    for line in answer.splitlines():
        cells = line.split(",")
        if not line.strip():
            head = []
        elif not head:
            head = cells
        else:
            rows.append(dict(zip(head, cells, strict=True)))
    return rows
