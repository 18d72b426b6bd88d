"""Findings, turns and months as people read them: every line with its evidence and its rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from alarms.settings import RuleKind
from operations.access import Permission, Principal
from operations.assessment.records import Month, PersonMonth, PlantMonth
from operations.assessment.responses import Answered, Response
from operations.assessment.sums import ConvertedAbsence, Deduction, Limit, WageCheck
from operations.attendance.away import Away
from operations.attendance.events import Side
from operations.attendance.judge import Proposal
from operations.attendance.kinds import Attended, OpenKind, Sentence
from operations.attendance.turns import JudgedTurn
from operations.findings.access import may
from operations.findings.evidence import Opened
from operations.findings.life import ENDS, Step
from operations.findings.records import Finding
from operations.findings.writing import OWN, SAYING_WHY
from operations.money import yuan as exactly
from operations.rules.sets import RuleSets
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift
from telemetry.shares import share_text, target_text
from web import assessment_words as said
from web import desk_words, formats
from web.alarm_view import AlarmSpeaker
from web.evidence_view import EvidenceSpeaker, Piece
from web.months import month_name
from web.words import PRIORITY, spoken

_LEADING: Final = (Step.CONFIRM, Step.NOTIFY, Step.SIGN)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule behind a line."""

    title: str
    source: str
    quoted: str


@dataclass(frozen=True, slots=True)
class Action:
    """A step that somebody may take, and what it asks for; `reason` says why already, so that a tap does."""

    step: str
    label: str
    note: bool
    witness: bool
    cause: bool
    reason: str = ""

    @property
    def leads(self) -> bool:
        """Whether it is the step that usually follows."""
        return self.step in _LEADING or bool(self.reason)


