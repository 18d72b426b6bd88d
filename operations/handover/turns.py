"""Which turn hands over to which, told from the roster. Pure.

A turn is relieved by the one that begins where it ends and mans its posts. Day staff whose posts
nobody mans after them hand over to nobody, and are left out where others do.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from telemetry.clock import US_PER_S
from telemetry.duty import OnShift, Shift

_GAP_US: Final = 2 * 3600 * US_PER_S
"""By how much a relief may begin later than the turn before ends, and still be its relief."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn and who stands on it."""

    shift: Shift
    members: tuple[OnShift, ...]

    @property
    def posts(self) -> frozenset[UUID]:
        """The posts that are manned."""
        return frozenset(member.post for member in self.members)

    @property
    def crew(self) -> UUID | None:
        """The crew of most of them."""
        crews = Counter(member.crew for member in self.members if member.crew is not None)
        return crews.most_common(1)[0][0] if crews else None

    @property
    def present(self) -> tuple[OnShift, ...]:
        """Those who signed in and not out."""
        return tuple(
            one for one in self.members if one.signed_in_us is not None and one.signed_out_us is None
        )

    def has(self, person: UUID | None) -> bool:
        """Return whether somebody stands on it."""
        return person is not None and any(member.person == person for member in self.members)


def turns_of(rows: Iterable[OnShift]) -> list[Turn]:
    """Return the turns of a roster, by start; members in the roster's order."""
    members: dict[str, list[OnShift]] = {}
    for row in rows:
        members.setdefault(row.shift.key, []).append(row)
    turns = [Turn(rows[0].shift, tuple(rows)) for rows in members.values()]
    return sorted(turns, key=lambda turn: (turn.shift.start_us, turn.shift.key))


def relief_of(turn: Turn, turns: Sequence[Turn]) -> Turn | None:
    """Return who relieves a turn, None where the roster says nobody."""
    end_us = turn.shift.end_us
    following = [
        other
        for other in turns
        if end_us <= other.shift.start_us <= end_us + _GAP_US and other.posts & turn.posts
    ]
    return min(
        following,
        key=lambda other: (other.shift.start_us, -len(other.posts & turn.posts), other.shift.key),
        default=None,
    )


def running(turns: Sequence[Turn], now_us: int) -> Turn | None:
    """Return the turn that is on, the one that relieves or is relieved before any other."""
    on = [turn for turn in turns if turn.shift.start_us <= now_us < turn.shift.end_us]
    relieved = {relief.shift.key for turn in turns if (relief := relief_of(turn, turns)) is not None}

    def rank(turn: Turn) -> tuple[bool, int, str]:
        chained = turn.shift.key in relieved or relief_of(turn, turns) is not None
        return not chained, -len(turn.members), turn.shift.key

    return min(on, key=rank, default=None)


def before(turn: Turn | None, turns: Sequence[Turn], now_us: int) -> Turn | None:
    """Return the turn that another relieves; without another, the last one that is over."""
    if turn is not None:
        led = [other for other in turns if relief_of(other, turns) is turn]
        return max(led, key=lambda other: (len(other.posts & turn.posts), other.shift.key), default=None)
    over = [other for other in turns if other.shift.end_us <= now_us]
    return max(over, key=lambda other: (other.shift.end_us, len(other.members)), default=None)
