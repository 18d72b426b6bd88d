"""A real InfluxDB 2 in a process of its own, where OUTFALL_INFLUXD names its program."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.influxd import Influxd

VARIABLE = "OUTFALL_INFLUXD"


class Server(Influxd):
    """A server that ends as a service is ended."""

    def stop(self) -> None:
        """End it: what it took is on disk."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()


@contextmanager
def influxd(folder: Path) -> Iterator[Server]:
    """Yield a running server that is set up; skips where the environment names no program."""
    program = os.environ.get(VARIABLE)
    if not program:
        pytest.skip(f"{VARIABLE} names no influxd; no registry ships it, so CI has none either")
    server = Server(program, folder)
    try:
        server.start()
        server.set_up()
        yield server
    finally:
        server.stop()
