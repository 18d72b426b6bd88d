"""Messages to samples: pure, and never trusting what came.

A message that is not what its topic should carry raises Undecodable and yields nothing. A single odd
value is a bad sample with its reason, and the others of the message are kept.

    BY_KEY   {"ts": …, "values": {"LIT": 2.3, "P1": {"v": 1}}}    or a list: the key is the index
    ITEMS    {"ts": …, "data": [{"id": "LIT", "v": 2.3, "t": …}]}
    ONE      {"v": 2.3, "t": …}                                   the topic names the point
    PLAIN    2.3                                                  likewise
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final, NamedTuple

import orjson

from collectors.mqtt.layout import Layout
from collectors.mqtt.plan import TopicPlan
from collectors.mqtt.times import time_us_of, zone_of
from collectors.mqtt.values import Target, quality_of, value_of, value_of_text, worse
from telemetry.clock import US_PER_S
from telemetry.errors import DeviceError
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

_BOM: Final = b"\xef\xbb\xbf"
_EARLIEST_US: Final = 946_684_800 * US_PER_S
"""2000: a device that says less has lost its clock."""
_LATEST_US: Final = 7_258_118_400 * US_PER_S
"""2200: what says more is no clock's time."""
_NO_RANGE: Final = (float("-inf"), float("inf"))
_LONGEST_PLAIN: Final = 256
_LONGEST_RAW: Final = 64
_NAMES: Final = (str, int)
_SHORT: Final = (float, int, bool)

Path = tuple[str, ...]


class Undecodable(DeviceError):
    """A message that says nothing usable."""


class Entry(NamedTuple):
    """One value of a message: its key, what stands for it, and the object with its own time and quality."""

    key: str
    raw: Any
    quality: Any
    own: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """How messages of one topic are read. Paths are tuples of keys; `entries` that of the values or items."""

    targets: Mapping[str, Target]
    layout: Layout
    records: Path | None
    entries: Path
    name: Path
    value: Path | None
    time: Path | None
    zone: tzinfo | None
    quality: Path | None
    text_numbers: bool
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
        settings = plan.subscription
        layout = settings.layout
        entries = _path(settings.values if settings.items is None else settings.items)
        time = _path(settings.time) if settings.time else None
        quality = _path(settings.quality) if settings.quality else None
        depth = len(entries)
        aside = {path[depth] for path in (time, quality) if path and path[:depth] == entries and path[depth:]}
        targets = {
            key: Target(series_ids[tag], *ranges.get(tag, _NO_RANGE)) for key, tag in plan.tags.items()
        }
        return cls(
            targets=targets,
            layout=layout,
            records=None if settings.records is None else _path(settings.records),
            entries=entries,
            name=_path(settings.name or ""),
            value=None if settings.value is None else _path(settings.value),
            time=time,
            zone=None if settings.time_zone is None else zone_of(settings.time_zone),
            quality=quality,
            text_numbers=settings.text_numbers,
            aside=frozenset(aside),
        )


@dataclass(slots=True)
class Rows:
    """Samples of any number of messages as columns; `raw` is what last came of a series, and when."""

    series: list[int] = field(default_factory=list)
    times_us: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    raw: dict[int, tuple[int, Any]] = field(default_factory=dict)
    unknown_keys: int = 0
    odd_entries: int = 0

    def batch(self) -> SampleBatch:
        """Return them as a batch."""
        return SampleBatch.of(self.series, self.times_us, self.values, self.quality)


class _Came(NamedTuple):
    """When a message came, and whether the broker had kept it."""

    received_us: int
    retained: bool


def decode(reading: Reading, payload: bytes, received_us: int, retained: bool, into: Rows) -> None:
    """Add a message's samples to the rows; Undecodable where it is not what the topic should carry.

    A time that is missing, or cannot be, becomes that of receipt, and the samples uncertain; one from
    the future stays, for the history keeps it apart and the node raises an alarm. A retained message
    with a time says by it how old it is; without one its age is not known, and the samples are the
    last usable ones.
    """
    came = _Came(received_us, retained)
    if reading.layout is Layout.PLAIN:
        _decode_plain(reading, payload, came, into)
        return
    message = _parse(payload)
    if reading.records is None:
        _decode_record(reading, message, came, into)
        return
    records = _at(message, reading.records)
    if not isinstance(records, list):
        raise Undecodable(f"there is no list of records at {_shown(reading.records)}")
    for record in records:
        try:
            _decode_record(reading, record, came, into)
        except Undecodable:
            into.odd_entries += 1


def _decode_plain(reading: Reading, payload: bytes, came: _Came, into: Rows) -> None:
    if len(payload) > _LONGEST_PLAIN:
        raise Undecodable(f"it is longer than {_LONGEST_PLAIN} bytes, and no plain value")
    try:
        text = payload.removeprefix(_BOM).rstrip(b"\0").decode().strip()
    except UnicodeDecodeError:
        raise Undecodable("it is no text") from None
    if not text:
        raise Undecodable("it is empty")
    for target in reading.targets.values():
        value, quality = value_of_text(text, target)
        _add(into, target, came, came.received_us, value, worse(quality, _base(reading, came, True)), text)


