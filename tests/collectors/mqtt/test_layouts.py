"""Every way in which stations write their messages, each with what may be odd about it."""

import json
import math
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.mqtt.decode import Reading, Rows, Undecodable, decode
from collectors.mqtt.plan import expected_topics, place, topic_filters
from collectors.mqtt.settings import SubscriptionSettings
from collectors.mqtt.times import time_us_of, zone_of
from telemetry.clock import US_PER_S, to_us
from telemetry.errors import ConfigError
from tests.collectors.mqtt.subscriptions import settings

NOW = 1_780_000_000 * US_PER_S
GOOD, UNCERTAIN, LAST_USABLE, NOT_ACCURATE, RANGE_EXCEEDED, CONFIG_ERROR, BAD = 192, 64, 68, 80, 84, 4, 0
TAGS = {"LS1_LIT": 1, "LS1_P1": 2, "LS1_0": 3, "LS1_2": 4}
Row = tuple[int, int, float | None, int]


def rows_of(message: Any, retained: bool = False, tags: tuple[str, ...] = tuple(TAGS), **more: Any) -> Rows:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    written = {"topic": "plant/{station}", "tag": "{station}_{key}"} | more
    [plan] = expected_topics(settings(1883, written), tags).values()
    rows = Rows()
    decode(Reading.of(plan, TAGS, {"LS1_P1": (0.0, 10.0)}), payload, NOW, retained, rows)
    return rows


def read(message: Any, retained: bool = False, tags: tuple[str, ...] = tuple(TAGS), **more: Any) -> list[Row]:
    """Return (series, time, value or None, quality) of a message."""
    rows = rows_of(message, retained, tags, **more)
    columns = zip(rows.series, rows.times_us, rows.values, rows.quality, strict=True)
    return [(series, at, None if math.isnan(value) else value, q) for series, at, value, q in columns]


ITEMS: dict[str, Any] = {"items": "data.points", "name": "id", "value": "v", "time": "t", "quality": "q"}


def items(*found: Any, **beside: Any) -> Any:
    return {"data": {"points": list(found)}, **beside}


def test_items_have_name_value_time_and_quality_each() -> None:
    message = items(
        {"id": "LIT", "v": 2.5, "t": 1_780_000_001, "q": 192},
        {"id": "P1", "v": 3, "t": "2026-05-28T20:26:30Z", "q": "uncertain"},
        {"id": "LIT", "v": 2.6, "t": 1_780_000_002_000},
    )

    assert read(message, **ITEMS) == [
        (1, NOW + US_PER_S, 2.5, GOOD),
        (2, NOW - 10 * US_PER_S, 3.0, UNCERTAIN),
        (1, NOW + 2 * US_PER_S, 2.6, GOOD),
    ]


def test_an_item_without_a_time_has_the_message_s() -> None:
    message = items({"id": "LIT", "v": 1}, {"id": "P1", "v": 2, "t": "odd"}, t=1_780_000_005)

    assert read(message, **ITEMS) == [(1, NOW + 5 * US_PER_S, 1.0, GOOD), (2, NOW, 2.0, UNCERTAIN)]
    assert read(items({"id": "LIT", "v": 1}), **ITEMS) == [(1, NOW, 1.0, UNCERTAIN)]


def test_odd_items_cost_themselves_only_and_are_counted() -> None:
    odd: list[Any] = [
        3,
        None,
        [],
        {"v": 1},
        {"id": None, "v": 1},
        {"id": True, "v": 1},
        {"id": ["LIT"], "v": 1},
    ]
    rows = rows_of(items(*odd, {"id": "XYZ", "v": 1}, {"id": 2, "v": 7}, {"id": "LIT"}), **ITEMS)

    assert (rows.series, rows.odd_entries, rows.unknown_keys) == ([4, 1], 7, 1)
    assert (rows.values[0], math.isnan(rows.values[1]), rows.quality[1]) == (7.0, True, BAD)


