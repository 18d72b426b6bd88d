"""Months as they are written, and the one after."""

from datetime import date

import pytest

from telemetry.calendar import month_after, month_named
from telemetry.errors import Invalid


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2028-02", date(2028, 2, 1), date(2028, 3, 1)),
        ("2000-01", date(2000, 1, 1), date(2000, 2, 1)),
        ("2099-12", date(2099, 12, 1), date(2100, 1, 1)),
    ],
)
def test_a_month_is_written_like_2026_10(text: str, first: date, following: date) -> None:
    assert (month_named(text), month_after(first)) == (first, following)


def test_the_month_after_the_last_day_of_january_is_february() -> None:
    assert month_after(date(2026, 1, 31)) == date(2026, 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-1",
        "1999-12",
        "2100-01",
        " 2026-10",
        "2026-10-01",
        "2026-10\n",
        "二零二六",
    ],
)
def test_anything_else_is_refused_with_one_to_copy(text: str) -> None:
    with pytest.raises(Invalid, match="write one such as 2026-10") as refused:
        month_named(text)

    assert refused.value.code == "bad_month"
