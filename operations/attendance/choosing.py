"""Which turn a signature is for: pure. It opens an hour before the turn, and is refused for any other.

sign-in    of the turn at hand that is not signed in yet; another one only when it is named. Of one that is
           on and was signed out it takes the sign-out back, when it is named
sign-out   of the turn signed in and not out, until twelve hours after its end; later it is settled.
           Until then it may be signed out again: a slip of the finger ends no turn, the last one counts
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from operations.roster.slots import Entry, Signed, told_turn
from telemetry.calendar import Calendar
from telemetry.clock import duration_us, from_us
from telemetry.errors import Conflict

OPENS_US: Final = duration_us(timedelta(hours=1))
CLOSES_US: Final = duration_us(timedelta(hours=12))


def to_sign_in(
    own: Sequence[Entry], signed: Mapping[UUID, Signed], wanted: UUID | None, now_us: int, calendar: Calendar
) -> Entry:
    """Return the turn that is signed in now; Conflict says when it was, or which one comes when."""
    open_ones = [entry for entry in own if entry.slot.start_us - OPENS_US <= now_us < entry.slot.end_us]
    if wanted is not None and all(entry.id != wanted for entry in open_ones):
        raise _wrong(own, now_us, calendar)
    asked = [entry for entry in open_ones if wanted in (None, entry.id)]
    waiting = [entry for entry in asked if signed[entry.id].in_us is None]
    if waiting:
        return waiting[0]
    left = [entry for entry in asked if signed[entry.id].out_us is not None]
    if left and wanted is not None:
        return _unsettled(left[0], signed, calendar)
    if asked:
        at = _shown(signed[asked[-1].id].in_us, calendar)
        raise Conflict(
            "already_signed_in", f"signed in to {told_turn(asked[-1].slot, calendar)} at {at} already"
        )
    raise _wrong(own, now_us, calendar)


def to_sign_out(
    own: Sequence[Entry], signed: Mapping[UUID, Signed], wanted: UUID | None, now_us: int, calendar: Calendar
) -> Entry:
    """Return the turn that is signed out now, first or again; Conflict says what to do instead."""
    near = [
        entry for entry in own if entry.slot.start_us - OPENS_US <= now_us < entry.slot.end_us + CLOSES_US
    ]
    asked = [entry for entry in near if wanted in (None, entry.id)]
    came = [entry for entry in asked if signed[entry.id].in_us is not None]
    present = [entry for entry in came if signed[entry.id].out_us is None]
    if present:
        # Of two turns on end, both signed in, the one whose end is nearest: at 16:00 the first, at 24:00 both
        # are over and the second is meant.
        return min(present, key=lambda entry: abs(entry.slot.end_us - now_us))
    left = [entry for entry in asked if signed[entry.id].out_us is not None]
    if left:
        return _unsettled(left[-1], signed, calendar)
    raise Conflict(
        "no_sign_in", "no turn at hand is signed in; sign in first, or have the plant manager settle it"
    )


def _unsettled(entry: Entry, signed: Mapping[UUID, Signed], calendar: Calendar) -> Entry:
    """Return a turn; Conflict where its end was settled: what is signed then would change nothing."""
    if signed[entry.id].out_settled:
        at = _shown(signed[entry.id].out_us, calendar)
        raise Conflict(
            "settled_already",
            f"{told_turn(entry.slot, calendar)} was settled: out at {at}; whoever settled it can do so again",
        )
    return entry


def _wrong(own: Sequence[Entry], now_us: int, calendar: Calendar) -> Conflict:
    following = next((entry.slot for entry in own if entry.slot.start_us - OPENS_US > now_us), None)
    if following is None:
        mend = "none is on the roster in the days ahead; ask the plant manager"
    else:
        opens = from_us(following.start_us - OPENS_US).astimezone(calendar.zone)
        mend = f"the next one is {told_turn(following, calendar)}; it can be signed from {opens:%H:%M} on"
    return Conflict("wrong_turn", f"no turn of yours is at hand: {mend}")


def _shown(at_us: int | None, calendar: Calendar) -> str:
    return "?" if at_us is None else f"{from_us(at_us).astimezone(calendar.zone):%H:%M}"
