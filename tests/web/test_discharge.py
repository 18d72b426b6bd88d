from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from alarms.compliance.limits import NOT_KNOWN, LimitBasis, Water
from config.folder import PlantFolder
from history.live import Condition
from telemetry.plant import Point
from web.discharge import Bounds, Item, items, worst
from web.language import Language
from web.present import Present

SUMMER, WINTER = date(2026, 7, 1), date(2026, 11, 21)


COLD = {"EFF_TIT401": 9.5}
"""The brackets of GB 18918-2002 hold in it; those of DB32/4440-2022 go by the calendar."""


def item(folder: PlantFolder, tag: str, day: date, language: Language, water: Water = COLD) -> Item:
    return next(one for one in items(folder, day, language, water) if one.point.tag == tag)


def present(point: Point, value: float, condition: str = "good") -> Present:
    return Present(point, value, "", "mg/L", Condition(condition), None, 1)


def test_items_come_from_the_folders_limits_in_their_order(folder: PlantFolder, zh: Language) -> None:
    labels = [one.label for one in items(folder, WINTER, zh)]

    assert labels == ["COD", "氨氮", "总氮", "总磷", "SS", "pH"]


@pytest.mark.parametrize(
    ("day", "daily", "single", "internal"), [(SUMMER, "4", "8", "3.2"), (WINTER, "6", "12", "4.8")]
)
def test_winter_has_its_own_limits(
    folder: PlantFolder, zh: Language, day: date, daily: str, single: str, internal: str
) -> None:
    nitrogen = item(folder, "EFF_AIT_NH3", day, zh)

    assert nitrogen.daily is not None
    assert nitrogen.single is not None
    assert nitrogen.internal is not None
    assert (nitrogen.daily.text, nitrogen.single.text, nitrogen.internal.text) == (daily, single, internal)
    assert nitrogen.seasonal


@pytest.mark.parametrize("water", [NOT_KNOWN, {"EFF_TIT401": 12.5}])
def test_in_water_that_is_not_cold_for_sure_the_stricter_standard_governs(
    folder: PlantFolder, zh: Language, water: Water
) -> None:
    nitrogen = item(folder, "EFF_AIT_NH3", WINTER, zh, water)

    assert nitrogen.daily == Bounds(high=Decimal(5))


def test_a_limit_is_shown_as_it_is_written() -> None:
    assert Bounds(Decimal("6.0"), Decimal("9.00")).text == "6.0–9.00"
    assert Bounds(high=Decimal("4.0")).text == "4.0"
    assert Bounds(low=Decimal("0.50")).text == "≥ 0.50"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (4.8, "within"),
        (4.85, "within"),
        (4.86, "internal"),
        (6.0, "internal"),
        (6.5, "internal"),
        (6.51, "daily"),
        (12.0, "daily"),
        (12.51, "single"),
    ],
)
def test_a_value_at_its_limit_complies_and_one_above_is_told_from_it(
    folder: PlantFolder, zh: Language, value: float, verdict: str
) -> None:
    nitrogen = item(folder, "EFF_AIT_NH3", WINTER, zh)

    assert nitrogen.verdict(present(nitrogen.point, value)) == verdict
    assert nitrogen.decimals == 2, "one more than the limits have"


@pytest.mark.parametrize(
    ("value", "verdict"), [(7.1, "within"), (6.4, "internal"), (5.4, "single"), (9.6, "single")]
)
def test_a_value_can_be_too_low_as_well(
    folder: PlantFolder, zh: Language, value: float, verdict: str
) -> None:
    acidity = item(folder, "EFF_AIT_PH", WINTER, zh)

    assert acidity.verdict(present(acidity.point, value)) == verdict


@pytest.mark.parametrize(("value", "exceeds"), [(0.4, False), (0.5, True), (0.46, True)])
def test_equality_complies_in_float32_too(
    folder: PlantFolder, zh: Language, value: float, exceeds: bool
) -> None:
    sent = float(np.float32(value))
    bounds = Bounds(high=Decimal("0.4")), Bounds(low=Decimal("-0.4"))

    assert [bounds[0].breached_by(sent), bounds[1].breached_by(-sent)] == [exceeds, exceeds]


def test_without_any_limit_in_force_nothing_is_said_to_be_kept(folder: PlantFolder, zh: Language) -> None:
    solids = replace(item(folder, "EFF_AIT_SS", WINTER, zh), daily=None, single=None, internal=None)

    assert solids.verdict(present(solids.point, 1.0)) == "missing"
    assert worst(["within", "missing"]) == "missing"
    assert worst(["missing", "unknown"]) == "unknown"


@pytest.mark.parametrize("condition", ["bad", "stale", "waiting"])
def test_a_value_that_does_not_hold_is_judged_neither_way(
    folder: PlantFolder, zh: Language, condition: str
) -> None:
    cod = item(folder, "EFF_AIT_COD", WINTER, zh)

    assert cod.verdict(present(cod.point, 10.0, condition)) == "unknown"


def test_a_limit_not_entered_is_none(folder: PlantFolder, zh: Language) -> None:
    solids = item(folder, "EFF_AIT_SS", WINTER, zh)

    assert solids.single is None
    assert solids.daily == Bounds(high=Decimal(10))


def test_of_several_limits_in_force_the_strictest_counts(folder: PlantFolder, zh: Language) -> None:
    permit = [
        replace(limit, source="permit", high=Decimal(45))
        for limit in folder.limits
        if limit.tag == "EFF_AIT_COD" and limit.basis is LimitBasis.DAILY
    ]

    stricter = replace(folder, limits=(*folder.limits, *permit))

    assert item(stricter, "EFF_AIT_COD", WINTER, zh).daily == Bounds(high=Decimal(45))


def test_the_gravest_verdict_speaks_for_all() -> None:
    assert worst(["within", "internal", "unknown"]) == "internal"
    assert worst([]) == "unknown"
