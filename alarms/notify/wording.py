"""Puts a push into words: what, where, since when, value and limit, what to do. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from alarms.journal import JournalRecord
from alarms.notify import words
from alarms.notify.records import Push, Step
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent
from alarms.uptime.records import TARGET
from telemetry.clock import from_us
from telemetry.plant import Name, Plant, Point, PointKind

_LIMITS: Final = frozenset({RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH})
_MOST_DECIMALS: Final = 3
_OUTLET: Final = {RuleKind.HIGH_HIGH: words.OUTLET_HH, RuleKind.HIGH: words.OUTLET_H}
_COUNTED: Final = frozenset({PointKind.TOTAL, PointKind.SYSTEM, PointKind.STATUS})


@dataclass(frozen=True, slots=True)
class Story:
    """What the journal tells of a push's alarm, and what else belongs into it.

    `steps` are the alarm's records, oldest first. `more` counts what is told of within this push.
    `names` are the persons' of accounts, as far as they are known: the journal has the accounts' own.
    """

    push: Push
    steps: Sequence[JournalRecord]
    more: int
    url: str | None
    reason: Name | None = None
    gravest: Push | None = None
    names: Mapping[UUID, str] = field(default_factory=dict)

    def actor(self, record: JournalRecord) -> str:
        """Return who did a step."""
        known = self.names.get(record.actor_id) if record.actor_id is not None else None
        return known or record.actor or ""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for one plant; `limited` are the tags of points with discharge limits.

    `target_on` is the share that analysers must reach in the month of a day.
    """

    plant: Plant
    limited: frozenset[str] = frozenset()
    target_on: Callable[[date], Fraction] = lambda _: TARGET

    def words(self, story: Story, now_us: int) -> tuple[str, str]:
        """Return title and body in the recipient's language."""
        say = _Say(self, story.push.language, now_us)
        if story.push.step is Step.TEST:
            return say(words.TEST_TITLE), say(words.TEST, plant=say(self.plant.name), at=say.moment(now_us))
        if story.push.step is Step.NOTICE:
            return story.push.title or "", story.push.body or ""
        if story.push.step is Step.SUMMARY:
            return say.summary(story)
        if story.push.step in (Step.TAKEN, Step.END):
            return say.over(story)
        return say.told(story)

    def what(self, push: Push, language: str) -> str:
        """Return what an alarm is about and what happened, in a few words."""
        return _Say(self, language, 0).what(push.tag, push.kind, push.rule)

    def advice(self, push: Push, language: str) -> str | None:
        """Return why it matters or what to do, where that is known."""
        return _Say(self, language, push.created_us).advice(push)


