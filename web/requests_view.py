"""Requests for leave, swaps and covers as lines, with what whoever looks may say of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from operations.leave.requests import LeaveRequest
from operations.leave.rules import RequestKind, State, Step
from operations.roster.gaps import rests_by_moves
from operations.roster.service import RosterDays
from operations.staff.people import StaffMember
from telemetry.duty import OnShift
from web import desk_words, words
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.turn_words import shift_said, short_rest_said


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, and what somebody may say of it."""

    id: UUID
    kind: str
    who: str
    when: str
    given: str
    taken: str
    stands_in: str
    reason: str
    state: str
    state_word: str
    asked: str
    said: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    ahead: bool
    rests: tuple[str, ...] = ()
    """Where who takes a turn would rest too little, while it waits for a decision."""

    @property
    def matters(self) -> bool:
        """Whether something may still be said of it, or it is approved and lies ahead."""
        return self.state in ("asked", "endorsed") or (self.state == "approved" and self.ahead)


@dataclass(frozen=True, slots=True)
class RequestSpeaker:
    """Puts requests into words; `own` is who asks, who may endorse or approve what is others'."""

    speaker: AlarmSpeaker
    own: StaffMember | None
    endorses: bool = False
    approves: bool = False

    @property
    def language(self) -> Language:
        """Its language."""
        return self.speaker.language

    def lines(
        self, found: Sequence[LeaveRequest], turns: Mapping[UUID, str], on: Sequence[OnShift] = ()
    ) -> list[RequestLine]:
        """Return requests as lines; `turns` says which turn an entry is, `on` who stands near them."""
        return [self._request(one, turns, on) for one in found]

    def _request(self, one: LeaveRequest, turns: Mapping[UUID, str], on: Sequence[OnShift]) -> RequestLine:
        _ = self.language
        begins, ends = self.speaker.local(one.from_us), self.speaker.local(one.to_us)
        span = f"{begins:%m-%d %H:%M} – {_until(ends)}"
        given = turns.get(one.entry, span) if one.entry else span
        taken = turns.get(one.in_return) if one.in_return else None
        kind = words.spoken(desk_words.REQUEST, one.kind.value, _)
        if one.leave_kind:
            kind = words.spoken(desk_words.LEAVE, one.leave_kind.value, _)
        return RequestLine(
            id=one.id,
            kind=kind,
            who=one.name,
            when=given if taken is None else f"{given} ⇄ {taken}",
            given=given,
            taken=taken or "",
            stands_in=one.substitute_name or "",
            reason=one.reason,
            state=one.state.value,
            state_word=words.spoken(desk_words.STATE, one.state.value, _),
            asked=self.speaker.moment(one.asked_us),
            said=tuple(
                f"{words.spoken(desk_words.STEP, said.step.value, _)} {said.by or ''}"
                f" {self.speaker.moment(said.at_us)}{f': {said.note}' if said.note else ''}"
                for said in one.decisions
            ),
            steps=tuple((step.value, self._step(step, one)) for step in self._may(one)),
            ahead=one.to_us > self.speaker.now_us,
            rests=short_rests_said(on, _moves(one, on), _) if one.next else (),
        )

    def _step(self, step: Step, one: LeaveRequest) -> str:
        _ = self.language
        if one.state is State.APPROVED:
            return _("Take the approval back")
        return words.spoken(desk_words.STEP, step.value, _)

    def _may(self, one: LeaveRequest) -> list[Step]:
        mine = self.own is not None and one.person == self.own.person
        if one.state is State.APPROVED and self.approves and one.to_us > self.speaker.now_us:
            return [Step.WITHDRAW]
        if one.next is None:
            return []
        if mine:
            return [Step.WITHDRAW]
        asked = self.own is not None and one.substitute == self.own.person
        if one.next is Step.AGREE and (asked or (self.endorses and one.substitute_account is None)):
            return [Step.AGREE, Step.REFUSE]
        if one.next is Step.AGREE and (self.endorses or self.approves):
            return [Step.REFUSE]
        if (one.next is Step.ENDORSE and self.endorses) or (one.next is Step.APPROVE and self.approves):
            return [one.next, Step.REFUSE]
        return []


def short_rests_said(on: Sequence[OnShift], moves: Mapping[UUID, UUID], _: Language) -> tuple[str, ...]:
    """Return who would rest less than 11 h if others took turns, and when."""
    return tuple(short_rest_said(one, _) for one in rests_by_moves(on, moves))


def _moves(one: LeaveRequest, on: Sequence[OnShift]) -> dict[UUID, UUID]:
    """Return who takes which entry if a request is approved."""
    if one.substitute is None:
        return {}
    if one.kind is RequestKind.LEAVE:
        own = (each for each in on if each.person == one.person)
        return {
            each.assignment: one.substitute
            for each in own
            if one.from_us <= each.shift.start_us and each.shift.end_us <= one.to_us
        }
    found = {one.entry: one.substitute, one.in_return: one.person}
    return {entry: person for entry, person in found.items() if entry is not None}


def turn_names(days: RosterDays, language: Language) -> dict[UUID, str]:
    """Return which turn each entry of some days is."""
    return {line.on.assignment: shift_said(line.on.shift, language) for line in days.lines}


def _until(ends: datetime) -> str:
    """Return an end; a day that is over ends at 24:00, not at the next one's beginning."""
    if ends.hour or ends.minute:
        return f"{ends:%m-%d %H:%M}"
    return f"{ends - timedelta(days=1):%m-%d} 24:00"
