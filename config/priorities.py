"""The `priority` column: how much a point's alarms matter.

blank                     LL and HH medium, L and H low; bits as bits.yaml says
medium                    LL and HH medium, L and H one step lower; every bit alarm medium
H=medium;HH=high          just so, and as if blank for the rest; `fault=high` for a bit
"""

from collections.abc import Collection, Mapping
from typing import Final

from alarms.settings import Priority, RuleKind
from config.problems import choose, quoted

BY_WORD: Final[Mapping[str, Priority]] = {priority.word: priority for priority in Priority}
OUTER: Final = frozenset({RuleKind.LOW_LOW, RuleKind.HIGH_HIGH})


class PriorityMistake(Exception):
    """What is wrong with a cell, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def limit_priority(cell: str, kind: RuleKind) -> Priority:
    """Return the priority of a limit's alarm; the cell is known to be well-formed."""
    explicit = _explicit(cell)
    if kind.value in explicit:
        return BY_WORD[explicit[kind.value]]
    outer = BY_WORD.get(cell, Priority.MEDIUM)
    return outer if kind in OUTER else Priority(max(outer - 1, Priority.LOW))


def bit_priority(cell: str, bit: str, default: Priority) -> Priority:
    """Return the priority of a bit's alarm; the cell is known to be well-formed."""
    explicit = _explicit(cell)
    return BY_WORD[explicit[bit]] if bit in explicit else BY_WORD.get(cell, default)


def check_priority(cell: str, names: Collection[str]) -> None:
    """Raise PriorityMistake unless the cell is well-formed and names only alarms of the point."""
    if not cell or cell in BY_WORD:
        return
    if "=" not in cell:
        raise PriorityMistake(
            f"priority is {quoted(cell)}", choose(cell, BY_WORD, "write H=medium;HH=high, or one of")
        )
    seen: set[str] = set()
    for part in cell.split(";"):
        name, _, word = (piece.strip() for piece in part.partition("="))
        if word not in BY_WORD:
            raise PriorityMistake(
                f"priority of {name or 'nothing'} is {quoted(word)}", choose(word, BY_WORD, "write")
            )
        if name not in names:
            raise PriorityMistake(
                f"priority names {quoted(name)}, which is no alarm of this point",
                choose(name, names, "write") if names else "leave priority blank",
            )
        if name in seen:
            raise PriorityMistake(f"priority names {quoted(name)} twice", "keep one")
        seen.add(name)


def _explicit(cell: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in cell.split(";") if "=" in part)
    return {name.strip(): word.strip() for name, _, word in pairs}
