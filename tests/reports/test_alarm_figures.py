"""The alarm system's month by domain.md 4.4, on journals made by hand."""

from collections.abc import Iterable
from uuid import UUID

import pytest

from reports.alarm_figures import DAY_US, HOUR_US, S_US, Happened, figures_of
from reports.inputs import AlarmFigures
from tests.reports.months import month

T0 = month().from_us
MINUTE_US = 60 * S_US


def raised(at_us: int, key: str = "AE_DO1.L", number: int = 0, priority: str = "low") -> Happened:
    return Happened(at_us, key, priority, "raise", UUID(int=number or at_us))


def then(one: Happened, event: str, after_us: int) -> Happened:
    return Happened(one.at_us + after_us, one.key, one.priority, event, one.occurrence)


def figures(records: Iterable[Happened], from_us: int = T0, through_us: int = month().to_us) -> AlarmFigures:
    ordered = sorted(records, key=lambda one: one.at_us)
    return figures_of(ordered, {}, month().starts_us, from_us, through_us)


def test_alarms_are_counted_by_day_hour_and_priority() -> None:
    one, two = raised(T0 + HOUR_US), raised(T0 + DAY_US + 5 * MINUTE_US, "BL.fault", priority="high")

    found = figures([one, two, raised(T0 + DAY_US + 6 * MINUTE_US, "BL.fault")])

    assert (found.raised, found.by_day[:3], found.most_an_hour) == (3, (1, 2, 0), 2)
    assert found.by_priority == {"high": 1, "low": 2}
    assert [(top.key, top.count) for top in found.top] == [("BL.fault", 2), ("AE_DO1.L", 1)]
    assert found.top_share == 1.0


def test_more_than_ten_in_any_ten_minutes_is_a_flood_until_fewer_than_five_are_left() -> None:
    ten = [raised(T0 + index * 60 * S_US - 1, f"P{index}", index + 1) for index in range(1, 11)]
    eleventh = raised(T0 + 10 * 60 * S_US, "P11", 99)

    quiet, flood = figures(ten), figures([*ten, eleventh])

    assert (quiet.most_in_10_min, quiet.flood_share) == (10, 0.0)
    assert flood.most_in_10_min == 11
    # The fifth last came after 7 min; ten minutes later four are left, seven minutes after the flood began.
    assert flood.flood_share * (month().to_us - T0) == pytest.approx(7 * MINUTE_US, abs=2)


def test_a_flood_lasts_no_longer_than_the_month() -> None:
    through = T0 + HOUR_US
    many = [raised(through - MINUTE_US + index, f"P{index}", index + 1) for index in range(20)]

    assert figures(many, through_us=through).flood_share == pytest.approx(1 / 60, rel=1e-3)


@pytest.mark.parametrize(("gap_s", "chattering"), [(30, 1), (31, 0)])
def test_three_of_the_same_alarm_in_a_minute_chatter(gap_s: int, chattering: int) -> None:
    same = [raised(T0 + index * gap_s * S_US, number=index + 1) for index in range(3)]
    others = [raised(T0 + index * S_US, f"P{index}", index + 50) for index in range(3)]

    assert figures([*same, *others]).chattering == chattering


def test_what_ends_by_itself_within_ten_seconds_is_fleeting_and_what_stands_a_day_is_stale() -> None:
    fleeting, answered, stale = (raised(T0 + index * HOUR_US, f"P{index}", index + 1) for index in range(3))
    records = [
        fleeting, then(fleeting, "clear", 9 * S_US),
        answered, then(answered, "acknowledge", 3 * S_US), then(answered, "clear", 9 * S_US),
        stale,
    ]  # fmt: skip

    found = figures(records)

    assert (found.fleeting, found.stale, found.acknowledged) == (1, 1, 1)
    assert (found.response_median_s, found.response_p90_s) == (3.0, 3.0)


def test_what_was_raised_before_the_month_is_another_months() -> None:
    before = raised(T0 - HOUR_US)

    found = figures([before, then(before, "acknowledge", 2 * HOUR_US)])

    assert (found.raised, found.acknowledged) == (0, 0)
    assert found.top_share is None
    assert found.response_median_s is None


def test_figures_are_of_the_time_that_the_journal_covers() -> None:
    begins = T0 + 21 * DAY_US

    found = figures([raised(begins + HOUR_US)], from_us=begins)

    assert (found.days, found.from_us, found.by_day[21]) == (10.0, begins, 1)
