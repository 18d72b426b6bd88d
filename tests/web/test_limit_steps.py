from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from config.folder import PlantFolder
from telemetry.clock import to_us
from web.limit_steps import Step, limits_of, steps


def at(folder: PlantFolder, month: int, day: int, year: int = 2026) -> int:
    return to_us(datetime(year, month, day, tzinfo=folder.plant.timezone))


@pytest.mark.parametrize(("day", "high"), [(date(2026, 7, 1), 3.2), (date(2026, 11, 1), 4.8)])
def test_a_seasonal_limit_is_that_of_the_day(folder: PlantFolder, day: date, high: float) -> None:
    assert limits_of(folder, "EFF_AIT_NH3", day)["H"] == high


def test_a_limit_that_stays_is_one_step_over_all_the_period(folder: PlantFolder) -> None:
    found = steps(folder, "AE_DO1", at(folder, 1, 1), at(folder, 12, 31))

    assert found == [
        Step(kind, value, None, None) for kind, value in (("LL", 0.5), ("L", 1.0), ("H", 4.0), ("HH", 6.0))
    ]


def test_a_seasonal_limit_changes_at_the_plants_midnight(folder: PlantFolder) -> None:
    found = steps(folder, "EFF_AIT_NH3", at(folder, 10, 1), at(folder, 4, 15, 2027))
    winter, spring = at(folder, 11, 1), at(folder, 4, 1, 2027)

    assert [step for step in found if step.kind == "H"] == [
        Step("H", 3.2, None, winter),
        Step("H", 4.8, winter, spring),
        Step("H", 3.2, spring, None),
    ]
    assert [step.value for step in found if step.kind == "daily"] == [4.0, 5.0, 4.0]


def test_a_seasonal_limit_changes_when_the_report_day_begins(folder: PlantFolder) -> None:
    later = replace(folder, history=folder.history.model_copy(update={"report_day": time(8)}))
    winter = at(folder, 11, 1) + 8 * 3_600_000_000

    found = steps(later, "EFF_AIT_NH3", at(folder, 10, 1), at(folder, 12, 1))

    assert [step for step in found if step.kind == "daily"] == [
        Step("daily", 4.0, None, winter),
        Step("daily", 5.0, winter, None),
    ]


def test_a_period_that_ends_at_the_midnight_of_a_change_has_no_step(folder: PlantFolder) -> None:
    found = steps(folder, "EFF_AIT_NH3", at(folder, 10, 31), at(folder, 11, 1))

    assert [step for step in found if step.kind == "H"] == [Step("H", 3.2, None, None)]


def test_a_limit_follows_the_water_of_each_day_as_days_are_judged(folder: PlantFolder) -> None:
    first = date(2026, 12, 1)
    waters = {
        first + timedelta(days=n): {"EFF_TIT401": celsius}
        for n, celsius in enumerate((12.0, 11.0, 12.1, 9.0))
    }

    found = steps(folder, "EFF_AIT_NH3", at(folder, 12, 1), at(folder, 12, 6), waters)

    daily = [(step.value, step.from_us, step.to_us) for step in found if step.kind == "daily"]
    warm, cold, unknown = at(folder, 12, 3), at(folder, 12, 4), at(folder, 12, 5)
    # 6 by the date; of GB 18918-2002's 5(8) what the water makes of it, and 5 where nobody knows.
    assert daily == [(6.0, None, warm), (5.0, warm, cold), (6.0, cold, unknown), (5.0, unknown, None)]