@dataclass(frozen=True, slots=True)
class Line:
    """A finding or a proposal. `tone` is open, counts or ended; `changed` says that its record did."""

    id: str
    person: UUID
    name: str
    number: str
    what: str
    detail: str
    day: str
    amount: str
    state: str
    tone: str
    where: str
    rule: Rule
    evidence: tuple[Piece, ...]
    events: tuple[tuple[str, str, str, str], ...]
    actions: tuple[Action, ...]
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """What settles an open item: the turn, the side that nobody signed, and when it was due by the roster."""

    entry: UUID
    side: str
    due: str


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A turn of somebody's month. `settling` is there for who may settle what is open."""

    day: str
    shift: str
    hours: str
    came: str
    left: str
    away: tuple[str, ...]
    stands: str
    post: str
    open: str
    marks: tuple[str, ...]
    proposals: tuple[Line, ...]
    name: str
    person: UUID
    settling: Settling | None
    ahead: bool


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An alarm and its answer."""

    alarm: UUID
    at: str
    name: str
    priority: str
    took: str
    by: str
    comment: str
    lasted: str
    on_shift: str


class AssessmentSpeaker:
    """Puts months into words for somebody. `me` is the person whose account asks."""

    def __init__(
        self, speaker: AlarmSpeaker, rules: RuleSets, principal: Principal, me: UUID | None, opened: Opened
    ) -> None:
        self._evidence = EvidenceSpeaker(speaker, opened)
        self._speaker = speaker
        self._language = speaker.language
        self._rules = rules
        self._principal = principal
        self._me = me

    def month(self, month: Month) -> str:
        """Return a month's name."""
        return month_name(month.first, self._language)

    def online_measure(self, found: PlantMonth) -> str:
        """Return which of the analysers' figures the rules take."""
        chosen = found.rules[-1].online_rate.value if found.rules else "uptime"
        return spoken(said.ONLINE, chosen, self._language)

    def online_beside(self, found: PlantMonth) -> str:
        """Return what it must reach, and whose figure it is."""
        _ = self._language
        if found.lowest_online is None:
            return ""
        tag = found.lowest_online[1]
        point = self._speaker.folder.plant.point_by_tag.get(tag)
        whose = tag if point is None else _.name(point.name)
        return _("target %(target)s · %(analyser)s", target=self._target(found), analyser=whose)

    def share(self, share: float) -> str:
        """Return a share, cut to a tenth of a per cent."""
        return share_text(share)

    def _target(self, found: PlantMonth) -> str:
        return target_text(found.rules[-1].online_rate_target)

    def finding(self, found: Finding) -> Line:
        """Return a finding's line."""
        rules = self._rules.named(found.rule_set)
        item = rules.duty_item(found.item) if rules and found.item else None
        state = found.life.state
        return Line(
            id=str(found.id),
            person=found.person,
            name=found.name,
            number=found.number,
            what=self._what(found.kind.value, found.minutes),
            detail=" · ".join(filter(None, (self._language.name(item.name) if item else "", found.what))),
            day=self._moment(found.at_us),
            amount=self.amount(found.amount_yuan, found.takes_day_wage),
            state=spoken(said.STATE, state.value, self._language),
            tone="ended" if state in ENDS else "counts" if found.counts else "open",
            where=" · ".join(
                filter(None, (self._language.name(found.post_name) if found.post_name else "", found.place))
            ),
            rule=self._rule(found.rule_set, found.clause, found.sentence),
            evidence=self._evidence.pieces(found.evidence, found.approved_after, found.swallowed_by),
            events=tuple(self._event(found, place) for place in range(-1, len(found.events))),
            actions=self._actions(found),
            changed=self._changed if found.changed else "",
        )

    def proposal(self, one: Proposal, on: OnShift) -> Line:
        """Return a proposal's line."""
        steps = (Step.CONFIRM, Step.REFUSE, Step.EXCLUDE)
        own = self._me == on.person
        return Line(
            id=one.key,
            person=on.person,
            name=on.name,
            number=on.number,
            what=self._what(one.kind.value, one.minutes),
            detail="",
            day=self._moment(one.at_us),
            amount=self.amount(one.amount_yuan, one.takes_day_wage),
            state=spoken(said.STATE, "proposed", self._language),
            tone="open",
            where=self._place(on),
            rule=self._rule(one.rule_set, one.clause, one.sentence),
            evidence=self._evidence.pieces(one.evidence),
            events=(),
            actions=tuple(self._action(step) for step in steps if may(self._principal, step) and not own),
        )

    def turn(self, turn: JudgedTurn) -> TurnLine:
        """Return a turn's line."""
        on, judged = turn.on, turn.judged
        begin, end = self._speaker.local(on.shift.start_us), self._speaker.local(on.shift.end_us)
        return TurnLine(
            day=f"{judged.day:%m-%d}",
            shift=self._language.name(on.shift.name),
            hours=f"{begin:%H:%M}–{end:%H:%M}",
            came=self._clock(on.signed_in_us),
            left=self._clock(on.signed_out_us),
            away=tuple(self._away(one) for one in judged.turn.away),
            stands=spoken(said.STANDS, judged.stands.value, self._language),
            post=self._place(on),
            open=spoken(said.OPEN, judged.open.value, self._language) if judged.open else "",
            marks=tuple(
                self._what(one.kind.value, one.minutes) for one in judged.proposals if one.minutes is not None
            ),
            proposals=tuple(self.proposal(one, on) for one in judged.proposals),
            name=on.name,
            person=on.person,
            settling=self._settling(turn),
            ahead=judged.stands is Attended.AHEAD,
        )

    def converted(self, made: ConvertedAbsence, findings: Sequence[Finding]) -> tuple[str, str, Rule]:
        """Return what a conversion says: the absence, the occurrences it is made of, and its rule."""
        _ = self._language
        of = {found.id: found for found in findings}
        named = [of[id] for id in made.slips]
        text = " + ".join(f"{one.day:%m-%d} {self._what(one.kind.value, one.minutes)}" for one in named)
        last = named[-1]
        days = _("%(days)s d of absence", days=f"{made.absence_days:g}")
        return days, text, self._rule(last.rule_set, last.clause, Sentence.CONVERTED)

    def limit(self, limit: Limit, one: PersonMonth, month: Month) -> tuple[str, str, bool, str]:
        """Return how far a year's count is: what, of how many, whether reached, the sentence."""
        rules = self._rules.on(month.last)
        clause = rules.clause_of(one.member.category) if rules else None
        quoted = clause.sentences.get(limit.sentence.value) if clause else None
        text = "" if quoted is None else quoted.zh if self._is_zh else quoted.en
        word = spoken(said.LIMIT, limit.sentence.value, self._language)
        return word, f"{limit.counted:g} / {limit.limit:g}", limit.reached, text

    def answer(self, one: Response) -> AnswerLine:
        """Return an alarm's line."""
        speaker = self._speaker
        point = speaker.folder.plant.point_by_tag.get(one.tag)
        bit = one.key.rpartition(".")[2] if one.kind is RuleKind.BIT else None
        subject = speaker.subject(one.tag, one.kind, point.equipment if point else None)
        lasted = "" if one.cleared_us is None else self.seconds((one.cleared_us - one.raised_us) / US_PER_S)
        return AnswerLine(
            alarm=one.occurrence,
            at=self._moment(one.raised_us),
            name=f"{subject} {speaker.what(one.tag, one.kind, bit)}",
            priority=spoken(PRIORITY, one.priority.word, self._language),
            took="" if one.seconds is None else self.seconds(one.seconds),
            by=one.by or "",
            comment=one.comment or "",
            lasted=lasted,
            on_shift=self._language.listed(on.name for on in one.on_shift),
        )

    def seconds(self, seconds: float | None) -> str:
        """Return a span."""
        if seconds is None:
            return "–"
        return formats.duration(timedelta(seconds=seconds), self._language)

    def answered(self, found: Answered) -> str:
        """Return how many of how many were answered."""
        return f"{found.acknowledged} / {found.raised}"

    def yuan(self, amount: float | Decimal) -> str:
        """Return a sum."""
        _ = self._language
        text = f"{exactly(amount):,.2f}".removesuffix(".00")
        return _("%(yuan)s yuan", yuan=text)

    def amount(self, yuan: float | Decimal, wage: bool) -> str:
        """Return what a line proposes."""
        _ = self._language
        if wage:
            return _("day's wage + %(yuan)s", yuan=self.yuan(yuan))
        return self.yuan(yuan)

    def deduction(self, money: Deduction) -> str:
        """Return what a month proposes, in words where a wage is missing."""
        _ = self._language
        if money.yuan is not None:
            return self.yuan(money.yuan)
        days = f"{money.day_wages:g}"
        return _("%(days)s × day's wage + %(yuan)s", days=days, yuan=self.yuan(money.slips_yuan))

    def wage_check(self, money: Deduction) -> str:
        """Return what the minimum wage says to it."""
        text = spoken(said.WAGE, money.check.value, self._language)
        if money.check is WageCheck.BELOW and money.most_yuan is not None:
            return text % {"yuan": self.yuan(money.most_yuan)}
        return text

    def category(self, category: str) -> str:
        """Return what somebody is employed as."""
        return spoken(desk_words.CATEGORY, category, self._language)

    def may_enter_wage(self, person: UUID) -> bool:
        """Return whether who asks enters somebody's wage; nobody enters the own."""
        return self._principal.may(Permission.CONFIRM_FINDING) and self._me != person

    @property
    def _is_zh(self) -> bool:
        return self._language.tag.startswith("zh")

    def _settling(self, turn: JudgedTurn) -> Settling | None:
        on, open_item = turn.on, turn.judged.open
        if open_item is None or self._me == on.person:
            return None
        if not self._principal.may(Permission.PUBLISH_ROSTER):
            return None
        came = open_item is OpenKind.NO_SIGN_IN
        due = self._speaker.local(on.shift.start_us if came else on.shift.end_us)
        side = Side.SIGN_IN if came else Side.SIGN_OUT
        return Settling(on.assignment, side.value, f"{due:%Y-%m-%dT%H:%M}")

    def _moment(self, at_us: int) -> str:
        return f"{self._speaker.local(at_us):%m-%d %H:%M}"

    def _clock(self, at_us: int | None) -> str:
        return "" if at_us is None else f"{self._speaker.local(at_us):%H:%M}"

    def _away(self, one: Away) -> str:
        _ = self._language
        if one.back_us is None:
            return _("signed out before at %(out)s", out=self._clock(one.out_us))
        times = {"out": self._clock(one.out_us), "back": self._clock(one.back_us)}
        return _("signed out at %(out)s, in again at %(back)s", **times)

    def _place(self, on: OnShift) -> str:
        crew = self._language.name(on.crew_name) if on.crew_name else ""
        return " ".join(filter(None, (crew, self._language.name(on.post_name))))

    def _what(self, kind: str, minutes: int | None) -> str:
        _ = self._language
        word = spoken(said.KIND, kind, self._language)
        if minutes is None:
            return word
        return _("%(what)s by %(num)d min", what=word, num=minutes)

    def _rule(self, rule_set: str, clause: str, sentence: Sentence) -> Rule:
        rules = self._rules.named(rule_set)
        found = rules.clauses.get(clause) if rules else None
        quoted = found.sentences.get(sentence.value) if found else None
        return Rule(
            title=rules.title if rules else rule_set,
            source=found.source if found else clause,
            quoted="" if quoted is None else quoted.zh if self._is_zh else quoted.en,
        )

    def _event(self, found: Finding, place: int) -> tuple[str, str, str, str]:
        """Return a step: when, what, by whom, with which words; -1 is the proposal itself."""
        _ = self._language
        node = _("the node, from what was signed")
        if place < 0:
            done = spoken(said.DONE, "propose", self._language)
            return self._moment(found.recorded_us), done, found.by or node, ""
        event = found.events[place]
        witness = _("witness %(name)s", name=event.witness) if event.witness else ""
        cause = spoken(said.CAUSE, event.cause, self._language) if event.cause else ""
        words = " · ".join(filter(None, (cause, event.note, witness)))
        done = spoken(said.DONE, event.step.value, self._language)
        return self._moment(event.at_us), done, event.by or "", words

    @property
    def _changed(self) -> str:
        _ = self._language
        return _("record changed: by what is signed or settled now it would not be proposed")

    def _actions(self, found: Finding) -> tuple[Action, ...]:
        own = self._me == found.person
        rules = self._rules.named(found.rule_set)
        witnessed = rules is not None and "witness" in rules.slips.signed_by
        return tuple(
            self._action(step, witnessed, self._changed if found.changed and step is Step.VOID else "")
            for step in found.may_follow()
            if may(self._principal, step) and (step in OWN) is own
        )

    def _action(self, step: Step, witnessed: bool = False, reason: str = "") -> Action:
        return Action(
            step=step.value,
            label=spoken(said.STEP, step.value, self._language),
            note=step in SAYING_WHY and not reason,
            reason=reason,
            witness=step is Step.REFUSE_TO_SIGN or (step is Step.SIGN and witnessed),
            cause=step is Step.EXCLUDE,
        )
