import pytest

from alarms.settings import Priority, RuleKind
from config.priorities import PriorityMistake, bit_priority, check_priority, limit_priority

LIMITS = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", ["medium", "low", "low", "medium"]),
        ("low", ["low", "low", "low", "low"]),
        ("critical", ["critical", "high", "high", "critical"]),
        ("H=high; HH=critical", ["medium", "low", "high", "critical"]),
    ],
)
def test_the_outer_limits_matter_more(cell: str, words: list[str]) -> None:
    assert [limit_priority(cell, kind).word for kind in LIMITS] == words


def test_a_bit_has_its_sets_priority_unless_its_point_says_otherwise() -> None:
    assert [bit_priority(cell, "fault", Priority.LOW).word for cell in ("", "high", "fault=critical")] == [
        "low",
        "high",
        "critical",
    ]
    assert bit_priority("estop=critical", "fault", Priority.LOW) is Priority.LOW


@pytest.mark.parametrize("cell", ["", "medium", "H=low", " H = low ; fault = high "])
def test_words_and_named_alarms_are_taken(cell: str) -> None:
    check_priority(cell, ["H", "HH", "fault"])


@pytest.mark.parametrize("cell", ["urgent", "H=urgent", "L=low", "H=low;H=high", "H=", "=low", "H=low;"])
def test_anything_else_is_a_mistake(cell: str) -> None:
    with pytest.raises(PriorityMistake):
        check_priority(cell, ["H", "HH", "fault"])
