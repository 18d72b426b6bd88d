"""rules.yaml: what differs from the shipped rules, from a day on, with the line of every mistake."""

from datetime import date
from pathlib import Path

import pytest

from config.problems import Problems
from config.rule_sets import read_rule_sets, shipped_rule_sets
from operations.rules.sets import RuleSets

CHANGED = """\
rule_sets:
  - valid_from: 2026-07-01
    title: 日常管理制度（2026修订）
    clauses:
      operators: {late_yuan: 20, conversion: {every: 4}}
    categories: {maintenance: operators}
  - valid_from: 2027-01-01
    clauses:
      operators: {conversion: null}
"""


def read(folder: Path, text: str | None) -> tuple[RuleSets, list[str]]:
    if text is not None:
        (folder / "rules.yaml").write_text(text, "utf-8")
    problems = Problems(folder)
    sets = read_rule_sets(folder, problems)
    told = str(problems.error()).splitlines() if problems else []
    return sets, told


def test_without_the_file_the_shipped_rules_hold(tmp_path: Path) -> None:
    assert read(tmp_path, None) == (shipped_rule_sets(), [])


def test_a_set_says_only_what_differs_from_the_one_before(tmp_path: Path) -> None:
    sets, told = read(tmp_path, CHANGED)

    assert told == []
    shipped, second, third = sets
    operators = second.clauses["operators"]
    assert operators.conversion is not None
    assert (operators.late_yuan, operators.early_yuan, operators.conversion.every) == (20, 10, 4)
    assert (second.categories["maintenance"], second.categories["laboratory"]) == ("operators", "process")
    assert (third.title, third.clauses["operators"].late_yuan) == (second.title, 20)
    assert third.clauses["operators"].conversion is None
    assert shipped == shipped_rule_sets().sets[0]
    assert sets.on(date(2026, 12, 31)) == second


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("rules: []\n", 1, "no list of rule sets"),
        ("rule_sets:\n  - title: x\n", 2, "does not begin after the one before it (2025-04-01)"),
        ("rule_sets:\n  - valid_from: 2025-04-01\n", 2, "does not begin after the one before it"),
        ("rule_sets:\n  - valid_from: 2026-07-01\n    clauses:\n      process: {late_yuan: x}\n", 4, "late"),
        ("rule_sets:\n  - valid_from: 2026-07-01\n    late_yuan: 3\n", 3, "late_yuan"),
        ("rule_sets:\n  - valid_from: 2026-07-01\n    categories: {operator: nobody}\n", 2, "no clause here"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    sets, told = read(tmp_path, text)

    assert len(told) == 1, told
    assert f"rules.yaml:{line}:" in told[0]
    assert what in told[0]
    assert sets == shipped_rule_sets()
