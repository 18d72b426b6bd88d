"""Filters of topics, and which of them take in others. Pure."""

from collections.abc import Iterable


def covers(one: str, other: str) -> bool:
    """Return whether a filter (with `+` for levels) takes in all that another one, or a topic, does."""
    mine, its = one.split("/"), other.split("/")
    return len(mine) == len(its) and all(a in ("+", b) for a, b in zip(mine, its, strict=True))


def uncovered(filters: Iterable[str]) -> tuple[str, ...]:
    """Return the filters that no other takes in: a broker may deliver twice what two of them do."""
    each = tuple(dict.fromkeys(filters))
    return tuple(one for one in each if not any(covers(other, one) for other in each if other != one))
