"""Judgements as rows, and rows of before."""

from datetime import date
from decimal import Decimal

import orjson

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import DayJudgement, End, Exceedance, HeldLimit, Verdict, WaterTold
from alarms.judging.rows import day_of, day_row

DAY = DayJudgement(
    tag="COD", day=date(2026, 11, 20), start_us=0, end_us=1, verdict=Verdict.EXCEEDS, mean=6.1, rounded="6.1",
    lowest=1.0, highest=9.0, valid=24, due=24, excused=0, flow_m3=1.0, load_kg=1.0,
    limits=(
        HeldLimit(
            LimitBasis.DAILY, "permit", Decimal("0.1"), Decimal("4.8"), True, True,
            water=WaterTold("T", Decimal("12.3"), 11.0),
        ),
    ),
    exceedances=(
        Exceedance(LimitBasis.DAILY, End.HIGH, Decimal("4.8"), "permit", 6.1, "6.1", None, None, None),
    ),
)  # fmt: skip


def test_a_day_comes_back_as_it_was_written() -> None:
    assert day_of(day_row("p", DAY) | {"version": 0}) == DAY


def test_limits_that_were_stored_as_numbers_come_back_as_they_were_meant() -> None:
    row = day_row("p", DAY) | {"version": 0}
    of_before = {
        name: orjson.loads(
            row[name].replace('"4.8"', "4.8").replace('"0.1"', "0.1").replace('"12.3"', "12.3")
        )
        for name in ("limits", "exceedances")
    }
    assert of_before["limits"][0]["high"] == of_before["exceedances"][0]["limit"] == 4.8

    assert day_of(row | {name: orjson.dumps(told).decode() for name, told in of_before.items()}) == DAY
