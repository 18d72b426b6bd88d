"""Limits with their deadband, low ones mirrored."""

import numpy as np
import pytest

from alarms.rules import limits
from alarms.settings import RuleKind


@pytest.mark.parametrize(
    ("kind", "value", "was", "met"),
    [
        (RuleKind.HIGH, 5.0, False, False),  # equality complies
        (RuleKind.HIGH, 5.1, False, True),
        (RuleKind.HIGH, 4.9, True, True),  # within the deadband it stays
        (RuleKind.HIGH, 4.8, True, False),
        (RuleKind.HIGH_HIGH, 4.9, False, False),
        (RuleKind.LOW, 5.0, False, False),
        (RuleKind.LOW, 4.9, False, True),
        (RuleKind.LOW, 5.1, True, True),
        (RuleKind.LOW, 5.2, True, False),
        (RuleKind.LOW_LOW, 5.1, False, False),
    ],
)
def test_a_limit_is_met_beyond_its_threshold_and_held_by_its_deadband(
    kind: RuleKind, value: float, was: bool, met: bool
) -> None:
    sign = np.array([limits.SIGN[kind]])
    raised = sign * 5.0
    held = raised - 0.2

    assert limits.met(np.array([value]), sign, raised, held, np.array([was])).tolist() == [met]


def test_an_infinite_limit_is_never_met() -> None:
    sign = np.array([1.0, -1.0])
    level = sign * np.array([np.inf, -np.inf])

    found = limits.met(np.array([1e300, -1e300]), sign, level, level - 1.0, np.array([False, True]))

    assert found.tolist() == [False, False]
