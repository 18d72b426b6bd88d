"""Who is released on the roster: leave, swaps and covers that were approved, and who stands there instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from operations.leave.requests import LeaveRequest
from operations.leave.rules import RequestKind, State
from operations.roster.reading import RosterLine
from operations.staff.people import StaffMember
from web import desk_words, words
from web.alarm_view import AlarmSpeaker
from web.language import Language


@dataclass(frozen=True, slots=True)
class Off:
    """A day on which somebody was released: a letter for why, and the whole of it in words."""

    sign: str
    said: str


@dataclass(frozen=True, slots=True)
class Released:
    """What approved requests change in some days; who sees the sort of leave is `own`, or `every`."""

    speaker: AlarmSpeaker
    approved: Mapping[UUID, LeaveRequest]
    names: Mapping[UUID, str]
    own: UUID | None
    every: bool

    @classmethod
    def of(
        cls,
        speaker: AlarmSpeaker,
        asked: Iterable[LeaveRequest],
        people: Iterable[StaffMember],
        own: StaffMember | None,
        *,
        every: bool,
    ) -> "Released":
        """Return it of requests, of which only those that are approved count."""
        approved = {one.id: one for one in asked if one.state is State.APPROVED}
        names = {member.person: member.name for member in people}
        return cls(speaker, approved, names, None if own is None else own.person, every)

    def cause(self, line: RosterLine) -> str:
        """Return why somebody stands on a turn that is not the pattern's; nothing where that was undone."""
        _ = self.speaker.language
        if not self._holds(line):
            return ""
        word = words.spoken(desk_words.CAUSE, line.cause.value, _)
        name = self.names.get(line.on.replaces) if line.on.replaces else None
        return _("%(why)s, for %(name)s", why=word, name=name) if word and name else word

    def off(self, lines: Iterable[RosterLine], days: Iterable[date]) -> dict[tuple[UUID, date], Off]:
        """Return who is released on which day, by person and day, and who stands there instead."""
        _ = self.speaker.language
        found: dict[tuple[UUID, date], Off] = {}
        instead: dict[tuple[UUID, date], str] = {}
        for line in lines:
            if line.on.replaces is None or not self._holds(line):
                continue
            whose = line.on.replaces, date.fromisoformat(line.on.shift.day)
            instead[whose] = line.on.name
            word = words.spoken(desk_words.CAUSE, line.cause.value, _)
            said = f"{self.names.get(whose[0], '')} {line.on.shift.day[5:]} {word}"
            found[whose] = Off(word[:1].upper(), _with(said, line.on.name, _))
        leave = [one for one in self.approved.values() if one.kind is RequestKind.LEAVE]
        for day in days:
            for one in leave:
                if self._is_of(one, day):
                    said = f"{one.name} {day:%m-%d} {self._sort(one)}"
                    name = instead.get((one.person, day), "")
                    found[one.person, day] = Off(_("L|on leave, one letter"), _with(said, name, _))
        return found

    def _holds(self, line: RosterLine) -> bool:
        return line.request is None or line.request in self.approved

    def _is_of(self, one: LeaveRequest, day: date) -> bool:
        """Return whether leave is of a day: what ends by noon belongs to the day on which it began."""
        begins, ends = self.speaker.local(one.from_us), self.speaker.local(one.to_us)
        start = datetime.combine(day, time(), begins.tzinfo)
        if begins < start and ends <= start + timedelta(hours=12):
            return False
        return begins < start + timedelta(days=1) and start < ends

    def _sort(self, one: LeaveRequest) -> str:
        """Return the sort of leave for whom it concerns; for others that it is leave."""
        _ = self.speaker.language
        if one.leave_kind is not None and (self.every or self.own in (one.person, one.substitute)):
            return words.spoken(desk_words.LEAVE, one.leave_kind.value, _)
        return words.spoken(desk_words.REQUEST, one.kind.value, _)


def _with(said: str, name: str, _: Language) -> str:
    return _("%(off)s, covered by %(name)s", off=said, name=name) if name else said
