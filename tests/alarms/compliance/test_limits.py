import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from alarms.compliance.limits import DischargeLimit, LimitBasis
from config.read import read_folder
from tests.config.folders import good_folder, replace

WINTER = DischargeLimit(
    tag="NH3",
    basis=LimitBasis.DAILY,
    source="standard",
    valid_from=date(2026, 3, 28),
    valid_to=date(2027, 12, 31),
    high=Decimal(4),
    alternative_high=Decimal(6),
    alternative_from=(11, 1),
    alternative_to=(3, 31),
)


@pytest.mark.parametrize(
    ("day", "high"),
    [
        (date(2026, 3, 31), 6),
        (date(2026, 4, 1), 4),
        (date(2026, 10, 31), 4),
        (date(2026, 11, 1), 6),
        (date(2026, 12, 31), 6),
        (date(2027, 1, 1), 6),
    ],
)
def test_the_winter_goes_over_the_turn_of_the_year(day: date, high: float) -> None:
    assert WINTER.high_on(day) == high


def test_a_period_includes_its_first_and_last_day() -> None:
    days = [date(2026, 3, 27), date(2026, 3, 28), date(2027, 12, 31), date(2028, 1, 1)]

    assert [WINTER.in_force(day) for day in days] == [False, True, True, False]


def thresholds(plant: Path, day: date) -> dict[str, float]:
    return {
        rule.kind.value: rule.threshold
        for rule in read_folder(plant).rules_on(day)
        if rule.tag == "EFF_COD" and rule.kind.value in ("LL", "L", "H", "HH")
    }


def test_rules_take_the_limits_of_their_day(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)

    assert thresholds(plant, date(2026, 7, 1)) == {"H": 40, "HH": 75}
    assert thresholds(plant, date(2026, 12, 1)) == {"H": 40, "HH": 80}
    assert thresholds(plant, date(2027, 1, 1)) == {"H": 40, "HH": 70}
    assert thresholds(plant, date(2025, 12, 31)) == {"H": math.inf, "HH": math.inf}


def test_of_standard_and_permit_the_stricter_counts(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    with (plant / "limits.csv").open("a", encoding="utf-8") as file:
        file.write("EFF_COD,single,standard,2026-06-01,,5,60,,,,\n")

    assert thresholds(plant, date(2026, 5, 31)) == {"LL": -math.inf, "H": 40, "HH": 75}
    assert thresholds(plant, date(2026, 6, 1)) == {"LL": 5, "H": 40, "HH": 60}


def test_a_limit_in_the_points_own_line_holds_beside_them(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(
        plant / "points.csv",
        "FC03,0,2,F32,ABCD,1,,,,,1,0,0,limits",
        "FC03,0,2,F32,ABCD,1,2,,35,,1,0,0,limits",
    )

    assert thresholds(plant, date(2026, 7, 1)) == {"LL": 2, "H": 35, "HH": 75}


def test_a_limit_that_nobody_entered_makes_no_rule(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    header = (plant / "limits.csv").read_text("utf-8").splitlines()[0]
    (plant / "limits.csv").write_text(f"{header}\n", "utf-8")

    assert thresholds(plant, date(2026, 7, 1)) == {}
