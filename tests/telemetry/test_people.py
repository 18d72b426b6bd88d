import pytest

from telemetry.errors import Invalid
from telemetry.people import TEXT_LENGTH, clean


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  笔误 ", "笔误"),
        ("两行\n第二行", "两行\n第二行"),
        ("\u202eabc\u202c", "abc"),
        ("\x1b[31m红", "[31m红"),
        ("\u200b\ufeff\u2066", ""),
        ("\U000e0001", ""),
    ],
)
def test_what_cannot_be_seen_or_turns_text_around_is_left_out(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_a_long_text_is_refused() -> None:
    assert clean("字" * TEXT_LENGTH) == "字" * TEXT_LENGTH
    with pytest.raises(Invalid):
        clean("字" * (TEXT_LENGTH + 1))
