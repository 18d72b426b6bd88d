"""The golden table of attendance and counts: every row names the sentence of the rules that it rests on."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.rule_sets import shipped_rule_sets
from operations.assessment.sums import Slip, counts, deduction, limits
from operations.attendance.judge import Turn, judge
from operations.attendance.kinds import Attended, SlipKind
from operations.findings.amounts import amount_of
from operations.findings.life import Step, life_of
from operations.money import yuan as exactly
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet
from telemetry.clock import to_us
from telemetry.duty import Shift
from telemetry.plant import Name

ZONE = ZoneInfo("Asia/Shanghai")
TABLE = Path(__file__).parents[2] / "cases" / "attendance.csv"
CASES = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))
YEAR = 2026
THROUGH = {
    "proposed": (),
    "confirmed": (Step.CONFIRM,),
    "refused": (Step.REFUSE,),
    "notified": (Step.CONFIRM, Step.NOTIFY),
    "signed": (Step.CONFIRM, Step.NOTIFY, Step.SIGN),
    "sign_refused": (Step.CONFIRM, Step.NOTIFY, Step.REFUSE_TO_SIGN),
    "in_review": (Step.CONFIRM, Step.NOTIFY, Step.ASK_REVIEW),
    "upheld": (Step.CONFIRM, Step.NOTIFY, Step.SIGN, Step.ASK_REVIEW, Step.UPHOLD),
    "rejected": (Step.CONFIRM, Step.NOTIFY, Step.ASK_REVIEW, Step.REJECT),
    "excluded": (Step.CONFIRM, Step.NOTIFY, Step.EXCLUDE),
    "approved_after": (Step.CONFIRM, Step.NOTIFY),
}


def rule_sets(changes: str) -> RuleSets:
    """Return the shipped rules with a row's changes: in themselves, or as a further set from a day on."""
    (shipped,) = shipped_rule_sets()
    later = changes.startswith("from ")
    since, _, rest = changes[5:].partition(" ") if later else ("", "", changes)
    written: dict[str, Any] = shipped.model_dump(mode="json")
    for change in filter(None, rest.split(" & ")):
        place, value = change.split("=")
        *path, last = place.split(".")
        inner = written
        for name in path:
            inner = inner[name]
        inner[last] = yaml.safe_load(value)
    if not since:
        return RuleSets.of([RuleSet.model_validate(written)])
    return RuleSets.of([shipped, RuleSet.model_validate(written | {"valid_from": since})])


def at(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)


def nearest(clock: str, to: datetime) -> int:
    """Return a time of day as the one nearest to a moment."""
    days = (at(to.date() + timedelta(days=shift), clock) for shift in (-1, 0, 1))
    return to_us(min(days, key=lambda moment: abs(moment - to)))


def turn_of(given: str, category: str) -> tuple[Turn, int]:
    """Return a row's turn and the time it is judged at: three days after its end, or as it says."""
    found = re.fullmatch(r"turn (\S+) (\d\d:\d\d)-(\d\d:\d\d)(.*)", given)
    assert found, given
    day = date.fromisoformat(found[1])
    start, end = at(day, found[2]), at(day, found[3])
    end += timedelta(days=end <= start)
    words = found[4].split()
    told = {
        word: words[place + 1] for place, word in enumerate(words) if word in ("in", "out", "now", "bound")
    }
    shift = Shift(f"{day}/x", Name("班", "shift"), str(day), to_us(start), to_us(end))
    turn = Turn(
        assignment=UUID(int=1),
        shift=shift,
        person=UUID(int=2),
        category=category,
        signed_in_us=nearest(told["in"], start) if "in" in told else None,
        signed_out_us=nearest(told["out"], end) if "out" in told else None,
        replaces=UUID(int=3) if "substitute" in words else None,
        released=UUID(int=4) if "leave" in words else None,
        asked=UUID(int=5) if "asked" in words else None,
        settled=UUID(int=6) if "settled" in words else None,
        bound_us=nearest(told["bound"], start) if "bound" in told else None,
    )
    now_us = nearest(told["now"], start) if "now" in told else shift.end_us + 3 * 86400 * 10**6
    return turn, now_us


