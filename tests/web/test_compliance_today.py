"""How today's items stand in words: what its mean so far, or one of its samples, lies beyond."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from alarms.compliance.days import Day, judged_day
from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.uptime.records import HourJudgement, ResultRecord
from alarms.uptime.results import HOUR_US
from config.folder import PlantFolder
from tests.alarms.compliance.test_crews import turns
from tests.alarms.registers import DAY_US, ITEM
from web.alarm_view import AlarmSpeaker
from web.compliance_view import ComplianceSpeaker
from web.language import Language

COD, PH = "EFF_AIT_COD", "EFF_AIT_PH"


def limit(tag: str, basis: LimitBasis, low: float | None, high: float | None) -> DischargeLimit:
    return DischargeLimit(tag, basis, "standard", date(2026, 1, 1), low=_written(low), high=_written(high))


def _written(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(f"{number:g}")


LIMITS = [
    limit(COD, LimitBasis.DAILY, None, 50),
    limit(COD, LimitBasis.SINGLE, None, 75),
    limit(COD, LimitBasis.INTERNAL, None, 40),
    limit(PH, LimitBasis.DAILY, 6, 9),
]


@pytest.mark.parametrize(
    ("tag", "values", "tone", "said"),
    [
        (COD, [55.0] * 12, "exceeds", "above the daily limit so far"),
        (COD, [50.4] * 12, "control", "above the internal control value so far"),
        (COD, [30.0] * 11 + [80.0], "exceeds", "a single sample exceeded its limit"),
        (COD, [30.0] * 12, "well", "within limits so far"),
        (PH, [7.2] * 11 + [5.2], "exceeds", "below the daily limit so far"),
        (PH, [7.2] * 11 + [9.8], "exceeds", "above the daily limit so far"),
    ],
)
def test_today_says_which_limit_it_is_beyond(
    folder: PlantFolder, en: Language, tag: str, values: list[float], tone: str, said: str
) -> None:
    item = replace(ITEM, tag=tag)
    if tag == PH:
        item = replace(item, engineering_unit="", averaged=False, weighted=False)
    hours = []
    for number, value in enumerate(values):
        start_us = DAY_US + number * HOUR_US
        result = ResultRecord(start_us + HOUR_US, start_us + HOUR_US, value)
        hours.append(HourJudgement(tag, start_us, value, True, True, None, 800.0, results=(result,)))
    day = Day(date(2026, 11, 20), DAY_US, DAY_US + 24 * HOUR_US)
    speaker = ComplianceSpeaker(folder, AlarmSpeaker(folder, en, DAY_US + 12 * HOUR_US), forecasts=True)

    (card,) = speaker.today([judged_day(item, day, hours, LIMITS, still_open=True)])

    assert (card.tone, card.said) == (tone, said)


def test_an_opened_day_names_the_turns_of_its_mean_and_those_before(
    folder: PlantFolder, en: Language
) -> None:
    hours = [
        HourJudgement(COD, at_us, 60.0, True, True, None, 800.0, results=(ResultRecord(at_us, at_us, 60.0),))
        for at_us in range(DAY_US, DAY_US + 24 * HOUR_US, HOUR_US)
    ]
    day = Day(date(2026, 11, 20), DAY_US, DAY_US + 24 * HOUR_US)
    judged = judged_day(replace(ITEM, tag=COD), day, hours, LIMITS, still_open=False)
    speaker = ComplianceSpeaker(folder, AlarmSpeaker(folder, en, DAY_US + 30 * HOUR_US), forecasts=False)

    opened = speaker.opened(judged, hours, turns(), date(2026, 11, 21))

    (one,) = opened.exceedances
    assert [(crew.on, crew.people) for crew in one.crews] == [
        (True, "n5"),
        (True, "n4"),
        (True, "n3"),
        (False, "n2"),
        (False, "n1"),
    ]


def test_an_opened_day_of_ph_shows_its_lowest_and_highest_result(folder: PlantFolder, en: Language) -> None:
    item = replace(ITEM, tag=PH, engineering_unit="", averaged=False, weighted=False)
    hours = [
        HourJudgement(PH, at_us, value, True, True, None, None, results=(ResultRecord(at_us, at_us, value),))
        for at_us, value in ((DAY_US, 7.1), (DAY_US + HOUR_US, 7.4))
    ]
    day = Day(date(2026, 11, 20), DAY_US, DAY_US + 24 * HOUR_US)
    speaker = ComplianceSpeaker(folder, AlarmSpeaker(folder, en, DAY_US + 30 * HOUR_US), forecasts=False)

    opened = speaker.opened(
        judged_day(item, day, hours, LIMITS, still_open=True), hours, [], date(2026, 11, 20)
    )

    assert (opened.mean, opened.is_span) == ("7.10–7.40", True)
