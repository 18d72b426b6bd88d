import math
from datetime import UTC, datetime, timedelta

import pytest

from telemetry.plant import Name, Point, PointKind
from web import formats
from web.language import Language

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def point(unit: str, low: float, high: float, kind: PointKind = PointKind.ANALOG) -> Point:
    return Point("T", "u", Name("名", "name"), kind, unit, low, high, "PLC1")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (18.44, 1, "18.4"),
        (-245.2, 0, "−245"),
        (-0.04, 1, "0.0"),
        (math.nan, 2, "––"),
        (math.inf, 0, "––"),
    ],
)
def test_a_number_has_a_true_minus_and_no_negative_zero(value: float, places: int, text: str) -> None:
    assert formats.number(value, places) == text


@pytest.mark.parametrize(
    ("unit", "low", "high", "places"),
    [("m3/h", 0, 1600, 0), ("mg/L", 0, 20, 1), ("mg/L", 0, 2, 2), ("m", 0, 8, 2), ("mV", -500, 500, 0)],
)
def test_a_range_says_how_many_decimals_can_be_read(unit: str, low: float, high: float, places: int) -> None:
    assert formats.decimals(point(unit, low, high)) == places


def test_a_value_is_never_shown_coarser_than_its_limits() -> None:
    assert formats.decimals(point("mg/L", 0, 100), [40.25]) == 2


def test_a_counter_has_no_decimals() -> None:
    assert formats.decimals(point("m", 0, 4e9, PointKind.TOTAL)) == 0


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (12, "12 秒", "12 s"),
        (185, "3 分 05 秒", "3 min 05 s"),
        (7620, "2 小时 07 分", "2 h 07 min"),
        (273_600, "3 天 4 小时", "3 d 4 h"),
        (-5, "0 秒", "0 s"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(
    seconds: int, chinese: str, english: str, zh: Language, en: Language
) -> None:
    span = timedelta(seconds=seconds)

    assert (formats.duration(span, zh), formats.duration(span, en)) == (chinese, english)


@pytest.mark.parametrize(
    ("back", "chinese", "english"),
    [
        (timedelta(hours=2), "06:00", "06:00"),
        (timedelta(hours=10), "昨天 22:00", "yesterday 22:00"),
        (timedelta(days=2), "11-19 08:00", "11-19 08:00"),
        (timedelta(days=400), "2025-10-17 08:00", "2025-10-17 08:00"),
    ],
)
def test_a_time_is_told_as_staff_tell_it(
    back: timedelta, chinese: str, english: str, zh: Language, en: Language
) -> None:
    at = NOW - back

    assert (formats.moment(at, NOW, zh), formats.moment(at, NOW, en)) == (chinese, english)
