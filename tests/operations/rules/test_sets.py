"""The rules as data: what is shipped, that nothing of it is a constant in code, and sets by their day."""

import ast
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from alarms.uptime.records import TARGET
from config.rule_sets import shipped_rule_sets
from operations.rules.sets import RuleSets
from operations.rules.settings import CheckRules, Clause, Conversion, RuleSet, SlipRules, Step, WageRules


def shipped() -> dict[str, Any]:
    (found,) = shipped_rule_sets()
    return found.model_dump(mode="json")


def test_every_number_is_data() -> None:
    for model in (RuleSet, Clause, Conversion, SlipRules):
        for name, field in model.model_fields.items():
            assert field.default is PydanticUndefined, f"{model.__name__}.{name} has a default in code"


def test_every_key_is_read_by_something() -> None:
    root = Path(__file__).parents[3]
    read = {
        node.attr
        for package in ("alarms", "api", "app", "config", "operations", "reports", "web")
        for file in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
    }

    for model in (RuleSet, Clause, Conversion, SlipRules, CheckRules, WageRules):
        assert set(model.model_fields) - read == set(), model.__name__


def test_the_target_of_analysers_is_that_of_the_months_last_set() -> None:
    first = RuleSet.model_validate(shipped())
    later = RuleSet.model_validate(shipped() | {"valid_from": "2026-07-20", "online_rate_target": 0.97})
    sets = RuleSets.of([first, later])

    assert sets.online_target(date(2025, 3, 1)) == TARGET
    assert sets.online_target(date(2026, 6, 30)) == Fraction(95, 100)
    assert sets.online_target(date(2026, 7, 1)) == Fraction(97, 100)


def test_operators_and_process_staff_have_their_own_numbers() -> None:
    (rules,) = shipped_rule_sets()
    operators, process = rules.clauses["operators"], rules.clauses["process"]

    assert (operators.late_yuan, operators.off_post_yuan, operators.duty_item_yuan) == (10, 30, 50)
    assert (process.late_yuan, process.off_post_yuan, process.duty_item_yuan) == (30, 50, None)
    assert (process.conversion, process.absence_days_cancel_bonus) == (None, None)
    assert operators.conversion is not None
    assert (operators.conversion.every, operators.absence_days_cancel_bonus) == (3, 5)
    assert {len(rules.duty_items), len({item.code for item in rules.duty_items})} == {17}


def test_leave_asks_the_manager_first_for_operators_only() -> None:
    sets = shipped_rule_sets()
    day = date(2026, 11, 1)

    assert sets.leave_steps("operator", day) == (Step.AGREE, Step.ENDORSE, Step.APPROVE)
    assert sets.leave_steps("laboratory", day) == (Step.AGREE, Step.APPROVE)
    assert sets.leave_steps("manager", day) == (Step.APPROVE,)
    assert sets.leave_steps("operator", date(2024, 1, 1)) == (Step.APPROVE,)


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (("slips", "needs"), ["confirm"], "a slip needs confirm and notify"),
        (("categories", "operator"), "nobody", "which is no clause here"),
        (("clauses", "operators", "absent_after"), "10min", "an absence begins later"),
    ],
)
def test_what_the_rules_never_allow_cannot_be_written(place: tuple[str, ...], value: Any, why: str) -> None:
    written = shipped()
    inner = written
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value

    with pytest.raises(ValidationError, match=why):
        RuleSet.model_validate(written)


def test_sets_hold_from_their_day() -> None:
    first = RuleSet.model_validate(shipped())
    later = RuleSet.model_validate(shipped() | {"valid_from": "2026-07-01"})
    sets = RuleSets.of([later, first])

    assert sets.on(date(2025, 3, 31)) is None
    assert sets.on(date(2026, 6, 30)) == first
    assert sets.on(date(2026, 7, 1)) == later
    assert sets.named("2026-07-01") == later
    with pytest.raises(ValueError, match="two rule sets"):
        RuleSets.of([first, first])
