"""JSON messages to samples: pure, and never trusting what came.

A message that is no usable JSON raises Undecodable and yields nothing. A single odd value is a bad
sample with its reason, and the others of the message are kept.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from collectors.mqtt.plan import TopicPlan
from telemetry.clock import US_PER_S, to_us
from telemetry.errors import DeviceError
from telemetry.quality import MAJOR_MASK, Quality
from telemetry.samples import SampleBatch

_BOM: Final = b"\xef\xbb\xbf"
_LARGEST_EXACT: Final = 2**53
_EARLIEST_US: Final = 946_684_800 * US_PER_S
"""2000: a device that says less has lost its clock."""
_LATEST_US: Final = 7_258_118_400 * US_PER_S
"""2200: what says more is no clock's time."""
_NO_RANGE: Final = (-math.inf, math.inf)


class Undecodable(DeviceError):
    """A message that says nothing usable."""


@dataclass(frozen=True, slots=True)
class Target:
    """The series a key belongs to, and the values in its range."""

    series: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How messages of one topic are read. Paths are tuples of keys."""

    targets: Mapping[str, Target]
    values: tuple[str, ...]
    time: tuple[str, ...] | None
    quality: tuple[str, ...] | None
    aside: frozenset[str]
    """Keys beside the values that are no values."""

    @classmethod
    def of(
        cls,
        plan: TopicPlan,
        series_ids: Mapping[str, int],
        ranges: Mapping[str, tuple[float, float]],
    ) -> "Reading":
        """Return how a planned topic is read."""
        values = _path(plan.subscription.values)
        time = _path(plan.subscription.time) if plan.subscription.time else None
        quality = _path(plan.subscription.quality) if plan.subscription.quality else None
        depth = len(values)
        aside = {path[depth] for path in (time, quality) if path and path[:depth] == values and path[depth:]}
        targets = {
            key: Target(series_ids[tag], *ranges.get(tag, _NO_RANGE)) for key, tag in plan.tags.items()
        }
        return cls(targets, values, time, quality, frozenset(aside))


@dataclass(slots=True)
class Rows:
    """Samples of any number of messages as columns."""

    series: list[int] = field(default_factory=list)
    times_us: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    unknown_keys: int = 0

    def batch(self) -> SampleBatch:
        """Return them as a batch."""
        return SampleBatch.of(self.series, self.times_us, self.values, self.quality)


def decode(reading: Reading, payload: bytes, received_us: int, retained: bool, into: Rows) -> None:
    """Add a message's samples to the rows; Undecodable where it is not what the topic should carry.

    A time that is missing, or cannot be, becomes that of receipt, and the samples uncertain; one from
    the future stays, for the history keeps it apart and the node raises an alarm. A retained message
    with a time says by it how old it is; without one its age is not known, and the samples are the
    last usable ones.
    """
    message = _parse(payload)
    values = _at(message, reading.values)
    if not isinstance(values, dict):
        where = ".".join(reading.values) or "the top"
        raise Undecodable(f"there is no object with values at {where}")
    qualities = _at(message, reading.quality) if reading.quality else None
    time_us, base = received_us, Quality.GOOD
    if reading.time is not None:
        said_us = time_us_of(_at(message, reading.time))
        if said_us is not None and _EARLIEST_US <= said_us <= _LATEST_US:
            time_us = said_us
        else:
            base = Quality.UNCERTAIN
    if retained and (reading.time is None or base is not Quality.GOOD):
        base = Quality.LAST_USABLE
    for key, raw in values.items():
        target = reading.targets.get(key)
        if target is None:
            into.unknown_keys += key not in reading.aside
            continue
        value, quality = _value(raw, target)
        if isinstance(qualities, dict) and key in qualities:
            quality = _worse(_quality(qualities[key]), quality)
        into.series.append(target.series)
        into.times_us.append(time_us)
        into.values.append(value)
        into.quality.append(_worse(quality, base))


def time_us_of(said: Any) -> int | None:
    """Return µs UTC of RFC 3339 text with an offset, or of a number since 1970; None for all else."""
    if isinstance(said, str):
        try:
            moment = datetime.fromisoformat(said.strip().upper())
        except ValueError:
            return None
        return None if moment.tzinfo is None else to_us(moment)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    # In s, ms, µs or ns the same moment is a thousand times more: 1e11 s is the year 5138.
    for limit, per_us in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if abs(said) < limit:
            return round(said * per_us)
    return None


def _parse(payload: bytes) -> Any:
    try:
        # Devices written in C like to send the end of the string along, editors a byte order mark.
        return orjson.loads(payload.removeprefix(_BOM).rstrip(b"\0"))
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"it is no JSON: {error}") from None


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.split(".")) if text else ()


def _at(message: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        message = message.get(key) if isinstance(message, dict) else None
    return message


def _value(raw: Any, target: Target) -> tuple[float, int]:
    if raw is None:
        return math.nan, Quality.BAD
    if not isinstance(raw, int | float):
        return math.nan, Quality.CONFIG_ERROR
    value = float(raw)
    if not target.low <= value <= target.high:
        return value, Quality.RANGE_EXCEEDED
    # Integers beyond 64 bits arrive as floats already; above this every float is whole.
    inexact = abs(raw) > _LARGEST_EXACT
    return value, Quality.NOT_ACCURATE if inexact else Quality.GOOD


def _quality(said: Any) -> int:
    """Return the OPC byte a device gave, uncertain where it is none; the unassigned class is bad."""
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= 255:
        return Quality.UNCERTAIN
    return Quality.BAD if said & MAJOR_MASK == 0x80 else said


def _worse(one: int, other: int) -> int:
    """Return the worse of two qualities, of equals the first."""
    return other if other & MAJOR_MASK < one & MAJOR_MASK else one
