"""Who stands beside an exceedance: those of its span, and of the sixteen hours before."""

from decimal import Decimal
from uuid import UUID

from alarms.compliance.crews import crews_of, span_of
from alarms.compliance.days import Day, judged_day
from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.uptime.records import HourJudgement, ResultRecord
from alarms.uptime.results import HOUR_US
from telemetry.duty import OnShift, Shift
from telemetry.plant import Name
from tests.alarms.registers import CALENDAR, DAY_US, ITEM

NOBODY = UUID(int=1)


def turns() -> list[OnShift]:
    """Return two days of turns of eight hours with somebody each: n0 … n5, the fourth begins the day."""
    found = []
    for number in range(6):
        start_us = DAY_US + (number - 3) * 8 * HOUR_US
        shift = Shift(f"k{number}", Name("班", "turn"), "2026-11-20", start_us, start_us + 8 * HOUR_US)
        post = Name("中控", "control")
        found.append(
            OnShift(NOBODY, shift, NOBODY, str(number), f"n{number}", "operator", NOBODY, post, None, None)
        )
    return found


def told(from_us: int, to_us: int) -> tuple[list[str], list[str]]:
    found = crews_of(list(reversed(turns())), from_us, to_us)
    return [one.name for one in found.before], [one.name for one in found.then]


def test_a_mean_has_the_turns_of_its_day_and_two_before() -> None:
    assert told(DAY_US, DAY_US + 24 * HOUR_US) == (["n1", "n2"], ["n3", "n4", "n5"])


def test_a_result_has_the_turn_of_its_hour_and_those_of_sixteen_hours_before() -> None:
    assert told(DAY_US + 10 * HOUR_US, DAY_US + 11 * HOUR_US) == (["n2", "n3"], ["n4"])
    assert told(DAY_US + 8 * HOUR_US, DAY_US + 9 * HOUR_US) == (["n2", "n3"], ["n4"])


def test_an_exceedance_of_a_mean_spans_its_day_and_that_of_a_result_its_hour() -> None:
    day = CALENDAR.day_of(DAY_US)
    limits = [
        DischargeLimit("COD", LimitBasis.DAILY, "standard", day, high=Decimal(50)),
        DischargeLimit("COD", LimitBasis.SINGLE, "standard", day, high=Decimal(75)),
    ]
    hours = [
        HourJudgement(
            "COD", at_us, value, True, True, None, 800.0, results=(ResultRecord(at_us, at_us, value),)
        )
        for number in range(24)
        for at_us, value in [(DAY_US + number * HOUR_US, 80.0 if number == 7 else 60.0)]
    ]

    judged = judged_day(ITEM, Day(day, DAY_US, DAY_US + 24 * HOUR_US), hours, limits, still_open=False)

    assert [span_of(judged, one) for one in judged.exceedances] == [
        (DAY_US, DAY_US + 24 * HOUR_US),
        (DAY_US + 7 * HOUR_US, DAY_US + 8 * HOUR_US),
    ]
