"""The product as its users have it: a process, an address, an account."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

OUTFALL = Path(sys.executable).with_name("outfall")
T = TypeVar("T")


@dataclass
class Product:
    """A running node. `http` is signed in by a bearer token once `sign_in` was called."""

    process: "subprocess.Popen[str]"
    address: str
    http: httpx.Client
    log: Path

    def sign_in(self, name: str, password: str = "demo") -> None:
        form = {"grant_type": "password", "username": name, "password": password}

        def token() -> str | None:
            answer = self.http.post("/api/v1/auth/token", data=form)
            return str(answer.json()["access_token"]) if answer.status_code == 200 else None

        self.http.headers["Authorization"] = f"Bearer {eventually(token, 'signed in')}"

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def latest(self, tag: str) -> Any:
        return self.get("/api/v1/readings/latest", tag=tag)["items"][0]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def eventually(what: Callable[[], T | None], words: str, seconds: float = 60.0, every: float = 0.05) -> T:
    """Return what `what` gives as soon as it is not None; fail with `words` when it never does."""
    until = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < until:
        try:
            found = what()
        except (httpx.TransportError, KeyError) as error:
            last, found = error, None
        if found is not None:
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds:g} s: {words} ({last})")


@contextmanager
def running(arguments: Sequence[str | Path], log: Path, address: str | None = None) -> Iterator[Product]:
    """Yield the product started with these arguments; it is ended with SIGTERM, and must end well."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    with log.open("a") as errors:
        process = subprocess.Popen(
            [OUTFALL, *arguments], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    assert process.stdout is not None
    try:
        if address is None:
            first = process.stdout.readline()
            found = re.search(r"https?://\S+", first)
            assert found is not None, f"no address in {first!r}: {log.read_text()}"
            address = found[0]
        with httpx.Client(base_url=address, timeout=10, trust_env=False) as http:
            yield Product(process, address, http, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(20)
        except subprocess.TimeoutExpired:
            # It leaves what each of its threads is at in the log.
            process.send_signal(signal.SIGABRT)
            process.wait()
            raise AssertionError(f"did not end after SIGTERM: {log.read_text()}") from None
        finally:
            process.stdout.close()
    assert code in (0, -signal.SIGKILL), f"ended with {code}: {log.read_text()}"


def ran(arguments: Sequence[str | Path], words: str = "") -> str:
    """Run one command to its end, with `words` on its standard input; return what it printed."""
    done = subprocess.run(
        [OUTFALL, *arguments], input=words, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def user_added(folder: Path, data: Path, name: str, role: str, password: str) -> None:
    """Add an account as an owner would, on the command line."""
    ran(["user", "add", folder, name, "--role", role, "--data", data], f"{password}\n")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [int(found.getsockname()[1]) for found in sockets]
