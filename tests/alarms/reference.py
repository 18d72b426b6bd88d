"""The engine told as plainly as can be, one rule and one sample at a time: what it is held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite, nan

from alarms.settings import Rule, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition, next_state
from telemetry.clock import duration_us
from telemetry.limits import exceeds, falls_below
from telemetry.plant import Point
from telemetry.samples import SampleBatch

_HIGH = (RuleKind.HIGH, RuleKind.HIGH_HIGH)
_LOW = (RuleKind.LOW, RuleKind.LOW_LOW)


@dataclass
class _Point:
    stale_after_us: int | None
    time_us: int | None = None
    heard_us: int = 0
    usable: bool = False
    value: float = nan

    def outlived(self, time_us: int) -> bool:
        if self.time_us is None or self.stale_after_us is None:
            return False
        return time_us > self.time_us + self.stale_after_us

    def stale(self, now_us: int) -> bool:
        return self.stale_after_us is not None and now_us > self.heard_us + self.stale_after_us

    @property
    def late_us(self) -> int:
        return 0 if self.time_us is None else self.heard_us - self.time_us

    def bit(self, mask: int) -> bool:
        return isfinite(self.value) and int(self.value) & mask != 0


@dataclass
class _Alarm:
    rule: Rule
    enabled: bool
    met: bool = False
    since_us: int | None = None
    state: AlarmState = AlarmState.NORMAL
    last_us: int = 0
    silent_from_us: int | None = None

    @property
    def standing(self) -> bool:
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)

    @property
    def due_us(self) -> int | None:
        if self.since_us is None:
            return None
        return self.since_us + duration_us(self.rule.off_delay if self.standing else self.rule.on_delay)


class Reference:
    def __init__(
        self, rules: Sequence[Rule], points: Sequence[Point], series: Mapping[str, int], slack_us: int
    ) -> None:
        self.tags = {series[point.tag]: point.tag for point in points}
        self.points = {point.tag: _Point(_stale_after_us(point)) for point in points}
        self.alarms = [_Alarm(rule, rule.enable is None) for rule in rules]
        self.slack_us = slack_us
        self.now_us = 0
        self.fired: list[Transition] = []
        for alarm in self._instruments():
            after_us = self.points[alarm.rule.tag].stale_after_us
            alarm.silent_from_us = after_us

    def evaluate(self, samples: SampleBatch, at_us: int, batch: int) -> list[Transition]:
        self.fired = []
        at_us = self._reach(at_us)
        rows: list[tuple[int, str, float, bool]] = []
        known = {tag: point.time_us for tag, point in self.points.items() if point.usable}
        for series, time_us, value, quality in zip(
            samples.series, samples.times_us, samples.values, samples.quality, strict=True
        ):
            if int(series) in self.tags:
                tag = self.tags[int(series)]
                if quality < 64 and known.get(tag) == int(time_us):
                    for alarm in self.alarms:
                        if alarm.rule.tag == tag and alarm.rule.kind is not RuleKind.INSTRUMENT:
                            self._forget(alarm)
                    continue
                rows.append((int(time_us), tag, float(value), bool(quality >= 64 and isfinite(value))))
        rows.sort(key=lambda row: row[0])
        rows = [(min(time_us, at_us), tag, value, usable) for time_us, tag, value, usable in rows]
        for time_us, together in groupby(rows, key=lambda row: row[0]):
            counting = [row for row in together if self._counts(row[1], time_us, at_us)]
            self._take(time_us, {tag: (value, usable) for _, tag, value, usable in counting})
        for alarm in self.alarms:
            self._fall_silent(alarm, at_us)
            silent = alarm.rule.kind is RuleKind.INSTRUMENT
            self._mature(alarm, at_us if silent else at_us - self.points[alarm.rule.tag].late_us)
        order = {alarm.rule.key: number for number, alarm in enumerate(self.alarms)}
        self.fired.sort(key=lambda done: (done.at_us, order[done.key]))
        return [replace(done, batch=batch) for done in self.fired]

    def acknowledge(self, key: str, at_us: int) -> None:
        alarm = next(alarm for alarm in self.alarms if alarm.rule.key == key)
        after = next_state(alarm.state, AlarmEvent.ACKNOWLEDGE)
        if after is not None:
            alarm.state = after
            alarm.last_us = max(at_us, alarm.last_us + 1)

    def _instruments(self) -> list[_Alarm]:
        return [alarm for alarm in self.alarms if alarm.rule.kind is RuleKind.INSTRUMENT]

    def _reach(self, at_us: int) -> int:
        if self.now_us - self.slack_us <= at_us <= self.now_us:
            return self.now_us
        if at_us < self.now_us:
            self._set_back(at_us)
        elif at_us > self.now_us + self.slack_us:
            for alarm in self._instruments():
                self._listen(alarm, at_us)
        self.now_us = at_us
        return at_us

    def _set_back(self, at_us: int) -> None:
        for point in self.points.values():
            if point.time_us is not None:
                point.time_us = min(point.time_us, at_us)
                point.heard_us = min(point.heard_us, at_us)
        for alarm in self.alarms:
            alarm.last_us = min(alarm.last_us, at_us)
            if alarm.since_us is not None:
                alarm.since_us = min(alarm.since_us, at_us)
            after_us = self.points[alarm.rule.tag].stale_after_us
            if alarm.silent_from_us is not None and after_us is not None:
                alarm.silent_from_us = min(alarm.silent_from_us, at_us + after_us)

    def _listen(self, alarm: _Alarm, at_us: int) -> None:
        after_us = self.points[alarm.rule.tag].stale_after_us
        if after_us is not None and alarm.silent_from_us is not None:
            alarm.silent_from_us = max(alarm.silent_from_us, at_us + after_us)

    def _counts(self, tag: str, time_us: int, at_us: int) -> bool:
        point = self.points[tag]
        if point.time_us is None:
            return point.stale_after_us is None or at_us - time_us <= point.stale_after_us
        return time_us >= point.time_us

    def _take(self, time_us: int, group: dict[str, tuple[float, bool]]) -> None:
        self._switch(time_us, group)
        mine = [alarm for alarm in self.alarms if alarm.rule.tag in group]
        for alarm in mine:
            self._fall_silent(alarm, self.now_us)
            self._mature(alarm, self.now_us if alarm.rule.kind is RuleKind.INSTRUMENT else time_us)
            if not group[alarm.rule.tag][1] or self.points[alarm.rule.tag].outlived(time_us):
                self._forget(alarm)
        for tag, (value, usable) in group.items():
            point = self.points[tag]
            point.time_us, point.heard_us, point.usable = time_us, self.now_us, usable
            point.value = value if usable else point.value
        for alarm in mine:
            if alarm.rule.kind is RuleKind.INSTRUMENT:
                self._turn(alarm, alarm.enabled and not self.points[alarm.rule.tag].usable, self.now_us)
                after_us = self.points[alarm.rule.tag].stale_after_us
                alarm.silent_from_us = None if after_us is None else self.now_us + after_us
            elif group[alarm.rule.tag][1]:
                self._turn(alarm, alarm.enabled and self._judge(alarm, alarm.met), time_us)

    def _switch(self, time_us: int, group: dict[str, tuple[float, bool]]) -> None:
        words = {tag: value for tag, (value, usable) in group.items() if usable}
        for alarm in self.alarms:
            enable = alarm.rule.enable
            if enable is None:
                continue
            held = [
                int(words[tag]) & mask != 0 if tag in words else self.points[tag].bit(mask)
                for tag, mask in enable.terms
            ]
            enabled = all(held) if enable.mode == "all" else any(held)
            if alarm.enabled and not enabled:
                self._fall_silent(alarm, time_us)
                self._mature(alarm, time_us)
                alarm.met, alarm.since_us = False, None
                if alarm.standing:
                    self._fire(alarm, AlarmEvent.CLEAR, time_us)
            elif enabled and not alarm.enabled:
                point = self.points[alarm.rule.tag]
                if alarm.rule.kind is RuleKind.INSTRUMENT:
                    self._listen(alarm, self.now_us)
                elif point.usable and not point.stale(self.now_us) and alarm.rule.tag not in group:
                    self._turn(alarm, self._judge(alarm, False), time_us)
            alarm.enabled = enabled

    def _judge(self, alarm: _Alarm, was: bool) -> bool:
        rule, point = alarm.rule, self.points[alarm.rule.tag]
        if rule.kind in _HIGH:
            return exceeds(point.value, rule.threshold - rule.deadband if was else rule.threshold)
        if rule.kind in _LOW:
            return falls_below(point.value, rule.threshold + rule.deadband if was else rule.threshold)
        return point.bit(rule.mask) != rule.invert if rule.kind is RuleKind.BIT else point.value < 0.5

    def _turn(self, alarm: _Alarm, met: bool, at_us: int) -> None:
        if met == alarm.met:
            return
        alarm.met = met
        alarm.since_us = at_us if met != alarm.standing else None
        if alarm.due_us == at_us:
            self._fire(alarm, AlarmEvent.RAISE if met else AlarmEvent.CLEAR, at_us)

    def _mature(self, alarm: _Alarm, at_us: int) -> None:
        due_us = alarm.due_us
        silent = alarm.rule.kind is not RuleKind.INSTRUMENT
        if due_us is None or due_us > at_us or (silent and self.points[alarm.rule.tag].outlived(due_us)):
            return
        self._fire(alarm, AlarmEvent.RAISE if alarm.met else AlarmEvent.CLEAR, due_us)

    def _fall_silent(self, alarm: _Alarm, at_us: int) -> None:
        from_us = alarm.silent_from_us
        if from_us is not None and alarm.enabled and not alarm.met and from_us < at_us:
            self._mature(alarm, from_us)
            self._turn(alarm, True, from_us)

    def _forget(self, alarm: _Alarm) -> None:
        if alarm.rule.kind is not RuleKind.INSTRUMENT:
            alarm.met, alarm.since_us = alarm.standing, None

    def _fire(self, alarm: _Alarm, event: AlarmEvent, at_us: int) -> None:
        after = next_state(alarm.state, event)
        assert after is not None
        alarm.last_us = max(at_us, alarm.last_us + 1)
        value = nan if alarm.rule.kind is RuleKind.INSTRUMENT else self.points[alarm.rule.tag].value
        limit = alarm.rule.threshold
        self.fired.append(
            Transition(alarm.rule.key, event, alarm.state, after, alarm.last_us, value, limit, 0)
        )
        alarm.state, alarm.since_us = after, None


def _stale_after_us(point: Point) -> int | None:
    return None if point.stale_after is None else duration_us(point.stale_after)
