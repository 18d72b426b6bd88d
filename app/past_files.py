"""The simulated plant's past as month files: `python -P -m app.past_files`, a child of the demo.

    stdin   one line   {"folder": "…", "into": "…", "begun_us": …, "days": 31, "seed": 1,
                        "series": {"AE_DO1": [7, "process"], …},
                        "there": [["process", from_us, to_us], …]}
    stdout  lines      {"done": 0.4}                                  of 1
                       {"file": "…", "retention": "process", "from_us": …, "to_us": …}

One file for each retention class and UTC day, the newest first; those of the days that are `there`
already are left out. The end of stdin, or SIGTERM, ends it. It gives way to whatever else runs.
"""

import json
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from collectors.ranges import tolerated
from config.folder import PlantFolder
from config.read import read_folder
from history.month_file import write_month_file
from simulator.laboratory import entered
from simulator.mqtt_stations import number_sent
from simulator.past import DAYS, Past, Progress, Record
from simulator.registers import read_back
from simulator.waking import DAY_US
from telemetry.plant import Point, PointKind
from telemetry.quality import Quality
from telemetry.samples import SampleBatch, ValueArray

_NICENESS: Final = 10
_RECENT_PART: Final = 0.07
_OLDER_PART: Final = 0.75
"""What of the time is needed to compute both parts; the rest goes into files."""


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day of a retention class, [from, to)."""

    retention: str
    from_us: int

    @property
    def to_us(self) -> int:
        """Its end, not included."""
        return self.from_us + DAY_US


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    folder: PlantFolder
    into: Path
    begun_us: int
    seed: int
    series: Mapping[str, tuple[int, str]]
    there: tuple[tuple[str, int, int], ...]
    days: int = DAYS

    def lacks(self, day: Day) -> bool:
        """Whether nothing of a day is there yet."""
        return not any(
            retention == day.retention and from_us < day.to_us and to_us > day.from_us
            for retention, from_us, to_us in self.there
        )


def main() -> None:
    """Do what the first line of stdin asks for."""
    line = sys.stdin.readline()
    if not line:
        return
    asked = json.loads(line)
    os.nice(_NICENESS)
    order = Order(
        read_folder(Path(asked["folder"])),
        Path(asked["into"]),
        int(asked["begun_us"]),
        int(asked["seed"]),
        {tag: (int(series), str(retention)) for tag, (series, retention) in asked["series"].items()},
        tuple((str(retention), int(from_us), int(to_us)) for retention, from_us, to_us in asked["there"]),
        int(asked.get("days", DAYS)),
    )
    with _ending_with_stdin():
        write(order, _say)


def write(order: Order, say: Callable[[Mapping[str, Any]], None]) -> None:
    """Compute the past and write its files, the recent part before the older one is computed."""
    past = Past(order.folder, order.seed, order.begun_us, order.days)
    wanted = [day for day in days_of(past, order) if order.lacks(day)]
    recent = past.recent(_part(say, 0.0, _RECENT_PART))
    writer = _Writer(order, past)
    writer.write([day for day in wanted if day.from_us >= past.seam_us], recent, say, lambda _: None)
    left = [day for day in wanted if day.from_us < past.seam_us]
    if left:
        older = past.older(_part(say, _RECENT_PART, _OLDER_PART))
        writer.write(left, older, say, _part(say, _OLDER_PART, 1.0))
    say({"done": 1.0})


def days_of(past: Past, order: Order) -> Iterator[Day]:
    """Yield the days of the past by retention class, newest first."""
    classes = sorted({retention for _, retention in order.series.values()})
    from_us = (past.begun_us - 1) // DAY_US * DAY_US
    while from_us > past.from_us - DAY_US:
        yield from (Day(retention, from_us) for retention in classes)
        from_us -= DAY_US


class _Writer:
    """Writes days of records as the store would have had them from the collectors."""

    def __init__(self, order: Order, past: Past) -> None:
        self._order = order
        self._past = past
        self._points = order.folder.plant.point_by_tag
        self._registers = {
            point.tag: (point.data_type.value, point.scale, point.shift)
            for point in order.folder.modbus_points
        }

    def write(
        self, days: list[Day], record: Record, say: Callable[[Mapping[str, Any]], None], progress: Progress
    ) -> None:
        """Write the days, all of one record, and name each file."""
        for count, day in enumerate(days, 1):
            path = self._order.into / f"{day.from_us // DAY_US}.{day.retention}.parquet"
            write_month_file(self._samples(day, record), path)
            told = {"retention": day.retention, "from_us": day.from_us, "to_us": day.to_us}
            say({"file": str(path), **told})
            progress(count / len(days))

    def _samples(self, day: Day, record: Record) -> SampleBatch:
        """Return the samples of a day by series, then time."""
        own = sorted(
            (series, tag)
            for tag, (series, retention) in self._order.series.items()
            if retention == day.retention
        )
        shown = record.between(max(day.from_us, self._past.from_us), min(day.to_us, self._past.begun_us))
        found = [self._of_point(self._points[tag], series, shown, record, day) for series, tag in own]
        return SampleBatch.concat([samples for samples in found if samples is not None])

    def _of_point(
        self, point: Point, series: int, shown: Record, record: Record, day: Day
    ) -> SampleBatch | None:
        past = self._past
        if point.kind is PointKind.MANUAL:
            zone = self._order.folder.plant.timezone
            hand = entered(record, series, point.tag, self._order.seed, zone, past.begun_us)
            return hand and hand.select((hand.times_us >= day.from_us) & (hand.times_us < day.to_us))
        if point.is_link:
            return SampleBatch.of(series, shown.times_us(), 1.0, Quality.GOOD)
        if point.tag not in shown.tags:
            return None
        values = self._collected(point.tag, shown.column(point.tag))
        return SampleBatch.of(series, shown.times_us(), values, _quality(point, values))

    def _collected(self, tag: str, values: ValueArray) -> ValueArray:
        """Return what the collectors make of what the instruments show."""
        if tag in self._registers:
            data_type, scale, shift = self._registers[tag]
            return read_back(data_type, scale, values, shift)
        return np.array([float(number_sent(value)) for value in values.tolist()])


def _quality(point: Point, values: ValueArray) -> Any:
    low, high = tolerated(point)
    quality = np.full(len(values), Quality.GOOD, dtype=np.uint8)
    quality[(values < low) | (values > high)] = Quality.RANGE_EXCEEDED
    quality[~np.isfinite(values)] = Quality.SENSOR_FAILURE
    return quality


def _part(say: Callable[[Mapping[str, Any]], None], start: float, end: float) -> Progress:
    return lambda done: say({"done": round(start + (end - start) * done, 3)})


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


@contextmanager
def _ending_with_stdin() -> Iterator[None]:
    """End the process at once when whoever started it closes the pipe, or is no more."""
    done, tell = os.pipe()

    def watch() -> None:
        if sys.stdin.fileno() in select.select([sys.stdin.fileno(), done], [], [])[0]:
            os._exit(1)

    watching = threading.Thread(target=watch, name="stdin")
    watching.start()
    try:
        yield
    finally:
        os.close(tell)
        watching.join()
        os.close(done)


if __name__ == "__main__":
    main()
