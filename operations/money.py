"""Sums of yuan, decimal from where they are read to where they are shown: cents come out as by hand."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

NONE: Final = Decimal(0)
CENT: Final = Decimal("0.01")


def yuan(written: float | str | Decimal) -> Decimal:
    """Return a sum as it was written, to the cent."""
    return Decimal(str(written)).quantize(CENT, ROUND_HALF_UP)
