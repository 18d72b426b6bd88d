"""Targets on this machine: an HTTP server that keeps what it is sent and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]

    @property
    def title(self) -> str:
        return str(self.body["title"])

    @property
    def text(self) -> str:
        return str(self.body["message"])


@dataclass
class Hook:
    """A webhook. `answers` are the next statuses, 200 when none is left; `says` is what it answers."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str | None = None
    hangs_s: float = 0.0
    drips: bool = False
    open: threading.Event = field(default_factory=threading.Event)

    @property
    def target(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> set[str]:
        return {each.key for each in self.heard}

    def texts(self) -> list[str]:
        return [each.title for each in self.heard]


@contextmanager
def hook(port: int = 0) -> Iterator[Hook]:
    """Yield a running webhook."""
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.heard.append(Heard(self.path, dict(self.headers), {}))
            self.send_error(404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.heard.append(Heard(self.path, dict(self.headers), body))
            made.open.wait(made.hangs_s)
            status = made.answers.pop(0) if made.answers else made.status
            said = json.dumps(made.says).encode()
            try:
                self.send_response(status)
                if made.location is not None:
                    self.send_header("Location", made.location)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                for byte in said:
                    if made.drips:
                        made.open.wait(0.2)
                    self.wfile.write(bytes([byte]))
            except OSError:
                pass  # whoever asked has hung up

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


def eventually_sync(seen: Any, seconds: float = 30.0) -> Any:
    """Return the first thing that is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := seen():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")
