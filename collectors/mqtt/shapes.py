"""What messages of unknown topics look like, and how they would be read. Pure.

Topics of the same shape whose levels differ in some places are one subscription, with a name for each place:
`p1/LS1/readings`, `p1/LS2/readings` → `p1/{station}/readings`, tag `{station}_{key}`.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from collectors.mqtt.times import time_us_of, zone_of

MOST_TOPICS: Final = 2_000
MOST_KEYS: Final = 200
DEEPEST: Final = 6
NUMBER: Final = "a number"
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
_TIMES: Final = ("ts", "time", "timestamp", "t", "datetime", "date", "at", "采集时间", "时间")
_NAMES: Final = ("station", "device", "part", "place")
_ZONE: Final = "Asia/Shanghai"
_YEAR_US: Final = 366 * 86_400 * 1_000_000

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a message holds: `values` by their keys at a path, `time` where one was found."""

    kind: str
    at: Path = ()
    values: Mapping[str, float] = field(default_factory=dict)
    time: Path | None = None
    others: tuple[str, ...] = ()
    """Keys at the same place that are no numbers, or no names."""
    time_us: int | None = field(default=None, compare=False)
    """What the time says."""
    zone: str | None = None
    """The zone that the time lacks, China's where it makes it a time of about now."""

    @property
    def form(self) -> tuple[object, ...]:
        """What two messages have in common that are read alike."""
        return self.kind, self.at, (self.time, self.zone)


