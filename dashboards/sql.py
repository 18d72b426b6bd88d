"""How SQL for PostgreSQL is written: names of a plant folder as literals."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- /+%()#,:;=<>.")


@dataclass(frozen=True, slots=True)
class Sql:
    """A query of the people's store, told apart from those in Flux."""

    text: str


def literal(string: str) -> str:
    """Return a string literal; quotes, backslashes and what begins a variable of Grafana's are escaped.

    PostgreSQL keeps no character 0, and takes none in a literal: it is left out.
    """
    return "U&'" + "".join(_escaped(string.replace("\0", ""))) + "'"


def _escaped(string: str) -> Iterable[str]:
    for character in string:
        plain = character in _PLAIN or ord(character) > 0x9F
        yield character if plain else f"\\{ord(character):04x}"
