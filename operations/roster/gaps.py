"""Where a roster is thin: turns with too few at a post, and people who rest too little. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Final, TypeVar
from uuid import UUID

from operations.roster.slots import Slot
from operations.staff.people import Post
from telemetry.clock import duration_us
from telemetry.duty import OnShift, Shift

_T = TypeVar("_T")

REST_US: Final = duration_us(timedelta(hours=11))
"""Between two turns of somebody; less is warned of, and forbids nothing."""
WORKED_DAYS: Final = 6
"""On end, then one is off; more is warned of, and forbids nothing."""


@dataclass(frozen=True, slots=True)
class Below:
    """A post that has too few for a turn."""

    shift: Shift
    post: Post
    has: int


@dataclass(frozen=True, slots=True)
class ShortRest:
    """Somebody who rests too little between two turns."""

    before: OnShift
    after: OnShift
    rest_us: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is thin on a roster, each by start."""

    below: tuple[Below, ...]
    rests: tuple[ShortRest, ...]


def below(turns: Sequence[Shift], on: Sequence[OnShift], posts: Sequence[Post]) -> tuple[Below, ...]:
    """Return the posts that have fewer than they need on a turn."""
    found: list[Below] = []
    for shift in turns:
        for post in posts:
            has = sum(one.post == post.post and one.shift.key == shift.key for one in on)
            if post.active and has < post.minimum:
                found.append(Below(shift, post, has))
    return tuple(found)


def rests(on: Sequence[OnShift], least_us: int = REST_US) -> tuple[ShortRest, ...]:
    """Return where somebody has less than the least rest between two turns."""
    close = _close(on, lambda one: (one.person, one.shift.start_us, one.shift.end_us), least_us)
    return tuple(ShortRest(*found) for found in close)


def rests_by_moves(on: Sequence[OnShift], moves: Mapping[UUID, UUID]) -> list[ShortRest]:
    """Return the short rests that come about when others take turns: by assignment who is to stand there.

    Turns that overlap are none: those are refused. `on` has the turns near those that move.
    """
    names = {one.person: one.name for one in on}
    then = [
        replace(one, person=moves[one.assignment], name=names.get(moves[one.assignment], ""))
        if one.assignment in moves
        else one
        for one in on
    ]
    return [
        short
        for short in rests(then)
        if short.rest_us >= 0 and (short.before.assignment in moves or short.after.assignment in moves)
    ]


def short_rests(slots: Iterable[Slot], least_us: int = REST_US) -> list[tuple[Slot, Slot]]:
    """Return two turns each of somebody with less than the least rest between them, by start."""
    close = _close(slots, lambda slot: (slot.person, slot.start_us, slot.end_us), least_us)
    return [(one, following) for one, following, rest_us in close if rest_us >= 0]


def _close(
    turns: Iterable[_T], span: Callable[[_T], tuple[UUID, int, int]], least_us: int
) -> list[tuple[_T, _T, int]]:
    """Return two turns each of somebody with less than the least between them, and how much; by start.

    `span` tells of a turn whose it is, its start and its end.
    """
    in_order = sorted(((*span(turn), turn) for turn in turns), key=lambda each: (each[0].bytes, each[1]))
    found = [
        (following_us, one, following, following_us - end_us)
        for (person, _, end_us, one), (other, following_us, _, following) in pairwise(in_order)
        if person == other and following_us - end_us < least_us
    ]
    return [(one, following, rest_us) for _, one, following, rest_us in sorted(found, key=itemgetter(0))]


def unbroken_days(slots: Iterable[Slot], first: date, last: date) -> dict[UUID, int]:
    """Return who begins a turn on more than six days on end, one of them among these; and on how many."""
    of_person: dict[UUID, set[date]] = {}
    for slot in slots:
        of_person.setdefault(slot.person, set()).add(slot.day)
    found: dict[UUID, int] = {}
    for person, days in of_person.items():
        for begin in (day for day in days if day - timedelta(days=1) not in days):
            end = begin
            while end + timedelta(days=1) in days:
                end += timedelta(days=1)
            length = (end - begin).days + 1
            if length > WORKED_DAYS and begin <= last and first <= end:
                found[person] = max(length, found.get(person, 0))
    return found
