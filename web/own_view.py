"""What concerns oneself on “my shift”: the month so far, findings that were told, requests, the handover."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from operations.assessment.records import PersonMonth
from operations.attendance.kinds import SlipKind
from operations.findings.life import State, Step
from operations.findings.records import Finding
from operations.handover.records import Handover
from operations.handover.rules import Phase, Role, Standing
from operations.handover.turns import relief_of, turns_of
from operations.leave.requests import LeaveRequest
from operations.rules.settings import Clause
from telemetry.duty import OnShift
from web import assessment_words as said
from web import handover_words
from web.alarm_view import AlarmSpeaker
from web.on_shift import hours_of
from web.words import spoken

_MOST: Final = 6
_KEPT_US: Final = 7 * 86_400_000_000
"""For how long a request that was decided on is still told."""


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """One's month: figures with what they are of. `waiting` is what is proposed and not decided on."""

    worked: int
    due: int
    waiting: str
    counted: str
    running: tuple[tuple[str, str, bool], ...]
    """What is counted, how far of how many, and whether that is reached."""


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """How the handover stands; `asks` that it waits for who looks, and `place` where on its page."""

    title: str
    said: str
    place: str
    asks: bool


def own_month(one: PersonMonth, clause: Clause | None, speaker: AlarmSpeaker) -> OwnMonth:
    """Return a month so far in words; `clause` is the one that holds for this person now."""
    _ = speaker.language
    proposed = Counter(proposal.kind for turn in one.undecided for proposal in turn.judged.proposals)
    counts = one.month
    named = (
        (SlipKind.LATE, counts.late),
        (SlipKind.EARLY, counts.early),
        (SlipKind.ABSENCE, counts.absence_days),
        (SlipKind.OFF_POST, counts.off_post),
        (SlipKind.ASLEEP, counts.asleep),
        (SlipKind.DUTY_ITEM, counts.duty_items),
    )
    running = []
    if clause is not None and clause.conversion is not None:
        of = clause.conversion.every
        word = _("Late or early this month, %(num)d of them an absence", num=of)
        running.append((word, f"{(counts.late + counts.early) % of} / {of}", False))
    running += [
        (spoken(said.LIMIT, limit.sentence.value, _), f"{limit.counted:g} / {limit.limit:g}", limit.reached)
        for limit in one.limits
    ]
    return OwnMonth(
        worked=one.worked,
        due=one.due,
        waiting=_kinds([(kind, number) for kind, number in proposed.items()], speaker),
        counted=_kinds([(kind, number) for kind, number in named if number], speaker),
        running=tuple(running),
    )


def told(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that somebody was told of, those that wait for a signature first."""
    found = [one for one in findings if Step.NOTIFY in one.life.done]
    return sorted(found, key=lambda one: one.life.state is not State.NOTIFIED)[:_MOST]


def shown_requests(requests: Sequence[LeaveRequest], now_us: int) -> list[LeaveRequest]:
    """Return the requests that are open, of what lies ahead, or decided on lately."""

    def lately(one: LeaveRequest) -> bool:
        return bool(one.decisions) and one.decisions[-1].at_us > now_us - _KEPT_US

    return [one for one in requests if one.next is not None or one.to_us > now_us or lately(one)]


def relieved_by(line: OnShift, rows: Sequence[OnShift], speaker: AlarmSpeaker) -> str:
    """Return who relieves somebody by the roster: of the same post, else all; empty for nobody."""
    turns = turns_of(rows)
    own = next((turn for turn in turns if turn.shift.key == line.shift.key), None)
    relief = None if own is None else relief_of(own, turns)
    if relief is None:
        return ""
    at_post = [one for one in relief.members if one.post == line.post] or relief.members
    names = speaker.language.listed(one.name or one.number for one in at_post)
    hours = hours_of(relief.shift, speaker.folder.calendar)
    return f"{names} {speaker.language.name(relief.shift.name)} {hours}"


def handover_line(
    found: Standing | None, held: Handover | None, person: UUID, account: UUID, speaker: AlarmSpeaker
) -> HandoverLine:
    """Return how the handover of now stands for somebody; `held` is what was started of it."""
    _ = speaker.language
    if found is None:
        return HandoverLine(_("Handover"), "", "", False)
    shift = found.outgoing.shift
    turn = f"{_.name(shift.name)} {hours_of(shift, speaker.folder.calendar)}"
    outgoing = found.outgoing.has(person)
    incoming = found.incoming is not None and found.incoming.has(person) and not _is_by(held, person, account)
    if found.phase is Phase.DUE and outgoing:
        return HandoverLine(_("Hand over"), _("%(turn)s: it can be begun", turn=turn), "", True)
    if found.phase is Phase.STARTED and outgoing:
        return HandoverLine(
            _("Hand over"), _("%(turn)s waits for your signature", turn=turn), "#sign-outgoing", True
        )
    if found.phase is Phase.SIGNED and incoming:
        return HandoverLine(
            _("Take over"), _("%(turn)s waits for your signature", turn=turn), "#sign-incoming", True
        )
    if found.phase is Phase.RUNNING and outgoing:
        opens = f"{speaker.local(found.opens_us):%H:%M}"
        return HandoverLine(_("Hand over"), _("%(turn)s: from %(at)s on", turn=turn, at=opens), "", False)
    phase = spoken(handover_words.PHASE, found.phase.value, _)
    return HandoverLine(_("Handover"), f"{turn} · {phase}", "", False)


def _is_by(held: Handover | None, person: UUID, account: UUID) -> bool:
    """Return whether somebody signed for the outgoing turn, and so cannot take over."""
    first = None if held is None else held.signed.get(Role.OUTGOING)
    return first is not None and (first.person == person or first.account == account)


def _kinds(found: Sequence[tuple[SlipKind, float]], speaker: AlarmSpeaker) -> str:
    language = speaker.language
    return language.listed(f"{spoken(said.KIND, kind.value, language)} {number:g}" for kind, number in found)