def test_items_may_be_the_message_itself_and_paths_lead_into_lists() -> None:
    message = [{"id": {"name": "LIT"}, "now": [0, {"v": 4}]}]

    assert read(message, items="", name="id.name", value="now.1.v") == [(1, NOW, 4.0, GOOD)]


def test_a_list_of_values_is_read_by_index() -> None:
    message = {"ts": 1_780_000_001, "d": [1.5, "x", 7], "q": [192, 0, 64]}

    assert read(message, values="d", time="ts", quality="q") == [
        (3, NOW + US_PER_S, 1.5, GOOD),
        (4, NOW + US_PER_S, 7.0, UNCERTAIN),
    ]
    assert read([5], values="") == [(3, NOW, 5.0, GOOD)]
    with pytest.raises(Undecodable, match="no object with values at d"):
        read({"d": [1]}, values="d", tags=("LS1_LIT",))


def test_the_object_under_a_key_may_hold_value_time_and_quality() -> None:
    message = {"LIT": {"v": {"now": 1}, "t": 1_780_000_003}, "P1": {"v": {"now": 2}, "q": 0}, "at": 1}

    assert read(message, value="v.now", time="t", quality="q") == [
        (1, NOW + 3 * US_PER_S, 1.0, GOOD),
        (2, NOW, 2.0, BAD),
    ]


def test_records_are_messages_of_their_own_as_stations_send_them_after_an_absence() -> None:
    message = {"log": [{"ts": 1_780_000_000 + n, "x": {"LIT": n}} for n in range(3)] + ["odd", {"x": 1}]}
    rows = rows_of(message, records="log", values="x", time="ts")

    assert (rows.values, rows.odd_entries) == ([0.0, 1.0, 2.0], 2)
    assert rows.times_us == [NOW, NOW + US_PER_S, NOW + 2 * US_PER_S]
    assert read([{"x": {"LIT": 1}}], records="", values="x") == [(1, NOW, 1.0, GOOD)]
    with pytest.raises(Undecodable, match="no list of records at log"):
        read({"log": {}}, records="log")


ONE: dict[str, Any] = {"topic": "plant/{station}/{key}", "value": "v.now"}


def test_a_topic_that_names_the_point_carries_one_value() -> None:
    alone = ("LS1_LIT",)
    message = {"v": {"now": 2.5}, "t": 1_780_000_001, "q": 64}

    assert read(message, tags=alone, time="t", quality="q", **ONE) == [(1, NOW + US_PER_S, 2.5, UNCERTAIN)]
    assert read({"v": {"now": None}}, tags=alone, **ONE) == [(1, NOW, None, BAD)]
    odd: list[Any] = [{"v": 1}, {}, [], 3, {"v": {}}]
    for lacking in odd:
        with pytest.raises(Undecodable, match=r"no value at v\.now"):
            read(lacking, tags=alone, **ONE)


def plain(payload: bytes, tag: str = "LS1_LIT", retained: bool = False) -> list[Row]:
    return read(payload, retained, (tag,), topic="plant/{tag}", tag="{tag}", format="plain")


@pytest.mark.parametrize(
    ("payload", "value", "quality"),
    [
        (b"2.5", 2.5, GOOD),
        (b" -0.5e1\r\n\0", -5.0, GOOD),
        (b"\xef\xbb\xbf+7", 7.0, GOOD),
        (b".5", 0.5, GOOD),
        (b"5.", 5.0, GOOD),
        (b"0012", 12.0, GOOD),
        (b"true", 1.0, GOOD),
        (b"OFF", 0.0, GOOD),
        (b"On", 1.0, GOOD),
        (b"FALSE", 0.0, GOOD),
        (b"9007199254740993", 2.0**53, NOT_ACCURATE),
        (b"nan", None, BAD),
        (b"null", None, BAD),
        (b"-Infinity", None, BAD),
        (b"1e999", None, CONFIG_ERROR),
        (b"1e99999999", None, CONFIG_ERROR),
        (b"9" * 200, None, CONFIG_ERROR),
        (b"1,5", None, CONFIG_ERROR),
        (b"0x10", None, CONFIG_ERROR),
        (b"1_000", None, CONFIG_ERROR),
        (b"2.5 m", None, CONFIG_ERROR),
        ("２".encode(), None, CONFIG_ERROR),
        (b'{"v": 1}', None, CONFIG_ERROR),
    ],
)
def test_a_plain_value_is_a_number_or_a_switch(payload: bytes, value: float | None, quality: int) -> None:
    assert plain(payload) == [(1, NOW, value, quality)]


