import pytest

from history.influx.answers import LinesRefused, TargetAway, TargetMisconfigured, judged, shortened
from history.influx.client import judged_error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, TargetMisconfigured),
        (400, LinesRefused),
        (401, TargetMisconfigured),
        (403, TargetMisconfigured),
        (404, TargetMisconfigured),
        (405, TargetMisconfigured),
        (408, TargetAway),
        (413, LinesRefused),
        (422, LinesRefused),
        (429, TargetAway),
        (500, TargetAway),
        (503, TargetAway),
    ],
)
def test_an_answer_is_judged_by_what_is_to_be_done(status: int, kind: type[Exception]) -> None:
    assert type(judged(status, "why", None)) is kind


def test_a_refusal_says_how_many_lines_and_the_reason_does_not() -> None:
    error = judged(422, "partial write: field type conflict dropped=17", None)

    assert isinstance(error, LinesRefused)
    assert (error.dropped, str(error)) == (17, "partial write: field type conflict")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("86400", 300.0),
        ("-1", 0.0),
        ("nan", 0.0),
        ("Wed, 21 Oct 2026", 0.0),
        (None, 0.0),
    ],
)
def test_retry_after_is_believed_within_reason(said: str | None, seconds: float) -> None:
    error = judged(503, "busy", said)

    assert isinstance(error, TargetAway)
    assert error.retry_after_s == seconds


def test_a_reason_is_one_short_line_without_the_token() -> None:
    assert shortened("no\n sesame here", lambda text: text.replace("sesame", "…")) == "no … here"
    assert len(shortened("x" * 1000)) == 300


def test_a_mistake_of_ours_is_not_taken_for_the_targets() -> None:
    assert judged_error(TypeError("x")) is None
    assert isinstance(judged_error(OSError("x")), TargetAway)
