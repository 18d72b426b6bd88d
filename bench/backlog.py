"""A day that the time series database missed, sent to it while the node goes on reading."""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.free import free_port
from bench.influx import Site, done
from bench.influx_site import open_history, plant
from bench.influxd import BUCKET, ORG, TOKEN, Influxd
from bench.processes import cpu_s
from bench.report import Figure, Section
from bench.rounds import in_child
from telemetry.clock import US_PER_S, SystemClock
from telemetry.samples import SampleBatch

VICTORIA: Final = shutil.which("victoria-metrics", path=f"{os.environ.get('PATH', '')}:/usr/bin")
EVERY_US: Final = 60 * US_PER_S
_AT_ONCE: Final = 5000


def measure(tiny: bool = False) -> Section:
    """Return how soon a day's backlog is sent, what that costs, and how late live readings are meanwhile."""
    points, minutes = (20, 30) if tiny else (260, 1440)
    rows = points * minutes
    load = f"{minutes:,} batches of {points} readings that the server missed, {rows:,} in all"
    with tempfile.TemporaryDirectory() as place, _server(Path(place)) as (name, url):
        site = Site(Path(place) / "node", url, points)
        commit_minutes(site.folder, points, minutes)
        took_s, used_s, late = _sent(site)
        beside_took_s, beside_used_s = in_child(by_points, url, points, minutes)
    instead = "influxdb-client, Points by 5,000, from memory"
    figures = [
        Figure("all of it sent", "s", took_s, beside_took_s, instead),
        Figure("CPU for a million readings", "s", used_s / rows * 1e6, beside_used_s / rows * 1e6, instead),
        Figure("live readings meanwhile, the latest", "s late", max(late, default=0.0)),
    ]
    notes = [
        f"Sent to {name}. Our side reads the store, keeps its place there, lets live readings go first and"
        " spares the server on purpose; it goes on reading the points each second",
    ]
    return Section("backlog", load, figures, notes)


def commit_minutes(folder: Path, points: int, minutes: int) -> None:
    """Commit a batch for each minute before now."""
    history, series_ids = open_history(folder, points)
    for at_us, values in _batches(points, minutes):
        history.commit(SampleBatch.of(list(series_ids.values()), at_us, values, 192), at_us)
    history.close()


def by_points(url: str, points: int, minutes: int) -> tuple[float, float]:
    """Send as many by influxdb-client alone; return the seconds that took, and those of CPU."""
    from influxdb_client.client.influxdb_client import InfluxDBClient
    from influxdb_client.client.write import point as client
    from influxdb_client.client.write_api import SYNCHRONOUS

    new_point: Any = client.Point
    made = plant(points).points
    begun, used = time.monotonic(), time.process_time()
    with InfluxDBClient(url=url, token=TOKEN, org=ORG, enable_gzip=True) as connected:
        write_api = connected.write_api(write_options=SYNCHRONOUS)
        waiting: list[Any] = []
        for at_us, values in _batches(points, minutes):
            for point, value in zip(made, values.tolist(), strict=True):
                one = new_point(point.unit).tag("plant", "beside").tag("point", point.tag).tag("unit", "mg/L")
                waiting.append(one.field("value", value).field("quality", 192).time(at_us, "us"))
            if len(waiting) >= _AT_ONCE:
                write_api.write(bucket=BUCKET, record=waiting, write_precision="us")
                waiting = []
        write_api.write(bucket=BUCKET, record=waiting, write_precision="us")
    return time.monotonic() - begun, time.process_time() - used


def _batches(points: int, minutes: int) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.float64]]]]:
    now_us = SystemClock().now_us() // EVERY_US * EVERY_US
    for minute in range(minutes):
        yield (
            now_us - (minutes - minute) * EVERY_US,
            (minute % 997) / 10 + np.arange(points, dtype=np.float64),
        )


def _sent(site: Site) -> tuple[float, float, list[float]]:
    """Return how long a site took to send all, its CPU, and how late its live readings were."""
    begun = time.monotonic()
    site.start()
    try:
        while not done(site):
            time.sleep(0.05)
        return time.monotonic() - begun, cpu_s(site.pid), [late for _, late, _ in site.late]
    finally:
        site.kill()


@contextmanager
def _server(place: Path) -> Iterator[tuple[str, str]]:
    """Yield name and address of an InfluxDB 2, or of Debian's VictoriaMetrics, which takes the same."""
    if program := os.environ.get("OUTFALL_INFLUXD"):
        server = Influxd(program, place / "influxd")
        server.start()
        server.set_up()
        try:
            yield "InfluxDB 2", server.url
        finally:
            server.kill()
        return
    if VICTORIA is None:
        raise SystemExit("backlog: install victoria-metrics, or name an influxd in OUTFALL_INFLUXD")
    url = f"http://127.0.0.1:{free_port()}"
    command = [VICTORIA, f"-storageDataPath={place / 'victoria'}", f"-httpListenAddr={url[7:]}"]
    with subprocess.Popen([*command, "-loggerLevel=ERROR"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{url}/health")
            yield "VictoriaMetrics", url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")
