"""Attendance judged: turns, signatures and approvals in, proposals with their evidence out. Pure.

Nothing that comes out of here costs anybody anything: a person confirms it, and says so to the one concerned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from operations.attendance.away import Away
from operations.attendance.kinds import Attended, OpenKind, Sentence, SlipKind
from operations.rules.settings import Belongs, Clause, Missing, RuleSet
from telemetry.clock import US_PER_S, duration_us, from_us
from telemetry.duty import Shift

_MINUTE_US: Final = 60 * US_PER_S


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn as it is known now: what the roster says, and what was signed.

    `released` is the approved request by which somebody else stands there now; `asked` one that nobody
    approved. `settled` is the manager's statement that a signature's time comes from. `bound_us` is when
    the roster came to name this person for it: nobody is late before that. `away` are the sign-outs before
    the one that counts: nothing is judged by them.
    """

    assignment: UUID
    shift: Shift
    person: UUID
    category: str
    post: UUID | None = None
    crew: UUID | None = None
    signed_in_us: int | None = None
    signed_out_us: int | None = None
    replaces: UUID | None = None
    released: UUID | None = None
    asked: UUID | None = None
    settled: UUID | None = None
    bound_us: int | None = None
    away: tuple[Away, ...] = ()

    @property
    def due_us(self) -> int:
        """From when somebody was to be there: the start, or later where they were asked to come later."""
        return max(self.shift.start_us, self.bound_us or 0)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules say of a turn, for a person to decide; `evidence` is ids and numbers only.

    `key` names it for ever: what was decided about it is found by it.
    """

    key: str
    kind: SlipKind
    sentence: Sentence
    turn: Turn
    day: date
    at_us: int
    minutes: int | None
    rule_set: str
    clause: str
    amount_yuan: float
    takes_day_wage: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """A turn judged."""

    turn: Turn
    day: date
    stands: Attended
    proposals: tuple[Proposal, ...] = ()
    open: OpenKind | None = None


def day_of(shift: Shift, rules: RuleSet, zone: ZoneInfo) -> date:
    """Return the date, and with it the month and year, that a shift belongs to."""
    if rules.shift_belongs_to is Belongs.START:
        return date.fromisoformat(shift.day)
    return from_us(shift.end_us - 1).astimezone(zone).date()


def judge(turn: Turn, rules: RuleSet | None, now_us: int, zone: ZoneInfo) -> Judged:
    """Return what a turn comes to by the rules of its day; `rules` is None where none hold."""
    if rules is None:
        return Judged(turn, date.fromisoformat(turn.shift.day), Attended.UNJUDGED)
    day = day_of(turn.shift, rules, zone)
    clause = rules.clause_of(turn.category)
    if turn.released is not None and not rules.released_is_judged:
        return Judged(turn, day, Attended.RELEASED)
    if clause is None or (turn.replaces is not None and not rules.substitute_is_judged):
        return Judged(turn, day, Attended.UNJUDGED)
    return _Judge(turn, day, rules, clause, now_us).judged()


@dataclass(frozen=True, slots=True)
class _Judge:
    turn: Turn
    day: date
    rules: RuleSet
    clause: Clause
    now_us: int

    def judged(self) -> Judged:
        turn, shift = self.turn, self.turn.shift
        if turn.signed_in_us is None and turn.signed_out_us is None:
            return self._nobody_signed()
        found: list[Proposal] = []
        open_item = None
        if turn.signed_in_us is not None:
            found += self._came(turn.signed_in_us)
        else:
            open_item, missing = self._forgotten(self.rules.no_sign_in, OpenKind.NO_SIGN_IN)
            found += missing
        if turn.signed_out_us is not None:
            # Until the end it may be a slip of the finger: the last sign-out counts.
            found += self._left(turn.signed_out_us) if self.now_us >= shift.end_us else []
        elif self.now_us >= shift.end_us + duration_us(self.rules.no_sign_out_after):
            open_item, missing = self._forgotten(self.rules.no_sign_out, OpenKind.NO_SIGN_OUT)
            found += missing
        absences = [proposal for proposal in found if proposal.kind is SlipKind.ABSENCE]
        if absences:
            # One absence is all that one shift can be, whichever sentence says so.
            others = [] if self.clause.absence_swallows else [p for p in found if p not in absences]
            return Judged(turn, self.day, Attended.ABSENT, (absences[0], *others))
        working = turn.signed_out_us is None and open_item is None and self.now_us < shift.end_us
        stands = Attended.ON_SHIFT if working else Attended.WORKED
        return Judged(turn, self.day, stands, tuple(found), open_item)

    def _nobody_signed(self) -> Judged:
        turn = self.turn
        if self.now_us < turn.shift.start_us:
            return Judged(turn, self.day, Attended.AHEAD)
        # Who signs in late, or out only, is judged by that: until the end it may still come.
        if self.now_us < turn.shift.end_us:
            return Judged(turn, self.day, Attended.WAITED_FOR)
        if turn.due_us > turn.shift.start_us:
            # Who was entered when it had begun may have had nothing to sign: the manager says.
            return Judged(turn, self.day, Attended.WORKED, (), OpenKind.NO_SIGN_IN)
        if turn.asked is not None:
            if not self.rules.unapproved_leave_is_absence:
                return Judged(turn, self.day, Attended.UNJUDGED)
            absence = self._absence(Sentence.ABSENT_UNAPPROVED, turn.shift.start_us, None)
        else:
            absence = self._absence(Sentence.ABSENT_MISSING, turn.shift.start_us, None)
        return Judged(turn, self.day, Attended.ABSENT, (absence,))

    def _came(self, at_us: int) -> list[Proposal]:
        late_us = at_us - self.turn.due_us
        if late_us >= duration_us(self.clause.absent_after):
            return [self._absence(Sentence.ABSENT_LATE, at_us, late_us)]
        if late_us >= duration_us(self.clause.late_after):
            return [self._proposal(SlipKind.LATE, Sentence.LATE, at_us, late_us, self.clause.late_yuan)]
        return []

    def _left(self, at_us: int) -> list[Proposal]:
        early_us = self.turn.shift.end_us - at_us
        if early_us >= duration_us(self.clause.absent_before):
            return [self._absence(Sentence.ABSENT_EARLY, at_us, early_us)]
        if early_us >= duration_us(self.clause.early_before):
            return [self._proposal(SlipKind.EARLY, Sentence.EARLY, at_us, early_us, self.clause.early_yuan)]
        return []

    def _forgotten(self, means: Missing, kind: OpenKind) -> tuple[OpenKind | None, list[Proposal]]:
        if means is Missing.OPEN_ITEM:
            return kind, []
        if means is Missing.ABSENCE:
            return None, [self._absence(Sentence.ABSENT_MISSING, self.turn.shift.start_us, None)]
        return None, []

    def _absence(self, sentence: Sentence, at_us: int, by_us: int | None) -> Proposal:
        yuan = self.clause.absence_yuan
        return self._proposal(SlipKind.ABSENCE, sentence, at_us, by_us, yuan)

    def _proposal(
        self, kind: SlipKind, sentence: Sentence, at_us: int, by_us: int | None, yuan: float
    ) -> Proposal:
        turn = self.turn
        evidence: dict[str, object] = {
            "shift": turn.shift.key,
            "assignment": str(turn.assignment),
            "start_us": turn.shift.start_us,
            "end_us": turn.shift.end_us,
            "signed_in_us": turn.signed_in_us,
            "signed_out_us": turn.signed_out_us,
            "asked": str(turn.asked) if turn.asked else None,
            "settled": str(turn.settled) if turn.settled else None,
            "bound_us": turn.bound_us if turn.due_us > turn.shift.start_us else None,
        }
        return Proposal(
            key=f"{kind.value}:{turn.assignment}",
            kind=kind,
            sentence=sentence,
            turn=turn,
            day=self.day,
            at_us=at_us,
            minutes=None if by_us is None else by_us // _MINUTE_US,
            rule_set=self.rules.id,
            clause=self.rules.categories[turn.category],
            amount_yuan=yuan,
            takes_day_wage=kind is SlipKind.ABSENCE and self.clause.absence_takes_day_wage,
            evidence={name: value for name, value in evidence.items() if value is not None},
        )
