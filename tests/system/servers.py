"""What stands beside a node: a webhook as a person's contact, and a server of line protocol."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.history.influx.victoria import PROGRAM
from tests.system.product import eventually, free_ports


@dataclass(frozen=True)
class Told:
    """One request that came to the webhook: to whom, by which key, saying what."""

    path: str
    key: str
    title: str
    message: str


@dataclass
class Webhook:
    """Takes what is pushed, for everybody, each at a path of their own."""

    port: int
    told: list[Told] = field(default_factory=list)

    def contact(self, name: str) -> str:
        """Return the Apprise address of somebody."""
        return f"json://127.0.0.1:{self.port}/{name}"

    def about(self, words: str) -> list[Told]:
        """Return what was pushed with these words in its title."""
        return [one for one in list(self.told) if words in one.title]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Yield a running webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = str(self.headers.get("Idempotency-Key", ""))
            taken.told.append(Told(self.path, key, str(said["title"]), str(said["message"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken = Webhook(server.server_address[1])
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield taken
    finally:
        server.shutdown()
        serving.join(5)
        server.server_close()


@dataclass(frozen=True)
class LineServer:
    """VictoriaMetrics, asked for what it holds."""

    url: str

    def held(self, measurement: str, point: str) -> dict[str, dict[int, float]]:
        """Return the fields of a measurement of a point, each as time in ms to value."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            client.get(f"{self.url}/internal/force_flush")
            match = f'{{__name__=~"{measurement}_.+",point="{point}"}}'
            asked = {"match[]": match, "start": "0", "end": "4000000000"}
            lines = client.get(f"{self.url}/api/v1/export", params=asked).text.splitlines()
        found: dict[str, dict[int, float]] = {}
        for series in map(json.loads, lines):
            name = str(series["metric"]["__name__"]).removeprefix(f"{measurement}_")
            # The times of a series that was written under other tags go together.
            found.setdefault(name, {}).update(zip(series["timestamps"], series["values"], strict=True))
        return found


@contextmanager
def line_server(folder: Path) -> Iterator[LineServer]:
    """Yield a running VictoriaMetrics."""
    assert PROGRAM is not None
    [port] = free_ports(1)
    process = subprocess.Popen(
        [
            PROGRAM,
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-loggerLevel=ERROR",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"

    def healthy() -> bool | None:
        return True if httpx.get(f"{url}/health", trust_env=False).status_code == 200 else None

    try:
        eventually(healthy, "victoria-metrics answers")
        yield LineServer(url)
    finally:
        process.terminate()
        process.wait(20)
