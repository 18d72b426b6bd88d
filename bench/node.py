"""A node as its owner runs it, and what it says of itself."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

import httpx

from bench.processes import cpu_s

OUTFALL: Final = Path(sys.executable).with_name("outfall")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A running node; `begun` is when its command was given, `seen` when it told its address."""

    pid: int
    http: httpx.Client
    begun: float
    seen: float

    def sign_in(self, name: str, password: str) -> None:
        """Take a token for the requests that follow."""
        form = {"username": name, "password": password}
        answer = until(lambda: _good(self.http.post("/api/v1/auth/token", data=form)), "signed in")
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def latest(self, tag: str) -> float | None:
        """Return a point's newest value, None while there is none."""
        answer = self.http.get("/api/v1/readings/latest", params={"tag": tag})
        value: float | None = answer.json()["items"][0]["value"] if answer.status_code == 200 else None
        return value

    def metric(self, name: str) -> float:
        """Return a figure of /metrics."""
        found = re.search(rf"^{name} (\S+)$", self.http.get("/metrics").text, re.MULTILINE)
        if found is None:
            raise KeyError(name)
        return float(found[1])


@contextmanager
def running(arguments: Sequence[str | Path]) -> Iterator[Node]:
    """Yield a node that runs; it is ended with SIGTERM."""
    with tempfile.TemporaryFile("w+") as log:
        begun = time.monotonic()
        process = subprocess.Popen([OUTFALL, *arguments], stdout=log, stderr=subprocess.STDOUT)
        try:
            address = until(lambda: _address(process, log), "an address", every=0.005)
            seen = time.monotonic()
            with httpx.Client(base_url=address, timeout=10, trust_env=False) as http:
                yield Node(process.pid, http, begun, seen)
        finally:
            process.terminate()
            process.wait(20)


def _address(process: "subprocess.Popen[bytes]", log: IO[str]) -> str | None:
    """Return the address that a node has told; RuntimeError with what it said instead when it has ended."""
    # The child writes where this descriptor stands, so it is read without moving it.
    said = os.pread(log.fileno(), 1 << 20, 0).decode(errors="replace")
    if process.poll() is not None:
        raise RuntimeError(f"outfall ended: {said}")
    found = re.search(r"http://\S+\d(?=\s)", said)
    return None if found is None else found[0]


def until(what: Callable[[], T | None], words: str, seconds: float = 30.0, every: float = 0.02) -> T:
    """Return what `what` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = what()
        except httpx.TransportError:
            found = None
        if found is not None:
            return found
        time.sleep(every)
    raise TimeoutError(f"not within {seconds:g} s: {words}")


def cpu_during(pid: int, seconds: float) -> float:
    """Return the CPU seconds a process uses in a time."""
    before = cpu_s(pid)
    time.sleep(seconds)
    return cpu_s(pid) - before


def _good(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == 200 else None
