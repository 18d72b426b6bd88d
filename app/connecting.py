"""`outfall check --connect`: every point tried once, and what is wrong with each connection."""

import argparse
import asyncio
import fcntl
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.data import DataFolder, default_data
from app.tables import table
from collectors.figures import Trial
from collectors.modbus.asking import asking
from collectors.modbus.settings import ModbusPoint
from collectors.modbus.trying import try_points
from collectors.mqtt.decode import Reading, Rows, Undecodable, decode
from collectors.mqtt.listening import listen
from collectors.mqtt.plan import TopicPlan, expected_topics, topic_filters
from collectors.ranges import tolerated
from config.folder import PlantFolder
from config.read import read_folder
from config.secrets import password_of
from telemetry.clock import Clock, SystemClock
from telemetry.errors import DeviceError, OutfallError
from telemetry.plant import Point
from telemetry.quality import Quality, major, reason

EXIT_FAILED: Final = 2
_BUSY: Final = (
    "not tried: the node is running, and a serial line has one user; stop it, or look at Connections"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One point of the table: where it stands and what it gave."""

    point: Point
    address: str
    trial: Trial

    @property
    def failed(self) -> bool:
        """Whether it gave no value that can be used."""
        return self.trial.error is not None or major(self.trial.quality) == "bad"


def check_connections(options: argparse.Namespace) -> int:
    """Print a table of every point and what is wrong with each connection; 2 where something failed."""
    folder = read_folder(options.folder)
    data = DataFolder(options.data or default_data(folder.plant.id))
    lines, causes = asyncio.run(_tried(folder, _is_running(data), options.wait, SystemClock()))
    for line in _shown(lines):
        sys.stdout.write(f"{line}\n")
    failed = sum(line.failed for line in lines)
    sys.stdout.write(f"\n{len(lines)} points tried, {failed} gave no usable value\n")
    for connection, cause in causes.items():
        sys.stdout.write(f"{connection}: {cause}\n")
    return EXIT_FAILED if failed or causes else 0


async def _tried(
    folder: PlantFolder, running: bool, wait_s: float, clock: Clock
) -> tuple[list[Line], dict[str, str]]:
    """Return the lines in the order of points.csv, and the causes by connection."""
    points = {point.tag: point for point in folder.plant.points}
    jobs = [
        *(_try_modbus(folder, name, running, points, clock) for name in folder.modbus),
        *(_try_mqtt(folder, name, wait_s, points, clock) for name in folder.mqtt),
    ]
    lines: dict[str, Line] = {}
    causes: dict[str, str] = {}
    # Connections side by side: one that is dead costs the others no time.
    for found, said in await asyncio.gather(*jobs):
        lines |= {line.point.tag: line for line in found}
        causes |= said
    order = [tag for tag in points if tag in lines]
    return [lines[tag] for tag in order], causes


async def _try_modbus(
    folder: PlantFolder, name: str, running: bool, points: Mapping[str, Point], clock: Clock
) -> tuple[list[Line], dict[str, str]]:
    lines: list[Line] = []
    causes: dict[str, str] = {}
    settings = folder.modbus[name]
    async with asking(settings) as ask:
        for source, its in settings.by_channel(name).items():
            mine = [point for point in folder.modbus_points if point.source == source]
            if running and settings.transport.is_rtu:
                trials = [_untried(point.tag, _BUSY, clock) for point in mine]
            else:
                ranges = {point.tag: tolerated(points[point.tag]) for point in mine}
                trials = await try_points(ask, its.unit_id, its, mine, ranges, clock)
            lines += [
                Line(points[p.tag], address_of(p), trial) for p, trial in zip(mine, trials, strict=True)
            ]
            cause = _cause(trials, its.unit_id)
            causes |= {source: cause} if cause else {}
    return lines, causes


async def _try_mqtt(
    folder: PlantFolder, name: str, wait_s: float, points: Mapping[str, Point], clock: Clock
) -> tuple[list[Line], dict[str, str]]:
    settings = folder.mqtt[name]
    mine = [point for point in points.values() if point.source == name and not point.tag.endswith(".link")]
    plans = expected_topics(settings, [point.tag for point in mine])
    topic_of = {tag: topic for topic, plan in plans.items() for tag in plan.tags.values()}
    trials: dict[str, Trial] = {}
    odd: dict[str, str] = {}
    cause = None
    try:
        password = password_of(settings, folder.path)
        tags = list(topic_of)
        series_ids = {tag: index for index, tag in enumerate(tags)}
        ranges = {point.tag: tolerated(point) for point in mine}
        readings = {topic: Reading.of(plan, series_ids, ranges) for topic, plan in plans.items()}
        async for heard in listen(settings, topic_filters(settings), password, wait_s):
            if heard.topic not in readings:
                continue
            rows = Rows()
            try:
                decode(readings[heard.topic], heard.payload, clock.now_us(), heard.retained, rows)
            except Undecodable as error:
                odd[heard.topic] = str(error)
            for series, at_us, value, quality in zip(
                rows.series, rows.times_us, rows.values, rows.quality, strict=True
            ):
                trials[tags[series]] = Trial(tags[series], at_us, None, None, value, quality, None)
            if len(trials) == len(mine):
                break
    except OutfallError as error:
        cause = f"{error}{_mend_of_broker(error)}"
    missing = [point for point in mine if point.tag not in trials]
    for point in missing:
        topic = topic_of[point.tag]
        why = odd.get(topic) or (str(cause) if cause else f"nothing came within {wait_s:g} s")
        trials[point.tag] = _untried(point.tag, why, clock)
    if cause is None and missing:
        cause = "; ".join(_silence(missing, topic_of, odd, plans, wait_s))
    lines = [Line(point, topic_of[point.tag], trials[point.tag]) for point in mine]
    return lines, {name: cause} if cause else {}


def _silence(
    missing: Sequence[Point],
    topic_of: Mapping[str, str],
    odd: Mapping[str, str],
    plans: Mapping[str, TopicPlan],
    wait_s: float,
) -> Iterator[str]:
    """Yield what is wrong with topics of which no value came, and how to mend it."""
    yield from (f"{topic}: {why}: mend the topic's time, values or tag" for topic, why in odd.items())
    waited_for = [point for point in missing if topic_of[point.tag] not in odd]
    topics = sorted({topic_of[point.tag] for point in waited_for})
    if not topics:
        return
    due_s = max(plans[topic].subscription.expected_every.total_seconds() for topic in topics)
    shown = ", ".join(topics[:3]) + (" …" if topics[3:] else "")
    mend = "outfall probe mqtt:// lists what comes"
    if due_s > wait_s:
        mend = f"due every {due_s:g} s, so wait longer with --wait"
    yield f"no value of {len(waited_for)} points came ({shown}): {mend}"


def address_of(point: ModbusPoint) -> str:
    """Return where a point stands, for people."""
    return f"{point.source} FC{point.function_code:02d} {point.offset} {point.data_type} {point.word_order}"


def _untried(tag: str, why: str, clock: Clock) -> Trial:
    return Trial(tag, clock.now_us(), None, None, None, int(Quality.NOT_CONNECTED), why)


def _cause(trials: Sequence[Trial], unit: int) -> str | None:
    """Return what is wrong with a device as a whole, and how to mend it."""
    errors = [trial.error for trial in trials if trial.error is not None]
    if not errors:
        return None
    first = errors[0]
    if len(errors) < len(trials):
        return f"{len(errors)} of {len(trials)} points failed: {first}{_mend(first)}"
    if "no answer" in first:
        return f"{first}: is unit {unit} right? outfall probe tells which units answer"
    return f"{first}{_mend(first)}"


def _mend(error: str) -> str:
    for words, mend in (
        ("not tried", ""),
        ("refused", ": is the port right, and the device's Modbus server switched on?"),
        ("not known", ": mend host, or write its address"),
        ("no connection", ": is the device on, the address right, no firewall between?"),
        ("illegal data address", ": mend offset0; outfall probe tells which registers there are"),
        ("illegal function", ": mend modbus_fc; outfall probe tells which functions answer"),
        ("gateway", ": mend unit_id, or look at the line behind the gateway"),
    ):
        if words in error:
            return mend
    return ""


def _mend_of_broker(error: Exception) -> str:
    if not isinstance(error, DeviceError):
        return ""
    text = str(error)
    if "not authori" in text or "bad user" in text:
        return ": mend username and password"
    return ": is the port right, and the broker running?" if "no connection" in text else ""


def _shown(lines: Sequence[Line]) -> Iterator[str]:
    header = ("tag", "address", "raw", "value", "unit", "quality", "reason", "latency")
    rows = []
    for line in lines:
        trial = line.trial
        value = "" if trial.value is None or math.isnan(trial.value) else f"{trial.value:.7g}"
        latency = "" if trial.latency_s is None else f"{trial.latency_s * 1000:.0f} ms"
        word = reason(trial.quality)
        why = trial.error or ("" if word == "good" else word.replace("_", " "))
        rows.append((
            line.point.tag, line.address, trial.raw or "", value, line.point.engineering_unit,
            major(trial.quality), why, latency,
        ))  # fmt: skip
    yield from table(header, rows)


def _is_running(data: DataFolder) -> bool:
    """Whether a node holds the data folder now."""
    lock = Path(data.path, "node.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
