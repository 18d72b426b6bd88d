"""Many keys asked for a portion at a time, since a statement takes only so many."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def portions(keys: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Yield keys in their order, at most so many at once."""
    remaining = iter(keys)
    while some := list(islice(remaining, size)):
        yield some