def test_a_plain_value_has_a_range_and_may_be_retained() -> None:
    assert plain(b"11", "LS1_P1") == [(2, NOW, 11.0, RANGE_EXCEEDED)]
    assert plain(b"5", "LS1_P1", retained=True) == [(2, NOW, 5.0, LAST_USABLE)]


@pytest.mark.parametrize("payload", [b"", b" \0", b"\xff\xfe1", b"1" * 300])
def test_what_is_no_plain_text_says_so(payload: bytes) -> None:
    with pytest.raises(Undecodable):
        plain(payload)


def test_text_is_a_value_in_json_only_where_that_is_said() -> None:
    message = {"LIT": "2.31", "P1": "on", "0": "odd"}

    assert [row[2:] for row in read(message)] == [(None, CONFIG_ERROR)] * 3
    assert [row[2:] for row in read(message, text_numbers=True)] == [
        (2.31, GOOD),
        (1.0, GOOD),
        (None, CONFIG_ERROR),
    ]


def test_a_topic_of_one_point_is_no_line_of_its_own() -> None:
    by_tag = settings(1883, {"topic": "plant/{tag}", "format": "plain"})
    by_station = settings(1883, {"topic": "{station}/{key}", "tag": "{station}_{key}", "value": "v"})
    fixed = settings(1883, {"topic": "well/{well}/level", "tag": "{well}_LIT", "format": "plain"})

    assert [plan.channel("M") for plan in expected_topics(by_tag, ["A", "B"]).values()] == ["M", "M"]
    assert {t: p.channel("M") for t, p in expected_topics(by_station, ["LS1_A", "LS1_B"]).items()} == {
        "LS1/A": "M.LS1",
        "LS1/B": "M.LS1",
    }
    assert [plan.channel("M") for plan in expected_topics(fixed, ["W1_LIT", "W2_LIT"]).values()] == [
        "M.W1",
        "M.W2",
    ]
    assert topic_filters(by_station) == ("+/+",)
    assert place(fixed, "W1_P") is None


@pytest.mark.parametrize(
    ("said", "zone", "moment"),
    [
        ("2026-05-28 20:26:30", "Asia/Shanghai", "2026-05-28T20:26:30+08:00"),
        ("2026/5/8 8:05", "+08:00", "2026-05-08T08:05:00+08:00"),
        ("2026-05-28T20:26:30,25", "-0330", "2026-05-28T20:26:30.25-03:30"),
        ("20260528202630", "Asia/Shanghai", "2026-05-28T20:26:30+08:00"),
        ("20260528202630123", "Asia/Shanghai", "2026-05-28T20:26:30.123+08:00"),
        ("2026-05-28T20:26:30Z", "Asia/Shanghai", "2026-05-28T20:26:30+00:00"),
        ("1780000000", "Asia/Shanghai", "2026-05-28T20:26:40+00:00"),
        ("1780000000123", None, "2026-05-28T20:26:40.123+00:00"),
        ("1780000000.5", None, "2026-05-28T20:26:40.5+00:00"),
    ],
)
def test_times_as_stations_write_them(said: str, zone: str | None, moment: str) -> None:
    found = time_us_of(said, None if zone is None else zone_of(zone), NOW)

    assert found == to_us(datetime.fromisoformat(moment))


