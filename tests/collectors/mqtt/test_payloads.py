import json
import math
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings

from tests.collectors.mqtt.payloads import RECEIVED_US, expected, messages, read, spoilt


@settings(max_examples=400)
@given(messages)
def test_every_message_is_read_as_the_reference_page_says(found: tuple[str, Any]) -> None:
    layout, message = found

    assert read(layout, json.dumps(message).encode()) == expected(layout, message)


@settings(max_examples=400)
@given(spoilt)
def test_what_is_spoilt_on_its_way_never_raises_and_never_makes_an_impossible_sample(
    found: tuple[str, bytes],
) -> None:
    for series, at_us, value, quality in read(*found) or []:
        assert series in (1, 2, 3, 4)
        assert 946_684_800_000_000 <= at_us <= max(RECEIVED_US, 7_258_118_400_000_000)
        assert value is None or math.isfinite(value)
        assert 0 <= quality <= 255
        assert (value is None) <= (quality < 64)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"v": ' * 30_000,
        b"[" * 200_000,
        b'{"v": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"v": {"a": ' + b"9" * 200_000 + b"}}",
        b'{"v": {"a": 1' + b"0" * 400 + b"}}",
        b'{"v": {"a": 0.' + b"1" * 200_000 + b"}}",
        b'{"v": {' + b",".join(b'"a": %d' % n for n in range(20_000)) + b"}}",
        b'{"v": {' + b",".join(b'"k%d": 1' % n for n in range(20_000)) + b"}}",
        b'{"v": [' + b"1," * 100_000 + b"1]}",
        b'{"v": {"a": "' + b"\\u0000" * 30_000 + b'"}}',
        b'{"v": {"a": NaN, "b": -Infinity}}',
        b'{"v": {"a": "\xed\xa0\x80"}}',
        b'{"d": [' + b'{"n":"a","v":1},' * 12_000 + b"{}]}",
        b'{"d": [' + b"[]," * 60_000 + b"{}]}",
    ],
)
def test_a_bomb_costs_little_memory_and_nothing_else(payload: bytes) -> None:
    tracemalloc.start()
    for layout in ("BY_KEY", "ITEMS", "INDEX", "PLAIN"):
        rows = read(layout, payload) or []
        assert len(rows) <= 12_000
        assert all(value is None or math.isfinite(value) for _, _, value, _ in rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 100 * 1024 * 1024