def said(turn: Turn, sets: RuleSets, now_us: int, *, with_day: bool) -> str:
    """Return what judging says, as the table writes it."""
    judged = judge(turn, sets.on(date.fromisoformat(turn.shift.day)), now_us, ZONE)
    parts = [
        f"{p.kind} {p.amount_yuan:g}" + (f" wage {p.sentence}" if p.takes_day_wage else "")
        for p in judged.proposals
    ]
    parts += [f"open {judged.open}"] if judged.open else []
    worked = judged.stands in (Attended.WORKED, Attended.ABSENT)
    text = " + ".join(parts) or ("nothing" if worked else str(judged.stands))
    return f"{text} of {judged.day}" if with_day else text


def slips_of(given: str, category: str, sets: RuleSets) -> Iterator[Slip]:
    """Yield the findings of a row that count, each by the rules of its day."""
    numbers = count(1)
    for text in given.removeprefix("slips ").split("; "):
        found = re.fullmatch(r"(?:(\d+)x )?(\w+) ((?:\d{4}-)?\d\d-\d\d)(?: (\w+))?", text)
        assert found, text
        times, kind, day, state = int(found[1] or 1), SlipKind(found[2]), found[3], found[4] or "notified"
        on = date.fromisoformat(day if len(day) > 5 else f"{YEAR}-{day}")
        rules = sets.on(on)
        assert rules
        clause = rules.clause_of(category)
        assert clause
        people = {"of_two": 2, "of_three": 3}.get(state, 1)
        yuan = amount_of(kind, clause, people, rules.duty_item_charges)
        assert yuan is not None
        wage = kind is SlipKind.ABSENCE and clause.absence_takes_day_wage
        approved = UUID(int=9) if state == "approved_after" else None
        absence = UUID(int=8) if state == "beside" and clause.absence_swallows else None
        life = life_of(THROUGH.get(state, THROUGH["notified"]), approved, absence)
        for _ in range(times):
            if life.counts(rules.slips.needs):
                number = UUID(int=next(numbers))
                yield Slip(
                    number,
                    kind,
                    UUID(int=2),
                    on,
                    0,
                    exactly(yuan),
                    wage,
                    rules.id,
                    rules.categories[category],
                )


def sums(given: str, category: str, sets: RuleSets) -> Mapping[str, str]:
    """Return the counts of the month and the year that a row asks for."""
    given, _, month = given.partition(" | ")
    year, number = (int(part) for part in month.split("-"))
    last = (date(year, number, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    slips = list(slips_of(given, category, sets))
    of_month = [slip for slip in slips if (slip.day.year, slip.day.month) == (year, number)]
    of_year = [slip for slip in slips if slip.day.year == year and slip.day <= last]
    month_counts, year_counts = counts(of_month, sets), counts(of_year, sets)
    rules = sets.on(last)
    clause = rules.clause_of(category) if rules else None
    cancelled = any(limit.reached for limit in limits(year_counts, clause))
    money = deduction(of_month, sets)
    return {
        "late": f"{month_counts.late}",
        "early": f"{month_counts.early}",
        "off_post": f"{month_counts.off_post}",
        "asleep": f"{month_counts.asleep}",
        "duty_items": f"{month_counts.duty_items}",
        "absence": f"{month_counts.absence_days:g}",
        "converted": f"{month_counts.converted_days:g}",
        "yuan": f"{money.slips_yuan.normalize():f}",
        "wages": f"{money.day_wages:g}",
        "year_absence": f"{year_counts.absence_days_all:g}",
        "penalties": f"{year_counts.penalties}",
        "bonus": "cancelled" if cancelled else "kept",
    }


@pytest.mark.parametrize("row", CASES, ids=[row["case"] for row in CASES])
def test_the_rules_come_out_as_worked_out_by_hand(row: dict[str, str]) -> None:
    sets = rule_sets(row["rules"])
    if row["given"].startswith("turn "):
        turn, now_us = turn_of(row["given"], row["category"])
        assert said(turn, sets, now_us, with_day=" of " in row["expected"]) == row["expected"]
    else:
        expected = dict(pair.split("=") for pair in row["expected"].split())
        found = sums(row["given"], row["category"], sets)
        assert {name: found[name] for name in expected} == expected


def test_every_row_names_its_sentence_once_and_there_are_enough() -> None:
    assert len(CASES) >= 60
    assert len({row["case"] for row in CASES}) == len(CASES)
    assert all(row["sentence"] for row in CASES)
