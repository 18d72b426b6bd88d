import json
import math
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.decode import Reading, Rows, Undecodable, decode
from collectors.mqtt.plan import expected_topics
from collectors.mqtt.times import time_us_of
from telemetry.clock import US_PER_S, to_us
from tests.collectors.mqtt.subscriptions import IDS, settings, subscription

NOW = 1_780_000_000 * US_PER_S
GOOD, UNCERTAIN, LAST_USABLE, NOT_ACCURATE, RANGE_EXCEEDED, CONFIG_ERROR, BAD = 192, 64, 68, 80, 84, 4, 0
Row = tuple[int, int, float | None, int]


def read(message: Any, retained: bool = False, ranges: Any = None, **more: Any) -> list[Row]:
    """Return (series, time, value or None, quality) of a message, given as JSON or as an object."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    plan = expected_topics(settings(1883, subscription(**more)), ["LS1_LIT", "LS1_P1_ST"])[
        "plant/LS1/readings"
    ]
    rows = Rows()
    decode(Reading.of(plan, IDS, ranges or {}), payload, NOW, retained, rows)
    columns = zip(rows.series, rows.times_us, rows.values, rows.quality, strict=True)
    return [
        (series, at, None if math.isnan(value) else value, quality) for series, at, value, quality in columns
    ]


@pytest.mark.parametrize(
    ("raw", "value", "quality"),
    [
        ("3.5", 3.5, GOOD),
        ("-0", 0.0, GOOD),
        ("1e3", 1000.0, GOOD),
        ("true", 1.0, GOOD),
        ("false", 0.0, GOOD),
        ("null", None, BAD),
        ('"3.5"', None, CONFIG_ERROR),
        ("[3.5]", None, CONFIG_ERROR),
        ('{"value": 3.5}', None, CONFIG_ERROR),
        ("9007199254740992", 2.0**53, GOOD),
        ("9007199254740993", 2.0**53, NOT_ACCURATE),
        ("18446744073709551615", 2.0**64, NOT_ACCURATE),
        ("18446744073709551617", 2.0**64, NOT_ACCURATE),
        ("-100000000000000000001", -1e20, NOT_ACCURATE),
        ("9007199254740991.5", 2.0**53, GOOD),
    ],
)
def test_what_stands_for_a_value_is_a_value_or_a_bad_sample(
    raw: str, value: float | None, quality: int
) -> None:
    message = f'{{"ts": 1780000000, "values": {{"LIT": {raw}}}}}'.encode()

    assert read(message) == [(1, NOW, value, quality)]


@pytest.mark.parametrize(
    ("said", "at_us"),
    [
        (1_779_999_990, NOW - 10 * US_PER_S),
        (1_779_999_990.25, NOW - 9_750_000),
        (1_779_999_990_250, NOW - 9_750_000),
        (1_779_999_990_250_001, NOW - 9_749_999),
        (1_779_999_990_250_001_000, NOW - 9_749_999),
        ("2026-05-28T20:26:30Z", NOW - 10 * US_PER_S),
        ("2026-05-29T04:26:30+08:00", NOW - 10 * US_PER_S),
        ("2026-05-28t20:26:30.25z", NOW - 9_750_000),
        ("2026-05-28 20:26:30+00:00", NOW - 10 * US_PER_S),
        (1_780_000_300, NOW + 300 * US_PER_S),
    ],
)
def test_a_time_is_taken_from_the_message(said: Any, at_us: int) -> None:
    assert read({"ts": said, "values": {"LIT": 1}}) == [(1, at_us, 1.0, GOOD)]


@pytest.mark.parametrize("said", [1_780_000_301, "2036-02-07T06:28:16Z", 7_258_118_400])
def test_a_time_from_the_future_stays_for_the_history_keeps_it_apart(said: Any) -> None:
    [(_, time_us, value, quality)] = read({"ts": said, "values": {"LIT": 1}})

    assert (time_us > NOW + 300_000_000, value, quality) == (True, 1.0, GOOD)


@pytest.mark.parametrize(
    "said",
    [
        None,
        True,
        {},
        "",
        "yesterday",
        "2026-05-28T20:26:30",
        "2026-05-28T20:26:60Z",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+08:00",
        0,
        -1,
        946_684_799,
        7_258_118_401,
        1e19,
        1e300,
    ],
)
def test_a_time_that_cannot_be_is_that_of_receipt_and_uncertain(said: Any) -> None:
    assert read({"ts": said, "values": {"LIT": 1}}) == [(1, NOW, 1.0, UNCERTAIN)]
    assert read({"values": {"LIT": 1}}) == [(1, NOW, 1.0, UNCERTAIN)]


def test_without_a_path_of_the_time_receipt_is_the_time() -> None:
    assert read({"ts": 5, "values": {"LIT": 1}}, time=None) == [(1, NOW, 1.0, GOOD)]


def test_a_retained_message_is_as_old_as_it_says_and_else_the_last_usable() -> None:
    old = {"ts": 1_700_000_000, "values": {"LIT": 1}}

    assert read(old, retained=True) == [(1, 1_700_000_000 * US_PER_S, 1.0, GOOD)]
    assert read({"values": {"LIT": 1}}, retained=True) == [(1, NOW, 1.0, LAST_USABLE)]
    assert read({"values": {"LIT": 1}}, retained=True, time=None) == [(1, NOW, 1.0, LAST_USABLE)]


def test_keys_nobody_knows_are_counted_and_the_others_kept() -> None:
    rows = Rows()
    plan = expected_topics(settings(1883, subscription(values="", quality="q")), ["LS1_LIT"])[
        "plant/LS1/readings"
    ]
    message = json.dumps({"ts": 1_780_000_000, "q": {"LIT": 192}, "LIT": 1, "A": 2, "B": 3}).encode()

    decode(Reading.of(plan, IDS, {}), message, NOW, False, rows)

    assert (rows.series, rows.values, rows.unknown_keys) == ([1], [1.0], 2)


@pytest.mark.parametrize(
    ("said", "quality"),
    [
        (192, 192),
        (216, 216),
        (0, 0),
        (24, 24),
        (68, 68),
        (128, BAD),
        (256, UNCERTAIN),
        (-1, UNCERTAIN),
        ("192", UNCERTAIN),
        (None, UNCERTAIN),
        (True, UNCERTAIN),
    ],
)
def test_the_device_s_own_quality_is_kept(said: Any, quality: int) -> None:
    message = {"ts": 1_780_000_000, "values": {"LIT": 1}, "q": {"LIT": said}}

    assert read(message, quality="q") == [(1, NOW, 1.0, quality)]


def test_of_two_qualities_the_worse_counts() -> None:
    ranges = {"LS1_LIT": (0.0, 8.0)}
    beyond = {"ts": 1_780_000_000, "values": {"LIT": 9}}

    assert read(beyond, ranges=ranges) == [(1, NOW, 9.0, RANGE_EXCEEDED)]
    assert read(beyond | {"q": {"LIT": 192}}, ranges=ranges, quality="q") == [(1, NOW, 9.0, RANGE_EXCEEDED)]
    assert read(beyond | {"q": {"LIT": 16}}, ranges=ranges, quality="q") == [(1, NOW, 9.0, 16)]
    assert read(beyond | {"q": "odd"}, ranges=ranges, quality="q") == [(1, NOW, 9.0, RANGE_EXCEEDED)]
    assert read({"values": {"LIT": None}}) == [(1, NOW, None, BAD)]


def test_paths_lead_into_the_message() -> None:
    message = {"head": {"at": 1_780_000_000}, "body": {"now": {"LIT": 2}}}

    assert read(message, time="head.at", values="body.now") == [(1, NOW, 2.0, GOOD)]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"LIT=3.5",
        b"[]",
        b"3",
        b"null",
        b'"values"',
        b'{"values": [1]}',
        b'{"values": null}',
        b'{"values": {"LIT": NaN}}',
        b'{"values": {"LIT": Infinity}}',
        b'{"values": {"LIT": 1e999}}',
        b'{"values": {"LIT": 0x10}}',
        b'{"values": {"LIT": "\xff"}}',
        b'{"values": {"LIT": 1}} and more',
        b"[" * 100_000,
        b'{"values":' * 50_000,
        b"\x00\x01\x02",
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_a_message_that_is_no_usable_json_says_so_and_yields_nothing(payload: bytes) -> None:
    with pytest.raises(Undecodable):
        read(payload)


def test_the_end_of_a_string_and_a_byte_order_mark_do_no_harm() -> None:
    assert read(b'\xef\xbb\xbf{"ts": 1780000000, "values": {"LIT": 1}}\0\0') == [(1, NOW, 1.0, GOOD)]


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert read(b'{"ts": 1780000000, "values": {"LIT": 1, "LIT": 2}}') == [(1, NOW, 2.0, GOOD)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["ts", "values", "q", "LIT"]), inner)
    ),
    max_leaves=12,
)


@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(), st.booleans())
def test_nothing_that_comes_raises_anything_but_undecodable(payload: bytes, retained: bool) -> None:
    try:
        rows = read(payload, retained, quality="q")
    except Undecodable:
        return

    for series, at_us, value, quality in rows:
        assert series == 1
        assert 946_684_800 * US_PER_S <= at_us <= NOW + 300 * US_PER_S
        assert value is None or math.isfinite(value)
        assert 0 <= quality <= 255


@given(st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.timezones()))
def test_every_moment_with_an_offset_is_read_exactly(moment: datetime) -> None:
    assert time_us_of(moment.isoformat()) == to_us(moment)
