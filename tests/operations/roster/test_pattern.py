"""Patterns: pure, and by the clock on the wall."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from operations.roster.pattern import Pattern, ShiftTimes, Turn, checked, turns
from operations.roster.presets import four_crews_three_shifts, presets
from telemetry.clock import US_PER_S
from telemetry.errors import Invalid
from telemetry.plant import Name
from tests.operations.crews import twelve_hours

CREWS = tuple(UUID(int=number) for number in range(1, 5))
ANCHOR = date(2026, 3, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
LONG = ShiftTimes("long", Name("长", "Long"), time(20), 24 * 60)


def hours(turn: Turn) -> float:
    return (turn.end_us - turn.start_us) / US_PER_S / 3600


@pytest.mark.parametrize(("pattern", "a_day"), [(four_crews_three_shifts, 3), (twelve_hours, 2)])
def test_every_shift_of_every_day_has_one_crew_and_every_crew_as_many(
    pattern: Callable[[Sequence[UUID], date], Pattern], a_day: int
) -> None:
    made = turns(checked(pattern(CREWS, ANCHOR)), ANCHOR, date(2026, 3, 24), SHANGHAI)
    assert len(made) == 24 * a_day == len({turn.key for turn in made})
    assert set(Counter(turn.crew for turn in made).values()) == {24 * a_day // 4}


def test_days_before_the_anchor_go_on_backwards() -> None:
    pattern = twelve_hours(CREWS, ANCHOR)
    one = [turn.crew for turn in turns(pattern, date(2026, 2, 21), date(2026, 2, 24), SHANGHAI)]
    other = [turn.crew for turn in turns(pattern, date(2026, 3, 1), date(2026, 3, 4), SHANGHAI)]
    assert one == other


@pytest.mark.parametrize(("day", "length"), [("2026-03-28", 11), ("2026-10-24", 13), ("2026-06-01", 12)])
def test_a_night_over_a_change_of_the_clock_ends_when_the_next_crew_comes(day: str, length: int) -> None:
    pattern = twelve_hours(CREWS, ANCHOR)
    first = date.fromisoformat(day)
    made = turns(pattern, first, date.fromordinal(first.toordinal() + 1), BERLIN)
    assert [(turn.shift.code, hours(turn)) for turn in made[:2]] == [("day", 12), ("night", length)]
    assert made[1].end_us == made[2].start_us


def test_a_shift_that_starts_in_the_hour_that_is_left_out_still_follows_the_one_before() -> None:
    shifts = (
        ShiftTimes("a", Name("甲", "A"), time(2, 30), 720),
        ShiftTimes("b", Name("乙", "B"), time(14, 30), 720),
    )
    pattern = checked(Pattern(shifts, (("a", "b"),), CREWS[:2], ANCHOR))
    made = turns(pattern, date(2026, 3, 28), date(2026, 3, 29), BERLIN)
    assert all(one.end_us == other.start_us for one, other in pairwise(made))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cycle": (("night",),)}, "day 1 is of 1 crews, not 4"),
        ({"cycle": (("x", None, None, None),)}, "day 1 names shift x"),
        ({"cycle": ()}, "1 to 366 days"),
        ({"crews": (CREWS[0],) * 4}, "twice"),
        ({"shifts": (LONG, LONG)}, "same code"),
    ],
)
def test_a_pattern_that_cannot_be_says_where(changed: dict[str, tuple[object, ...]], said: str) -> None:
    good = four_crews_three_shifts(CREWS, ANCHOR)
    parts = {"shifts": good.shifts, "cycle": good.cycle, "crews": good.crews} | changed
    with pytest.raises(Invalid, match=said):
        checked(Pattern(**parts, anchor=ANCHOR))  # type: ignore[arg-type]


def test_a_crew_whose_turn_would_start_before_its_last_one_ended_is_refused() -> None:
    early = ShiftTimes("early", Name("早", "Early"), time(6), 480)
    pattern = Pattern((LONG, early), (("early",), ("long",)), CREWS[:1], ANCHOR)
    with pytest.raises(Invalid, match="on day 1 a crew's turn starts before its last one ended"):
        checked(pattern)


@pytest.mark.parametrize("number", range(1, 13))
def test_for_any_number_of_crews_there_is_a_pattern_that_leaves_no_turn_to_nobody(number: int) -> None:
    crews = [UUID(int=one + 1) for one in range(number)]

    for preset in presets(number):
        pattern = checked(Pattern(preset.shifts, preset.cycle, tuple(crews), date(2026, 11, 2)))
        for row in pattern.cycle:
            stood = [code for code in row if code is not None]
            if preset.code != "days":
                assert sorted(stood) == sorted(shift.code for shift in preset.shifts), preset.code


@pytest.mark.parametrize("today", [date(2026, 11, 16) + timedelta(days=one) for one in range(7)])
@pytest.mark.parametrize("number", [1, 3, 5])
def test_what_goes_by_weeks_begins_on_a_monday_whatever_day_it_is_made(number: int, today: date) -> None:
    crews = [UUID(int=one + 1) for one in range(number)]
    found = {one.code: one for one in presets(number)}

    by_day = found["days"]
    pattern = Pattern(by_day.shifts, by_day.cycle, tuple(crews), by_day.begins(today))
    made = turns(checked(pattern), date(2026, 11, 30), date(2026, 12, 13), ZoneInfo("Asia/Shanghai"))

    worked = {turn.day.isoweekday() for turn in made}
    assert worked == {1, 2, 3, 4, 5}, "Saturday and Sunday off"
    assert {one.begins(today) - today for one in found.values() if not one.by_week} <= {timedelta(0)}
    assert {code for code, one in found.items() if one.by_week} == {"days"} | ({"3x3"} & set(found))
    monday = date(2026, 11, 16) if today.isoweekday() == 1 else date(2026, 11, 23)
    assert {one.begins(today) for one in found.values() if one.by_week} == {monday}


def test_the_presets_of_each_number_of_crews() -> None:
    assert [[one.code for one in presets(number)] for number in range(6)] == [
        [],
        ["days"],
        ["2x24", "days"],
        ["3x12", "3x3", "3x24", "days"],
        ["4x3", "4x12", "4x24", "days"],
        ["5x3", "5x12", "5x24", "days"],
    ]
    assert presets(4)[0].name.zh == "四班三运转"
    names = {preset.name.en for number in range(6) for preset in presets(number)}
    assert [name for name in names if name != name[0].upper() + name[1:]] == []
