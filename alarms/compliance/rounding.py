"""Values as they are compared with limits: rounded half to even to the limit's decimals (domain.md 1.1).

All of it is exact: what a register holds is taken as the decimal that it stands for, and means are
fractions of these, so that no noise of binary numbers decides about a 4.5.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

_DIGITS: Final = 12
"""What a computed float64 is taken for: fewer than noise reaches, more than any analyser has."""


def decimal_of(value: float) -> Decimal:
    """Return the decimal that a finite reading stands for: the shortest one of its float32, if it is one."""
    with np.errstate(over="ignore", under="ignore"):
        held = np.float32(value)
    if float(held) == value:
        return Decimal(str(held))
    return Decimal(f"{value:.{_DIGITS}g}")


def exact(value: float) -> Fraction:
    """Return the same as a fraction."""
    return Fraction(decimal_of(value))


def decimals_of(limit: Decimal) -> int:
    """Return how many decimals a limit is written with: 50 none, 0.5 one, 0.50 two."""
    exponent = limit.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def rounded(value: Fraction, decimals: int) -> Decimal:
    """Return a value half to even (GB/T 8170)."""
    return Decimal(round(value * 10**decimals)).scaleb(-decimals)