@dataclass(frozen=True, slots=True)
class _Say:
    of: Wording
    language: str
    now_us: int

    @property
    def plant(self) -> Plant:
        return self.of.plant

    def __call__(self, name: Name, /, **values: object) -> str:
        text = name.in_language(self.language)
        # Names out of the plant's folder come without values: braces in them are braces.
        return text.format(**values) if values else text

    def told(self, story: Story) -> tuple[str, str]:
        push = story.push
        priority = self(words.PRIORITY[push.priority.word])
        zh = self.language.startswith("zh")
        bracketed = f"【{priority}】" if zh else f"[{priority}] "
        return f"{bracketed}{self.what(push.tag, push.kind, push.rule)}", "\n".join(self._lines(story))

    def over(self, story: Story) -> tuple[str, str]:
        push, steps = story.push, story.steps
        raised, what = _first(steps, AlarmEvent.RAISE), self.what(push.tag, push.kind, push.rule)
        answer, cleared = _first(steps, AlarmEvent.ACKNOWLEDGE), _first(steps, AlarmEvent.CLEAR)
        if push.step is Step.TAKEN and answer is not None:
            said = {"name": story.actor(answer), "at": self.moment(answer.at_us), "comment": answer.comment}
            body = self(words.TAKEN_SAYING if answer.comment else words.TAKEN, **said)
            return self(words.TAKEN_TITLE, what=what), body
        ended = cleared or (steps[-1] if steps else None)
        lines: list[str] = []
        if cleared is not None and raised is not None:
            lasted = self.lasted(cleared.at_us - raised.at_us)
            lines.append(self(words.END, at=self.moment(cleared.at_us), lasted=lasted))
        elif ended is not None:
            lines.append(self(words.WITHDRAWN, at=self.moment(ended.at_us)))
        if answer is not None:
            lines.append(self(words.TAKEN, name=story.actor(answer), at=self.moment(answer.at_us)))
        elif cleared is not None:
            lines.append(self(words.END_UNANSWERED))
            lines += [self(words.LINK, url=story.url)] if story.url else []
        return self(words.END_TITLE, what=what), "\n".join(lines)

    def summary(self, story: Story) -> tuple[str, str]:
        gravest = story.gravest or story.push
        lines = [self(words.SUMMARY, what=self.what(gravest.tag, gravest.kind, gravest.rule))]
        lines.append(self(words.OPEN, url=story.url) if story.url else self(words.SUMMARY_LOOK))
        return self(words.SUMMARY_TITLE, count=story.more), "\n".join(lines)

    def _lines(self, story: Story) -> list[str]:
        push = story.push
        raised, cleared = _first(story.steps, AlarmEvent.RAISE), _first(story.steps, AlarmEvent.CLEAR)
        lines = [] if story.reason is None else [self._reason(story.reason, raised)]
        since = raised.at_us if raised is not None else push.created_us
        lines.append(self(words.SINCE, unit=self._unit(push.tag), at=self.moment(since)))
        if raised is not None and (figures := self._figures(raised)):
            lines.append(figures)
        if cleared is not None:
            lines.append(self(words.CLEARED, at=self.moment(cleared.at_us)))
        if (advice := self.advice(push)) is not None:
            lines.append(advice)
        if story.more:
            lines.append(self(words.MORE, count=story.more))
        if story.url:
            lines.append(self(words.LINK, url=story.url))
        return lines

    def _reason(self, reason: Name, raised: JournalRecord | None) -> str:
        minutes = 0 if raised is None else max((self.now_us - raised.at_us) // 60_000_000, 1)
        return self(reason, minutes=minutes)

    def _figures(self, raised: JournalRecord) -> str | None:
        point = self.plant.point_by_tag.get(raised.tag)
        if point is None or raised.kind not in _LIMITS or not math.isfinite(raised.value + raised.limit):
            return None
        return self(
            words.VALUE, value=self.figure(point, raised.value), limit=self.figure(point, raised.limit)
        )

    def figure(self, point: Point, value: float) -> str:
        places = max(_decimals(point), len(f"{value:.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]))
        measure = words.MEASURES.get(point.engineering_unit, point.engineering_unit)
        return f"{value:.{places}f} {measure}".rstrip().replace("-", "−", 1 if value < 0 else 0)

    def what(self, tag: str, kind: RuleKind, rule: str) -> str:
        point = self.plant.point_by_tag.get(tag)
        machine = self.plant.equipment_by_id.get((point.equipment if point else None) or "")
        if kind is RuleKind.BIT:
            named = point.bit(rule.rpartition(".")[2]) if point is not None else None
            label = None if named is None else named.alarm_label or named.label
            happened = rule.rpartition(".")[2] if label is None else self(label)
            subject = machine.name if machine is not None else point.name if point is not None else None
        else:
            happened = self(words.NODE.get(rule) or words.ALARM[kind.value])
            subject = None if point is None else point.name
        name = tag if subject is None else subject.in_language(self.language)
        return f"{name} {happened}"

    def _unit(self, tag: str) -> str:
        point = self.plant.point_by_tag.get(tag)
        unit = self.plant.unit_by_id.get(point.unit) if point is not None else None
        return (
            self.plant.name.in_language(self.language)
            if unit is None
            else unit.name.in_language(self.language)
        )

    def advice(self, push: Push) -> str | None:
        found = _advice(self.plant, self.of.limited, push.tag, push.kind)
        target = self.of.target_on(self._local(push.created_us).date())
        return None if found is None else self(found, target=f"{float(target * 100):.4g} %")

    def moment(self, us: int) -> str:
        at, now = self._local(us), self._local(self.now_us)
        clock = f"{at:%H:%M}"
        if at.date() == now.date():
            return clock
        if at.date() == now.date() - timedelta(days=1):
            return f"昨天 {clock}" if self.language.startswith("zh") else f"yesterday {clock}"
        return f"{at:%m-%d} {clock}"

    def lasted(self, span_us: int) -> str:
        zh = self.language.startswith("zh")
        minutes, seconds = divmod(max(span_us, 0) // 1_000_000, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours} 小时 {minutes} 分" if zh else f"{hours} h {minutes:02d} min"
        if minutes:
            return f"{minutes} 分钟" if zh else f"{minutes} min"
        return f"{seconds} 秒" if zh else f"{seconds} s"

    def _local(self, us: int) -> datetime:
        return from_us(us).astimezone(self.plant.timezone)


def _decimals(point: Point) -> int:
    if point.kind in _COUNTED:
        return 0
    if point.engineering_unit == "m":
        return 2
    return 0 if point.span >= 300 else 1 if point.span > 5 else 2


def _advice(plant: Plant, limited: frozenset[str], tag: str, kind: RuleKind) -> Name | None:
    if kind is RuleKind.LINK:
        return words.LINK_DOWN
    point = plant.point_by_tag.get(tag)
    if point is None:
        return None
    if kind is RuleKind.BIT:
        machine = plant.equipment_by_id.get(point.equipment or "")
        return None if machine is None else words.MACHINE.get(machine.kind)
    if kind is RuleKind.INSTRUMENT:
        return words.REGULATED_LOST if point.regulatory else None
    return _OUTLET.get(kind) if tag in limited else None


def _first(steps: Sequence[JournalRecord], event: AlarmEvent) -> JournalRecord | None:
    return next((step for step in steps if step.event is event), None)


def grave(push: Push) -> bool:
    """Whether a push tells of something grave that is not over."""
    return push.priority >= Priority.HIGH and push.step not in (Step.TAKEN, Step.END, Step.TEST)


def within(below: Sequence[Push]) -> tuple[int, Push | None]:
    """Return how many alarms are told of within a push, and the gravest of them."""
    seen: dict[UUID, Push] = {each.occurrence: each for each in below}
    return len(seen), max(seen.values(), key=lambda each: each.priority, default=None)
