from datetime import timedelta

import pytest
from pydantic import Field, ValidationError

from telemetry.settings import Duration, Settings, parse_duration


class PollSettings(Settings):
    every: Duration = Field(default=timedelta(seconds=5), description="time from one poll to the next")
    offset: float = 0.0


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("5s", timedelta(seconds=5)),
        ("1.5 min", timedelta(seconds=90)),
        (" 2h ", timedelta(hours=2)),
        ("31d", timedelta(days=31)),
        (timedelta(seconds=3), timedelta(seconds=3)),
    ],
)
def test_a_duration_is_written_with_its_unit(text: object, span: timedelta) -> None:
    assert PollSettings.model_validate({"every": text}).every == span


@pytest.mark.parametrize("text", ["5", "5 sec", "s", "", "-5s", "1e3s", "5s 3s", 5, None])
def test_anything_else_is_refused_and_told_how_to_write_it(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write 500ms, 5s, 10min, 1h or 1d"):
        parse_duration(text)
    with pytest.raises(ValidationError):
        PollSettings.model_validate({"every": text})


def test_a_duration_is_written_out_in_seconds_and_read_back() -> None:
    written = PollSettings(every=timedelta(minutes=1.5)).model_dump()

    assert written == {"every": "90s", "offset": 0.0}
    assert PollSettings.model_validate(written).every == timedelta(seconds=90)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="evry"):
        PollSettings.model_validate({"evry": "5s"})


def test_settings_do_not_change() -> None:
    settings = PollSettings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.offset = 1.0


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_is_finite(number: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        PollSettings(offset=number)


@pytest.mark.parametrize("text", ["５s", "nans", "9" * 400 + "s", True])
def test_digits_are_ascii_and_few(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["367d", "999999999999d"])
def test_a_duration_is_no_longer_than_a_year(text: str) -> None:
    with pytest.raises(ValueError, match="longer than a year; write a shorter one"):
        parse_duration(text)
