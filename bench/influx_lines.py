"""Readings made line protocol, beside influxdb-client's Point."""

import gzip
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from bench.influx_site import plant
from bench.report import Figure, Section
from bench.rounds import cpu_seconds, in_child
from history.influx.lines import LineWriter
from telemetry.samples import SampleBatch

BEGIN_US: Final = 1_780_000_000_000_000


def measure(tiny: bool = False) -> Section:
    """Return the CPU for a million readings, as bytes ready to be sent."""
    rows = 200 if tiny else 5000
    ours, points, packed = (in_child(work, rows) for work in (ready_bytes, of_points, with_gzip))
    figures = [
        Figure("CPU for a million lines", "s", ours, points, "influxdb-client's Point, one a reading"),
        Figure("CPU for a million lines, gzip at level 1", "s", packed),
    ]
    return Section("influx_lines", f"requests of {rows:,} readings of 234 points, value and quality", figures)


def ready_bytes(rows: int) -> float:
    """Return the CPU seconds for a million lines from columns."""
    writer, samples = _writer_and_samples(rows)
    return _per_million(rows, partial(_body, writer, samples))


def with_gzip(rows: int) -> float:
    """Return the same, compressed as they are sent."""
    writer, samples = _writer_and_samples(rows)
    return _per_million(rows, lambda: gzip.compress(_body(writer, samples), 1, mtime=0))


def of_points(rows: int) -> float:
    """Return the CPU seconds for a million lines by way of Points."""
    from influxdb_client.client.write import point as client

    new_point: Any = client.Point

    _, samples = _writer_and_samples(rows)
    points = dict(enumerate(plant(234).points, start=1))
    columns = (samples.series, samples.times_us, samples.values, samples.quality)
    readings = list(zip(*(column.tolist() for column in columns), strict=True))

    def work() -> bytes:
        lines = []
        for series, time_us, value, quality in readings:
            point = points[series]
            made = new_point(point.unit).tag("plant", "bench").tag("point", point.tag).tag("unit", "mg/L")
            made.field("value", value).field("quality", quality).time(time_us, "us")
            lines.append(made.to_line_protocol())
        return "\n".join(lines).encode()

    return _per_million(rows, work)


def _body(writer: LineWriter, samples: SampleBatch) -> bytes:
    known, _ = writer.known(samples)
    return writer.lines(known).body(slice(None))


def _writer_and_samples(rows: int) -> tuple[LineWriter, SampleBatch]:
    made = plant(234)
    writer = LineWriter(made, {point.tag: number for number, point in enumerate(made.points, start=1)})
    index = np.arange(rows)
    values = np.round(np.random.default_rng(3).normal(20.0, 5.0, rows), 3)
    return writer, SampleBatch.of(index % 234 + 1, BEGIN_US + index // 234 * 1_000_000, values, 192)


def _per_million(rows: int, work: Callable[[], object]) -> float:
    return cpu_seconds(work) / rows * 1e6
