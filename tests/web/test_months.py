from datetime import date

import pytest

from telemetry.errors import Invalid
from web.language import Language
from web.months import Month

TODAY = date(2026, 11, 21)


def test_without_a_word_it_is_the_month_in_course() -> None:
    month = Month.asked("", TODAY)

    assert (month.key, month.first, month.last, month.end) == (
        "2026-11",
        date(2026, 11, 1),
        date(2026, 11, 30),
        date(2026, 12, 1),
    )
    assert month.is_this
    assert (month.before, month.after) == ("2026-10", None)


@pytest.mark.parametrize(
    ("text", "before", "after", "last"),
    [
        ("2026-01", "2025-12", "2026-02", 31),
        ("2024-02", "2024-01", "2024-03", 29),
        ("2025-12", "2025-11", "2026-01", 31),
        ("2000-01", None, "2000-02", 31),
    ],
)
def test_the_months_beside_run_over_the_year(text: str, before: str | None, after: str, last: int) -> None:
    month = Month.asked(text, TODAY)

    assert (month.before, month.after, month.last.day, month.is_this) == (before, after, last, False)


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026-00", "2026-1", "xx", "2026", "2026-11-01", "<script>", "二零二六", "0000-01"],
)
def test_what_is_no_month_is_refused_with_one_to_copy(text: str) -> None:
    with pytest.raises(Invalid, match="2026-10") as refused:
        Month.asked(text, TODAY)

    assert refused.value.code == "bad_month"


@pytest.mark.parametrize(
    ("text", "ahead", "allowed"),
    [
        ("2026-12", 0, False),
        ("2099-12", 0, False),
        ("2026-12", 12, True),
        ("2027-11", 12, True),
        ("2027-12", 12, False),
    ],
)
def test_how_far_it_may_lie(text: str, ahead: int, allowed: bool) -> None:
    if allowed:
        assert Month.asked(text, TODAY, ahead).key == text
        return
    with pytest.raises(Invalid) as refused:
        Month.asked(text, TODAY, ahead)
    assert refused.value.code == "month_out_of_reach"


def test_the_last_month_that_may_be_asked_for_leads_no_further() -> None:
    assert Month.asked("2027-11", TODAY, 12).after is None
    assert Month.asked("2027-10", TODAY, 12).after == "2027-11"


def test_a_month_holds_its_days_alone() -> None:
    month = Month.asked("2026-10", TODAY)

    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    assert [month.holds(day) for day in days] == [False, True, True, False]


def test_it_is_said_in_both_languages(zh: Language, en: Language) -> None:
    assert [Month.asked("2026-09", TODAY).said(language) for language in (zh, en)] == [
        "2026年9月",
        "Sep 2026",
    ]