@dataclass(slots=True)
class Topic:
    """One topic as it was heard: the newest shape, the span of each value, when messages came."""

    name: str
    shape: Shape
    times_us: list[int]
    spans: dict[str, tuple[float, float]]
    count: int = 0
    retained: int = 0
    largest: int = 0

    @property
    def every_s(self) -> float | None:
        """Seconds between messages, by their own time where they have one; None where it cannot be told."""
        steps = sorted(
            after - before for before, after in zip(self.times_us, self.times_us[1:], strict=False)
        )
        return steps[len(steps) // 2] / 1e6 if steps else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A subscription that would read some topics; `tags` are its points with the span each was seen in."""

    topic: str
    tag: str
    shape: Shape
    topics: tuple[str, ...]
    every_s: float | None
    tags: Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class Heap:
    """Every topic heard, up to a bound."""

    topics: dict[str, Topic] = field(default_factory=dict)
    beyond: int = 0

    def take(self, name: str, payload: bytes, now_us: int, *, retained: bool, size: int) -> None:
        """Take in a message."""
        shape = shape_of(payload, now_us)
        topic = self.topics.get(name)
        if topic is None:
            if len(self.topics) == MOST_TOPICS:
                self.beyond += 1
                return
            topic = self.topics[name] = Topic(name, shape, [], {})
        topic.shape = shape
        topic.count += 1
        topic.retained += retained
        topic.largest = max(topic.largest, size)
        # A retained message was sent some time before it came, and says when only by its own time.
        at_us = shape.time_us or (None if retained else now_us)
        if at_us is not None and (not topic.times_us or at_us > topic.times_us[-1]):
            topic.times_us = [*topic.times_us[-19:], at_us]
        for key, value in shape.values.items():
            low, high = topic.spans.get(key, (value, value))
            topic.spans[key] = min(low, value), max(high, value)


def shape_of(payload: bytes, now_us: int) -> Shape:
    """Return what a message holds."""
    if not payload:
        return Shape("nothing")
    try:
        message = orjson.loads(payload.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0"))
    except orjson.JSONDecodeError:
        text = payload.decode("utf-8", "replace")
        return Shape("text" if text.isprintable() and "\ufffd" not in text else "bytes")
    if _is_number(message):
        return Shape(NUMBER, values={"value": float(message)})
    if not isinstance(message, dict):
        return Shape("a list" if isinstance(message, list) else "text")
    places = list(_places(message, ()))
    time, time_us, zone = _time(places, now_us)
    counted = [(at, values, _numbers(at, values, time)) for at, values in places]
    at, values, numbers = max(counted, key=lambda place: (len(place[2]), -len(place[0])))
    if not numbers:
        return Shape("JSON without numbers", time=time, time_us=time_us, zone=zone)
    others = tuple(key for key in values if key not in numbers and (*at, key) != time)
    return Shape("JSON", at, dict(list(numbers.items())[:MOST_KEYS]), time, others[:MOST_KEYS], time_us, zone)


def proposals(topics: Sequence[Topic]) -> list[Proposal]:
    """Return subscriptions for topics that can be read, those of most topics first."""
    groups: dict[tuple[object, int], list[Topic]] = {}
    plain: dict[tuple[str, ...], list[Topic]] = {}
    for topic in topics:
        if topic.name.startswith("$") or not _is_readable(topic.name):
            continue
        if topic.shape.kind == "JSON":
            groups.setdefault((topic.shape.form, topic.name.count("/")), []).append(topic)
        elif topic.shape.kind == NUMBER:
            plain.setdefault((*tuple(topic.name.split("/")[:-2]), str(topic.name.count("/"))), []).append(
                topic
            )
    found = [_proposal(one) for group in groups.values() for one in _alike(group)]
    found += [one for group in plain.values() for one in _plain(group)]
    return sorted(found, key=lambda one: (-len(one.topics), one.topic))


def _plain(topics: Sequence[Topic]) -> Iterator[Proposal]:
    """Yield how topics are read that each carry one number, and alike but for their last two levels."""
    parents = {topic.name.rpartition("/")[0] for topic in topics}
    whole = len(parents) > 1
    every = [topic.every_s for topic in topics if topic.every_s is not None]
    for parent in [""] if whole else sorted(parents):
        tags = {}
        for topic in topics:
            levels = topic.name.split("/")
            tags["_".join(levels[-2:] if whole else levels[-1:])] = topic.spans["value"]
        above = "/".join(topics[0].name.split("/")[:-2])
        start = f"{above}/" if above else ""
        name = f"{start}{{station}}/{{key}}" if whole else f"{parent}/{{tag}}" if parent else "{tag}"
        tag = "{station}_{key}" if whole else "{tag}"
        names = tuple(topic.name for topic in topics)
        yield Proposal(name, tag, topics[0].shape, names, max(every) if every else None, tags)


def _alike(group: Sequence[Topic]) -> Iterator[list[Topic]]:
    """Yield topics whose names differ in just one level, and that share most of their keys."""
    left = sorted(group, key=lambda topic: topic.name)
    while left:
        first, levels = left[0], left[0].name.split("/")
        best: list[Topic] = [first]
        for at in range(len(levels)):
            same = [
                topic
                for topic in left
                if all(
                    one == two
                    for level, (one, two) in enumerate(zip(levels, topic.name.split("/"), strict=True))
                    if level != at
                )
                and _overlap(first, topic)
            ]
            best = max(best, same, key=len)
        yield best
        left = [topic for topic in left if topic not in best]


def _overlap(one: Topic, other: Topic) -> bool:
    shared = one.shape.values.keys() & other.shape.values.keys()
    return 2 * len(shared) >= min(len(one.shape.values), len(other.shape.values))


def _proposal(topics: Sequence[Topic]) -> Proposal:
    split = [topic.name.split("/") for topic in topics]
    varies = [at for at in range(len(split[0])) if len({levels[at] for levels in split}) > 1]
    levels = list(split[0])
    names = dict(zip(varies, _NAMES, strict=False))
    for at, name in names.items():
        levels[at] = f"{{{name}}}"
    own = next((level for level in reversed(split[0]) if _KEY.fullmatch(level)), "P")
    tag = "_".join([*(f"{{{name}}}" for name in names.values()), "{key}"]) if names else f"{own}_{{key}}"
    tags: dict[str, tuple[float, float]] = {}
    for topic, parts in zip(topics, split, strict=True):
        for key, span in topic.spans.items():
            filled = tag.replace("{key}", key)
            for at, name in names.items():
                filled = filled.replace(f"{{{name}}}", parts[at])
            tags[filled] = span
    every = [topic.every_s for topic in topics if topic.every_s is not None]
    return Proposal(
        "/".join(levels), tag, topics[0].shape, tuple(topic.name for topic in topics),
        max(every) if every else None, tags,
    )  # fmt: skip


def _is_readable(name: str) -> bool:
    return all(level and not set("{}+#") & set(level) for level in name.split("/")) and all(
        _KEY.fullmatch(level) for level in name.split("/")[1:] or [name]
    )


def _places(message: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield at, message
    if len(at) < DEEPEST:
        for key, value in message.items():
            if isinstance(value, dict) and key and "." not in key:
                yield from _places(value, (*at, key))


def _numbers(at: Path, values: Mapping[str, Any], time: Path | None) -> dict[str, float]:
    """Return the numbers of an object by keys that can be part of a tag, the time left out."""
    return {
        key: float(value)
        for key, value in values.items()
        if _is_number(value) and _KEY.fullmatch(key) and (*at, key) != time
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(float(value))


def _time(
    places: Sequence[tuple[Path, Mapping[str, Any]]], now_us: int
) -> tuple[Path | None, int | None, str | None]:
    """Return where a time of about now stands under a usual key, what it says, and the zone it lacks."""
    for at, values in places:
        for key, value in values.items():
            if key.casefold() not in _TIMES or "." in key:
                continue
            for zone in (None, _ZONE):
                said_us = time_us_of(value, None if zone is None else zone_of(zone), now_us)
                if said_us is not None and abs(said_us - now_us) < 10 * _YEAR_US:
                    return (*at, key), said_us, zone
    return None, None, None
