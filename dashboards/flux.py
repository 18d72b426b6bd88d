"""How Flux is written: names and numbers of a plant folder as literals, and what all queries share.

Readings come as measurement = process unit, tags plant, point, unit, fields value and quality; figures
as measurement minute, hour or day. A name out of a plant folder reaches a query through `text` alone.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from dashboards.description import STATUS_PLACES, Status

RANGE: Final = "range(start: v.timeRangeStart, stop: v.timeRangeStop)"
"""Grafana puts in the times that are looked at."""
IDLE: Final = STATUS_PLACES
DEAD: Final = STATUS_PLACES + 2
"""A status word comes as the place of the gravest it says, IDLE for nothing, DEAD for no valid word."""

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- /+%()#,:;=<>")


def text(string: str) -> str:
    r"""Return a Flux string literal; what Flux or Grafana could take for more than itself is escaped.

    Flux takes `${` for code; Grafana `$name`, `[[name]]` and `v.bucket` for its variables.
    """
    return '"' + "".join(_escaped(string)) + '"'


def _escaped(string: str) -> Iterable[str]:
    before = ""
    for character in string:
        plain = character in _PLAIN or (character == "." and before not in "vV")
        if plain or ord(character) > 0x9F:
            yield character
        else:
            yield "".join(f"\\x{byte:02x}" for byte in character.encode())
        before = character


def one_of(column: str, names: Sequence[str]) -> str:
    """Return a predicate that the store itself can evaluate."""
    return " or ".join(f"r.{column} == {text(name)}" for name in names) or "false"


def number(value: float) -> str:
    """Return a Flux float literal: digits and a point, no exponent."""
    written = f"{value:.17f}".rstrip("0")
    return f"{written}0" if written.endswith(".") else written


def masks_of(status: Status) -> tuple[int, ...]:
    """Return the bits of what a status word says, the gravest first."""
    return tuple(mask for mask, _, _ in status.says)[:STATUS_PLACES]


def places(count: int) -> list[str]:
    """Return the lines that turn `value` by the masks m0, m1, … of its row into a place."""
    word_ = "int(v: r.value)"
    lines = [
        f"    else if bitwise.sand(a: {word_}, b: r.m{place}) != 0 then {place}.0" for place in range(count)
    ]
    return [*lines, f"    else {IDLE}.0"]
