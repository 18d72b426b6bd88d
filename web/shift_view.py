"""The content of “my shift”: the turn at hand, what waits, and the turns to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from operations.attendance.choosing import CLOSES_US, OPENS_US
from operations.roster.reading import RosterLine
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift
from web import formats
from web.alarm_view import AlarmSpeaker
from web.on_shift import SIGNED_BY_US, hours_of

_LATE_US: Final = SIGNED_BY_US


@dataclass(frozen=True, slots=True)
class MyTurn:
    """One of one's own turns, in words; `phase` is ahead, open, running, over, left or done.

    Who has `left` signed out before the end, and may have done so by a slip of the finger.
    """

    entry: UUID
    name: str
    hours: str
    when: str
    post: str
    crew: str
    phase: str
    signed_in: str | None
    signed_out: str | None
    in_said: str
    late: bool
    on: OnShift


@dataclass(frozen=True, slots=True)
class ShiftSpeaker:
    """Puts one's own turns into words."""

    speaker: AlarmSpeaker

    def at_hand(self, own: Sequence[RosterLine]) -> MyTurn | None:
        """Return the turn to sign: the one that is not signed out yet, or the next one.

        Of two turns on end the first one comes first, or nobody would sign it out.
        """
        made = [self.turn(line) for line in own]
        for phase in ("over", "running", "open", "left"):
            for turn in made:
                if turn.phase == phase:
                    return turn
        return next((turn for turn in made if turn.phase == "ahead"), None)

    def opening(self, own: Sequence[RosterLine], shown: MyTurn | None) -> MyTurn | None:
        """Return the turn to sign in while a former one that is shown waits for its forgotten sign-out."""
        if shown is None or shown.phase != "over":
            return None
        return next((turn for turn in map(self.turn, own) if turn.phase == "open"), None)

    def coming(self, own: Sequence[RosterLine], shown: MyTurn | None) -> list[MyTurn]:
        """Return the turns to come beside the one that is shown."""
        made = [self.turn(line) for line in own]
        return [turn for turn in made if turn.phase in ("ahead", "open") and turn != shown]

    def turn(self, line: RosterLine) -> MyTurn:
        """Return a turn in words."""
        on, now_us = line.on, self.speaker.now_us
        shift, _ = on.shift, self.speaker.language
        begins = self.speaker.local(shift.start_us)
        day = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(
            (begins.date() - self.speaker.today).days, f"{begins:%m-%d}"
        )
        phase = self._phase(line)
        until_us = shift.start_us - now_us
        said = ""
        if phase in ("ahead", "open") and until_us > 0:
            said = _("begins in %(span)s", span=self._span(until_us))
        elif phase in ("running", "left"):
            said = _("ends in %(span)s", span=self._span(shift.end_us - now_us))
        elif phase == "over":
            said = _("ended %(span)s ago, not signed out", span=self._span(now_us - shift.end_us))
        return MyTurn(
            entry=on.assignment,
            name=_.name(shift.name),
            hours=hours_of(shift, self.speaker.folder.calendar),
            when=day,
            post=_.name(on.post_name),
            crew=_.name(on.crew_name) if on.crew_name else "",
            phase=phase,
            signed_in=None if on.signed_in_us is None else self.speaker.moment(on.signed_in_us),
            signed_out=None if on.signed_out_us is None else self.speaker.moment(on.signed_out_us),
            in_said=said,
            late=on.signed_in_us is None and shift.start_us + _LATE_US <= now_us < shift.end_us,
            on=on,
        )

    def _phase(self, line: RosterLine) -> str:
        on, now_us = line.on, self.speaker.now_us
        if on.signed_out_us is not None:
            return "left" if now_us < on.shift.end_us else "done"
        if on.signed_in_us is not None:
            return "running" if now_us < on.shift.end_us else "over"
        if now_us < on.shift.start_us - OPENS_US:
            return "ahead"
        return "open" if now_us < on.shift.end_us else "done"

    def _span(self, us: int) -> str:
        # By whole minutes, since the page stands still.
        seconds = us // US_PER_S
        seconds -= seconds % 60 if seconds >= 60 else 0
        return formats.duration(timedelta(seconds=seconds), self.speaker.language)


WINDOW_US: Final = CLOSES_US
