"""Limits, days, hours and months as tests/cases/compliance.csv has them; each row names its sentence."""

import csv
import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from alarms.compliance.days import Day, judged_day
from alarms.compliance.held import beyond, held_on
from alarms.compliance.limits import ColdWater, DischargeLimit, LimitBasis
from alarms.compliance.records import DayJudgement, End, HeldLimit
from alarms.compliance.rounding import decimals_of, exact, rounded
from alarms.uptime.months import month_of_analyser
from alarms.uptime.records import Cause, HourJudgement, ResultRecord
from alarms.uptime.results import HOUR_US
from telemetry.clock import from_us, to_us
from tests.alarms.registers import CALENDAR, DAY_US, ITEM, ZONE, day_of

_TABLE = Path(__file__).parents[1] / "cases" / "compliance.csv"
CASES = list(csv.DictReader(_TABLE.read_text(encoding="utf-8").splitlines()))
DAY = date(2026, 11, 20)


def of(part: str) -> pytest.MarkDecorator:
    rows = [
        pytest.param(row["given"], row["expected"], id=row["case"]) for row in CASES if row["part"] == part
    ]
    return pytest.mark.parametrize(("given", "expected"), rows)


def test_every_case_names_its_sentence() -> None:
    assert len(CASES) >= 40
    assert all(row["source"].startswith(("domain.md ", "plant-rules.md: ")) for row in CASES)
    assert {row["part"] for row in CASES} == {
        "compare",
        "governs",
        "day",
        "forecast",
        "so_far",
        "hours",
        "uptime",
    }


@of("compare")
def test_values_are_compared_as_rounded(given: str, expected: str) -> None:
    text, end, bound = given.split()
    value = float(np.float32(text[:-1])) if text.endswith("f") else float(text)
    limit = Decimal(bound)
    low, high = (limit, None) if end == "low" else (None, limit)
    held = HeldLimit(LimitBasis.DAILY, "s", low, high, low is not None, high is not None)

    compared = rounded(exact(value), decimals_of(limit))
    found = beyond(exact(value), [held], LimitBasis.DAILY)

    assert f"{compared:f} {'within' if found is None else 'beyond'}" == expected
    assert found is None or found.end is End(end)


@of("governs")
def test_the_strictest_limit_in_force_governs(given: str, expected: str) -> None:
    day, basis, *texts = given.split()
    told = dict(text.split("@") for text in texts if "@" in text)
    limits = [_limit(basis, text) for text in texts if "@" not in text]

    held = held_on(limits, "COD", date.fromisoformat(day), {tag: float(mean) for tag, mean in told.items()})

    governing = [limit for limit in held if limit.high_governs]
    assert (f"{governing[0].high:f} {governing[0].source}" if governing else "none") == expected
    assert len(governing) == (1 if held else 0)


@of("day")
def test_days_are_judged(given: str, expected: str) -> None:
    day = _judged(given, still_open=False)

    assert _told(day) == expected


@of("forecast")
def test_an_open_day_says_what_its_rest_allows(given: str, expected: str) -> None:
    day = _judged(given, still_open=True)

    forecast = day.forecast
    assert day.verdict.value == "open"
    assert forecast is not None
    assert (
        f"may_average={_number(forecast.may_average)} can_comply={'yes' if forecast.can_comply else 'no'}"
        f" to_come={forecast.hours_to_come} may_lose={forecast.may_lose}"
    ) == expected


@of("so_far")
def test_an_open_day_names_the_limit_that_its_mean_lies_beyond(given: str, expected: str) -> None:
    day = _judged(given, still_open=True)

    told = [f"{one.rounded} {'<' if one.end is End.LOW else '>'} {one.limit:f}" for one in day.so_far]
    assert " ".join([day.verdict.value, *(told or ["within"])]) == expected


@of("hours")
def test_hours_are_judged_from_registers(given: str, expected: str) -> None:
    hours = day_of(given).hours()

    told = [f"{_clock(hour)}={_hour(hour)}" for hour in hours if _hour(hour) != "20"]
    told.append(f"valid={sum(hour.valid for hour in hours)}/{sum(hour.due for hour in hours)}")
    excused = sum(hour.excused for hour in hours)
    assert " ".join(told + ([f"excused={excused}"] if excused else [])) == expected


@of("uptime")
def test_months_are_judged(given: str, expected: str) -> None:
    month, hours = given.split(" | ")
    first = date.fromisoformat(f"{month}-01")
    found = month_of_analyser(ITEM, first, _month_hours(first, hours), CALENDAR)

    told = f"uptime={_number(found.uptime)} valid={found.valid}/{found.due} left={found.hours_left}"
    if found.compliance_rate is not None:
        told += f" rate={_number(found.compliance_rate)}"
    assert told == expected


