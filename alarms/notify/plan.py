"""What is to be pushed, decided from what the journal says: pure.

raise ──▶ pending ─────────────────────────────────▶ everybody on duty
    │     explained by another, or raised again ───▶ grouped under that push
    │     too many in ten minutes ─────────────────▶ summarised under one that sums up
unanswered for `wait`, or reached nobody ──────────▶ second step, likewise
answered ──▶ taken, to the others told;  over ──▶ end, to all that were told
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from alarms.journal import JournalRecord
from alarms.notify.causes import Subject, explains
from alarms.notify.records import TELLING, Push, PushState, Step
from alarms.notify.settings import PushSettings
from alarms.settings import Priority
from alarms.states import AlarmEvent, AlarmState
from telemetry.clock import duration_us
from telemetry.duty import Recipient
from telemetry.plant import Plant

FLOOD_US: Final = duration_us(timedelta(minutes=10))
MOST_GROUPED: Final = 50
FALLBACK: Final = "fallback"
NOBODY: Final = "nobody"
_OWN: Final = frozenset({PushState.PENDING, PushState.DELIVERED, PushState.FAILED})
"""States of a push that goes out by itself."""
_OPEN: Final = frozenset({PushState.PENDING, PushState.DELIVERED})
_UNCOUNTED: Final = frozenset({Step.SUMMARY, Step.NOTICE, Step.TEST})


def recipient_key(person: UUID | None) -> str:
    """Return what names a recipient in the outbox."""
    return FALLBACK if person is None else str(person)


@dataclass
class Plan:
    """Changes to the outbox: rows that are new, and rows that are others from now on."""

    new: dict[UUID, Push] = field(default_factory=dict)
    changed: dict[UUID, Push] = field(default_factory=dict)
    before: dict[UUID, PushState] = field(default_factory=dict)
    """How those that change stood when this was planned: what was sent meanwhile stays sent."""

    def put(self, push: Push, before: PushState) -> None:
        """Have a push stand as it does here."""
        if push.id in self.new:
            self.new[push.id] = push
        else:
            self.changed[push.id] = push
            self.before.setdefault(push.id, before)


class Planner:
    """Plans one round. `known` are the pushes that matter: recent ones and those of the same alarms."""

    def __init__(
        self,
        settings: PushSettings,
        plant: Plant,
        known: Iterable[Push],
        under_way: frozenset[UUID],
        now_us: int,
        new_id: Callable[[int], UUID],
    ) -> None:
        self._settings = settings
        self._plant = plant
        self._pushes: dict[UUID, Push] = {}
        self._by_occurrence: dict[UUID, list[UUID]] = defaultdict(list)
        self._by_recipient: dict[str, list[UUID]] = defaultdict(list)
        self._below: Counter[UUID] = Counter()
        for push in known:
            self._enter(push)
        self._under_way = under_way
        self._now_us = now_us
        self._new_id = new_id
        self.plan = Plan()

    def follow(self, records: Sequence[JournalRecord], recipients: Sequence[Recipient]) -> None:
        """Plan what records of the journal, oldest first, call for."""
        last = {record.occurrence: record.to_state for record in records}
        answered = {r.occurrence for r in records if r.event is AlarmEvent.ACKNOWLEDGE}
        for record in records:
            if record.event is not AlarmEvent.RAISE:
                self._moved(record)
            elif record.priority >= self._settings.priority:
                # Answered or over before anybody looked: nobody needs to be told any more.
                if last[record.occurrence] is not AlarmState.NORMAL and record.occurrence not in answered:
                    self.tell(Step.RAISE, _blank(record), recipients, wait=True)

    def tell(self, step: Step, alarm: Push, recipients: Sequence[Recipient], *, wait: bool) -> None:
        """Tell recipients of an alarm; `alarm` is any push of it. Nobody there stands in the outbox too."""
        for recipient in recipients:
            self._tell(self._made(step, alarm, recipient, wait))
        if not recipients:
            row = self._made(step, alarm, Recipient(None, None, "", "", ()), wait)
            self._add(replace(row, recipient=NOBODY, state=PushState.NOBODY, settled_us=self._now_us))

    def escalate(self, occurrence: UUID, recipients: Sequence[Recipient], *, fallback: bool) -> None:
        """Plan an alarm's next step: the second one, or after it the targets that are nobody's."""
        waiting = [push for push in self._of(occurrence) if push.waits]
        step = Step.FALLBACK if any(push.step is Step.SECOND for push in waiting) else Step.SECOND
        for push in waiting:
            self._change(push, waits=False)
        if waiting and (recipients or step is Step.SECOND):
            self.tell(step, waiting[0], recipients, wait=fallback and step is Step.SECOND)

    def _tell(self, made: Push) -> None:
        if self._exists(made):
            return
        leader = self._leader(made)
        if leader is not None:
            self._add(replace(made, state=PushState.GROUPED, under=leader.id, settled_us=self._now_us))
            return
        self._add(self._bounded(made))
        if self._pushes[made.id].state is PushState.PENDING:
            self._gather_under(self._pushes[made.id])

    def _bounded(self, made: Push) -> Push:
        """Return the push, or put it under the one that sums up when its recipient got too many."""
        recent = [p for p in self._to(made.recipient, FLOOD_US) if p.step not in _UNCOUNTED]
        most = self._settings.at_most * (2 if made.priority is Priority.CRITICAL else 1)
        if sum(push.state in _OWN for push in recent) < most:
            return made
        summary = next((p for p in self._to(made.recipient, FLOOD_US) if p.step is Step.SUMMARY), None)
        if summary is None:
            made_id = self._new_id(self._now_us)
            summary = replace(
                made,
                id=made_id,
                occurrence=made_id,
                step=Step.SUMMARY,
                waits=False,
                state=PushState.PENDING,
            )
            self._add(summary)
        return replace(made, state=PushState.SUMMARISED, under=summary.id, settled_us=self._now_us)

    def _leader(self, made: Push) -> Push | None:
        """Return the recipient's push that tells of this one as well, None for one of its own."""
        if made.step not in TELLING:
            return None
        spans = (duration_us(self._settings.together), duration_us(self._settings.again))
        steps = TELLING if made.step is Step.RAISE else {made.step}
        for push in self._to(made.recipient, max(spans)):
            if push.step not in steps or push.state not in _OPEN or push.occurrence == made.occurrence:
                continue
            age_us = abs(self._now_us - push.created_us)
            related = push.rule != made.rule and age_us <= spans[0]
            related = related and explains(_subject(push), _subject(made), self._plant)
            if (related or self._is_again(push, made, age_us <= spans[1])) and self._room(push):
                return push
        return None

    def _is_again(self, push: Push, made: Push, recent: bool) -> bool:
        """Whether it is the same alarm once more, and nobody was told meanwhile that it is over.

        What was to say so does not go out any more.
        """
        if not recent or push.rule != made.rule or made.priority is Priority.CRITICAL:
            return False
        ends = [end for end in self._mine(push.recipient) if end.step is Step.END and end.rule == push.rule]
        ends = [end for end in ends if end.number > push.number or end.number == 0]
        if any(end.state is PushState.DELIVERED or end.id in self._under_way for end in ends):
            return False
        for end in ends:
            if end.state is PushState.PENDING:
                self._change(end, state=PushState.OBSOLETE, settled_us=self._now_us)
        return True

    def _gather_under(self, leader: Push) -> None:
        """Take in what waits to be sent and is explained by what came only now."""
        if leader.step not in TELLING:
            return
        for push in self._to(leader.recipient, duration_us(self._settings.together)):
            waiting = push.state is PushState.PENDING and push.id not in self._under_way
            if push.id == leader.id or not waiting or push.step not in TELLING or push.title is not None:
                continue
            if explains(_subject(leader), _subject(push), self._plant) and self._room(leader):
                self._change(push, state=PushState.GROUPED, under=leader.id, settled_us=self._now_us)
                for below in [p for p in self._mine(leader.recipient) if p.under == push.id]:
                    self._change(below, under=leader.id)

    def _moved(self, record: JournalRecord) -> None:
        for push in self._of(record.occurrence):
            self._change(push, waits=False)
        over = record.to_state is AlarmState.NORMAL
        answered = record.event is AlarmEvent.ACKNOWLEDGE
        for push in self._of(record.occurrence):
            if push.step not in TELLING or not (push.state in _OPEN or self._told_before(push)):
                continue
            if push.state is PushState.PENDING and push.id not in self._under_way:
                if over or answered:
                    self._change(push, state=PushState.OBSOLETE, settled_us=self._now_us)
            elif self._settings.end:
                self._tell_end(push, record)

    def _told_before(self, push: Push) -> bool:
        """Whether its recipient knows of the alarm from the last time that it was raised."""
        leader = self._pushes.get(push.under) if push.under is not None else None
        grouped = push.state is PushState.GROUPED and leader is not None and leader.rule == push.rule
        return grouped and leader is not None and leader.state is PushState.DELIVERED

    def _tell_end(self, told: Push, record: JournalRecord) -> None:
        step = Step.TAKEN if record.event is AlarmEvent.ACKNOWLEDGE else Step.END
        who = Recipient(told.person, told.account_id, told.name, told.language, ())
        # By the console it is the account that answers, by a link it may be the person.
        if step is Step.TAKEN and record.actor_id in {told.account_id, told.person} - {None}:
            return
        self._tell(self._made(step, told, who, wait=False))

    def _made(self, step: Step, alarm: Push, recipient: Recipient, wait: bool) -> Push:
        return replace(
            alarm,
            id=self._new_id(self._now_us),
            step=step,
            recipient=recipient_key(recipient.person),
            person=recipient.person,
            account_id=recipient.account_id,
            name=recipient.name,
            language=recipient.language,
            created_us=self._now_us,
            state=PushState.PENDING,
            waits=wait,
            under=None,
            title=None,
            body=None,
            settled_us=None,
            number=0,
        )

    def _exists(self, made: Push) -> bool:
        return any(
            push.step is made.step and push.recipient == made.recipient for push in self._of(made.occurrence)
        )

    def _of(self, occurrence: UUID) -> list[Push]:
        return [self._pushes[each] for each in self._by_occurrence.get(occurrence, ())]

    def _mine(self, recipient: str) -> list[Push]:
        return [self._pushes[each] for each in self._by_recipient.get(recipient, ())]

    def _to(self, recipient: str, within_us: int) -> list[Push]:
        """Return a recipient's pushes of late; a clock set back must not make them all look old."""
        return [p for p in self._mine(recipient) if abs(self._now_us - p.created_us) <= within_us]

    def _room(self, leader: Push) -> bool:
        return self._below[leader.id] < MOST_GROUPED

    def _enter(self, push: Push) -> None:
        if push.id not in self._pushes:
            self._by_occurrence[push.occurrence].append(push.id)
            self._by_recipient[push.recipient].append(push.id)
        before = self._pushes.get(push.id)
        self._pushes[push.id] = push
        if before is not None and before.under is not None:
            self._below[before.under] -= 1
        if push.under is not None:
            self._below[push.under] += 1

    def _add(self, push: Push) -> None:
        if not self._exists(push):
            self._enter(push)
            self.plan.new[push.id] = push

    def _change(self, push: Push, **values: object) -> None:
        before = self._pushes[push.id]
        changed = replace(before, **values)  # type: ignore[arg-type]  # names of its fields
        if changed != before:
            self._enter(changed)
            self.plan.put(changed, before.state)


def _subject(push: Push) -> Subject:
    return Subject(push.tag, push.kind, push.priority)


def _blank(record: JournalRecord) -> Push:
    """Return what of a push is its alarm's."""
    return Push(
        id=record.occurrence,
        occurrence=record.occurrence,
        step=Step.RAISE,
        recipient="",
        rule=record.key,
        tag=record.tag,
        kind=record.kind,
        priority=record.priority,
        person=None,
        account_id=None,
        name="",
        language="",
        created_us=record.at_us,
        state=PushState.PENDING,
    )
