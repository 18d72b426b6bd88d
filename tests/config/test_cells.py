from pathlib import Path

import pytest

from config.cells import Row
from config.problems import Problems


def mend_of(text: str) -> str:
    problems = Problems(Path("plant"))
    row = Row(Path("points.csv"), 2, {"scale": text}, "point", problems)
    assert row.number("scale") is None
    (problem,) = problems.error().problems
    return problem.mend


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("0,1", "write 0.1"),
        ("0,125", "write 0.125"),
        ("-2,5", "write -2.5"),
        ("12,50", "write 12.50"),
        ("1234,567", "write 1234.567"),
        ("１，５", "write 1.5"),
        ("12,500", "write 12500"),
        ("-1,234,567.5", "write -1234567.5"),
        ("3。2", "write 3.2"),
    ],
)
def test_a_comma_is_a_mark_of_thousands_only_before_groups_of_three(text: str, mend: str) -> None:
    assert mend_of(text) == mend


@pytest.mark.parametrize("text", ["1,2,3", "10,00,000", "1.234,5", "abc"])
def test_what_could_be_several_numbers_is_not_guessed(text: str) -> None:
    assert mend_of(text) == "write a number such as 12"
