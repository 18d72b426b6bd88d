"""One push for one cause: what explains what."""

import pytest

from alarms.notify.causes import Subject, explains
from alarms.settings import Priority, RuleKind
from tests.alarms.notify.node import plant

PLANT = plant()
HIGH, CRITICAL, LOW = Priority.HIGH, Priority.CRITICAL, Priority.LOW
LINK = Subject("PLC2.link", RuleKind.LINK, HIGH)
TRIP = Subject("BL_B201A_ST", RuleKind.BIT, HIGH)
SUPPLY = Subject("PW_1_ST", RuleKind.BIT, HIGH)
DO_LOW = Subject("AE_DO1", RuleKind.LOW, HIGH)
DO_HH = Subject("AE_DO1", RuleKind.HIGH_HIGH, HIGH)
DO_H = Subject("AE_DO1", RuleKind.HIGH, HIGH)
ELSEWHERE = Subject("OTHER", RuleKind.LOW, HIGH)


@pytest.mark.parametrize(
    ("cause", "effect", "explained"),
    [
        (LINK, Subject("AE_DO1", RuleKind.INSTRUMENT, HIGH), True),
        (LINK, TRIP, True),
        (LINK, Subject("PLC9.link", RuleKind.LINK, HIGH), True),
        (LINK, ELSEWHERE, False),
        (TRIP, DO_LOW, True),
        (TRIP, ELSEWHERE, False),
        (TRIP, SUPPLY, False),
        (SUPPLY, TRIP, True),
        (DO_HH, DO_H, True),
        (DO_H, DO_HH, False),
        (DO_LOW, TRIP, False),
        (DO_HH, DO_LOW, False),
    ],
)
def test_what_explains_what(cause: Subject, effect: Subject, explained: bool) -> None:
    assert explains(cause, effect, PLANT) is explained


def test_nothing_explains_what_is_graver() -> None:
    assert not explains(TRIP, Subject("AE_DO1", RuleKind.LOW, CRITICAL), PLANT)
    assert not explains(
        Subject("BL_B201A_ST", RuleKind.BIT, LOW), Subject("AE_DO1", RuleKind.LOW, HIGH), PLANT
    )


def test_of_a_point_that_has_left_the_folder_nothing_is_known() -> None:
    gone = Subject("GONE", RuleKind.BIT, HIGH)

    assert not explains(gone, DO_LOW, PLANT)
    assert not explains(LINK, gone, PLANT)
