"""Figures beyond what is usual are to be seen in the report."""

import pytest

from reports.document import Rounded
from reports.usual import beyond, is_beyond


@pytest.mark.parametrize(
    ("usual", "within", "outside"),
    [
        ("≤ 1.0", (0.0, 1.0), (1.01,)),
        ("< 5 %", (4.99,), (5.0, 100.0)),
        ("≥ 4", (4.0, 9.0), (3.12,)),
        ("50–100", (50.0, 100.0), (49.9, 100.1)),
        ("0", (0.0,), (1.0,)),
        ("", (-1.0, 1e9), ()),
    ],
)
def test_a_value_is_held_against_what_is_printed_beside_it(
    usual: str, within: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    assert not any(is_beyond(value, usual) for value in within)
    assert all(is_beyond(value, usual) for value in outside)
    assert not is_beyond(None, usual)


@pytest.mark.parametrize("usual", ["–", "1:1", "-1", "see the permit", "≤ 5 mg/L", "50-100"])
def test_what_no_value_can_be_held_against_says_nothing(usual: str) -> None:
    assert not is_beyond(7.0, usual)


def test_rows_that_are_beyond_are_named() -> None:
    rows = (
        ("C/N", Rounded(3.12, 2), "", "≥ 4"),
        ("HRT", Rounded(12.0, 2), "h", ""),
        ("Return ratio", Rounded(None, 1), "%", "50–100"),
        ("Stale", Rounded(5, 0), "", "< 5"),
    )

    assert beyond(rows) == {0, 3}
