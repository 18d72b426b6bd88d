"""What is usual of a figure, as it is printed beside it, and whether a value is beyond it. Pure.

Words that are none of these say nothing that a value could be held against: nothing is beyond them.
"""

import re
from collections.abc import Iterable
from typing import Final

from reports.document import Rounded, Value

_ONE_END: Final = re.compile(r"(≤|<|≥|>) (\d+(?:\.\d+)?)(?: %)?")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)–(\d+(?:\.\d+)?)")


def is_beyond(value: float | None, usual: str) -> bool:
    """Return whether a value is not as `≤ 1.0`, `< 5 %`, `≥ 4`, `50–100` or `0` has it; never for nothing."""
    if value is None or not usual:
        return False
    if span := _SPAN.fullmatch(usual):
        return not float(span[1]) <= value <= float(span[2])
    if found := _ONE_END.fullmatch(usual):
        end = float(found[2])
        return not {"≤": value <= end, "<": value < end, "≥": value >= end, ">": value > end}[found[1]]
    return _NUMBER.fullmatch(usual) is not None and value != float(usual)


def beyond(rows: Iterable[tuple[Value, ...]]) -> frozenset[int]:
    """Return the rows of a table of name, value, unit and what is usual that are beyond it."""
    return frozenset(
        number
        for number, (_, value, _, usual) in enumerate(rows)
        if isinstance(value, Rounded) and isinstance(usual, str) and is_beyond(value.value, usual)
    )