def _decode_record(reading: Reading, message: Any, came: _Came, into: Rows) -> None:
    time_us, base = _stamp(reading, _at(message, reading.time) if reading.time else None, came)
    of_their_own = reading.layout is not Layout.ONE and reading.value is not None and reading.time is not None
    for key, raw, said, own in _entries(reading, message, into):
        target = reading.targets.get(key)
        if target is None:
            into.unknown_keys += key not in reading.aside
            continue
        at_us, floor = time_us, base
        if of_their_own and (own_time := _at(own, reading.time or ())) is not None:
            at_us, floor = _stamp(reading, own_time, came)
        value, quality = value_of(raw, target, reading.text_numbers)
        if said is not _UNSAID:
            quality = worse(quality_of(said), quality)
        _add(into, target, came, at_us, value, worse(quality, floor), raw)


_UNSAID: Final = object()


def _entries(reading: Reading, message: Any, into: Rows) -> Iterator[Entry]:
    """Yield what a message has; Undecodable where it lacks what they should stand in."""
    if reading.layout is Layout.ONE:
        raw = _at(message, reading.value or (), _UNSAID)
        if raw is _UNSAID:
            raise Undecodable(f"there is no value at {_shown(reading.value or ())}")
        yield Entry("", raw, _quality_in(message, reading), message)
        return
    holder = _at(message, reading.entries)
    if reading.layout is Layout.ITEMS:
        yield from _items(reading, holder, into)
        return
    if isinstance(holder, list) and any(map(_is_index, reading.targets)):
        holder = _by_index(reading, holder, into)
    if not isinstance(holder, dict):
        raise Undecodable(f"there is no object with values at {_shown(reading.entries)}")
    if reading.value is not None:
        for key, own in holder.items():
            yield Entry(key, _at(own, reading.value), _quality_in(own, reading), own)
        return
    qualities = _at(message, reading.quality) if reading.quality else None
    if isinstance(qualities, list):
        qualities = {key: _at(qualities, (key,), _UNSAID) for key in holder}
    known = qualities if isinstance(qualities, dict) else {}
    for key, raw in holder.items():
        yield Entry(key, raw, known.get(key, _UNSAID), None)


def _items(reading: Reading, items: Any, into: Rows) -> Iterator[Entry]:
    if not isinstance(items, list):
        raise Undecodable(f"there is no list of items at {_shown(reading.entries)}")
    for item in items:
        name = _at(item, reading.name)
        if not isinstance(name, _NAMES) or isinstance(name, bool):
            into.odd_entries += 1
            continue
        yield Entry(str(name), _at(item, reading.value or ()), _quality_in(item, reading), item)


def _by_index(reading: Reading, holder: list[Any], into: Rows) -> dict[str, Any]:
    """Return the entries of a list that points stand for, however long it is."""
    found = {key: holder[int(key)] for key in reading.targets if _is_index(key) and int(key) < len(holder)}
    into.unknown_keys += len(holder) - len(found)
    return found


def _quality_in(own: Any, reading: Reading) -> Any:
    return _UNSAID if reading.quality is None else _at(own, reading.quality, _UNSAID)


def _stamp(reading: Reading, said: Any, came: _Came) -> tuple[int, int]:
    """Return the time of samples, and the best that their quality can be."""
    if reading.time is None:
        return came.received_us, _base(reading, came, True)
    said_us = time_us_of(said, reading.zone, came.received_us)
    if said_us is not None and _EARLIEST_US <= said_us <= _LATEST_US:
        return said_us, Quality.GOOD
    return came.received_us, _base(reading, came, False)


def _base(reading: Reading, came: _Came, as_planned: bool) -> int:
    if came.retained:
        return Quality.LAST_USABLE
    return Quality.GOOD if as_planned else Quality.UNCERTAIN


def _add(into: Rows, target: Target, came: _Came, at_us: int, value: float, quality: int, raw: Any) -> None:
    into.series.append(target.series)
    into.times_us.append(at_us)
    into.values.append(value)
    into.quality.append(quality)
    into.raw[target.series] = (came.received_us, raw if raw is None or type(raw) in _SHORT else _brief(raw))


def _brief(raw: Any) -> str:
    """Return what is kept of what may be long."""
    if isinstance(raw, str):
        return raw[:_LONGEST_RAW]
    return f"a list of {len(raw)}" if isinstance(raw, list) else f"an object of {len(raw)}"


def _parse(payload: bytes) -> Any:
    try:
        # Devices written in C like to send the end of the string along, editors a byte order mark.
        return orjson.loads(payload.removeprefix(_BOM).rstrip(b"\0"))
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"it is no JSON: {error}") from None


def _path(text: str) -> Path:
    return tuple(text.split(".")) if text else ()


def _at(message: Any, path: Path, missing: Any = None) -> Any:
    """Return what stands at a path, through objects by key and through lists by index."""
    for key in path:
        if isinstance(message, dict):
            message = message.get(key, missing)
        elif isinstance(message, list) and _is_index(key) and int(key) < len(message):
            message = message[int(key)]
        else:
            return missing
    return message


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 9


def _shown(path: Path) -> str:
    return ".".join(path) or "the top"
