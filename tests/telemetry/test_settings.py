from datetime import timedelta

import pytest

from telemetry.settings import parse_duration


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("5s", timedelta(seconds=5)),
        (" 1.5 min ", timedelta(seconds=90)),
        ("1h", timedelta(hours=1)),
        ("366d", timedelta(days=366)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "value", ["5", "-5s", "５s", "5 s s", "s", "", "1e3s", "nans", 5, None, True, "9" * 400 + "s"]
)
def test_anything_else_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write"):
        parse_duration(value)


@pytest.mark.parametrize("value", ["367d", "999999999999d"])
def test_a_duration_is_no_longer_than_a_year(value: str) -> None:
    with pytest.raises(ValueError, match="longer than a year; write a shorter one"):
        parse_duration(value)