@pytest.mark.parametrize(
    "said",
    [
        "2026-05-28",
        "20260528",
        "20:26:30",
        "2026-13-01 00:00:00",
        "2026-05/28 20:26:30",
        "20260528246000",
        "2026-05-28 20:26:30 PM",
        "0000-01-01 00:00:00",
        "9" * 41,
        "2026-05-28 20:26:30\u0660",
    ],
)
def test_what_is_no_time_is_none(said: str) -> None:
    assert time_us_of(said, ZoneInfo("Asia/Shanghai"), NOW) is None


def test_of_an_hour_that_comes_twice_the_nearer_is_meant_and_one_left_out_is_none() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first, second = (to_us(datetime.fromisoformat(f"2026-10-25T02:30:00+0{n}:00")) for n in (2, 1))

    assert time_us_of("2026-10-25 02:30:00", berlin, first + US_PER_S) == first
    assert time_us_of("2026-10-25 02:30:00", berlin, second + US_PER_S) == second
    assert time_us_of("2026-03-29 02:30:00", berlin, first) is None


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ({"topic": "a/{tag}", "format": "plain", "time": "t"}, "time with format plain"),
        ({"topic": "a/{tag}", "format": "plain", "text_numbers": True}, "text_numbers with format plain"),
        ({"topic": "a/{tag}", "format": "plain", "tag": "{key}"}, "{key} is not in the topic"),
        ({"topic": "a", "tag": "{key}", "items": "x", "value": "v"}, "items without name"),
        ({"topic": "a", "tag": "{key}", "items": "x", "name": "n"}, "items without value"),
        (
            {"topic": "a", "tag": "{key}", "items": "x", "name": "n", "value": "v", "values": "y"},
            "values and items both stand here",
        ),
        ({"topic": "a", "tag": "{key}", "name": "n"}, "name without items"),
        ({"topic": "a", "tag": "{key}", "time_zone": "+08:00"}, "time_zone without time"),
        ({"topic": "a", "tag": "{key}", "time": "t", "time_zone": "Peking"}, "'Peking' is no zone"),
        ({"topic": "a", "tag": "{key}", "time": "t", "time_zone": "+25:00"}, "'+25:00' is no zone"),
        ({"topic": "a/{key}", "value": "v", "values": "x"}, "values, though the topic names the point"),
        ({"topic": "a/{key}"}, "{key} is the key of a value"),
        ({"topic": "a/{tag}"}, "{key} is missing"),
        ({"topic": "a"}, "tag\n  Field required"),
    ],
)
def test_settings_that_do_not_go_together_say_why(written: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        SubscriptionSettings.model_validate(written)

    assert what in str(caught.value)


def test_two_tags_that_are_one_value_or_one_topic_in_two_ways_are_refused() -> None:
    both = settings(
        1883, {"topic": "a/LS9", "tag": "X_{key}", "time": "t"}, {"topic": "a/{s}", "tag": "{s}_{key}"}
    )

    with pytest.raises(ConfigError, match="LS9_LIT and X_LIT are the same value of a/LS9"):
        expected_topics(both, ["LS9_LIT", "X_LIT"])
    with pytest.raises(ConfigError, match="a/LS9 comes by two subscriptions: X_P fits another"):
        expected_topics(both, ["LS9_LIT", "X_P"])


def test_a_long_list_costs_what_is_planned_and_no_more() -> None:
    long = b'{"d": [' + b"1," * 999_999 + b"2]}"
    rows = rows_of(long, values="d")

    assert (rows.values, rows.unknown_keys) == ([1.0, 1.0], 999_998)


def test_what_last_came_is_kept_short() -> None:
    message = {"LIT": "x" * 1000, "P1": {"a": [1]}, "0": list(range(50)), "2": 1.25}

    assert rows_of(message).raw == {
        1: (NOW, "x" * 64),
        2: (NOW, "an object of 1"),
        3: (NOW, "a list of 50"),
        4: (NOW, 1.25),
    }