def _limit(basis: str, text: str) -> DischargeLimit:
    """Return a limit from `DB32=4(6;11-01;03-31)` or `GB=5(8;TIT<=12)`."""
    match = re.fullmatch(r"(\w+)=([0-9.]+)(?:\(([0-9.]+);(.+)\))?", text)
    assert match is not None
    limit = DischargeLimit("COD", LimitBasis(basis), match[1], date(2026, 3, 28), high=Decimal(match[2]))
    if match[3] is None:
        return limit
    limit = replace(limit, alternative_high=Decimal(match[3]))
    tag, cold, most = match[4].partition("<=")
    if cold:
        return replace(limit, cold_water=ColdWater(tag, Decimal(most)))
    begins, ends = ((int(day[:2]), int(day[3:])) for day in match[4].split(";"))
    return replace(limit, alternative_from=begins, alternative_to=ends)


def _judged(given: str, *, still_open: bool) -> DayJudgement:
    head, body = given.split("|")
    item, limits = ITEM, []
    for text in head.split():
        name, value = text.split("=")
        if name == "unit":
            item = replace(item, engineering_unit=value, averaged=False, weighted=False)
            continue
        low, _, high = value.rpartition("..")
        limits.append(
            DischargeLimit(
                "COD",
                LimitBasis(name),
                f"{name} {value}",
                date(2026, 1, 1),
                low=Decimal(low) if low else None,
                high=Decimal(high),
            )
        )
    hours = _hours(body, DAY_US)
    return judged_day(item, Day(DAY, DAY_US, DAY_US + 24 * HOUR_US), hours, limits, still_open=still_open)


def _hours(text: str, start_us: int) -> list[HourJudgement]:
    """Return hours from `18x40@800 6xfault@800`: how many, value or cause, flow."""
    found: list[HourJudgement] = []
    excused: set[date] = set()
    for part in text.split():
        count, _, what = part.partition("x")
        value, _, flow = what.partition("@")
        for _ in range(int(count)):
            at_us = start_us + len(found) * HOUR_US
            hour = _one(value, None if flow in ("none", "") else float(flow), at_us)
            if hour.cause is Cause.STANDARD_CHECK and (day := CALENDAR.day_of(at_us)) not in excused:
                excused.add(day)
                hour = replace(hour, due=False, excused=True)
            found.append(hour)
    return found


def _one(value: str, flow: float | None, at_us: int) -> HourJudgement:
    if value in {cause.value for cause in Cause}:
        cause = Cause(value)
        return HourJudgement("COD", at_us, None, cause is not Cause.ZERO_FLOW, False, cause, flow)
    within = {"valid": True, "beyond": False}.get(value)
    number = 20.0 if within is not None else float(value)
    result = ResultRecord(at_us + HOUR_US, at_us + HOUR_US, number)
    return HourJudgement("COD", at_us, number, True, True, None, flow, results=(result,), within=within)


def _month_hours(first: date, text: str) -> list[HourJudgement]:
    """Return hours of a month: checks stand on a day each, the others fill what is left."""
    start_us = to_us(datetime(first.year, first.month, 1, tzinfo=ZONE))
    counts = {what: int(count) for count, _, what in (part.partition("x") for part in text.split())}
    checks = counts.pop("standard_check", 0)
    others = [what for what, count in counts.items() for _ in range(count)]
    found: list[HourJudgement] = []
    while others or checks:
        at_us = start_us + len(found) * HOUR_US
        if checks and from_us(at_us).astimezone(ZONE).hour == 1:
            checks -= 1
            found.append(replace(_one("standard_check", 800.0, at_us), due=False, excused=True))
        else:
            found.append(_one(others.pop(0), 800.0, at_us))
    return found


def _told(day: DayJudgement) -> str:
    told = f"{day.verdict.value} mean={_number(day.mean)} valid={day.valid}/{day.due}"
    told += f" load={_number(day.load_kg)}"
    return f"{told} control={len(day.control)}" if day.control else told


def _number(value: float | Fraction | None) -> str:
    return "none" if value is None else f"{float(value):.6g}"


def _clock(hour: HourJudgement) -> str:
    return f"{from_us(hour.start_us).astimezone(ZONE):%H:%M}"


def _hour(hour: HourJudgement) -> str:
    return hour.cause.value if hour.cause else f"{hour.value:g}"
