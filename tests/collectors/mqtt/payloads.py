"""Payloads by the million, and an independent reading of them to compare with; importable by a bench.

The reference knows nothing of the code under test: it is Python's own `json` and `decimal`, and what
docs/reference/plant-folder.md says of messages.
"""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from collectors.mqtt.decode import Reading, Rows, Undecodable, decode
from collectors.mqtt.plan import expected_topics
from collectors.mqtt.settings import SubscriptionSettings
from tests.collectors.mqtt.subscriptions import settings

TAGS = {"S_a": 1, "S_b": 2, "S_0": 3, "S_1": 4}
RECEIVED_US = 1_780_000_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = st.sampled_from(["a", "b", "0", "1", "c", "", "t", "a.b", "é"])
Row = tuple[int, int, float | None, int]

numbers = st.one_of(
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 0.1, -0.0, 1e308, 5e-324]),
)
odd = st.one_of(st.none(), st.booleans(), st.text(max_size=8), st.lists(st.none(), max_size=2))
values = st.one_of(numbers, numbers, odd)
moments = st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30)).map(lambda at: at.replace(tzinfo=UTC))
times = st.one_of(
    moments.map(lambda at: at.isoformat()),
    moments.map(lambda at: (at - EPOCH) // timedelta(seconds=1)),
    moments.map(lambda at: (at - EPOCH) // timedelta(milliseconds=1)),
    odd,
)
items = st.lists(st.fixed_dictionaries({}, optional={"n": KEYS, "v": values, "t": times}), max_size=6)

BY_KEY = {"values": "v", "time": "t"}
ITEMS = {"items": "d", "name": "n", "value": "v", "time": "t"}
messages = st.one_of(
    st.tuples(st.just("BY_KEY"), st.fixed_dictionaries({"v": st.dictionaries(KEYS, values), "t": times})),
    st.tuples(st.just("ITEMS"), st.fixed_dictionaries({"d": items}, optional={"t": times})),
    st.tuples(st.just("INDEX"), st.fixed_dictionaries({"v": st.lists(values, max_size=4), "t": times})),
)
spoilt = st.tuples(
    st.sampled_from(["BY_KEY", "ITEMS", "PLAIN"]),
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda payload, at, byte: payload[: at % (len(payload) + 1)] + bytes([byte]) + payload[at:],
            messages.map(lambda found: json.dumps(found[1]).encode()),
            st.integers(0, 200),
            st.integers(0, 255),
        ),
    ),
)


def reading_of(layout: str) -> Reading:
    written: dict[str, Any] = {"topic": "x/{s}", "tag": "{s}_{key}"}
    written |= {"BY_KEY": BY_KEY, "INDEX": BY_KEY, "ITEMS": ITEMS, "PLAIN": {}}[layout]
    tags = list(TAGS)
    if layout == "PLAIN":
        written, tags = {"topic": "x/{tag}", "format": "plain"}, ["S_a"]
    SubscriptionSettings.model_validate(written)
    [plan] = expected_topics(settings(1883, written), tags).values()
    return Reading.of(plan, TAGS, {})


READINGS = {layout: reading_of(layout) for layout in ("BY_KEY", "INDEX", "ITEMS", "PLAIN")}


def read(layout: str, payload: bytes) -> list[Row] | None:
    """Return what the product makes of a payload, None where it says that it is not usable."""
    rows = Rows()
    try:
        decode(READINGS[layout], payload, RECEIVED_US, False, rows)
    except Undecodable:
        return None
    columns = zip(rows.series, rows.times_us, rows.values, rows.quality, strict=True)
    return [(series, at, None if math.isnan(value) else value, q) for series, at, value, q in columns]


def expected(layout: str, message: Any) -> list[Row]:
    """Return what should become of a message, by the reference page."""
    if layout == "ITEMS":
        found = []
        for item in message["d"]:
            said = item.get("t") if item.get("t") is not None else message.get("t")
            if "n" in item:
                found.append((item["n"], item.get("v"), said))
    elif layout == "INDEX":
        found = sorted((str(at), raw, message["t"]) for at, raw in enumerate(message["v"]) if at < 2)
    else:
        found = [(key, raw, message["t"]) for key, raw in message["v"].items()]
    rows = []
    for key, raw, said in found:
        series = TAGS.get(f"S_{key}")
        if series is not None:
            at_us, known = _time(said)
            value, quality = _value(raw)
            worst = quality if known or quality // 64 <= 1 else 64
            rows.append((series, at_us, value, worst))
    return rows


def _value(raw: Any) -> tuple[float | None, int]:
    if raw is None:
        return None, 0
    if isinstance(raw, (str, list)):
        return None, 4
    # JSON of Python has whole numbers exactly, whatever their size.
    return float(raw), 80 if abs(raw) > 2**53 else 192


def _time(said: Any) -> tuple[int, bool]:
    if isinstance(said, str) and len(said) >= len("2026-05-28T20:26:30"):
        return (datetime.fromisoformat(said) - EPOCH) // timedelta(microseconds=1), True
    if isinstance(said, int) and not isinstance(said, bool):
        # The times above are of 2000 to 2200: in seconds below 10^10, in milliseconds above 10^11.
        return said * (1_000_000 if said < 10**10 else 1_000), True
    return RECEIVED_US, False
