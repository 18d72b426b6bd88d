"""What a finding rests on, as people read it: each piece with what it says and where it opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from alarms.journal import JournalRecord
from alarms.settings import RuleKind
from operations.attendance.events import AttendanceEvent
from operations.findings.evidence import ALARMS, ASKED, LOG_ENTRIES, PHOTOS, SETTLED, Opened, ids_of, names_of
from operations.leave.requests import LeaveRequest
from operations.leave.rules import Step
from operations.logbook.records import LogEntry
from web import assessment_words as said
from web import desk_words, log_words
from web.alarm_view import AlarmSpeaker
from web.words import PRIORITY, spoken

_AT: Final = ("start_us", "end_us", "signed_in_us", "signed_out_us")
_AGREED: Final = {
    Step.ENDORSE: "endorsed",
    Step.APPROVE: "approved",
    Step.REFUSE: "refused",
    Step.WITHDRAW: "withdrawn",
}
_LONGEST: Final = 60
"""So much of a log entry's words stands beside its link."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence; `picture` is a small photo, `quoted` somebody's words, `steps` what followed."""

    label: str
    text: str
    href: str = ""
    picture: str = ""
    quoted: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something of a time that a finding may name."""

    id: str
    at: str
    text: str
    photos: tuple[str, ...] = ()


class EvidenceSpeaker:
    """Puts evidence into words; `opened` has the records that it names."""

    def __init__(self, speaker: AlarmSpeaker, opened: Opened) -> None:
        self._speaker = speaker
        self._language = speaker.language
        self._opened = opened

    def pieces(
        self,
        told: Mapping[str, object],
        approved_after: UUID | None = None,
        swallowed_by: UUID | None = None,
    ) -> tuple[Piece, ...]:
        """Return what evidence rests on, the leave approved afterwards, the absence that counts instead."""
        _ = self._language
        found = [
            Piece(self._label(name), f"{self._speaker.local(at_us):%m-%d %H:%M:%S}")
            for name in _AT
            if isinstance(at_us := told.get(name), int)
        ]
        found += [self._request(ASKED, id) for id in ids_of(told, ASKED)]
        if approved_after is not None:
            found.append(self._request("approved_after", approved_after))
        if swallowed_by is not None:
            found.append(Piece(self._label("swallowed_by"), _("open the absence"), f"#slip-{swallowed_by}"))
        found += [self._settlement(id) for id in ids_of(told, SETTLED)]
        found += [self._alarm(id) for id in ids_of(told, ALARMS)]
        found += [self._entry(id) for id in ids_of(told, LOG_ENTRIES)]
        found += [self._photo(photo) for photo in names_of(told, PHOTOS)]
        return tuple(found)

    def entry_choices(self, entries: Iterable[LogEntry]) -> list[Choice]:
        """Return log entries to choose from, each with its photos."""
        return [
            Choice(
                str(one.id),
                self._moment(one.at_us),
                self._entry_text(one),
                tuple(photo.sha256 for photo in one.photos),
            )
            for one in entries
        ]

    def alarm_choices(self, raises: Iterable[JournalRecord]) -> list[Choice]:
        """Return alarms to choose from."""
        return [Choice(str(one.occurrence), self._moment(one.at_us), self._alarm_text(one)) for one in raises]

    @property
    def _gone(self) -> str:
        _ = self._language
        return _("the record is not there any more")

    def _label(self, name: str) -> str:
        return spoken(said.EVIDENCE, name, self._language)

    def _moment(self, at_us: int) -> str:
        return f"{self._speaker.local(at_us):%m-%d %H:%M}"

    def _request(self, name: str, id: UUID) -> Piece:
        found = self._opened.requests.get(id)
        if found is None:
            return Piece(self._label(name), self._gone)
        href = f"/roster?month={self._speaker.local(found.from_us):%Y-%m}&requests=true#request-{id}"
        return Piece(
            self._label(name), self._asked(found), href, quoted=found.reason, steps=self._steps(found)
        )

    def _asked(self, request: LeaveRequest) -> str:
        word = spoken(desk_words.REQUEST, request.kind.value, self._language)
        if request.leave_kind is not None:
            word = spoken(desk_words.LEAVE, request.leave_kind.value, self._language)
        first, last = self._speaker.local(request.from_us), self._speaker.local(request.to_us)
        until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
        return f"{word} {first:%m-%d %H:%M}–{until}"

    def _steps(self, request: LeaveRequest) -> tuple[str, ...]:
        asked = spoken(desk_words.STATE, "asked", self._language)
        steps = [f"{asked} {self._moment(request.asked_us)}"]
        for one in request.decisions:
            done = spoken(desk_words.STATE, _AGREED[one.step], self._language)
            words = (done, one.by, self._moment(one.at_us), one.note)
            steps.append(" ".join(word for word in words if word))
        return tuple(steps)

    def _settlement(self, id: UUID) -> Piece:
        found = self._opened.settlements.get(id)
        if found is None:
            return Piece(self._label(SETTLED), self._gone)
        recorded = f"{found.by or ''} {self._moment(found.recorded_us)}".strip()
        return Piece(self._label(SETTLED), self._settled(found), quoted=found.reason, steps=(recorded,))

    def _settled(self, event: AttendanceEvent) -> str:
        side = spoken(said.SIDE, event.settles.value, self._language) if event.settles else ""
        return f"{side} {self._moment(event.at_us)}".strip()

    def _alarm(self, id: UUID) -> Piece:
        _ = self._language
        return Piece(self._label(ALARMS), _("open the alarm"), href=f"/alarms/{id}")

    def _entry(self, id: UUID) -> Piece:
        _ = self._language
        found = self._opened.entries.get(id)
        text = _("open the entry")
        if found is not None:
            text = f"{self._moment(found.at_us)} {self._entry_text(found)}"
        return Piece(self._label(LOG_ENTRIES), text, href=f"/log/{id}")

    def _entry_text(self, entry: LogEntry) -> str:
        text = entry.text if len(entry.text) <= _LONGEST else f"{entry.text[:_LONGEST]}…"
        return f"{spoken(log_words.KIND, entry.kind.value, self._language)} {text}".strip()

    def _photo(self, photo: str) -> Piece:
        href = f"/api/v1/logbook/photos/{photo}.jpg"
        label = self._label(PHOTOS)
        return Piece(label, label, href=href, picture=f"{href}?small=true")

    def _alarm_text(self, one: JournalRecord) -> str:
        speaker = self._speaker
        point = speaker.folder.plant.point_by_tag.get(one.tag)
        bit = one.key.rpartition(".")[2] if one.kind is RuleKind.BIT else None
        subject = speaker.subject(one.tag, one.kind, point.equipment if point else None)
        priority = spoken(PRIORITY, one.priority.word, self._language)
        return f"{subject} {speaker.what(one.tag, one.kind, bit)} · {priority}"
