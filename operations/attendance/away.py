"""When somebody had signed out of a turn before they signed out of it for good: told, and judged by nobody.

A sign-out may be a slip of the finger, and is taken back or given again within minutes. Who was away for
hours is judged by the last one all the same; the sheet says so, for a person to see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from operations.attendance.events import EventAction
from operations.attendance.tables import attendance_event
from storage.portions import portions
from telemetry.clock import duration_us
from telemetry.duty import Shift

SLIP_US: Final = duration_us(timedelta(minutes=5))
"""What is put right within so long is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class Away:
    """Signed out at `out_us`; in again at `back_us`, None where only a later sign-out followed."""

    out_us: int
    back_us: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """A signature: in or out, and when."""

    out: bool
    at_us: int


def away_of(moves: Sequence[Move], left_us: int | None, shift: Shift) -> tuple[Away, ...]:
    """Return the earlier sign-outs of a shift; `moves` as they were written, `left_us` the one that counts.

    Nobody is away from a shift before it begins or after its end: who stays longer signs out again.
    """
    found = []
    for move, following in pairwise([*moves, None]):
        if move is None or not move.out:
            continue
        back_us = following.at_us if following is not None and not following.out else None
        until_us = following.at_us if following is not None else left_us
        if until_us is None:
            continue
        if min(until_us, shift.end_us) - max(move.at_us, shift.start_us) > SLIP_US:
            found.append(Away(move.at_us, back_us))
    return tuple(found)


def moves_of(connection: Connection, entries: Sequence[UUID]) -> Mapping[UUID, Sequence[Move]]:
    """Return what was signed of entries of the roster, each one's as it was written."""
    event, found = attendance_event, dict[UUID, list[Move]]()
    for some in portions(entries):
        query = select(event.c.entry, event.c.action, event.c.at_us).where(
            event.c.entry.in_(some), event.c.settles.is_(None)
        )
        for entry, action, at_us in connection.execute(query.order_by(event.c.seq)):
            found.setdefault(entry, []).append(Move(action == EventAction.SIGN_OUT, at_us))
    return found
