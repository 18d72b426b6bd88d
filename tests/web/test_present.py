import math

import pytest

from history.live import Latest
from telemetry.clock import US_PER_S
from telemetry.plant import Name, Point, PointKind
from telemetry.quality import Quality
from web.language import Language
from web.present import Presenter

NOW_US = 1_800_000_000 * US_PER_S
POINT = Point("AE_DO1", "aerobic", Name("溶解氧", "DO"), PointKind.ANALOG, "mg/L", 0, 20, "PLC2")


def presenter(sample: Latest, language: Language) -> Presenter:
    return Presenter(lambda tag, now_us: sample, NOW_US, language)


def sample(value: float, seconds_ago: float, quality: Quality, stale: bool = False) -> Latest:
    return Latest("AE_DO1", value, NOW_US - round(seconds_ago * US_PER_S), quality, stale)


def test_a_good_value_needs_no_reason(zh: Language) -> None:
    shown = presenter(sample(2.13, 4, Quality.GOOD), zh).of(POINT, 1)

    assert (shown.text, shown.measure, shown.condition, shown.reason, shown.holds) == (
        "2.1",
        "mg/L",
        "good",
        None,
        True,
    )


@pytest.mark.parametrize(
    ("latest", "condition", "reason"),
    [
        (sample(math.nan, 190, Quality.COMM_FAILURE), "bad", "通讯中断 3 分钟"),
        (sample(math.nan, 20, Quality.COMM_FAILURE), "bad", "通讯中断"),
        (sample(2.1, 400, Quality.GOOD, stale=True), "stale", "无新数据 6 分钟"),
        (sample(2.1, 400, Quality.SENSOR_FAILURE, stale=True), "bad", "传感器故障 6 分钟"),
        (Latest("AE_DO1", math.nan, 0, Quality.WAITING, False), "waiting", None),
    ],
)
def test_a_value_that_does_not_hold_says_why_and_since_when(
    latest: Latest, condition: str, reason: str | None, zh: Language
) -> None:
    shown = presenter(latest, zh).of(POINT, 1)

    assert (shown.condition, shown.reason, shown.holds) == (condition, reason, False)


def test_an_uncertain_value_holds_and_says_what_is_uncertain(en: Language) -> None:
    shown = presenter(sample(20.0, 4, Quality.RANGE_EXCEEDED), en).of(POINT, 1)

    assert (shown.condition, shown.reason, shown.holds) == ("uncertain", "out of range", True)


def test_a_status_word_that_does_not_hold_says_nothing(en: Language) -> None:
    words = [
        presenter(sample(5.0, 1, Quality.GOOD), en).word_of("AE_DO1"),
        presenter(sample(5.0, 1, Quality.COMM_FAILURE), en).word_of("AE_DO1"),
        presenter(sample(math.nan, 1, Quality.GOOD), en).word_of("AE_DO1"),
    ]

    assert words == [5, None, None]
